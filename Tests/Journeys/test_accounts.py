"""Getting into an account from outside: second step, lockout, reset by mail, sign-up modes, and what is kept of them."""

import base64
import email
import re
import socket
import sqlite3
import ssl
import subprocess

import argon2
import bcrypt
import pyotp
import pytest
import requests
from aiosmtpd.controller import Controller
from house import PASSWORD, eventually


def sign_in(house, name, password=PASSWORD, source=None, **more):
    session = requests.Session()
    if source:
        session.mount("http://", Bound(source))
    body = {"username": name, "password": password} | more
    return session.post(f"{house.url}/api/v1/signin", json=body, timeout=20)


class Bound(requests.adapters.HTTPAdapter):
    """Connects from an address of its own: any of 127/8 is this machine."""

    def __init__(self, source):
        self.source = source
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.source, 0), **options)


class Browser(requests.Session):
    """Somebody with cookies and forms, without scripts."""

    def __init__(self, house):
        super().__init__()
        self.house = house
        self.headers["Origin"] = house.url

    def page(self, path):
        return self.get(self.house.url + path, timeout=20).text

    def submit(self, path, on=None, **fields):
        found = re.search(r'name="csrf_token" value="([^"]*)"', self.page(on) if on else "")
        if found:
            fields["csrf_token"] = found[1]
        return self.post(self.house.url + path, data=fields, timeout=20)

    def sign_in(self, name, password=PASSWORD):
        return self.submit("/signin", username=name, password=password)


def database(house):
    return sqlite3.connect(house.folder / "homechat.sqlite3", timeout=20)


def enable_second_step(browser):
    page = browser.submit("/settings/second-factor", on="/settings/security").text
    address = re.search(r'href="(otpauth://[^"]*)"', page)[1].replace("&amp;", "&")
    totp = pyotp.parse_uri(address)
    done = browser.submit("/settings/second-factor/code", on="/settings/second-factor", code=totp.now())
    return totp, re.findall(r"<li><code>([a-z0-9-]+)</code>", done.text)


def test_the_second_step_by_page_and_api(house):
    ben = Browser(house)
    ben.sign_in("ben")
    before = ben.cookies["homechat_session"]
    totp, codes = enable_second_step(ben)
    assert (totp.name, totp.issuer, totp.digits, totp.interval) == ("ben", "HomeChat", 6, 30)
    assert len(codes) == 10 and len(base64.b32decode(totp.secret)) == 20
    assert ben.cookies["homechat_session"] != before
    assert "10 backup codes left" in ben.page("/settings/security")

    asked = sign_in(house, "ben")
    assert (asked.status_code, asked.json()["success"], asked.json()["requires_2fa"]) == (401, False, True)
    assert asked.json()["message"] and "token" not in asked.json()
    wrong = sign_in(house, "ben", otp_code="000000")
    assert wrong.status_code == 401 and wrong.json()["requires_2fa"]
    assert sign_in(house, "ben", "wrong password", otp_code=codes[0]).json().get("requires_2fa") is None
    entered = sign_in(house, "ben", otp_code=codes[0])
    assert entered.status_code == 200 and entered.json()["token"]
    assert sign_in(house, "ben", otp_code=codes[0]).status_code == 401

    page = Browser(house)
    step = re.search(r'name="step" value="([^"]*)"', page.sign_in("ben").text)[1]
    assert "homechat_session" not in page.cookies
    assert page.submit("/signin/code", step=step, otp_code="111111").status_code == 422
    assert page.submit("/signin/code", step=step, otp_code=codes[1]).url.startswith(house.url + "/channels/")


def test_nothing_readable_is_kept(house):
    ben = Browser(house)
    ben.sign_in("ben")
    totp, codes = enable_second_step(ben)
    sign_in(house, "ben", "my secret typo")
    sign_in(house, "my-secret-typo")
    kept = b"".join(path.read_bytes() for path in house.folder.glob("homechat.sqlite3*"))
    assert b"ben" in kept
    secret = base64.b32decode(totp.secret)
    assert secret not in kept
    for readable in [totp.secret, secret.hex(), secret.hex().upper(), *codes, PASSWORD, "my secret typo", "my-secret-typo"]:
        assert readable.encode() not in kept and readable not in house.log_text()
    digest = database(house).execute("SELECT password_digest FROM users WHERE username = 'ben'").fetchone()[0]
    assert argon2.PasswordHasher().verify(digest, PASSWORD)


