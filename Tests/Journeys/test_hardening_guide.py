"""docs/hardening.md as its reader follows it: see Tests/guide.py."""

from guide import Guide, Reader, follow
from house import PASSWORD


def test_each_command_of_the_guide_prints_what_the_guide_says(make_house, tmp_path):
    house = make_house(limits=True).start()
    house.cli("user", "create", "ana", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n")
    assert follow(Guide("docs/hardening.md"), Reader(house, tmp_path)) >= 20
