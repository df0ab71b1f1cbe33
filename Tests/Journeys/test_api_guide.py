"""docs/api.md as its reader follows it: see Tests/guide.py."""

from guide import Guide, Reader, follow


def test_each_example_of_the_guide_does_what_the_guide_says(make_house, tmp_path):
    house = make_house(limits=True).start()
    house.people("ana", "ben", "eve")
    assert follow(Guide("docs/api.md"), Reader(house, tmp_path)) >= 15
