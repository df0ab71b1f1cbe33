"""Every route with ids and fields as nobody should send them: a 4xx that says why, in JSON where JSON was asked for, never a 5xx."""

import itertools
import re

import pytest
import requests
from house import ROOT, routes
from test_accounts import Browser
from test_out_of_sockets import seconds_of_processor
from test_sessions import SESSION

IDS = [
    "0", "-1", "+1", "1.0", "1e3", "0x1", "9223372036854775807", "9223372036854775808", "99999999999999999999999999", "%00", "%31%00",
    "%D9%A1", "%EF%BC%91", "%C2%B2", "1%20", "%201", "1%0A", "NaN", "null", "true", "[]", "..%2F1", "%2e%2e", "%F0%9F%91%8D",
    "%FF%FE", "'%20OR%201=1--", "1;drop", "a" * 3000,
]
NESTED = {"a": [{"b": None}]}
VALUES = [
    None, True, 0, -1, 1.5, 2**63, 1e308, "", " ", "\u0000", "\ud800", "\u202e", "\u0661", "x" * 20_000, "\U0001f44d" * 3000, [], [None],
    [[1]], {}, NESTED, ["a"] * 500, "1; DROP TABLE users", "%00", "-1", "9" * 40,
]


def fields():
    """Every field's name that anything reads."""
    reading = r'(?:string|requiredString|boolean|id|object|strings)\(((?:"\w+"(?:, |, or: )?)+)'
    text = "".join(file.read_text() for file in (ROOT / "Sources/HomeChat").rglob("*.swift"))
    return sorted({name for names in re.findall(reading, text) for name in re.findall(r"\w+", names) if name != "or"} | {"limit", "before", "after"})


class Attacker:
    """Ana with all rights, by token at the API and by cookie on the page."""

    def __init__(self, house):
        self.house = house
        self.session = requests.Session()
        self.token = house.token("ana", "admin", "bots", "messages:read", "messages:write", "channels:read", "channels:write", "users:read")
        ana = Browser(house)
        ana.sign_in("ana")
        self.cookie = f"{SESSION}={ana.cookies[SESSION]}"

    def ask(self, method, path, **options):
        headers = {"Accept": "application/json", "Origin": self.house.url}
        headers |= {"Authorization": f"Bearer {self.token}"} if path.startswith("/api/") else {"Cookie": self.cookie}
        request = requests.Request(method, self.house.url, headers=headers, **options).prepare()
        request.url = self.house.url + path  # as it is, without tidying
        answer = self.session.send(request, timeout=20, allow_redirects=False)
        assert answer.status_code < 500, (method, path[:200], str(options)[:300], answer.status_code, answer.text[:300])
        if answer.status_code >= 400 and path.startswith("/api/"):
            assert answer.headers["Content-Type"].startswith("application/json"), (method, path[:200])
            error = answer.json()
            assert error["success"] is False and error["error"]
            # What is no request yet, like an address that is too long, has no number.
            assert answer.status_code == 414 or error.get("request_id", "sign-in") in (answer.headers["X-Request-Id"], "sign-in")
        # No SQL, no type, no path of ours.
        if answer.status_code >= 400:
            assert not re.search(r"SELECT |SQLITE|sqlite|Swift|\.swift|DecodingError|/tmp/|Optional\(", answer.text), answer.text
        return answer


@pytest.fixture(scope="module")
def attacker(shared_house):
    shared_house.post("ben", "somebody's words")
    return Attacker(shared_house)


def test_an_id_that_is_none_is_nobody_s(attacker):
    for method, path in routes():
        for name in re.findall(r":(\w+)", path):
            for wild in IDS:
                tried = re.sub(f":{name}", lambda _: wild, path)
                answer = attacker.ask(method, re.sub(r":\w+", "1", tried), json=None if method == "GET" else {"emoji": "x", "message": "x"})
                assert answer.status_code in (400, 403, 404, 405, 414, 422) or "/assets/" in path, (method, tried[:80], answer.status_code)
    assert attacker.house.is_up()


def target(house):
    """A channel and a message that the next test may do to as it likes."""
    made = house.api("ana", "POST", "/channels", expect=201, json={"name": "range"}).json()["id"]
    return {"channels": made, "messages": house.post("ana", "target", room="range")["id"]}


# What would end the account that attacks, or the thing that is attacked, and reads no field.
ENDING = r"removal|revocation|deletion|archive|signout|/lock|rejection|second-factor$|admin/users/:id|/leave|rotation|emergency"


def test_any_value_in_any_field_of_any_route_is_a_clear_answer(attacker):
    names, house = fields(), attacker.house
    assert len(names) > 60 and {"message", "username", "otp_code", "channel_id"} <= set(names)
    ids, wild = target(house), itertools.cycle(VALUES)
    for number, (method, path) in enumerate(routes()):
        if method == "DELETE" or re.search(ENDING, path):
            continue
        path = re.sub(r"(\w+)/:\w+", lambda found: f"{found[1]}/{ids.get(found[1], 1)}", path)
        if method == "GET":
            for name in names[number % 9::9] + ["limit", "before", "after"]:
                value = next(wild)
                text = str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
                attacker.ask(method, path + "?" + requests.models.RequestEncodingMixin._encode_params({name: text[:500]}))
            continue
        # Others of both with the next route: each value meets each field somewhere.
        for value in VALUES[number % 4::4]:
            attacker.ask(method, path, json=dict.fromkeys(names, value))
        for name in names[number % 9::9]:
            attacker.ask(method, path, json={"message": "x", "username": "ben", "name": "range two", name: next(wild)})
    assert house.is_up() and "request failed" not in house.log_text()


@pytest.mark.parametrize("body", [
    b"[" * 900_000, b"{" * 900_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b'{"message":"' + b"\\u0000" * 100_000 + b'"}',
    b'{"message":' + b"9" * 900_000 + b"}", b'{"message":1e' + b"9" * 900_000 + b"}", b'{"message":"' + b"\\" * 900_001 + b'"}',
    b'{"' + b'":0,"'.join(b"k%d" % n for n in range(80_000)) + b'":0}', b'{"a":0,' * 100_000, b'{"message":[' + b"0," * 400_000 + b"0]}",
    b'{"message":[' + b"{}," * 250_000 + b"{}]}", b" " * 1_000_000, b'"' + b"a" * 999_000 + b'"', b"\xef\xbb\xbf" * 300_000,
], ids=range(14))
def test_a_bomb_of_json_is_over_in_a_second(attacker, body):
    headers = {"Authorization": f"Bearer {attacker.token}", "Content-Type": "application/json"}
    pid = attacker.house.process.pid
    before = seconds_of_processor(pid)
    answer = requests.post(f"{attacker.house.url}/api/v1/messages", data=body, headers=headers, timeout=60)
    assert answer.status_code in (400, 413, 422), answer.text[:200]
    # A release is ten times as fast; a bomb would take a thousand times as long.
    assert seconds_of_processor(pid) - before < 3
    assert attacker.house.is_up()
