"""docs/files.md as its reader follows it: see Tests/guide.py."""

import re

from guide import Guide, Reader, follow
from house import ROOT


def test_each_example_of_the_guide_does_what_the_guide_says(make_house, tmp_path):
    house = make_house(limits=True).start()
    house.people("ana", "ben")
    assert follow(Guide("docs/files.md"), Reader(house, tmp_path)) >= 7


def test_the_guide_names_each_setting_as_it_is(make_house, tmp_path):
    guide = Guide("docs/files.md")
    source = (ROOT / "Sources/HomeChat/App/SettingsFiles.swift").read_text()
    assert set(re.findall(r'"(files\.\w+)"', source)) <= set(re.findall(r"^\| `(files\.\w+)`", guide.text, re.M))
    settings, = guide.blocks("yaml")
    house = make_house()
    house.folder.mkdir()
    (house.folder / "homechat.yaml").write_text(settings)
    house.start()
    assert house.is_up()
