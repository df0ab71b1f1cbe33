"""What people see of each other, what nobody can make up, and what an admin does not read."""

import json
import re

import pytest
import requests
from cable import Cable
from house import PASSWORD, SCOPES
from test_accounts import Browser, database, sign_in

SECRET_WORDS = re.compile(
    r"e_?mail|password|digest|hash|secret|locked|failed|failures|ip_?address|last_address|user_?agent|token|2fa|factor|score|approval|must_",
    re.I)


def keys(value):
    """Every key of a JSON document, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@pytest.fixture
def watched(house):
    """Ben with everything about him that is nobody else's business."""
    with database(house) as rows:
        rows.execute("UPDATE users SET email = 'ben.private@example.org' WHERE username = 'ben'")
    for _ in range(5):
        sign_in(house, "ben", "wrong password", source="127.44.0.1")
    requests.post(f"{house.url}/api/v1/signin", json={"username": "ben", "password": PASSWORD}, timeout=20,
                  headers={"X-Forwarded-For": "198.51.100.77", "User-Agent": "BensOwnDevice/1.0"}).raise_for_status()
    house.post("ben", "hello")
    house.api("ben", "POST", "/dm/start", expect=200, json={"username": "eve"})
    house.ben = house.api("ben", "GET", "/me").json()["id"]
    return house


def test_nobody_sees_more_of_others_than_they_show(watched):
    house, home = watched, watched.channel("eve")["id"]
    eve = Browser(house)
    eve.sign_in("eve")
    paths = [
        f"/users/{house.ben}", "/users/search?q=ben", f"/channels/{home}/members", f"/channels/{home}/messages", "/messages",
        f"/direct_messages/{house.ben}", "/direct_messages", "/dm/channels", "/search?q=ben", f"/channels/{home}", "/channels"]
    answers = [house.api("eve", "GET", path, expect=200) for path in paths]
    for answer in answers:
        told = {key for key in keys(answer.json()) if SECRET_WORDS.search(key)}
        assert told == set(), (answer.url, told)
    pages = [f"/channels/{home}", f"/channels/{home}/members", "/search?q=ben", "/dm/ben", "/users/search?q=ben", "/switcher"]
    texts = [answer.text for answer in answers] + [eve.page(path) for path in pages]
    with Cable(house, "eve").welcomed() as cable:
        for channel in ("ChatChannel", "PresenceChannel", "UserChannel"):
            cable.subscribe(channel)
        house.post("ben", "over the cable")
        texts.append(json.dumps(cable.payload("message")))
    for text in texts:
        for private in ("ben.private", "198.51.100.77", "BensOwnDevice", "argon2"):
            assert private not in text


def test_sender_time_id_and_rights_cannot_be_made_up(watched):
    house = watched
    home = house.channel("ben")["id"]
    forged = {
        "id": 999, "user_id": 1, "user": "ana", "author_id": 1, "sender_id": 1, "created_at": "2001-01-01T00:00:00Z", "posted_at": 1,
        "edited_at": "2001-01-01T00:00:00Z", "pinned_at": "2001-01-01T00:00:00Z", "role": "admin", "admin": True, "kind": "system",
        "system": True, "deleted_at": 1, "owner_id": 1, "created_by": 1, "is_admin": True, "household_role": "admin", "html": "<b>x</b>"}
    for path in ("/messages", f"/channels/{home}/messages"):
        message = house.api("ben", "POST", path, expect=200, json=forged | {"room": "home", "message": "mine", "content": "mine"}).json()["message"]
        read = house.api("ana", "GET", f"/messages/{message['id']}", expect=200).text
        assert message["id"] != 999 and '"ben"' in read and "2001" not in read and "<b>x</b>" not in read
    made = house.api("ben", "POST", "/channels", expect=201, json=forged | {"name": "garden", "dm_key": "1-3"}).json()
    assert house.api("ben", "POST", "/channels", json={"name": "attic", "type": "dm"}).status_code == 422
    assert made["id"] != 999 and made["channel"]["type"] == "public"
    house.api("ben", "PATCH", f"/channels/{made['id']}", expect=200, json=forged | {"description": "ours"})
    with database(house) as rows:
        assert rows.execute("SELECT owner_id FROM channels WHERE name = 'garden'").fetchone() == (house.ben,)
    forged.pop("user")  # there it would be the account's fields
    answer = requests.post(
        f"{house.url}/api/v1/signup", json=forged | {"username": "gus", "password": PASSWORD, "awaits_approval": False}, timeout=20)
    assert answer.status_code == 201 and answer.json()["user"]["role"] == "user" and answer.json()["user"]["id"] != 999
    ben = Browser(house)
    ben.sign_in("ben")
    for path, on in (("/settings/profile", "/settings/profile"), ("/settings/preferences", "/settings/preferences")):
        assert ben.submit(path, on=on, display_name="Ben", **{"user[role]": "admin", "role": "admin", "username": "ana", "id": "1"}).ok
    assert house.api("ben", "GET", "/me").json()["role"] == "user"
    assert ben.get(f"{house.url}/admin/users", timeout=20).status_code == 403
    # Nobody gives a token more than they have themselves.
    refused = ben.submit("/settings/tokens", on="/settings/tokens", name="more", **{"scopes[]": "admin"})
    assert refused.status_code in (403, 422)


