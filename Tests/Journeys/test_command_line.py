"""The command line, with the server running and without: what scripts rely on."""

import json

import pytest
from cable import Cable
from house import PASSWORD, SCOPES

COMMANDS = [
    ["serve"], ["version"], ["user"], ["token"], ["channel"], ["emergency"], ["incident"], ["incident", "report"],
    *(["emergency", verb] for verb in (
        "status", "lockdown", "lift", "revoke-tokens", "lock-users", "expire-sessions", "reset-passwords", "read-only")),
    *(["user", verb] for verb in ("create", "list", "set-role", "reset-password", "reset-link", "reset-2fa", "invite", "lock", "unlock", "delete")),
    *(["token", verb] for verb in ("create", "list", "revoke")), ["channel", "create"], ["channel", "list"],
    ["credentials"], *(["credentials", verb] for verb in ("edit", "show", "get", "set", "unset", "rotate-key", "backup-key")),
]


def objects(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(params=["running", "stopped"])
def any_house(request, make_house):
    house = make_house()
    if request.param == "running":
        house.start()
    return house


def test_accounts(any_house):
    create = any_house.cli("user", "create", "ana", "--role", "admin", "--password-stdin", "--json", stdin=PASSWORD)
    (ana,) = objects(create)
    assert (ana["username"], ana["role"], ana["locked"], "password" in ana) == ("ana", "admin", False, False)
    (ben,) = objects(any_house.cli("user", "create", "ben", "--json"))
    assert len(ben["password"]) >= 20
    any_house.cli("user", "set-role", "ben", "admin")
    any_house.cli("user", "lock", "ben")
    users = objects(any_house.cli("user", "list", "--json"))
    assert [(user["username"], user["role"], user["locked"]) for user in users] == [
        ("ana", "admin", False), ("ben", "admin", True)]
    any_house.cli("user", "unlock", "BEN")
    any_house.cli("user", "reset-password", "ben", "--password-stdin", stdin="another long one\n")
    for command, path in ((["reset-link", "ben"], "/reset?key="), (["invite", "--note", "Grandma"], "/signup?invitation=")):
        made = any_house.cli("user", *command)
        assert made.stdout.startswith(path) and len(made.stdout.splitlines()) == 1
        assert "set public_url" in made.stderr, "a path is of no use to whoever gets it"
        made = any_house.cli("user", *command, "--json")
        assert json.loads(made.stdout)["link"].startswith(path) and "set public_url" in made.stderr
        any_house.environment["HOMECHAT_PUBLIC_URL"] = "https://chat.example.org"
        made = any_house.cli("user", *command)
        del any_house.environment["HOMECHAT_PUBLIC_URL"]
        assert made.stdout.startswith("https://chat.example.org" + path) and not made.stderr
    any_house.cli("user", "reset-2fa", "ben")
    any_house.cli("user", "delete", "ben")
    assert any_house.cli("user", "list").stdout.count("\n") == 2  # headings and Ana


def test_tokens_and_channels(any_house):
    any_house.people("ana")
    token = any_house.token("ana", "messages:write")
    assert token.startswith("hc_") and "\n" not in token
    (made,) = objects(any_house.cli(
        "token", "create", "--user", "ana", "--name", "door", "--scope", "messages:write", "--scope", "bots", "--json"))
    assert made["scopes"] == ["bots", "messages:write"] and made["token"].startswith("hc_")
    listed = any_house.cli("token", "list", "--json")
    assert made["token"] not in listed.stdout
    any_house.cli("token", "revoke", str(made["id"]))
    assert made["id"] not in [token["id"] for token in objects(any_house.cli("token", "list", "--json"))]
    (garden,) = objects(any_house.cli("channel", "create", "garden", "--description", "What grows", "--json"))
    assert (garden["name"], garden["type"]) == ("garden", "public")
    any_house.cli("channel", "create", "attic", "--private")
    names = [channel["name"] for channel in objects(any_house.cli("channel", "list", "--json"))]
    assert names == ["attic", "garden", "home", "security"], "the admins are told of the tokens"


def test_a_running_server_hears_it_at_once(house):
    token = house.token("ben", *SCOPES)
    (listed,) = [one for one in objects(house.cli("token", "list", "--user", "ben", "--json")) if token.startswith(f"hc_{one['prefix']}_")]
    cable = Cable(house, token=token).welcomed()
    assert cable.subscribe("ChatChannel")
    house.cli("token", "revoke", str(listed["id"]))
    while cable.frame(within=5) is not None:
        pass
    assert cable.disconnect == {"type": "disconnect", "reason": "unauthorized", "reconnect": False}
    assert house.api("ben", "GET", "/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401

    cable = Cable(house, "eve").welcomed()
    house.cli("user", "lock", "eve")
    while cable.frame(within=5) is not None:
        pass
    assert house.api("eve", "GET", "/me").status_code == 401
    house.cli("user", "unlock", "eve")
    house.cli("channel", "create", "garden")
    assert house.channel("ana", "garden")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_help_shows_an_example(make_house, command):
    help = make_house().cli(*command, "--help")
    assert "Example: homechat " + command[0] in help.stdout
    assert "--json" in help.stdout or command in (["user"], ["token"], ["channel"], ["emergency"], ["incident"], ["credentials"])


@pytest.mark.parametrize("command, problem", [
    (["user", "create", "x"], "username must have 3 to 50 characters"),
    (["user", "create", "ben", "--password-stdin"], "password is missing"),
    (["user", "lock", "nobody"], "user not found"), (["token", "revoke", "99"], "token not found"),
    (["token", "create", "--user", "ana", "--name", "a", "--scope", "everything"], "scopes must be among"),
    (["channel", "create", "home"], "name is taken"), (["user", "delete", "ana"], "the last admin must stay"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_a_refusal_is_one_line_and_exit_code_1(shared_house, command, problem):
    result = shared_house.cli(*command, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"homechat: {problem}")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [
    ["user"] + ["dance"], ["user", "create"], ["user", "create", "ben", "--role", "king"], ["dance"],
    ["user", "create", "ben", "--password", "secret"], ["token", "create", "--user", "ana"], ["token", "revoke", "x"],
    ["serve", "--prot", "1"],
], ids=" ".join)
def test_wrong_usage_is_exit_code_2(make_house, command):
    result = make_house().cli(*command, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr


def test_version(make_house):
    assert make_house().cli("version").stdout.startswith("homechat ")
    assert json.loads(make_house().cli("version", "--json").stdout)["version"]
