"""API tokens from outside: where from, how long, in which channels, how they end; and that all of it is written down."""

import hashlib
import secrets
import sqlite3
import time

import requests
from cable import Cable
from house import SCOPES, eventually

ALL = [part for scope in SCOPES for part in ("--scope", scope)]


def make(house, name, *options):
    return house.cli("token", "create", "--user", "ben", "--name", name, *ALL, *options, "--quiet").stdout.strip()


def me(house, token, **headers):
    return requests.get(f"{house.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"} | headers, timeout=10)


def rows(house, action):
    with sqlite3.connect(house.folder / "homechat.sqlite3") as database:
        return database.execute("SELECT target, details, ip_address FROM audit_logs WHERE action = ?", (action,)).fetchall()


def test_a_rotated_token_works_with_both_secrets_and_then_with_one(house):
    old = make(house, "doorbell")
    number = house.cli("token", "list", "--user", "ben").stdout.split("doorbell")[0].split()[-1]
    new = house.cli("token", "rotate", number, "--overlap", "3s", "--quiet").stdout.strip()
    assert old != new and me(house, old).status_code == 200 and me(house, new).status_code == 200
    eventually(lambda: me(house, old).status_code == 401)
    assert me(house, new).status_code == 200
    # Once more, without an overlap: what is connected with the old one goes at once.
    cable = Cable(house, token=new).welcomed()
    newest = house.cli("token", "rotate", number, "--overlap", "0s", "--quiet").stdout.strip()
    while cable.frame(within=5) is not None:
        pass
    eventually(lambda: me(house, new).status_code == 401, within=2)
    assert me(house, newest).status_code == 200
    assert len(rows(house, "api_token_rotated")) == 2


def test_a_revoked_token_leaves_one_row_and_no_connection(house):
    token = make(house, "doorbell")
    cable = Cable(house, token=token).welcomed()
    number = house.cli("token", "list", "--user", "ben").stdout.split("doorbell")[0].split()[-1]
    house.cli("token", "revoke", number)
    while cable.frame(within=5) is not None:
        pass
    assert cable.disconnect == {"type": "disconnect", "reason": "unauthorized", "reconnect": False}
    assert me(house, token).status_code == 401
    assert [row[0] for row in rows(house, "api_token_revoked")] == [f"token:{number}"]
    assert [row[0] for row in rows(house, "api_token_created")].count(f"token:{number}") == 1


def test_a_token_is_taken_from_its_networks_only_and_each_new_network_is_noted(house):
    token = make(house, "bound", "--network", "203.0.113.0/24")
    # 127.0.0.1 is a trusted proxy: what it says of the client counts.
    inside, outside = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "198.51.100.7"}
    for _ in range(2):
        assert me(house, token, **inside).status_code == 200
        assert me(house, token, **outside).status_code == 401  # also while the token is remembered
    assert me(house, token).status_code == 401
    denied = eventually(lambda: rows(house, "access_denied"), within=15)
    assert any(row[2] == "198.51.100.7" and "bound" in row[1] for row in denied)
    free = make(house, "free")
    for address in ("203.0.113.9", "203.0.113.10", "198.51.100.7"):
        assert me(house, free, **{"X-Forwarded-For": address}).status_code == 200
        time.sleep(0.01)
    noted = eventually(lambda: rows(house, "api_token_new_network"), within=15)
    assert len(noted) == 1 and "198.51.100.0/24" in noted[0][1]


def test_a_token_for_one_channel_is_nowhere_else(house):
    garden = house.api("ben", "POST", "/channels", expect=201, json={"name": "garden"}).json()["id"]
    house.tokens["gardener"] = make(house, "gardener", "--channel", "garden")
    home = house.channel("ben")["id"]
    house.post("ben", "plugh in the garden", room="garden")
    house.post("ben", "plugh at home", room="home")
    house.post("gardener", "from the sensor", room="garden")
    for path in (f"/channels/{home}", f"/channels/{home}/messages", f"/channels/{home}/members"):
        assert house.api("gardener", "GET", path).status_code == 404
    for room in ("home", "somewhere new"):
        answer = house.api("gardener", "POST", "/messages", json={"room": room, "message": "x"})
        assert answer.status_code == 403, answer.text
    assert [c["id"] for c in house.api("gardener", "GET", "/channels").json()["channels"]] == [garden]
    found = house.api("gardener", "GET", "/search?q=plugh").json()["messages"]
    assert {hit["channel"]["name"] for hit in found} == {"garden"}
    assert {m["channel"] for m in house.api("gardener", "GET", "/messages").json()["messages"]} == {"garden"}
    assert house.api("gardener", "POST", "/dm/start", json={"username": "eve"}).status_code == 403
    with Cable(house, "gardener") as cable:
        cable.welcomed()
        assert not cable.subscribe("ChatChannel", channel_id=home)
        assert cable.subscribe("ChatChannel")
        house.post("ben", "at home", room="home")
        house.post("ben", "among the roses", room="garden")
        assert cable.payload("message")["message"]["content"] == "among the roses"


