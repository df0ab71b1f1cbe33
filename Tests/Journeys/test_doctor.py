"""The guide's checklist, asked of a real house on this machine."""

import contextlib
import http.client
import http.server
import json
import secrets
import socket
import sqlite3
import stat
import subprocess
import threading

import requests
from house import eventually
from outside import accepts, free_port

CHECKLIST = {
    "non_root", "firewall", "ssh_keys", "ssh_passwords", "updates", "services", "master_key", "https", "admin_password",
    "sign_ups", "token_rotation", "private_network", "reverse_proxy", "rate_limits", "cors"}
OURS = {"start", "trusted_proxies", "plain_http", "xss_header", "uploads"}
BY_ADDRESS = {"websocket", "forwarded_address", "request_belief", "large_body", "clock", "rate_limit_probe"}
OUTSIDE = {"webhooks", "outside_secrets", "search_index"}
LATER = {"backup_restore", "push_notices"}


def examine(house, *arguments):
    result = house.cli("doctor", "--json", *arguments, check=False)
    report = json.loads(result.stdout)
    checks = {check["id"]: check for check in report["checks"]}
    assert result.returncode == (1 if any(check["status"] == "fail" for check in checks.values()) else 0)
    assert result.stderr == ""
    return report, checks


def test_each_line_of_the_guide_has_its_check_and_says_what_it_saw(make_house):
    house = make_house().start()
    house.people("ana")
    report, checks = examine(house)
    assert set(checks) == CHECKLIST | OURS | OUTSIDE | BY_ADDRESS | LATER
    for check in checks.values():
        assert check["status"] in {"pass", "warn", "fail", "unknown"} and check["evidence"], check
        assert check["fix"] or check["status"] in {"pass", "unknown"}, check
    assert report["grade"] in {"A+", "A", "B", "C", "D", "E", "F"}
    # Nobody gave an address, so nobody knows.
    assert {checks[name]["status"] for name in BY_ADDRESS | LATER | {"https", "reverse_proxy"}} == {"unknown"}
    assert {checks[name]["status"] for name in OUTSIDE} == {"pass"}
    assert all("not counted" in checks[name]["evidence"] for name in LATER)
    assert str(house.process.pid) in checks["non_root"]["evidence"]
    people = house.cli("doctor", "--fix-hints", check=False).stdout
    assert "fix: " in people and people.rstrip().endswith("grade " + report["grade"])


def test_what_the_admin_mends_is_seen(make_house):
    house = make_house(environment={"HOMECHAT_CORS_ALLOWED_ORIGINS": "https://panel.example.org"}).start()
    house.people("ana")
    house.token("ana", "messages:read")
    _, before = examine(house)
    assert before["sign_ups"]["status"] == "fail"
    assert before["admin_password"]["status"] == "warn" and "ana" in before["admin_password"]["evidence"]
    assert before["cors"]["evidence"] == "https://panel.example.org" and before["cors"]["status"] == "pass"
    assert before["token_rotation"]["status"] == "pass"
    house.stop()
    database = sqlite3.connect(house.folder / "homechat.sqlite3")
    with database:
        database.execute("UPDATE api_tokens SET created_at = created_at - 91 * 86400000")
        database.execute("UPDATE users SET password_score = 1 WHERE username = 'ana'")
    database.close()
    _, after = examine(house)
    assert after["non_root"]["status"] == "unknown", "nothing runs"
    assert after["cors"]["status"] == after["trusted_proxies"]["status"] == "unknown", "of a server that does not run"
    assert after["token_rotation"]["status"] == "warn" and "of ana" in after["token_rotation"]["evidence"]
    assert after["admin_password"]["status"] == "fail"


def test_the_address_that_people_use_is_asked(make_house):
    house = make_house(environment={"HOMECHAT_TRUSTED_PROXIES": "192.0.2.200"}, limits=True).start()
    house.people("ana")
    _, checks = examine(house, "--url", house.url)
    assert checks["https"]["status"] == "fail", "plain HTTP is never well"
    assert checks["websocket"]["status"] == "pass"
    assert checks["reverse_proxy"]["status"] == "warn"
    # Nobody is trusted here, so the forged header does nothing.
    assert checks["forwarded_address"]["status"] == "pass", checks["forwarded_address"]
    assert checks["rate_limit_probe"]["status"] == "pass" and "429" in checks["rate_limit_probe"]["evidence"]
    assert checks["request_belief"]["status"] == "pass" and house.url in checks["request_belief"]["evidence"]
    assert "127.0.0.1 (not trusted)" in checks["request_belief"]["evidence"]
    assert checks["large_body"]["status"] == "pass", checks["large_body"]
    assert checks["clock"]["status"] == "pass"
    login = "user:hidden"
    for wrong in ["ftp://example.org", "https://", f"https://{login}@example.org", "nonsense"]:
        refused = house.cli("doctor", "--url", wrong, check=False)
        assert refused.returncode == 1 and "--url must be" in refused.stderr and "hidden" not in refused.stderr