def test_an_admin_reads_no_direct_message(watched):
    house = watched
    talk = house.api("ben", "GET", "/dm/channels", expect=200).json()["channels"][0]["id"]
    message = house.api("ben", "POST", f"/channels/{talk}/messages", expect=200, json={"content": "our zebra secret"}).json()["message"]["id"]
    house.tokens["root"] = house.token("ana", "admin", "bots", *SCOPES)
    paths = [
        f"/channels/{talk}", f"/channels/{talk}/messages", f"/channels/{talk}/members", f"/messages?channel_id={talk}",
        f"/messages/{message}", f"/messages/{message}/thread"]
    for name in ("root", "ana"):
        for path in paths:
            assert house.api(name, "GET", path).status_code == 404, path
        for method, path in (("DELETE", f"/messages/{message}"), ("PATCH", f"/messages/{message}"), ("DELETE", f"/channels/{talk}"),
                             ("POST", f"/channels/{talk}/join"), ("POST", f"/channels/{talk}/messages")):
            assert house.api(name, method, path, json={"content": "x", "message": "x"}).status_code == 404, path
        for path in ("/search?q=zebra", "/messages", "/channels", "/direct_messages", "/dm/channels"):
            answer = house.api(name, "GET", path, expect=200)
            assert "zebra" not in answer.text and talk not in [c.get("id") for c in answer.json().get("channels", [])]
        with Cable(house, name).welcomed() as cable:
            assert not cable.subscribe("ChatChannel", channel_id=talk) and not cable.subscribe("TypingChannel", channel_id=talk)
    ana = Browser(house)
    ana.sign_in("ana")
    for path in (f"/channels/{talk}", f"/messages/{message}", f"/messages/{message}/history", f"/channels/{talk}/pins"):
        assert ana.get(house.url + path, timeout=20).status_code == 404, path
    pages = [ana.page(path) for path in ("/admin", "/admin/channels", "/admin/users", "/search?q=zebra", "/switcher")]
    metrics = house.api("root", "GET", "/metrics", expect=200, headers={"Accept": "text/plain"}).text
    listed = house.cli("channel", "list", "--json").stdout
    for text in [*pages, metrics, listed, house.log_text()]:
        assert "zebra secret" not in text and f"dm-{house.ben}" not in text
    with database(house) as rows:
        assert "zebra" not in str(rows.execute("SELECT * FROM audit_logs").fetchall())


def test_what_is_printed_moves_no_cursor(house):
    """Names and reasons come from strangers, lists of them go to an admin's terminal."""
    wild = "x\x1b[2J\x1b]0;owned\x07\x9b31m\r\n\u202eevil"
    ben = Browser(house)
    ben.sign_in("ben")
    for name in (wild, "ok \x1b[31m"):
        ben.submit("/settings/tokens", on="/settings/tokens", name=name, **{"scopes[]": "messages:read"})
    house.api("ben", "POST", "/channels", json={"name": "garden", "description": wild})
    house.cli("ban", "add", "203.0.113.9", "--reason", wild, check=False)
    house.cli("user", "invite", "--note", wild, check=False)
    with database(house) as rows:
        rows.execute("UPDATE api_tokens SET name = ? WHERE id = 1", (wild,))
        rows.execute("UPDATE channels SET name = ? WHERE name = 'garden'", (wild,))
    for command in (["token", "list"], ["channel", "list"], ["ban", "list"], ["user", "list"]):
        for options in ([], ["--json"]):
            text = house.cli(*command, *options).stdout
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), (command, text)
