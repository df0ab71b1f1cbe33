"""Finding messages, over HTTP and after the database was somebody else's."""

import contextlib
import json
import sqlite3

import pytest
from house import eventually

OPERATORS = [
    '"', '""', '"""', "'", "''", "\\", "AND", "OR NOT", "NEAR(tea cake, 2)", "tea*", "tea^2", "col:tea", "{tea cake}:x", "(tea", "tea)", "-",
    "--tea", "- -", "+tea", "tea AND (cake OR", '"tea', 'tea"', "tea'; DROP TABLE messages; --", "a' & 'b", "tea & !cake | x", "tea:*", "<->",
    "%", "_%", "tea%00", "\t\n", "tea\x1acake", "\u00a0\u00a0", "\u009f\u0085", "tea\u00a01", "wtea\u00a01", "🎉", "👩‍🚒🔥", "\ufdfa", "from:", "in:",
    "has:", "before:", "from:from:x", "in:#", "in:@", 'from:"', "before:9999-12-31", "after:0000", "on:today", "-on:today", "\ufeff\u200b\u200d",
    "e\u0301" * 200, "a " * 99, "-a " * 60, '"a b" ' * 30,
]


@pytest.fixture(scope="module")
def tea(shared_house):
    shared_house.post("ana", "tea and cake")
    return shared_house


@pytest.mark.parametrize("text", OPERATORS)
@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_nothing_is_a_syntax_error(tea, text, sort):
    answer = tea.api("ben", "GET", "/search", params={"q": text, "sort": sort})
    if len(text.strip()) < 2 or "%00" in text:
        assert answer.status_code in (200, 400), answer.text
    elif answer.status_code != 200:
        assert answer.status_code == 400 and "2 characters" in answer.json()["error"], (text, answer.text)
    assert "SQL" not in answer.text and "fts" not in answer.text
    assert tea.is_up()


def test_ten_thousand_letters_are_too_many(tea):
    for text in ("x" * 10_000, "x " * 5000, '"' * 10_000, "日" * 10_000, "e\u0301\u0302\u0303" * 2500):
        answer = tea.api("ben", "GET", "/search", params={"q": text})
        # What is too long for a line of HTTP is refused before anybody reads it.
        assert answer.status_code in (414, 431) or (answer.status_code == 400 and "200 characters" in answer.json()["error"])


@pytest.mark.parametrize("query, names", [
    ("q=tea&sort=best", "sort"), ("q=tea&limit=x", "limit"), ("q=tea&cursor=x", "cursor"), ("q=tea&cursor=1-2", "cursor"),
    ("q=tea&cursor=-5", "cursor"), ("q=tea&cursor=99999999999999999999", "cursor"), ("q=tea&type=pets", "type"),
])
def test_what_is_unfit_is_named(tea, query, names):
    answer = tea.api("ben", "GET", f"/search?{query}")
    assert answer.status_code in (400, 422) and names in answer.json()["error"]


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_pages_follow_each_other_to_the_end(tea, sort):
    for number in range(7):
        tea.post("ana", f"wombat {number} <b>&amp;</b>")
    found, cursor = [], None
    while True:
        answer = tea.api("ben", "GET", "/search", expect=200, params={
            "q": "wombat", "type": "messages", "sort": sort, "limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        assert answer["totalResults"] == len(answer["messages"]) <= 3
        found += answer["messages"]
        cursor = answer["next"]
        if not cursor:
            break
    ids = [message["id"] for message in found]
    assert len(set(ids)) == len(ids) and len(ids) % 7 == 0 and ids == sorted(ids, reverse=True)
    for message in found:
        assert "".join(piece["text"] for piece in message["snippet"]) == message["content"]
        assert [piece["text"] for piece in message["snippet"] if piece["match"]] == ["wombat"]


def test_a_conversation_is_found_by_its_two_and_called_by_the_other(tea):
    ben = tea.api("ana", "GET", "/users/search?q=ben", expect=200).json()["users"][0]["id"]
    tea.api("ana", "POST", f"/direct_messages/{ben}", json={"message": "our axolotl"}, expect=200)
    for person, title in (("ana", "ben"), ("ben", "ana")):
        hit, = tea.api(person, "GET", "/search?q=axolotl", expect=200).json()["messages"]
        assert hit["channel"]["title"].lower() == title
    assert tea.api("eve", "GET", "/search?q=axolotl", expect=200).json()["messages"] == []


def test_rows_that_something_else_wrote_are_taken_in(make_house):
    house = make_house().start()
    house.people("ana")
    house.post("ana", "the first")
    house.stop()
    with contextlib.closing(sqlite3.connect(house.folder / "homechat.sqlite3")) as rows, rows:
        rows.execute("""
            INSERT INTO messages (channel_id, author_id, content, search_text, message_type, created_at, updated_at)
            SELECT channel_id, author_id, 'Naïve import', '', 'chat', created_at, updated_at FROM messages WHERE content = 'the first'""")
    house.start()

    def found():
        return [hit["content"] for hit in house.api("ana", "GET", "/search?q=naive").json()["messages"]]

    eventually(found)
    assert found() == ["Naïve import"]


@pytest.mark.parametrize("is_running", [True, False])
def test_the_index_is_made_anew(make_house, is_running):
    house = make_house().start()
    house.people("ana")
    for number in range(30):
        house.post("ana", f"wombat {number}")
    if not is_running:
        house.stop()
    lines = [json.loads(line) for line in house.cli("search", "rebuild", "--json").stdout.splitlines()]
    assert lines[-1] == {"waiting": 0}
    assert "made anew" in house.cli("search", "rebuild").stdout
    if not is_running:
        house.start()
    assert len(house.api("ana", "GET", "/search?q=wombat&limit=100").json()["messages"]) == 30
    checks = {check["id"]: check for check in json.loads(house.cli("doctor", "--json", check=False).stdout)["checks"]}
    assert checks["search_index"]["status"] == "pass", checks["search_index"]


def test_the_index_is_whole_after_a_kill(make_house):
    house = make_house().start()
    house.people("ana")
    for number in range(40):
        house.post("ana", f"wombat {number}")
    house.kill()
    house.start()
    house.post("ana", "wombat at last")
    assert len(house.api("ana", "GET", "/search?q=wombat&limit=100").json()["messages"]) == 41
    checks = {check["id"]: check for check in json.loads(house.cli("doctor", "--json", check=False).stdout)["checks"]}
    assert checks["search_index"]["status"] == "pass", checks["search_index"]
