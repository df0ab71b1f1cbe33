"""docs/bots.md, and the part of docs/webhooks.md about being told, as their readers follow them: see Tests/guide.py."""

import pytest
from house import PASSWORD

guide = pytest.importorskip("guide")


@pytest.mark.parametrize("path, after, examples", [("docs/bots.md", "", 8), ("docs/webhooks.md", "## Outgoing webhooks", 6)])
def test_each_example_of_the_guide_does_what_the_guide_says(make_house, tmp_path, path, after, examples):
    house = make_house(limits=True).start()
    house.people("ana", "ben", "eve")
    followed = guide.Guide(path)
    # What is above is followed by the tests of incoming webhooks.
    followed.text = followed.text[followed.text.index(after):]
    assert guide.follow(followed, guide.Reader(house, tmp_path, {"PASSWORD": PASSWORD})) >= examples
