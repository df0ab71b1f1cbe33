"""What every answer says to a browser, and who is answered at all."""

import re
import socket

import pytest
import requests

from cable import Cable

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


def test_line_ends_in_a_path_or_a_query_reach_no_header(shared_house):
    for path in ["/%0d%0aX-Evil:%201", "/channels/1%0d%0aX-Evil:%201", "/signin?return_to=%0d%0aX-Evil:%201"]:
        answer = requests.get(shared_house.url + path, timeout=10, allow_redirects=False)
        assert "X-Evil" not in answer.headers
