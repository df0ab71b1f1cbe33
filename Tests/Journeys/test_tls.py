"""TLS that the server speaks itself, with the operator's own files, and the second port that leads to it."""

import contextlib
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
import warnings

import pytest
import requests
from cable import Cable
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from house import House, eventually

HSTS = "max-age=63072000"
HEADERS = {
    "X-Frame-Options": "SAMEORIGIN", "X-Content-Type-Options": "nosniff", "X-XSS-Protection": "1; mode=block",
    "Referrer-Policy": "strict-origin-when-cross-origin"}


def with_files(authority, folder, **settings):
    """The settings for a copy of the authority's certificate, which a test may replace."""
    folder.mkdir(exist_ok=True)
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(authority.certificate.parent / name, folder / name)
    return {
        "HOMECHAT_TLS": "files", "HOMECHAT_TLS_CERT_FILE": str(folder / "fullchain.pem"),
        "HOMECHAT_TLS_KEY_FILE": str(folder / "privkey.pem"), "HOMECHAT_TLS_HTTP_PORT": "0"} | settings


@pytest.fixture
def files(tmp_path):
    return tmp_path / "pem"


@pytest.fixture
def secure(make_house, authority, files):
    """A house with its own TLS and people in it."""
    house = make_house(environment=with_files(authority, files), trusting=authority.file).start()
    house.people("ana", "ben")
    return house


@pytest.fixture(scope="module")
def shared(tmp_path_factory, authority):
    """The same for tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("tls")
    house = House(folder / "data", environment=with_files(authority, folder / "pem"), trusting=authority.file).start()
    house.people("ana", "ben")
    yield house
    house.kill()


def serial(house):
    pem = ssl.get_server_certificate(("127.0.0.1", house.port))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def plain(house, path="/", method="GET", host="localhost", **options):
    return requests.request(
        method, f"http://127.0.0.1:{house.ready['http_port']}{path}", allow_redirects=False, timeout=10,
        headers={"Host": host} | options.pop("headers", {}), **options)


def raw(port, text, secure=None):
    """What comes back for these bytes, up to the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        if secure:
            line = secure.wrap_socket(line, server_hostname="localhost")
        line.sendall(text if isinstance(text, bytes) else text.encode())
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := line.recv(65536):
                answer += part
        return answer.decode(errors="replace")


def test_everything_works_over_its_own_tls_and_says_that_it_is_secure(shared):
    assert shared.ready["url"] == f"https://127.0.0.1:{shared.port}" and shared.ready["secure"] is True
    assert shared.api("ana", "GET", "/connection").json()["secure"] is True
    answer = requests.post(
        f"{shared.url}/signin", data={"username": "ana", "password": "correct horse battery"}, verify=shared.verify,
        headers={"Origin": shared.url}, allow_redirects=False, timeout=20)
    cookies = answer.raw.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all(one.startswith("__Host-") and "; Secure" in one and "; HttpOnly" in one for one in cookies), cookies
    with Cable(shared, "ben") as cable:
        cable.welcomed()
        assert cable.subscribe("ChatChannel", channel_id=shared.channel("ben")["id"])
        shared.post("ana", "over TLS")
        assert cable.payload("message")["message"]["content"] == "over TLS"


def test_http_2_is_spoken_to_who_asks_for_it_and_the_cable_is_on_the_same_port(shared):
    def asked(*arguments):
        command = [
            "curl", "--silent", "--show-error", "--cacert", shared.verify, "--output", "/dev/null", "--write-out",
            "%{http_version} %{http_code}", *arguments, f"{shared.url}/up"]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout

    assert asked("--http2") == "2 200"
    assert asked("--http1.1") == "1.1 200"
    with Cable(shared, "ana") as cable:
        cable.welcomed()


