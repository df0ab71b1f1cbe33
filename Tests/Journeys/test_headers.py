"""What every answer says to a browser, and who is answered at all."""

import re
import socket

import pytest
import requests

from cable import Cable
from house import PASSWORD

GUIDE = {
    "X-Frame-Options": "SAMEORIGIN", "X-Content-Type-Options": "nosniff", "X-XSS-Protection": "1; mode=block",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
PATHS = ["/", "/signin", "/nope", "/api/v1/me", "/api/v1/nope", "/up", "/icon.svg", "/assets/x/y", "/robots.txt"]


def raw(house, text):
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        line.sendall(text.encode())
        answer = b""
        while data := line.recv(65536):
            answer += data
            if b"\r\n\r\n" in answer and b"Connection: close" not in text.encode():
                break
    return answer.decode(errors="replace")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(shared_house, path):
    answer = requests.get(shared_house.url + path, timeout=10, allow_redirects=False)
    for name, value in GUIDE.items():
        assert answer.headers[name] == value
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == policy["frame-ancestors"] == "'self'"
    assert policy["connect-src"] == f"'self' ws://127.0.0.1:{shared_house.port}"
    for name in ["Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"]:
        assert answer.headers[name] == "same-origin"
    assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in answer.headers, "never over plain HTTP"
    assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(answer.headers)


def test_answers_to_what_is_no_request_carry_them_too(shared_house):
    for text in ["GET /%zz HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"]:
        answer = raw(shared_house, text)
        for name, value in GUIDE.items():
            assert f"{name}: {value}".lower() in answer.lower(), answer
        assert "content-security-policy" in answer.lower()


def test_whatever_the_answer_is_it_carries_them(make_house):
    """Also what is answered before there is a route, or instead of one."""
    house = make_house(environment={
        "HOMECHAT_ALLOWED_HOSTS": "chat.example", "HOMECHAT_RATE_LIMIT_API_LIMIT": "3", "HOMECHAT_RATE_LIMIT_BAD_TOKEN_LIMIT": "1"}).start()
    house.people("ana")
    house.cli("ban", "add", "203.0.113.9")
    asset = re.search(r'"(/assets/[^"]+\.css)"', requests.get(house.url + "/signin", timeout=10).text)[1]
    tag = requests.get(house.url + asset, timeout=10).headers.get("ETag", "x")
    answers = {
        200: requests.get(house.url + asset, timeout=10),
        304: requests.get(house.url + asset, headers={"If-None-Match": tag}, timeout=10),
        303: requests.get(house.url + "/", timeout=10, allow_redirects=False),
        401: house.api("ana", "GET", "/me", headers={"Authorization": "Bearer x"}),
        403: requests.get(house.url + "/up", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=10),
        404: requests.get(house.url + "/assets/nothing/there", timeout=10),
        405: requests.put(house.url + "/signin", timeout=10),
        413: requests.post(house.url + "/signin", data=b"x" * (2 << 20), timeout=10),
        415: requests.post(house.url + "/api/v1/signin", data=b"x", headers={"Content-Type": "image/png"}, timeout=10),
        421: requests.get(house.url + "/signin", headers={"Host": "evil.example"}, timeout=10),
        422: requests.post(house.url + "/signin", data={"username": "x", "password": "y"}, timeout=10),
        429: [requests.get(house.url + "/api/v1/server_info", timeout=10) for _ in range(5)][-1],
        431: requests.get(house.url + "/", headers={"X-Long": "x" * 20_000}, timeout=10),
        414: requests.get(house.url + "/" + "a" * 9_000, timeout=10),
    }
    for status, answer in answers.items():
        assert answer.status_code == status, (status, answer.status_code)
        for name, value in GUIDE.items():
            assert answer.headers[name] == value, status
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"], status
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", status
        assert not {"Server", "X-Powered-By", "Via"} & set(answer.headers), status


def test_pages_and_the_api_are_kept_nowhere(shared_house):
    for path in ["/signin", "/api/v1/me", "/nope", "/api/v1/server_info", "/up"]:
        assert requests.get(shared_house.url + path, timeout=10).headers["Cache-Control"] == "no-store", path
    assert shared_house.api("ana", "GET", "/channels").headers["Cache-Control"] == "no-store"


def test_strict_transport_security_only_where_there_is_tls(make_house):
    house = make_house().start()
    secure = requests.get(house.url + "/up", headers={"X-Forwarded-Proto": "https"}, timeout=10)
    assert secure.headers["Strict-Transport-Security"] == "max-age=63072000"
    house.stop()
    settings = {
        "HOMECHAT_HEADERS_HSTS_INCLUDE_SUBDOMAINS": "true", "HOMECHAT_HEADERS_HSTS_PRELOAD": "true",
        "HOMECHAT_HEADERS_XSS_PROTECTION": "0", "HOMECHAT_CSP_IMG_SRC": "'self' https://pictures.example",
    }
    house = make_house(environment=settings).start()
    secure = requests.get(house.url + "/up", headers={"X-Forwarded-Proto": "https"}, timeout=10)
    assert secure.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
    assert secure.headers["X-XSS-Protection"] == "0"
    assert "Cross-Origin-Embedder-Policy" not in secure.headers
    house.stop()
    house = make_house(environment={"HOMECHAT_TRUSTED_PROXIES": "10.0.0.1"}).start()
    lied = requests.get(house.url + "/up", headers={"X-Forwarded-Proto": "https"}, timeout=10)
    assert "Strict-Transport-Security" not in lied.headers


@pytest.mark.parametrize("method, path, status", [
    ("TRACE", "/signin", 405), ("TRACE", "/nope", 405), ("PUT", "/signin", 405), ("DELETE", "/api/v1/me", 405),
    ("BREW", "/", 501), ("PROPFIND", "/", 501), ("OPTIONS", "/signin", 204), ("OPTIONS", "/api/v1/messages/1", 204),
    ("HEAD", "/signin", 200), ("OPTIONS", "/nope", 404), ("GET", "/nope", 404), ("PATCH", "/nope", 404),
])
def test_methods_that_a_path_does_not_take(shared_house, method, path, status):
    answer = raw(shared_house, f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert answer.startswith(f"HTTP/1.1 {status}"), answer[:200]
    if status in (405, 204) and path not in ("/nope",):
        allowed = re.search(r"(?im)^allow: (.*)\r$", answer)[1]
        assert "GET" in allowed and "HEAD" in allowed and "TRACE" not in allowed


def test_no_origin_is_told_anything_unless_it_is_listed(shared_house, make_house):
    evil = {"Origin": "https://evil.example"}
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for headers in [evil, evil | preflight, {"Origin": "null"}]:
        answer = requests.options(shared_house.url + "/api/v1/messages", headers=headers, timeout=10)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]

    house = make_house(environment={"HOMECHAT_CORS_ALLOWED_ORIGINS": "https://app.example"}).start()
    house.people("ana")
    good = {"Origin": "https://app.example"}
    answer = requests.options(house.url + "/api/v1/messages", headers=good | preflight, timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    answer = house.api("ana", "GET", "/me", headers=good)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "X-RateLimit-Remaining" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.headers["Vary"]
    for origin in ["https://evil.example", "null", "https://app.example.evil", "http://app.example", "https://app.example:444"]:
        answer = house.api("ana", "GET", "/me", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers, origin
    for answer in [house.api("ana", "GET", "/me", headers=good), requests.get(house.url + "/signin", headers=good, timeout=10)]:
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in requests.get(house.url + "/signin", headers=good, timeout=10).headers


def test_everybody_is_no_origin_that_can_be_listed(make_house):
    for value in ["*", "null", "https://a.example, *"]:
        result = make_house().cli("serve", "--port", "0", "--cors-allowed-origins", value, check=False)
        assert result.returncode != 0 and "--cors-allowed-origins" in result.stderr


def test_other_names_are_misdirected(make_house):
    house = make_house(environment={"HOMECHAT_ALLOWED_HOSTS": "chat.example", "HOMECHAT_PUBLIC_URL": "https://home.example:8443"}).start()
    house.people("ana")
    for host in ["chat.example", "CHAT.example:3000", "home.example", "127.0.0.1", "localhost:1"]:
        assert requests.get(house.url + "/signin", headers={"Host": host}, timeout=10).status_code == 200, host
    for host in ["evil.example", "chat.example.evil", "10.0.0.1", "xchat.example"]:
        answer = requests.get(house.url + "/api/v1/server_info", headers={"Host": host}, timeout=10)
        assert answer.status_code == 421 and answer.json()["success"] is False, host
    with Cable(house, "ana") as cable:
        cable.welcomed()
    upgrade = (
        "GET /cable HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    assert raw(house, upgrade).startswith("HTTP/1.1 421")


def test_forced_tls_sends_pages_to_https_and_refuses_the_api(make_house):
    house = make_house(environment={"HOMECHAT_TLS_FORCE": "true", "HOMECHAT_PUBLIC_URL": "https://home.example:8443", "HOMECHAT_BASE_PATH": "/chat"}).start()
    house.people("ana")

    def get(path, host, **headers):
        return requests.get(house.url + path, headers={"Host": host} | headers, timeout=10, allow_redirects=False)

    for host, there in [("other.example:3000", "https://other.example"), ("home.example", "https://home.example:8443")]:
        answer = get("/chat/signin?return_to=/a", host)
        assert answer.status_code == 308
        assert answer.headers["Location"] == f"{there}/chat/signin?return_to=/a"
        assert "Strict-Transport-Security" not in answer.headers
    answer = get("/api/v1/me", "home.example", Authorization=f"Bearer {house.tokens['ana']}")
    assert answer.status_code == 403 and "https" in answer.json()["error"]
    assert get("/up", "home.example").status_code == 200, "a container's health check asks in the clear"
    secure = get("/api/v1/me", "home.example", Authorization=f"Bearer {house.tokens['ana']}", **{"X-Forwarded-Proto": "https"})
    assert secure.status_code == 200
    with pytest.raises(Exception, match="403"):
        Cable(house, "ana")
    with Cable(house, "ana", headers={"X-Forwarded-Proto": "https"}) as cable:
        cable.welcomed()


def test_plain_http_is_fine_where_tls_is_not_forced(shared_house):
    assert shared_house.api("ana", "GET", "/me").status_code == 200


def test_security_txt_names_whom_to_tell(shared_house, make_house):
    assert requests.get(shared_house.url + "/.well-known/security.txt", timeout=10).status_code == 404
    house = make_house(environment={"HOMECHAT_SECURITY_CONTACT": "mailto:ana@example.org", "HOMECHAT_PUBLIC_URL": "https://home.example"}).start()
    answer = requests.get(house.url + "/.well-known/security.txt", timeout=10)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Contact: mailto:ana@example.org\n" in answer.text
    assert re.search(r"(?m)^Expires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", answer.text)
    assert "Canonical: https://home.example/.well-known/security.txt\n" in answer.text


def test_links_never_follow_the_host_header(shared_house):
    answer = requests.get(shared_house.url + "/", headers={"Host": "evil.example"}, timeout=10, allow_redirects=False)
    assert answer.headers["Location"] == "/signin"
    assert "evil.example" not in requests.get(shared_house.url + "/signin", headers={"Host": "evil.example"}, timeout=10).text


@pytest.mark.parametrize("ancestors, older", [
    ("'none'", "DENY"), ("'self'", "SAMEORIGIN"), ("'self',http://homeassistant.local:8123", None)])
def test_who_may_frame_the_page_is_said_alike_in_both_headers(make_house, ancestors, older):
    """The older header has no word for other hosts: there it must not contradict the newer one."""
    house = make_house(environment={"HOMECHAT_FRAME_ANCESTORS": ancestors}).start()
    for path in ("/signin", "/nope", "/api/v1/me", "/up"):
        answer = requests.get(house.url + path, timeout=10)
        assert f"frame-ancestors {ancestors.replace(',', ' ')};" in answer.headers["Content-Security-Policy"]
        assert answer.headers.get("X-Frame-Options") == older
    broken = raw(house, "GET / HTTP/1.1\r\nBroken\r\n\r\n")
    assert ("X-Frame-Options: " + older in broken) if older else "X-Frame-Options" not in broken


SPLIT = ["\r\nX-Evil: 1", "\nX-Evil: 1", "\r\n\r\n<script>", "\u010d\u010aX-Evil: 1", "\u2028X-Evil: 1", "\0X-Evil: 1", "\rX-Evil: 1"]


@pytest.mark.parametrize("split", SPLIT, ids=ascii)
def test_line_ends_in_anything_that_comes_in_reach_no_header(shared_house, split):
    house, coded = shared_house, requests.utils.quote(split)
    here = {"Host": f"127.0.0.1:{house.port}", "Origin": house.url}
    answers = [requests.get(house.url + path, timeout=10, allow_redirects=False) for path in (
        f"/{coded}", f"/channels/1{coded}", f"/signin?return_to={coded}", f"/signin?return_to=/a{coded}", f"/dm/ben{coded}",
        f"/assets/{coded}/x.css", f"/reset?key={coded}", f"/signup?invitation={coded}", f"/api/v1/users/{coded}")]
    fields = {name: f"/a{split}" for name in ("return_to", "username", "login", "site_name", "done")} | {"password": PASSWORD}
    answers.append(requests.post(house.url + "/signin", data=fields | {"username": "ben"}, headers=here, timeout=10, allow_redirects=False))
    answers.append(requests.post(house.url + "/forgotten", data=fields, headers=here, timeout=10, allow_redirects=False))
    made = house.api("ben", "POST", "/channels", json={"name": f"x{split}", "description": split})
    answers += [made, house.api("ben", "POST", "/messages", json={"room": f"room{split}", "message": split, "nonce": split})]
    for answer in answers:
        assert answer.status_code < 500 and "X-Evil" not in answer.headers, answer.url
        assert not any("X-Evil:" in value or "\n" in value for value in answer.headers.values()), answer.headers
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert (answers[9].status_code, answers[9].headers.get("Location")) == ((422, None) if "\0" in split else (303, "/"))
    # In a field of the request itself, and in those by which a proxy speaks.
    for name in ("Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "User-Agent", "Origin", "X-Request-Id", "Cookie"):
        answer = raw(house, f"GET /signin HTTP/1.1\r\nHost: a\r\n{name}: b{split}\r\nConnection: close\r\n\r\n")
        head = answer.split("\r\n\r\n")[0]
        assert "X-Evil:" not in head and head.count("HTTP/1.1") == 1, (name, answer[:500])


def test_the_host_and_what_a_proxy_says_of_it_build_no_link(make_house):
    """Neither in letters (test_accounts) nor in what is shown, redirected to or handed out."""
    house = make_house(environment={"HOMECHAT_PUBLIC_URL": "https://home.example"}).start()
    house.people("ana", "ben")
    lies = {
        "Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "666", "Forwarded": "host=evil.example",
        "X-Forwarded-Server": "evil.example", "X-Original-URL": "/evil.example", "X-Rewrite-URL": "/evil.example"}
    signed_in = requests.post(
        house.url + "/signin", data={"username": "ana", "password": PASSWORD}, timeout=10, allow_redirects=False)
    # As a field: a jar would not send it to the host that is claimed.
    lies["Cookie"] = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
    for path in ("/", "/signin", "/forgotten", "/admin/users", "/settings/tokens", "/settings/security", "/admin", "/channels", "/about",
                 "/help/connection", "/.well-known/security.txt", "/api/v1/server_info", "/nope"):
        answer = requests.get(house.url + path, headers=lies, timeout=10, allow_redirects=False)
        assert "evil.example" not in answer.text and "evil.example" not in answer.headers.get("Location", ""), path
    page = requests.get(house.url + "/admin/users", headers=lies, timeout=10).text
    csrf = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]
    made = requests.post(
        house.url + "/admin/invitations", data={"csrf_token": csrf, "note": "x"}, timeout=10,
        headers=lies | {"Origin": "https://home.example"})
    assert "https://home.example/signup?invitation=" in made.text and "evil.example" not in made.text