def test_whoever_asks_from_a_trusted_address_is_told_that_nothing_is_known(make_house):
    house = make_house().start()
    house.people("ana")
    _, checks = examine(house, "--url", house.url)
    assert checks["forwarded_address"]["status"] == "unknown"
    house.stop()
    _, checks = examine(house, "--url", house.url)
    assert checks["reverse_proxy"]["status"] == "unknown" and checks["websocket"]["status"] == "fail"


def test_the_report_is_there_for_admins_alone(make_house):
    house = make_house().start()
    house.people("ana", "ben")
    house.tokens["ana"] = house.token("ana", "admin")
    assert house.api("ana", "GET", "/doctor", expect=200).json()["grade"]
    house.api("ben", "GET", "/doctor", expect=403)
    assert requests.get(house.url + "/api/v1/doctor", timeout=20).status_code == 401


def test_everybody_may_know_how_their_own_request_came_and_no_more(make_house):
    house = make_house().start()
    house.people("ana", "ben")
    forwarded = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    answer = requests.get(house.url + "/api/v1/connection", headers=forwarded, timeout=20).json()
    assert answer.pop("time").endswith("Z")
    assert answer == {
        "address": "198.51.100.7", "secure": True, "proxied": True, "ignored": False, "scheme": "https",
        "host": house.url.removeprefix("http://"),
        # Which address the proxy has in the house is the house's own business.
        "hops": [{"address": "198.51.100.7", "trusted": False}, {"trusted": True}]}
    for name, last in ("ana", {"address": "127.0.0.1", "trusted": True}), ("ben", {"trusted": True}):
        house.tokens[name] = house.token(name, "admin" if name == "ana" else "messages:read")
        signed = forwarded | {"Authorization": "Bearer " + house.tokens[name]}
        assert requests.get(house.url + "/api/v1/connection", headers=signed, timeout=20).json()["hops"][-1] == last, name


def test_the_running_server_is_judged_and_not_what_the_command_would_begin(make_house):
    house = make_house(environment={
        "HOMECHAT_RATE_LIMIT_LOGIN_LIMIT": "off", "HOMECHAT_CORS_ALLOWED_ORIGINS": "https://evil.example",
        "HOMECHAT_TRUSTED_PROXIES": "0.0.0.0/0", "HOMECHAT_SETUP_SECRET": "not-to-be-told"}).start()
    told = house.folder / "server.json"
    assert stat.S_IMODE(told.stat().st_mode) == 0o600 and "not-to-be-told" not in told.read_text()
    for name in list(house.environment):
        if name in {"HOMECHAT_RATE_LIMIT_LOGIN_LIMIT", "HOMECHAT_CORS_ALLOWED_ORIGINS", "HOMECHAT_TRUSTED_PROXIES"}:
            del house.environment[name]
    _, checks = examine(house)
    assert checks["rate_limits"]["status"] == "fail" and "off: login" in checks["rate_limits"]["evidence"]
    assert checks["trusted_proxies"]["status"] == "fail" and "0.0.0.0/0" in checks["trusted_proxies"]["evidence"]
    assert checks["cors"]["evidence"].startswith("https://evil.example (the running server began with other settings")


def test_a_forged_header_that_is_believed_is_a_failure(make_house):
    # Whoever is in front passes on what the client says of itself.
    house = make_house(environment={"HOMECHAT_TRUSTED_PROXIES": "127.0.0.2"}).start()
    house.people("ana")
    with careless_proxy(house) as url:
        _, checks = examine(house, "--url", url)
    assert checks["forwarded_address"]["status"] == "fail" and "is believed" in checks["forwarded_address"]["evidence"]
    assert checks["reverse_proxy"]["status"] == "pass"
    assert checks["large_body"]["status"] == "fail" and "client_max_body_size" in checks["large_body"]["fix"]
    assert checks["request_belief"]["status"] == "fail" and "Host" in checks["request_belief"]["fix"]


