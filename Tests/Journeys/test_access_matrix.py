"""Who may do what, door by door, from one table (access_matrix.txt), and which scope each route of the API asks for."""

import pathlib
import re
import uuid

import pytest
import requests
from cable import Cable
from house import SCOPES, House, routes
from sent_files import png, send

LINES = [
    line for line in (pathlib.Path(__file__).parent / "access_matrix.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
PEOPLE = re.split(r"\s{1,}", LINES[0])[2:]
ROWS = []
for line in LINES[1:]:
    door, what, rest = re.split(r"\s{2,}", line, maxsplit=2)
    ROWS += [(door, what, person, expected) for person, expected in zip(PEOPLE, rest.split(), strict=True)]


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("family") / "data")
    house.start()
    house.people("ana", "ben", "cleo", "eve")
    made = house.api("cleo", "POST", "/channels", expect=201, json={"name": "family", "private": True}).json()
    house.family = made["id"]
    house.api("cleo", "POST", f"/channels/{house.family}/invite", expect=200, json={"username": "ben"})
    for name, role in {"kim": "limited", "lou": "limited", "gus": "guest"}.items():
        options = ["--until", "1d"] if role == "guest" else []
        channel = "home" if name == "lou" else "family"
        house.cli("user", "create", name, "--role", role, "--channel", channel, *options, "--password-stdin",
                  stdin="correct horse battery\n")
        house.tokens[name] = house.token(name, *SCOPES)
    house.tokens["bare"] = house.token("ben", "bots")
    house.tokens["elsewhere"] = house.cli(
        "token", "create", "--user", "ben", "--name", "elsewhere", "--channel", "home",
        *[part for scope in SCOPES for part in ("--scope", scope)], "--quiet").stdout.strip()
    house.message = house.post("cleo", "xyzzy, said in the family", room="family")["id"]
    house.file = send(house, "cleo", png(), room="family", preview=b"RIFF").key
    yield house
    house.kill()


def body(door="api"):
    text = {"message": "hello, xyzzy"} if door == "api" else {}
    return text | {"content": "hello, xyzzy", "username": "ben", "description": "ours", "emoji": "👍",
            "level": "all"}


def ask(house, person, url, method, door="api"):
    headers = {"Accept": "application/json"}
    if person != "nobody":
        headers["Authorization"] = "Bearer " + house.tokens[person]
    options = {} if method == "GET" else {"json": body(door)}
    if url.endswith("/media"):
        options = {"files": {"files[]": ("xyzzy.txt", b"hello, xyzzy")}}
    return requests.request(method, url, headers=headers, timeout=20, allow_redirects=False, **options)


def subscribed(house, person, channel):
    with Cable(house, token=house.tokens.get(person)) as cable:
        if cable.frame()["type"] != "welcome":
            return 401
        parameters = {} if channel == "PresenceChannel" else {"channel_id": house.family}
        return 200 if cable.subscribe(channel, **parameters) else 404


def listed(house, person, path):
    answer = ask(house, person, house.url + "/api/v1" + path, "GET")
    if answer.status_code != 200:
        return answer.status_code
    found = answer.json()
    hits = found.get("channels", []) + found.get("messages", [])
    names = [hit.get("name") or hit["channel"] for hit in hits]
    names = [name["name"] if isinstance(name, dict) else name for name in names]
    return 200 if "family" in names else 404


@pytest.mark.parametrize("door, what, person, expected", ROWS, ids=lambda value: str(value))
def test_the_table_holds(family, door, what, person, expected):
    if expected == "*":
        return  # works, and would change what the other rows look at: see the next test
    if door == "cable":
        status = subscribed(family, person, what)
    else:
        method, path = what.split(" ")
        path = path.format(id=family.family, message=family.message, file=family.file)
        if door == "list":
            status = listed(family, person, path)
        else:
            base = "/api/v1" if door == "api" else ""
            status = ask(family, person, family.url + base + path, method, door).status_code
    assert status == int(expected)


def test_owner_and_admin_may_what_the_table_leaves_out(family):
    for person in ("cleo", "ana"):
        made = family.api("cleo", "POST", "/channels", expect=201,
                          json={"name": "gone " + person, "private": True}).json()
        family.api(person, "DELETE", f"/channels/{made['id']}", expect=200)
    message = family.post("cleo", "soon gone", room="family")["id"]
    family.api("cleo", "DELETE", f"/messages/{message}", expect=200)


# Which scopes open which route: any one of them does. "any": every token. "session": none.
SCOPE_OF = {
    "GET metrics": {"admin"},
    "GET doctor": {"admin"},
    "GET audit": {"admin"},
    "GET audit/count": {"admin"},
    "GET audit/verification": {"admin"},
    "POST audit/export": {"admin"},
    "GET emergency": {"admin"},
    "POST emergency/revoke_tokens": {"admin"},
    "POST emergency/lock_users": {"admin"},
    "POST emergency/expire_sessions": {"admin"},
    "POST emergency/lockdown": {"admin"},
    "POST emergency/lift": {"admin"},
    "POST emergency/reset_passwords": {"admin"},
    "POST emergency/read_only": {"admin"},
    "DELETE signout": "session",
    "GET me": "any",
    "GET users/search": {"users:read"},
    "GET users/:id": {"users:read"},
    "POST users/:id/messages": {"messages:write"},
    "GET channels": {"channels:read"},
    "POST channels": {"channels:write"},
    "GET channels/:id": {"channels:read", "channels:write"},
    "PATCH channels/:id": {"channels:write"},
    "PUT channels/:id": {"channels:write"},
    "DELETE channels/:id": {"channels:write"},
    "POST channels/:id/join": {"channels:write"},
    "DELETE channels/:id/leave": {"channels:write"},
    "POST channels/:id/leave": {"channels:write"},
    "POST channels/:id/invite": {"channels:write"},
    "GET channels/:id/members": {"channels:read", "channels:write"},
    "GET channels/:id/files": {"messages:read"},
    "GET channels/:id/commands": {"channels:read", "channels:write"},
    "GET channels/:id/messages": {"messages:read"},
    "POST channels/:id/messages": {"messages:write"},
    "POST channels/:id/media": {"messages:write"},
    "POST files": {"messages:write"},
    "DELETE files/:id": {"messages:write"},
    "POST channels/:id/mark_as_read": {"messages:read"},
    "GET messages": {"messages:read"},
    "POST messages": {"messages:write"},
    "GET messages/:id": {"messages:read"},
    "PATCH messages/:id": {"messages:write"},
    "DELETE messages/:id": {"messages:write"},
    "GET messages/:id/thread": {"messages:read"},
    "POST messages/:id/reactions": {"messages:write"},
    "POST messages/:id/actions/:action_id": {"messages:write"},
    "DELETE messages/:id/previews/:preview_id": {"messages:write"},
    "DELETE messages/:id/reactions": {"messages:write"},
    "GET direct_messages": {"channels:read"},
    "GET direct_messages/:user_id": {"messages:write"},
    "POST direct_messages/:user_id": {"messages:write"},
    "POST dm/start": {"messages:write"},
    "GET dm/channels": {"channels:read"},
    "POST bots/:id/test": {"admin"},
    "GET bots": {"bots"},
    "POST bots": {"bots"},
    "GET bots/:id": {"bots"},
    "PATCH bots/:id": {"bots"},
    "PUT bots/:id": {"bots"},
    "DELETE bots/:id": {"bots"},
    "GET bots/:id/status": {"bots"},
    "POST bots/:id/activate": {"bots"},
    "POST bots/:id/deactivate": {"bots"},
    "POST bots/:id/secret": {"bots"},
    "GET search": {"messages:read", "channels:read", "users:read"},
    "GET bots/:id/webhooks": {"bots"},
    "POST bots/:id/webhooks": {"bots"},
    "PATCH bots/:id/webhooks/:webhook_id": {"bots"},
    "DELETE bots/:id/webhooks/:webhook_id": {"bots"},
    "POST bots/:id/webhooks/:webhook_id/test": {"bots"},
    "GET bots/:id/deliveries": {"bots"},
    "POST bots/:id/deliveries/:delivery_id/replay": {"bots"},
    "GET bots/:id/commands": {"bots"},
    "PUT bots/:id/commands": {"bots"},
}
PUBLIC = {
    "GET health", "GET metrics/health", "GET server_info", "POST signin", "POST signup", "POST password_reset",
    "GET connection", "GET openapi.json", "POST webhooks/:webhook_id",
    "PATCH password_reset"}
ALL_SCOPES = [*SCOPES, "bots", "admin"]
BASE = "/api/v1/"
ROUTES = [f"{method} {path.removeprefix(BASE)}" for method, path in routes() if path.startswith(BASE)]


def test_every_route_is_in_the_list_of_scopes():
    assert set(ROUTES) - PUBLIC == set(SCOPE_OF)


def test_a_token_opens_what_its_scope_is_for_and_nothing_else(family):
    tokens = {scope: family.token("ana", scope) for scope in ALL_SCOPES}
    for route in ROUTES:
        if route in PUBLIC:
            continue
        method, path = route.split(" ")
        # An id that nobody has: who may gets 404, who may not 403, and nothing changes.
        url = f"{family.url}/api/v1/{re.sub(':[a-z_]+', '999999', path)}?q=xyzzy"
        for scope, token in tokens.items():
            content = body() | {"name": "room " + uuid.uuid4().hex[:8], "room": "home", "dry_run": True, "on": True}
            options = {} if method == "GET" else {"json": content}
            answer = requests.request(
                method, url, headers={"Authorization": "Bearer " + token}, timeout=20, **options)
            wanted = SCOPE_OF[route]
            may = wanted == "any" or (wanted != "session" and scope in wanted)
            assert (answer.status_code not in (401, 403)) == may, f"{route} {scope} {answer.status_code} {answer.text}"
        assert requests.request(method, url, timeout=20).status_code == 401, route


def test_the_cable_asks_for_the_same_scopes(family):
    home = family.channel("ben")["id"]
    wanted = {"ChatChannel": "messages:read", "TypingChannel": "messages:read", "PresenceChannel": "users:read",
              "UserChannel": None}
    for scope in ALL_SCOPES:
        with Cable(family, token=family.token("ben", scope) if scope != "admin" else family.token("ana", scope)) as cable:
            cable.welcomed()
            for channel, needed in wanted.items():
                assert cable.subscribe(channel, channel_id=home) == (scope == needed), f"{channel} {scope}"