def test_every_answer_over_tls_has_hsts_and_none_without(shared, authority):
    for path in ("/signin", "/nothing", "/assets/nothing", "/up", "/api/v1/me"):
        answer = requests.get(shared.url + path, verify=shared.verify, timeout=10)
        assert answer.headers["Strict-Transport-Security"] == HSTS, path
        assert HEADERS.items() <= answer.headers.items()
    context = ssl.create_default_context(cafile=authority.file)
    broken = raw(shared.port, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", context)
    assert broken.startswith("HTTP/1.1 400 ") and f"Strict-Transport-Security: {HSTS}\r\n" in broken
    for path in ("/signin", "/nothing", "/up", "/api/v1/me"):
        answer = plain(shared, path)
        assert "Strict-Transport-Security" not in answer.headers, path
        assert HEADERS.items() <= answer.headers.items()
    broken = raw(shared.ready["http_port"], "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert "strict-transport-security" not in broken.lower()


def test_older_versions_and_other_suites_are_refused(shared, authority):
    def handshake(configure):
        context = ssl.create_default_context(cafile=authority.file)
        context.set_ciphers("ALL:@SECLEVEL=0")
        configure(context)
        with socket.create_connection(("127.0.0.1", shared.port), timeout=10) as line:
            with context.wrap_socket(line, server_hostname="localhost") as tls:
                return tls.version(), tls.cipher()[0]

    def old(context):
        with warnings.catch_warnings(action="ignore"):
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1

    def twelve(suites):
        def configure(context):
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(suites + ":@SECLEVEL=0")
        return configure

    assert handshake(lambda context: None)[0] == "TLSv1.3"
    assert handshake(twelve("ALL")) == ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")
    for wrong in (old, twelve("AES128-GCM-SHA256"), twelve("ECDHE-ECDSA-AES128-SHA"), twelve("ECDHE-ECDSA-AES256-GCM-SHA384")):
        with pytest.raises(ssl.SSLError):
            handshake(wrong)


def test_new_files_are_taken_on_sighup_and_an_open_cable_goes_on(secure, authority, files):
    before = serial(secure)
    with Cable(secure, "ben") as cable:
        cable.welcomed()
        assert cable.subscribe("ChatChannel", channel_id=secure.channel("ben")["id"])
        authority.issue(files)
        secure.process.send_signal(signal.SIGHUP)
        eventually(lambda: serial(secure) != before)
        secure.post("ana", "after the change")
        assert cable.payload("message")["message"]["content"] == "after the change"
        assert cable.disconnect is None
    secure.tokens["ana"] = secure.token("ana", "admin")
    assert "certificate_renewed" in audited(secure)


def test_new_files_are_noticed_without_being_told(secure, authority, files):
    before = serial(secure)
    authority.issue(files)
    eventually(lambda: serial(secure) != before, within=25, every=0.5)


@pytest.mark.parametrize("spoil, problem", [
    (lambda files: (files / "privkey.pem").write_text("nonsense"), "there is no private key in PEM form"),
    (lambda files: (files / "privkey.pem").chmod(0o644), "others than its owner can read it (mode 0644)"),
    (lambda files: (files / "fullchain.pem").unlink(), "No such file or directory"),
])
def test_a_bad_new_pair_is_told_and_the_old_one_stays(secure, files, spoil, problem):
    before = serial(secure)
    spoil(files)
    secure.process.send_signal(signal.SIGHUP)
    eventually(lambda: problem in secure.log_text())
    assert "the new certificate cannot be used; the present one stays" in secure.log_text()
    assert "BEGIN" not in secure.log_text() and "nonsense" not in secure.log_text()
    assert serial(secure) == before and secure.is_up()


def refused(house):
    result = house.cli("serve", "--port", "0", check=False)
    assert result.returncode == 1 and result.stdout == "", result.stderr
    # Whoever runs the tests as root is told so before.
    reasons = [line for line in result.stderr.splitlines() if line.startswith("homechat: ")]
    assert len(reasons) == 1 and "Fatal" not in result.stderr, result.stderr
    return reasons[0]


def test_a_key_that_others_can_read_is_refused_at_start(make_house, authority, files):
    house = make_house(environment=with_files(authority, files))
    (files / "privkey.pem").chmod(0o640)
    assert "privkey.pem" in (message := refused(house)) and "chmod 0600" in message


def test_a_key_of_another_certificate_is_refused_at_start(make_house, authority, files, tmp_path):
    house = make_house(environment=with_files(authority, files))
    (tmp_path / "other").mkdir()
    authority.issue(tmp_path / "other")
    shutil.copy(tmp_path / "other/privkey.pem", files / "privkey.pem")
    assert "the private key does not belong to the certificate" in refused(house)


@pytest.mark.parametrize("text, problem", [
    ("tls: files", "tls.cert_file: is missing"),
    ("tls: {mode: files, cert_file: /a}", "tls.key_file: is missing"),
    ("ssl: true", "tls.cert_file: is missing"),
    ("ssl: true\ntls: off", "ssl: true contradicts tls: off"),
    ("tls: {mode: local, cert_file: /a, key_file: /b}", "tls.cert_file: is of no use without tls: files"),
    ("tls: acme", "tls.acme.names: is missing"),
    ("tls: acme\npublic_url: https://192.168.1.2", "tls.acme.names: \"192.168.1.2\" is an address"),
    ("tls: acme\npublic_url: https://chat.example.org", "tls.acme.agree_to_terms: must be true"),
    ("tls: {mode: acme, http_port: off, acme: {names: a.example, agree_to_terms: true, challenge: http-01}}",
     "tls.acme.challenge: http-01 needs tls.http_port"),
    ("tls: {acme: {directory: 'http://a.example/dir'}}", "must be an address like https://"),
    ("tls: {http_port: 80}", "tls.http_port: is of no use while tls is off"),
    ("tls: loud", "homechat.yaml:1: must be one of off, files, acme, local, not \"loud\""),
    ("tls: {mode: local, names: 'a b_c'}", "homechat.yaml:1: must be a name like"),
])
def test_what_does_not_go_together_is_refused(make_house, text, problem):
    house = make_house()
    house.folder.mkdir()
    (house.folder / "homechat.yaml").write_text(text)
    assert problem in refused(house)


def test_the_words_of_the_add_on_mean_the_same(make_house, authority, files):
    with_files(authority, files)
    house = make_house(trusting=authority.file)
    house.folder.mkdir()
    (house.folder / "homechat.yaml").write_text(
        f"ssl: true\ncertfile: {files}/fullchain.pem\nkeyfile: {files}/privkey.pem\n")
    assert house.start().ready["secure"] and house.is_up()
    assert house.ready.get("http_port") is None, "no second port that nobody asked for"


def test_pages_in_the_clear_lead_to_https_and_the_rest_is_refused(shared):
    answer = plain(shared, "/signin?return_to=/a")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"https://localhost:{shared.port}/signin?return_to=/a")
    token = {"Authorization": f"Bearer {shared.tokens['ana']}"}
    for path in ("/api/v1/me", "/api/v1/nothing", "/%61pi/v1/me"):
        answer = plain(shared, path, headers=token)
        assert answer.status_code == 403 and "Location" not in answer.headers, path
    answer = plain(shared, "/cable", headers={
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} | token)
    assert answer.status_code == 403
    assert plain(shared, "/signin", "POST", data={"username": "ana", "password": "correct horse battery"}).status_code == 308
    assert plain(shared, "/up").status_code == 200, "a monitor on this machine asks in the clear"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example"])
def test_nobody_is_sent_to_a_host_that_is_not_ours(shared, host):
    there = plain(shared, "/signin", host=host).headers["Location"]
    assert there == f"https://localhost:{shared.port}/signin" or there == f"https://chat.example.com:{shared.port}/signin"


@pytest.mark.parametrize("target", ["//evil.example/", "/\\evil.example", "http://evil.example/a", "/a%0d%0aSet-Cookie:x=1", "/@evil.example"])
def test_no_target_leads_elsewhere(shared, target):
    answer = raw(shared.ready["http_port"], f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head = answer.split("\r\n\r\n")[0].lower()
    assert head.startswith(("http/1.1 308", "http/1.1 400")), head
    assert "\nset-cookie" not in head
    for line in head.splitlines():
        if line.startswith("location:"):
            assert line.startswith(f"location: https://localhost:{shared.port}/"), line


def test_the_public_address_is_where_plain_http_leads(make_house, authority, files):
    house = make_house(environment=with_files(
        authority, files, HOMECHAT_PUBLIC_URL="https://chat.example.com", HOMECHAT_BASE_PATH="/chat")).start()
    for host in ("chat.example.com", "chat.example.com:3001", "evil.example"):
        assert plain(house, "/chat/signin", host=host).headers["Location"] == "https://chat.example.com/chat/signin"
    assert plain(house, "/", host="localhost").headers["Location"] == f"https://localhost:{house.port}/chat/"


def test_plain_text_on_the_port_of_tls_is_led_on_or_refused(shared):
    page = raw(shared.port, "GET /signin HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert page.startswith("HTTP/1.1 308 ") and f"Location: https://localhost:{shared.port}/signin\r\n" in page
    assert "strict-transport-security" not in page.lower() and "X-Content-Type-Options: nosniff\r\n" in page
    for text in ("POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
                 "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"):
        assert raw(shared.port, text).startswith("HTTP/1.1 400 "), text
    assert raw(shared.port, b"\x05\x01\x00") == "", "what is no HTTP gets no answer"
    assert shared.is_up()


def test_a_handshake_that_does_not_come_is_not_waited_for(shared):
    lines = [socket.create_connection(("127.0.0.1", shared.port), timeout=20) for _ in range(3)]
    began = time.monotonic()
    lines[1].sendall(b"\x16\x03\x01")
    lines[2].sendall(b"\x16\x03\x01\x02\x00\x01\x00")
    for line in lines:
        assert line.recv(100) == b""
        line.close()
    assert 8 < time.monotonic() - began < 16
    assert shared.is_up()


def test_a_flood_of_connections_from_one_address_leaves_room_for_others(make_house, authority, files):
    house = make_house(environment=with_files(
        authority, files, HOMECHAT_LIMITS_CONNECTIONS_PER_ADDRESS="5", HOMECHAT_TRUSTED_PROXIES="127.0.0.9",
        HOMECHAT_HOST="127.0.0.1"), trusting=authority.file).start()

    def line(port, source):
        return socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(source, 0))

    ports = [house.port, house.ready["http_port"]]
    flood = [line(ports[number % 2], "127.0.0.5") for number in range(12)]
    closed = [one for one in flood if is_closed(one)]
    assert len(closed) == 7, "both ports count together"
    assert house.is_up(), "another address"
    proxy = [line(house.port, "127.0.0.9") for _ in range(12)]
    assert not any(is_closed(one) for one in proxy), "a proxy that we trust speaks for many"
    house.people("ana")
    house.tokens["ana"] = house.token("ana", "admin")
    metrics = house.api("ana", "GET", "/metrics", headers={"Accept": "text/plain"}).text
    assert 'homechat_refused_total{reason="connections"} 7' in metrics
    for one in flood + proxy:
        one.close()
    eventually(lambda: not is_closed(line(house.port, "127.0.0.5")))


def test_there_is_a_cap_in_all(make_house):
    house = make_house(environment={
        "HOMECHAT_LIMITS_CONNECTIONS": "4", "HOMECHAT_TRUSTED_PROXIES": "127.0.0.9", "HOMECHAT_RATE_LIMIT_API_LIMIT": "off"}).start()
    lines = [
        socket.create_connection(("127.0.0.1", house.port), timeout=5, source_address=(f"127.0.1.{number + 1}", 0))
        for number in range(7)]
    assert sum(is_closed(one) for one in lines) == 3
    for one in lines:
        one.close()

    def is_up():
        with contextlib.suppress(requests.ConnectionError):
            return house.is_up()

    eventually(is_up)


def is_closed(line):
    """Within a moment: a socket that is served waits for a request."""
    line.settimeout(0.5)
    try:
        return line.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def test_sighup_ends_nobody_who_speaks_plain_http(house):
    house.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert house.process.poll() is None and house.is_up()


def audited(house):
    with contextlib.closing(sqlite3.connect(f"file:{house.folder}/homechat.sqlite3?mode=ro", uri=True)) as database:
        return [row[0] for row in database.execute("SELECT action FROM audit_logs ORDER BY id")]