@contextlib.contextmanager
def careless_proxy(house):
    """Believes any X-Forwarded-For, tells another host, and takes small bodies only."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            headers = {"Host": "inside.example", "X-Forwarded-For": self.headers.get("X-Forwarded-For", "198.51.100.7"),
                       "Authorization": self.headers.get("Authorization", "")}
            upstream = http.client.HTTPConnection("127.0.0.1", house.port, source_address=("127.0.0.2", 0), timeout=20)
            upstream.request("GET", self.path, headers={name: value for name, value in headers.items() if value})
            answer = upstream.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(413)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_the_probe_of_the_limiter_shuts_out_nobody(make_house):
    house = make_house(limits=True).start()
    house.people("ana")
    house.tokens["ana"] = house.token("ana", "messages:read")
    _, checks = examine(house, "--url", house.url)
    assert checks["rate_limit_probe"]["status"] == "pass", checks["rate_limit_probe"]
    assert house.api("ana", "GET", "/me", expect=200)
    wrong = {"Authorization": "Bearer " + secrets.token_hex(16)}
    assert requests.get(house.url + "/api/v1/me", headers=wrong, timeout=20).status_code == 401, "none was spent"


def test_the_public_address_is_asked_where_none_is_given(make_house):
    port = free_port()
    house = make_house(environment={"HOMECHAT_PUBLIC_URL": f"http://localhost:{port}"}).start(port=port)
    house.people("ana")
    house.tokens["ana"] = house.token("ana", "admin")
    _, checks = examine(house)
    assert checks["websocket"]["status"] == "pass" and checks["https"]["status"] == "fail"
    report = house.api("ana", "GET", "/doctor", expect=200).json()
    assert {"id": "websocket", "status": "pass"}.items() <= next(
        check for check in report["checks"] if check["id"] == "websocket").items()
    house.stop()
    _, checks = examine(house)
    assert checks["websocket"]["status"] == "unknown", "what cannot be reached from here may be well elsewhere"


def test_where_the_server_would_refuse_to_start_there_is_a_report_all_the_same(make_house):
    house = make_house()
    house.people("ana")
    (house.folder / "homechat.yaml").write_text("port: [\n")
    _, checks = examine(house)
    assert checks["start"]["status"] == "fail" and "homechat.yaml:" in checks["start"]["evidence"]
    assert checks["cors"]["status"] == checks["master_key"]["status"] == "unknown"
    assert checks["services"]["evidence"]
    (house.folder / "homechat.yaml").unlink()
    key = house.folder / "master.key"
    key.write_text(secrets.token_hex(32))
    _, checks = examine(house)
    assert checks["start"]["status"] == "fail" and "master key" in checks["start"]["evidence"]
    key.unlink()
    _, checks = examine(house)
    assert checks["master_key"]["status"] == "fail" and not key.exists()
    assert set(checks) == CHECKLIST | OURS | OUTSIDE | BY_ADDRESS | LATER


def test_nothing_is_made_where_nothing_is(make_house, tmp_path):
    house = make_house()
    for folder in (tmp_path / "empty", tmp_path / "none"):
        if folder.name == "empty":
            folder.mkdir()
        house.environment["HOMECHAT_DATA_DIR"] = str(folder)
        refused = subprocess.run(
            [str(house.binary), "doctor", f"--data-dir={folder}"], env=house.environment, capture_output=True, text=True,
            timeout=60)
        assert refused.returncode == 1 and len(refused.stderr.splitlines()) == 1 and str(folder) in refused.stderr
        assert not folder.exists() or not list(folder.iterdir())


def test_a_key_that_somebody_merely_names_must_be_for_its_owner_alone(make_house, tmp_path):
    house = make_house()
    house.people("ana")
    key = tmp_path / "named.key"
    (house.folder / "master.key").rename(key)
    house.environment["HOMECHAT_MASTER_KEY_FILE"] = str(key)
    key.chmod(0o644)
    refused = house.cli("user", "list", check=False)
    assert refused.returncode == 1 and f"chmod 600 {key}" in refused.stderr
    _, checks = examine(house)
    assert checks["master_key"]["status"] == "fail" and "has mode 644" in checks["master_key"]["evidence"]
    key.chmod(0o600)
    _, checks = examine(house)
    assert "for its owner alone" in checks["master_key"]["evidence"] and "mode 600" in checks["master_key"]["evidence"]


def test_an_old_version_of_tls_is_a_failure(make_house):
    house = make_house(environment={"HOMECHAT_TLS": "local", "HOMECHAT_TLS_HTTP_PORT": "off"}).start()
    folder, port = house.folder / "tls", free_port()
    # OpenSSL's own server, which takes whatever it is let, with the certificate of the house.
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", str(port), "-cert", str(folder / "certificate.pem"), "-cert_chain",
         str(folder / "certificate.pem"), "-key", str(folder / "certificate.pem"), "-www", "-cipher", "ALL:@SECLEVEL=0",
         "-no_tls1_3"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: accepts(port))
        _, checks = examine(house, "--url", f"https://localhost:{port}")
    finally:
        server.kill()
        server.wait()
    assert checks["https"]["status"] == "fail" and "TLS 1.1 or older" in checks["https"]["evidence"], checks["https"]
    _, checks = examine(house, "--url", f"https://localhost:{house.port}")
    assert checks["https"]["status"] == "pass" and "HSTS max-age=63072000" in checks["https"]["evidence"], checks["https"]
    # What the server shows can be looked at without an address as well, and not only by who began it with the same settings.
    del house.environment["HOMECHAT_TLS"], house.environment["HOMECHAT_TLS_HTTP_PORT"]
    _, checks = examine(house)
    assert checks["https"]["status"] == "pass", checks["https"]
    for seen in "TLS 1.3", "localhost", "nothing older than TLS 1.2", "no old suites", "HSTS max-age=63072000":
        assert seen in checks["https"]["evidence"], checks["https"]
