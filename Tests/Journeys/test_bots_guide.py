"""docs/bots.md, and the part of docs/webhooks.md about being told, as their readers follow them: see Tests/guide.py."""

import pytest
from house import PASSWORD, ROOT

guide = pytest.importorskip("guide")


@pytest.mark.parametrize("path, examples", [("docs/bots.md", 9), ("docs/webhooks-outgoing.part.md", 6)])
def test_each_example_of_the_guide_does_what_the_guide_says(make_house, tmp_path, path, examples):
    if not (ROOT / path).exists():
        pytest.skip("NOT RUN: this part stands in docs/webhooks.md by now")
    house = make_house(limits=True).start()
    house.people("ana", "ben", "eve")
    reader = guide.Reader(house, tmp_path, {"PASSWORD": PASSWORD})
    assert guide.follow(guide.Guide(path), reader) >= examples
