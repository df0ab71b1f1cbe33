"""Whatever comes in, the answer is a 4xx in the contract's JSON that names the field, and the server goes on."""

import json
import socket

import pytest
import requests

MESSAGES = "/api/v1/messages"
HUGE = 9223372036854775808

# name, method, path, body (bytes as they are, anything else as JSON), the statuses allowed, what the error must name
CASES = [
    ("no JSON at all", "POST", MESSAGES, b"hello", {400}, ""),
    ("half a JSON object", "POST", MESSAGES, b'{"message":"a"', {400}, ""),
    ("a JSON string", "POST", MESSAGES, b'"hello"', {400}, ""),
    ("a JSON list", "POST", MESSAGES, b"[1,2]", {400}, ""),
    ("invalid UTF-8", "POST", MESSAGES, b'{"room":"home","message":"\xff\xfe"}', {400, 422}, ""),
    ("a lone surrogate", "POST", MESSAGES, b'{"room":"home","message":"\\ud800"}', {400, 422}, ""),
    ("NUL in a message", "POST", MESSAGES, {"room": "home", "message": "a\0b"}, {422}, "message"),
    ("NUL in a room", "POST", MESSAGES, {"room": "ho\0me", "message": "a"}, {422}, "room"),
    ("no message", "POST", MESSAGES, {"room": "home"}, {400}, "message"),
    ("an empty message", "POST", MESSAGES, {"room": "home", "message": ""}, {400, 422}, "message"),
    ("blanks for a message", "POST", MESSAGES, {"room": "home", "message": " \n\t"}, {400, 422}, "message"),
    ("an object for a message", "POST", MESSAGES, {"room": "home", "message": {"a": 1}}, {400, 422}, "message"),
    ("a list for a message", "POST", MESSAGES, {"room": "home", "message": ["a"]}, {400, 422}, "message"),
    ("null for a message", "POST", MESSAGES, {"room": "home", "message": None}, {400}, "message"),
    ("too long a message", "POST", MESSAGES, {"room": "home", "message": "a" * 10_001}, {422}, "message"),
    ("too long a room", "POST", MESSAGES, {"room": "r" * 51, "message": "a"}, {422}, "room"),
    ("too short a room", "POST", MESSAGES, {"room": "r", "message": "a"}, {422}, "room"),
    ("too long a nonce", "POST", MESSAGES, {"room": "home", "message": "a", "nonce": "n" * 1000}, {422}, "nonce"),
    ("a word for a channel id", "POST", MESSAGES, {"channel_id": "x", "message": "a"}, {400, 404, 422}, "channel"),
    ("a fraction for a channel id", "POST", MESSAGES, {"channel_id": 1.5, "message": "a"}, {400, 404, 422}, "channel"),
    ("a channel id that is too big", "POST", MESSAGES, {"channel_id": HUGE, "message": "a"}, {400, 404, 422}, "channel"),
    ("an unknown channel", "POST", "/api/v1/channels/999999/messages", {"content": "a"}, {404}, "channel"),
    ("a huge channel id", "POST", f"/api/v1/channels/{HUGE}/messages", {"content": "a"}, {404}, ""),
    ("a negative channel id", "GET", "/api/v1/channels/-1", None, {404}, ""),
    ("zero for a channel id", "GET", "/api/v1/channels/0", None, {404}, ""),
    ("a word for a channel id", "GET", "/api/v1/channels/home%00", None, {400, 404}, ""),
    ("an unknown user", "GET", "/api/v1/users/999999", None, {404}, "user"),
    ("a message to nobody", "POST", "/api/v1/users/999999/messages", {"message": "a"}, {404}, "user"),
    ("deep nesting", "POST", MESSAGES, b'{"message":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {400, 422}, ""),
    ("very deep nesting", "POST", MESSAGES, b"[" * 500_000, {400}, ""),
    ("a number that is none", "POST", MESSAGES, b'{"room":"home","message":1e999}', {400, 422}, ""),
    ("many keys", "POST", MESSAGES, {f"k{n}": n for n in range(50_000)}, {400}, "message"),
    ("a limit that is none", "GET", f"{MESSAGES}?limit=x", None, {400, 422}, "limit"),
    ("a limit that is too big", "GET", f"{MESSAGES}?limit={HUGE}", None, {400, 422}, "limit"),
    ("before a word", "GET", f"{MESSAGES}?before=x", None, {400, 422}, "before"),
    ("after a huge id", "GET", f"{MESSAGES}?after={HUGE}", None, {400, 422}, "after"),
    ("an unknown room", "GET", f"{MESSAGES}?channel=no-such-room", None, {404}, "channel"),
    ("a search for one letter", "GET", "/api/v1/search?q=a", None, {400}, "q"),
    ("a search without words", "GET", "/api/v1/search", None, {400}, "q"),
    ("a search with NUL", "GET", "/api/v1/search?q=a%00b", None, {400, 422}, "q"),
    ("a search that is no UTF-8", "GET", "/api/v1/search?q=%ff%fe", None, {400, 422}, ""),
    ("a kind of search that is none", "GET", "/api/v1/search?q=abc&type=pets", None, {400, 422}, "type"),
    ("a channel without a name", "POST", "/api/v1/channels", {}, {400, 422}, "name"),
    ("a channel with a taken name", "POST", "/api/v1/channels", {"name": "home"}, {422}, "name"),
    ("a channel with a long name", "POST", "/api/v1/channels", {"name": "n" * 51}, {422}, "name"),
    ("a channel with a long description", "POST", "/api/v1/channels", {"name": "ok", "description": "d" * 501}, {422}, "description"),
    ("a channel with a number for private", "POST", "/api/v1/channels", {"name": "ok", "private": "perhaps"}, {400, 422}, "private"),
    ("an unknown path", "GET", "/api/v1/nothing", None, {404}, ""),
    ("an unknown path to post to", "POST", "/api/v1/nothing", {"a": 1}, {404}, ""),
    ("a known path, another method", "PUT", MESSAGES, {"message": "a"}, {404, 405}, ""),
    ("an invented method", "BREW", MESSAGES, None, {400, 404, 405, 501}, ""),
    ("sign-in without a password", "POST", "/api/v1/signin", {"username": "ana"}, {400, 401, 422}, ""),
    ("sign-in with an object", "POST", "/api/v1/signin", {"username": {}, "password": []}, {400, 422}, "username"),
    ("sign-up with a short password", "POST", "/api/v1/signup", {"username": "gus", "password": "short"}, {422}, "password"),
    ("sign-up with a taken name", "POST", "/api/v1/signup", {"username": "ANA", "password": "a long enough one"}, {422}, "username"),
    ("sign-up with a strange name", "POST", "/api/v1/signup", {"username": "a b", "password": "a long enough one"}, {422}, "username"),
    ("a form that is none", "POST", MESSAGES, ("multipart/form-data; boundary=x", b"--y\r\nnothing"), {400, 415}, ""),
    ("a form without a boundary", "POST", MESSAGES, ("multipart/form-data", b"--x--"), {400, 415}, ""),
    ("a body of an unknown type", "POST", MESSAGES, ("image/png", b"\x89PNG"), {400, 415}, ""),
    ("a form with broken escapes", "POST", MESSAGES, ("application/x-www-form-urlencoded", b"message=%zz%&room"), {400, 422}, ""),
]


@pytest.mark.parametrize("name, method, path, body, statuses, names", CASES, ids=[case[0] for case in CASES])
def test_is_a_clear_4xx(shared_house, name, method, path, body, statuses, names):
    headers = {}
    if isinstance(body, tuple):
        headers["Content-Type"], body = body
    elif body is not None:
        headers["Content-Type"] = "application/json"
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = shared_house.api("ana", method, path.removeprefix("/api/v1"), data=body, headers=headers)
    assert answer.status_code in statuses, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    error = answer.json()
    assert error["success"] is False
    assert isinstance(error["error"], str) and names in error["error"].lower()
    assert isinstance(error.get("errors", []), list)
    assert shared_house.is_up()


@pytest.mark.parametrize("text", ["¨¨", "´ ´", "¨¯¸˘"])
def test_accents_on_nothing_are_no_words_and_find_nothing(shared_house, text):
    answer = shared_house.api("ana", "GET", "/search", params={"q": text})
    assert answer.status_code == 200 and answer.json()["messages"] == []


@pytest.mark.parametrize("seconds", [-(2**63), 2**63 - 1, 2**64])
def test_a_device_cookie_from_the_beginning_of_time_is_nobodys(shared_house, seconds):
    cookie = {"Cookie": f"homechat_device=1.a.{seconds}.b~2.a.{seconds}.b"}
    answer = requests.post(shared_house.url + "/signin", data={"username": "ana", "password": "wrong"}, headers=cookie, timeout=20)
    assert answer.status_code == 422 and shared_house.is_up()


def test_a_hidden_channel_answers_as_one_that_does_not_exist(shared_house):
    house = shared_house
    channel = house.api("ana", "POST", "/channels", json={"name": "family", "private": True}).json()["channel"]["id"]
    requests = [
        ("GET", "/channels/{}", None), ("GET", "/channels/{}/members", None), ("GET", "/channels/{}/messages", None),
        ("POST", "/channels/{}/messages", {"content": "hello"}), ("POST", "/channels/{}/join", None),
        ("DELETE", "/channels/{}/leave", None), ("GET", "/messages?channel_id={}", None),
    ]
    for method, path, body in requests:
        hidden, unknown = (house.api("eve", method, path.format(id), json=body) for id in (channel, 999_999))
        assert hidden.status_code == unknown.status_code == 404, path
        assert hidden.json() | {"request_id": 0} == unknown.json() | {"request_id": 0}
    names = [found["name"] for found in house.api("eve", "GET", "/channels").json()["channels"]]
    assert "family" not in names


# Below HTTP's own libraries: bytes as nobody should send them.


def exchange(house, data, more=b"", within=10):
    """Sends bytes and returns the status, the headers and the body of the answer."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=within) as connection:
        connection.sendall(data)
        answer = b""
        try:
            while b"\r\n\r\n" not in answer and (chunk := connection.recv(65536)):
                answer += chunk
            head, _, body = answer.partition(b"\r\n\r\n")
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
            while len(body) < length and (chunk := connection.recv(65536)):
                body += chunk
        except ConnectionError:
            assert answer, "cut off without an answer"
        return int(head.split()[1]), head.decode(), body


def request(house, method="POST", path=MESSAGES, *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {house.tokens['ana']}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_body_over_the_limit_is_refused_before_it_is_read(shared_house):
    head = request(shared_house, "POST", MESSAGES, "Content-Type: application/json", "Content-Length: 2000000000")
    status, _, body = exchange(shared_house, head)
    assert status == 413
    assert json.loads(body)["success"] is False


def test_a_body_without_a_length_is_refused_when_it_passes_the_limit(shared_house):
    head = request(shared_house, "POST", MESSAGES, "Content-Type: application/json", "Transfer-Encoding: chunked")
    chunk = b"20000\r\n" + b" " * 0x20000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", shared_house.port), timeout=10) as connection:
        try:
            connection.sendall(head + b"".join(chunk for _ in range(12)))
        except ConnectionError:
            pass  # the answer came before the end of the body
        assert b" 413 " in connection.recv(65536).split(b"\r\n")[0]
    assert shared_house.is_up()


@pytest.mark.parametrize("data, statuses", [
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n", {400, 431}),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"y" * 200_000 + b"\r\n\r\n", {400, 431}),
    (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {400, 404, 414, 431}),
    (b"GET /%zz%00 HTTP/1.1\r\nHost: a\r\n\r\n", {400, 404}),
    (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", {400, 505}),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n", {400, 501}),  # no method that it knows
    (b"POST " + MESSAGES.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", {400}),
    (b"POST " + MESSAGES.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
], ids=["many headers", "a long header", "a long path", "a broken path", "a future HTTP", "TLS", "a negative length", "two lengths"])
def test_broken_http_is_answered(shared_house, data, statuses):
    status, head, _ = exchange(shared_house, data)
    assert status in statuses, head
    for name in ("content-security-policy", "x-frame-options", "x-content-type-options", "referrer-policy"):
        assert f"\n{name}: " in (head if isinstance(head, str) else head.decode()).lower(), name
    assert shared_house.is_up()


def test_the_connection_is_kept_where_http_allows(shared_house):
    bad = request(shared_house, "POST", MESSAGES, "Content-Type: application/json", "Content-Length: 1") + b"{"
    good = request(shared_house, "GET", "/up", "Connection: close")
    with socket.create_connection(("127.0.0.1", shared_house.port), timeout=10) as connection:
        connection.sendall(bad + good)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"HTTP/1.1 200 " in answer