def test_bcrypt_accounts_come_in_and_are_upgraded(house):
    for prefix, password in ((b"2a", "pässword of old"), (b"2b", "x" * 80)):
        digest = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(5, prefix=prefix)).decode()
        with database(house) as rows:
            rows.execute("UPDATE users SET password_digest = ? WHERE username = 'eve'", (digest,))
        assert sign_in(house, "eve", "not " + password).status_code == 401
        assert sign_in(house, "eve", password).status_code == 200
        kept = database(house).execute("SELECT password_digest FROM users WHERE username = 'eve'").fetchone()[0]
        assert kept.startswith("$argon2id$") and argon2.PasswordHasher().verify(kept, "p\u00e4ssword of old" if prefix == b"2a" else password)
        assert sign_in(house, "eve", password).status_code == 200


def test_a_lock_holds_over_a_restart_and_an_admin_lifts_it(house):
    answers = [sign_in(house, "ben", "wrong password", source="127.7.0.1") for _ in range(6)]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["error"] for answer in answers}) == 1
    locked = sign_in(house, "ben", source="127.7.0.99")
    assert locked.status_code == 401 and int(locked.headers["Retry-After"]) > 1700
    assert sign_in(house, "ben", source="127.7.1.1").status_code == 200
    house.stop()
    house.start()
    assert sign_in(house, "ben", source="127.7.0.1").status_code == 401
    house.cli("user", "unlock", "ben")
    assert sign_in(house, "ben", source="127.7.0.1").status_code == 200


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def knock(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 5) as line, context.wrap_socket(line) as line:
        line.recv(100)