def test_a_token_ends_when_it_was_to_end(house):
    token = make(house, "short", "--expires-in", "2s")
    assert me(house, token).status_code == 200
    eventually(lambda: me(house, token).status_code == 401, within=5)


def test_a_token_of_an_older_installation_works(house):
    old = "0123456789abcdef" * 4
    with sqlite3.connect(house.folder / "homechat.sqlite3", timeout=10) as database:
        database.execute(
            "INSERT INTO api_tokens (user_id, name, prefix, token_hash, scopes, created_at)"
            " VALUES ((SELECT id FROM users WHERE username = 'ben'), 'old', '01234567', ?, 'messages:write', 0)",
            (hashlib.sha256(old.encode()).digest(),))
    assert me(house, old).json()["username"] == "ben"
    assert me(house, old.upper()).status_code == 401


def test_what_is_no_token_is_401_and_never_worse(house):
    good = house.tokens["ben"]
    for bad in ("x", "hc_", "hc_aaaaaaaa_", good[:-1], good + "x", good.swapcase(), "a" * 5000, "%00", "' OR 1=1 --",
                "0" * 64, "é", "Bearer " + good):
        answer = requests.get(f"{house.url}/api/v1/me", headers={"X-API-Key": bad.encode()}, timeout=10)
        assert answer.status_code == 401, bad
        assert answer.headers["Content-Type"].startswith("application/json")
    both = {"Authorization": f"Bearer {good}", "X-API-Key": house.tokens["eve"]}
    assert requests.get(f"{house.url}/api/v1/me", headers=both, timeout=10).status_code == 401
    assert requests.get(f"{house.url}/api/v1/me", headers=both | {"X-API-Key": good}, timeout=10).status_code == 200
    assert requests.get(f"{house.url}/api/v1/me?token={good}", timeout=10).status_code == 401


def test_the_list_tells_how_a_token_was_used(house):
    import json
    token = make(house, "counted")
    for _ in range(3):
        assert me(house, token, **{"X-Forwarded-For": "203.0.113.9"}).status_code == 200

    def counted():
        lines = map(json.loads, house.cli("token", "list", "--user", "ben", "--json").stdout.splitlines())
        line = next(line for line in lines if line["name"] == "counted")
        return line if line["use_count"] else None

    line = eventually(counted, within=15, every=0.5)
    assert line["use_count"] == 3 and line["last_address"] == "203.0.113.9" and line["seen_from"] == ["203.0.113.0/24"]
    assert "token" not in line and token not in json.dumps(line)
    assert house.cli("token", "list", "--unused-for", "30d", "--json").stdout == ""
    assert "counted" in house.cli("token", "list", "--unused-for", "0s").stdout


def test_a_token_that_is_revoked_at_one_node_dies_at_the_other(make_house, postgres):
    shared = {"DATABASE_URL": postgres.url, "HOMECHAT_MASTER_KEY": secrets.token_hex(32)}
    one, two = (make_house(environment=shared) for _ in range(2))
    one.start()
    one.people("ana", "ben")
    two.start()
    assert me(two, one.tokens["ben"]).status_code == 200
    cable = Cable(two, token=one.tokens["ben"]).welcomed()
    number = one.cli("token", "list", "--user", "ben").stdout.splitlines()[1].split()[0]
    one.cli("token", "revoke", number)
    while cable.frame(within=5) is not None:
        pass
    assert me(two, one.tokens["ben"]).status_code == 401