class Letters:
    def __init__(self):
        self.letters = []

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(email.message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def post_office():
    letters = Letters()
    letters.port = free_port()
    controller = Controller(letters, hostname="127.0.0.1", port=letters.port)
    controller.start()
    yield letters
    controller.stop()


def test_a_forgotten_password_by_mail(make_house, post_office):
    house = make_house(arguments=[
        f"--smtp-url=smtp://127.0.0.1:{post_office.port}", "--smtp-from=chat@example.org",
        "--public-url=https://chat.example.org"]).start()
    house.people("ana", "ben")
    with database(house) as rows:
        rows.execute("UPDATE users SET email = 'ben@example.org' WHERE username = 'ben'")

    def ask(name):
        return requests.post(f"{house.url}/api/v1/password_reset", json={"username": name}, timeout=20,
                             headers={"Host": "evil.example"})

    answers = [ask(name) for name in ("nobody", "ana", "ben@example.org", "ben")]
    assert all((answer.status_code, answer.json()) == (200, answers[0].json()) for answer in answers)
    eventually(lambda: len(post_office.letters) == 2)
    texts = [letter.get_payload(decode=True).decode() for letter in post_office.letters]
    assert {letter["To"] for letter in post_office.letters} == {"<ben@example.org>"}
    links = [re.search(r"https://chat\.example\.org/reset\?key=(\S+)", text)[1] for text in texts]
    assert not any("evil" in text for text in texts)
    body = {"password": "a whole new password", "password_confirmation": "a whole new password"}
    old = requests.patch(f"{house.url}/api/v1/password_reset", json=body | {"reset_token": links[0]}, timeout=20)
    assert old.status_code == 404
    page = Browser(house)
    assert "Choose a new password" in page.page(f"/reset?key={links[-1]}")
    assert page.submit("/reset", key=links[-1], **body).url == house.url + "/signin?done=password"
    assert sign_in(house, "ben", "a whole new password").status_code == 200
    assert page.submit("/reset", key=links[-1], **body).status_code == 422
    assert links[-1] not in house.log_text()


def test_mail_goes_over_tls_that_is_checked(make_house, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate,
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    letters = Letters()
    port = free_port()
    controller = Controller(letters, hostname="127.0.0.1", port=port, ssl_context=context)
    controller._trigger_server = lambda: knock(port)  # its own knock takes the server's context for the client
    controller.start()
    try:
        for authority in ([], [f"--smtp-ca-file={certificate}"]):
            house = make_house(arguments=[
                f"--smtp-url=smtps://localhost:{port}", "--smtp-from=chat@example.org",
                "--public-url=https://chat.example.org", *authority]).start()
            house.people("ana")
            with database(house) as rows:
                rows.execute("UPDATE users SET email = 'ana@example.org'")
            requests.post(f"{house.url}/api/v1/password_reset", json={"username": "ana"}, timeout=20)
            if authority:
                eventually(lambda: len(letters.letters) == 1)
            else:
                eventually(lambda: "mail could not be sent" in house.log_text())
                assert letters.letters == []
            house.kill()
    finally:
        controller.stop()


def test_sign_up_with_approval_and_by_invitation(make_house):
    house = make_house(environment={"HOMECHAT_REQUIRE_SIGNUP_APPROVAL": "true"}).start()
    house.people("ana")

    def sign_up(name, **more):
        body = {"username": name, "password": PASSWORD, "password_confirmation": PASSWORD} | more
        return requests.post(f"{house.url}/api/v1/signup", json=body, timeout=20)

    fay = sign_up("fay")
    assert fay.status_code == 201 and fay.json()["requires_approval"] is True
    header = {"Authorization": f"Bearer {fay.json()['token']}"}
    me = f"{house.url}/api/v1/me"
    assert requests.get(me, headers=header, timeout=20).status_code == 401
    assert sign_in(house, "fay").status_code == 401

    ana = Browser(house)
    ana.sign_in("ana")
    users = ana.page("/admin/users")
    number = re.search(r"/admin/users/(\d+)/approval", users)[1]
    ana.submit(f"/admin/users/{number}/approval", on="/admin/users")
    assert requests.get(me, headers=header, timeout=20).status_code == 200

    ana.submit("/admin/settings", on="/admin/settings", site_name="Home", signup_mode="invitation")
    assert sign_up("gus").status_code == 403
    made = ana.submit("/admin/invitations", on="/admin/users", note="Gus").text
    secret = re.search(r"/signup\?invitation=([A-Za-z0-9]+)", made)[1]
    assert sign_up("gus", invitation=secret).status_code == 201
    assert sign_up("hal", invitation=secret).status_code == 403
    ana.submit("/admin/settings", on="/admin/settings", site_name="Home", signup_mode="off")
    assert sign_up("hal").status_code == 403


def test_the_first_run_asks_for_the_secret(make_house):
    house = make_house(environment={"HOMECHAT_SETUP_SECRET": "open-sesame"}).start()
    fields = {"site_name": "Home", "user[username]": "ana", "user[password]": PASSWORD}
    browser = Browser(house)
    assert "Set-up secret" in browser.page("/welcome")
    assert browser.submit("/welcome", **fields).status_code == 422
    assert browser.submit("/welcome", **fields, setup_secret="open-sesame").status_code == 200
    assert "open-sesame" not in house.log_text()


def test_a_set_up_secret_made_for_a_public_address_is_in_a_file_and_in_no_log(make_house):
    # An address for documentation (RFC 5737): public, and no machine's own, so nothing listens on it.
    house = make_house(arguments=["--host", "203.0.113.7"])
    with pytest.raises(AssertionError):
        house.start()
    kept = house.folder / "setup-secret"
    assert kept.stat().st_mode & 0o777 == 0o600
    secret = kept.read_text().strip()
    assert len(secret) == 20
    assert str(kept) in house.log_text() and secret not in house.log_text()
    house.arguments = []
    house.start()
    assert not kept.exists()


def test_each_thing_is_written_down_once(house):
    def count(action):
        return database(house).execute("SELECT COUNT(*) FROM audit_logs WHERE action = ?", (action,)).fetchone()[0]

    ben = Browser(house)
    ben.sign_in("ben")
    sign_in(house, "ben", "wrong password")
    enable_second_step(ben)
    ben.submit("/settings/password", on="/settings/security", current_password=PASSWORD, password="another long one", password_confirmation="another long one")
    ben.submit("/signout", on="/settings/security")
    expected = {"login": 1, "login_failed": 1, "2fa_enabled": 1, "password_change": 1, "logout": 1}
    assert {action: count(action) for action in expected} == expected
