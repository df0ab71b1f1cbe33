"""Sign-in through an OpenID provider: what lets in, what does not, and whose account it is."""

import base64
import json
import os
import re
import socket
import sqlite3
import subprocess
import time
import urllib.parse

import pytest
import requests
from house import PASSWORD, House, Postgres
from openid_provider import Provider


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Household:
    """A server, its provider, and people with browsers that run no scripts."""

    def __init__(self, folder, provider, environment=None, people=("ana", "ben"), **settings):
        self.provider = provider
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        settings = {"ISSUER": provider.issuer, "CLIENT_ID": provider.client_id, "CLIENT_SECRET": provider.client_secret,
                    "NAME": "Nest ID"} | settings
        variables = {f"HOMECHAT_OPENID_{name}": value for name, value in settings.items() if value is not None}
        self.house = House(folder, variables | {"HOMECHAT_PUBLIC_URL": self.url} | (environment or {}))
        self.house.start(port)
        self.house.people(*people)

    def browser(self):
        return Browser(self.url)

    def rows(self, sql, *values):
        with sqlite3.connect(self.house.folder / "homechat.sqlite3", timeout=20) as connection:
            return connection.execute(sql, values).fetchall()

    def audited(self, action):
        return [json.loads(row[0]) for row in self.rows("SELECT details FROM audit_logs WHERE action = ? ORDER BY id", action)]


class Browser(requests.Session):
    def __init__(self, url):
        super().__init__()
        self.url = url
        self.headers["Origin"] = "/".join(url.split("/")[:3])

    def page(self, path):
        return self.get(self.url + path, timeout=30, verify=self.verify)

    def submit(self, path, on=None, **fields):
        found = re.search(r'name="csrf_token" value="([^"]*)"', self.page(on).text if on else "")
        return self.post(self.url + path, data=fields | ({"csrf_token": found[1]} if found else {}), timeout=30)

    def sign_in(self, name):
        assert self.submit("/signin", username=name, password=PASSWORD).status_code == 200
        return self

    def through_provider(self, path="/signin/openid"):
        return self.page(path)

    def connect(self):
        """Presses the button under Security, and goes where the page leads."""
        page = self.submit("/settings/openid", on="/settings/security")
        address = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page.text)
        return self.get(address[1].replace("&amp;", "&"), timeout=30) if address else page

    @property
    def is_in(self):
        return "homechat_session" in self.cookies


@pytest.fixture
def provider():
    with Provider() as one:
        yield one


@pytest.fixture
def make(tmp_path, provider):
    made = []

    def make(environment=None, **options):
        made.append(Household(tmp_path / f"data{len(made)}", provider, environment, **options))
        return made[-1]

    yield make
    for one in made:
        one.house.kill()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """For what lets nobody in."""
    with Provider() as provider:
        household = Household(tmp_path_factory.mktemp("openid") / "data", provider)
        yield household
        household.house.kill()


# Getting in


def test_a_stranger_gets_an_account_and_comes_back_to_it(make, provider):
    household = make()
    fay = household.browser()
    assert "Sign in with Nest ID" in fay.page("/signin").text
    came = fay.through_provider("/signin/openid?return_to=/settings/profile")
    assert came.url == household.url + "/settings/profile" and "Fay" in came.text
    asked = provider.asked("/authorize")[0][1]
    assert asked["redirect_uri"] == household.url + "/signin/openid/callback" and asked["scope"] == "openid profile email"
    assert asked["code_challenge_method"] == "S256" and len(asked["state"]) == len(asked["nonce"]) == 43
    assert household.audited("login")[-1]["proof"] == "openid"
    assert household.audited("account_created")[-1]["door"] == "openid"

    provider.person |= {"preferred_username": "another", "name": "Another"}
    again = household.browser()
    again.through_provider()
    assert "Fay" in again.page("/settings/profile").text
    assert household.rows("SELECT username, role, password_digest FROM users WHERE username LIKE 'fay%'") == [("fay", "user", None)]
    assert len(provider.asked("/.well-known/openid-configuration")) == len(provider.asked("/keys")) == 1
    assert not provider.asked("/userinfo")
    assert fay.cookies["homechat_session"] != again.cookies["homechat_session"]
    assert not {"homechat_openid"} & set(fay.cookies.keys())


@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "ES384", "EdDSA"])
def test_signatures_of_every_common_kind(make, provider, algorithm):
    provider.rotate(algorithm)
    browser = make().browser()
    browser.through_provider()
    assert browser.is_in


def test_a_name_that_is_taken_takes_nothing_over(make, provider):
    household = make()
    provider.person |= {"sub": "not-ana", "preferred_username": "Ana", "email": "ana@example.org"}
    household.house.cli("user", "list")
    ana = household.browser().sign_in("ana")
    ana.submit("/settings/email", on="/settings/security", email="ana@example.org")
    stranger = household.browser()
    stranger.through_provider()
    assert household.rows("SELECT username, role FROM users WHERE username NOT IN ('ana', 'ben', 'system')") == [("Ana2", "user")]
    assert stranger.page("/admin").status_code == 403
    assert household.rows("SELECT COUNT(*) FROM openid_identities JOIN users ON users.id = user_id WHERE username = 'ana'") == [(0,)]


@pytest.mark.parametrize("claims, name", [
    ({"preferred_username": "Fay Müller"}, "Fay-Müller"), ({"preferred_username": "admin"}, "admin-home"),
    ({"preferred_username": "fay@example.org"}, "fay"), ({"preferred_username": "x"}, "x-home"),
    ({"preferred_username": "<script>"}, "script"), ({"preferred_username": "раураl-a"}, "member"),
    ({"preferred_username": "🦊🦊🦊"}, "member"), ({"preferred_username": 12, "email": "gus@example.org"}, "gus"),
    ({"preferred_username": "a" * 5000}, "a" * 40), ({"preferred_username": "nul\0nul", "email": None, "name": "Uma"}, "Uma"),
])
def test_names_are_made_fit(shared, claims, name):
    shared.provider.mood, before = None, shared.rows("SELECT MAX(id) FROM users")[0][0]
    shared.provider.person = {"sub": str(claims)[:200], "email": "zed@example.org"} | claims
    browser = shared.browser()
    browser.through_provider()
    assert browser.is_in
    [(made,)] = shared.rows("SELECT username FROM users WHERE id > ?", before)
    assert made == name or re.fullmatch(re.escape(name) + r"\d+", made)


def test_userinfo_is_asked_for_what_the_token_does_not_say(make, provider):
    household = make()
    provider.person = {"sub": "quiet"}
    provider.userinfo = {"sub": "quiet", "preferred_username": "gus", "name": "Gus"}
    household.browser().through_provider()
    assert household.rows("SELECT username FROM users WHERE username NOT IN ('ana', 'ben', 'system')") == [("gus",)]
    assert provider.asked("/userinfo")[0][2]["Authorization"] == "Bearer access"
    provider.person, provider.userinfo = {"sub": "other"}, {"sub": "quiet", "preferred_username": "gus"}
    assert household.browser().through_provider().status_code == 403


def test_sign_up_modes_count_here_too(make, provider):
    household = make()
    ana = household.browser().sign_in("ana")

    def set_mode(mode):
        assert ana.submit("/admin/settings", on="/admin/settings", site_name="Nest", signup_mode=mode).status_code == 200

    set_mode("off")
    refused = household.browser().through_provider()
    assert refused.status_code == 403 and "Sign-ups are closed" in refused.text
    set_mode("invitation")
    assert "need an invitation" in household.browser().through_provider().text
    link = re.search(r"/signup\?invitation=\w+", ana.submit("/admin/invitations", on="/admin/users", note="Fay").text)[0]
    invited = household.browser()
    button = re.search(r'href="(/signin/openid\?invitation=\w+)"', invited.page(link).text)[1]
    invited.through_provider(button)
    assert invited.is_in and household.rows("SELECT username FROM users WHERE username NOT IN ('ana', 'ben', 'system')") == [("fay",)]
    assert household.rows("SELECT username FROM invitations JOIN users ON users.id = used_by") == [("fay",)]
    set_mode("approval")
    provider.person |= {"sub": "gus", "preferred_username": "gus"}
    waiting = household.browser()
    assert "An admin has to let you in" in waiting.through_provider().text and not waiting.is_in
    assert "An admin has to let you in" in waiting.through_provider().text and not waiting.is_in
    assert household.rows("SELECT COUNT(*) FROM users WHERE awaits_approval") == [(1,)]


def test_only_people_who_connected_their_account(make, provider):
    household = make(ACCOUNTS="link")
    refused = household.browser().through_provider()
    assert refused.status_code == 403 and "connect it under Security" in refused.text
    assert household.rows("SELECT COUNT(*) FROM users WHERE username <> 'system'") == [(2,)]


def test_domains_of_verified_addresses(make, provider):
    household = make(ALLOWED_DOMAINS="example.org")
    for email, verified in (("fay@elsewhere.example", True), ("fay@example.org", False), ("fay@x@example.org", True), ("fay@sub.example.org", True)):
        provider.person |= {"email": email, "email_verified": verified}
        assert household.browser().through_provider().status_code == 403, email
    provider.person |= {"email": "fay@EXAMPLE.org", "email_verified": True}
    fay = household.browser()
    fay.through_provider()
    assert fay.is_in
    provider.person |= {"email": "fay@elsewhere.example"}
    assert household.browser().through_provider().status_code == 403


def test_locked_and_deleted_people_stay_out(make, provider):
    household = make()
    fay = household.browser()
    fay.through_provider()
    household.house.cli("user", "lock", "fay")
    locked = household.browser()
    assert locked.through_provider().status_code == 403 and not locked.is_in
    household.house.cli("user", "unlock", "fay")
    assert household.browser().through_provider().status_code == 200
    [(before,)] = household.rows("SELECT id FROM users WHERE username = 'fay'")
    ana = household.browser().sign_in("ana")
    ana.submit(f"/admin/users/{before}/deletion", on="/admin/users")
    assert household.rows("SELECT COUNT(*) FROM openid_identities") == [(0,)]
    household.browser().through_provider()
    assert household.rows("SELECT id > ? FROM users WHERE username = 'fay'", before) == [(1,)]


def test_a_house_that_is_read_only_lets_in_and_makes_nobody(make, provider):
    household = make()
    provider.person |= {"sub": "ben there"}
    ben = household.browser().sign_in("ben")
    assert "Connected." in ben.connect().text
    household.house.cli("emergency", "read-only", "on")
    again = household.browser()
    again.through_provider()
    assert again.is_in
    provider.person |= {"sub": "somebody new"}
    stranger = household.browser()
    assert stranger.through_provider().status_code == 503 and not stranger.is_in
    household.house.cli("emergency", "lockdown")
    household.house.cli("emergency", "read-only", "off")
    assert stranger.through_provider().status_code == 403 and not stranger.is_in


def test_our_second_step_only_where_it_is_asked_for(make, provider):
    import pyotp

    for setting in ("false", "true"):
        household = make(SECOND_FACTOR=setting)
        ben = household.browser().sign_in("ben")
        assert "Connected." in ben.connect().text
        page = ben.submit("/settings/second-factor", on="/settings/security").text
        totp = pyotp.parse_uri(re.search(r'href="(otpauth://[^"]*)"', page)[1].replace("&amp;", "&"))
        codes = re.findall(r"<li><code>([a-z0-9-]+)</code>", ben.submit(
            "/settings/second-factor/code", on="/settings/second-factor", code=totp.now()).text)
        other = household.browser()
        came = other.through_provider("/signin/openid?return_to=/settings/security")
        assert other.is_in == (setting == "false")
        if not other.is_in:
            step = re.search(r'name="step" value="([^"]*)"', came.text)[1]
            done = other.submit("/signin/code", step=step, otp_code=codes[0], return_to="/settings/security")
            assert done.url == household.url + "/settings/security"
            assert household.audited("login")[-1]["proof"] == "openid and backup code"


# Connecting


def test_somebody_connects_and_disconnects_their_account(make, provider):
    household = make()
    ben = household.browser().sign_in("ben")
    assert "Connected." in ben.connect().text
    other = household.browser()
    other.through_provider()
    assert other.is_in
    assert household.rows("SELECT username FROM users JOIN sessions ON user_id = users.id ORDER BY sessions.id DESC") == [("ben",)] * 2
    assert household.audited("identity_connected") == [{}]
    ana = household.browser().sign_in("ana")
    refused = ana.connect()
    assert refused.status_code == 403 and "somebody else" in refused.text
    assert "Removed." in ben.submit("/settings/openid/removal", on="/settings/security").text
    assert household.audited("identity_disconnected") == [{}]
    assert household.rows("SELECT COUNT(*) FROM openid_identities") == [(0,)]


def test_a_connection_does_not_outlive_what_an_admin_takes_away(make, provider):
    household = make()
    household.browser().sign_in("ben").connect()
    household.house.cli("user", "reset-password", "ben")
    done = household.house.cli("user", "reset-2fa", "ben").stdout
    assert "reset-link" not in done
    intruder = household.browser()
    intruder.through_provider()
    assert household.rows("SELECT u.username FROM sessions s JOIN users u ON u.id = s.user_id") == [("fay",)]
    assert household.audited("identity_disconnected") == [{"reason": "reset by an admin"}]

    # Fay never had a password: the page says what comes next.
    ana = household.browser().sign_in("ana")
    [(fay,)] = household.rows("SELECT id FROM users WHERE username = 'fay'")
    assert "Take second step and passkeys away" in ana.page("/admin/users").text
    page = ana.submit(f"/admin/users/{fay}/second-factor", on="/admin/users")
    assert "make them a reset link" in page.text
    assert household.rows("SELECT COUNT(*) FROM openid_identities") == [(0,)]
    assert "Take second step and passkeys away" not in ana.page("/admin/users").text
    assert "homechat user reset-link fay" in household.house.cli("user", "reset-2fa", "fay").stdout


def test_connecting_needs_a_fresh_proof_and_our_own_form(make, provider):
    household = make()
    ben = household.browser().sign_in("ben")
    assert ben.post(household.url + "/settings/openid", timeout=20).status_code == 403
    household.rows("UPDATE sessions SET proven_at = 0")
    page = ben.submit("/settings/openid", on="/settings/security")
    assert "/settings/confirm" in page.url and not provider.asked("/authorize")
    assert "/settings/confirm" in ben.submit("/settings/openid/removal", on="/settings/security").url


def test_the_only_way_in_stays_until_there_is_another(make, provider):
    household = make()
    fay = household.browser()
    fay.through_provider()
    page = fay.page("/settings/security").text
    assert "your only way in" in page and "Current password" not in page
    assert fay.submit("/settings/openid/removal", on="/settings/security").status_code == 409

    household.rows("UPDATE sessions SET proven_at = 0")
    set_password = {"password": "a brand new phrase", "password_confirmation": "a brand new phrase"}
    asked = fay.submit("/settings/password", on="/settings/security", **set_password)
    assert "/settings/confirm" in asked.url and 'name="password"' not in asked.text
    provider.mood = "does not ask again"
    refused = confirm(fay)
    assert refused.status_code == 403 and "did not ask you again" in refused.text
    assert provider.asked("/authorize")[-1][1] | {"prompt": "login", "max_age": "0"} == provider.asked("/authorize")[-1][1]
    provider.mood = None
    provider.person |= {"sub": "somebody else"}
    assert confirm(fay).status_code == 403
    provider.person |= {"sub": "sub-fay"}
    assert confirm(fay).status_code == 200

    assert "Your password is changed" in fay.submit("/settings/password", on="/settings/security", **set_password).text
    assert requests.post(household.url + "/api/v1/signin", json={"username": "fay", "password": "a brand new phrase"}, timeout=20).status_code == 200
    assert "Removed." in fay.submit("/settings/openid/removal", on="/settings/security").text


def confirm(browser):
    page = browser.submit("/settings/confirm/openid", on="/settings/confirm", return_to="/settings/security")
    address = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page.text)[1]
    return browser.get(address.replace("&amp;", "&"), timeout=30)


# What lets nobody in


@pytest.mark.parametrize("mood", [
    "wrong issuer", "wrong audience", "several audiences", "empty audience", "another party", "wrong nonce", "no nonce",
    "expired", "no expiry", "from the future", "old", "no subject", "strange times", "no signature", "public key as secret",
    "unknown key", "critical header", "another's signature", "wrong issuer in the answer",
])
def test_a_token_that_does_not_hold(shared, mood):
    shared.provider.mood, before = mood, len(shared.audited("login_failed"))
    shared.provider.person = {"sub": "mallory", "preferred_username": "mallory"}
    browser = shared.browser()
    answer = browser.through_provider()
    assert answer.status_code == 403 and "does not hold" in answer.text
    assert not browser.is_in and "homechat_openid" not in browser.cookies
    assert shared.rows("SELECT COUNT(*) FROM users WHERE username LIKE 'mallory%'") == [(0,)]
    assert shared.audited("login_failed")[before:] == [{"door": "openid"}]


@pytest.mark.parametrize("mood", ["redirects", "answers in HTML", "answers deeply", "fails", "never ends", "hangs", "trickles"])
@pytest.mark.parametrize("place", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_a_provider_that_does_not_answer_as_it_should(make, provider, mood, place):
    household = make(people=["ana"])
    provider.mood, began = f"{mood} at {place}", time.monotonic()
    browser = household.browser()
    answer = browser.through_provider()
    assert answer.status_code == 502 and "alert(1)" not in answer.text and not browser.is_in
    assert time.monotonic() - began < 15
    assert "/elsewhere" not in [request[0] for request in provider.requests]
    assert not household.audited("login_failed")
    assert browser.page("/up").status_code == 200
    provider.mood = None
    if place != "/.well-known/openid-configuration":
        browser.through_provider()
        assert browser.is_in


@pytest.mark.parametrize("metadata", [
    {"issuer": "https://elsewhere.example"}, {"token_endpoint": "http://192.0.2.1/token"}, {"jwks_uri": "file:///etc/passwd"},
    {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": "https://a@b.example/"},
    {"code_challenge_methods_supported": ["plain"]}, {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, {"token_endpoint": None}, {"jwks_uri": 12},
    {"authorization_endpoint": "https://a.example/\r\nSet-Cookie: a=b"},
])
def test_a_configuration_that_cannot_be_used(make, provider, metadata):
    provider.metadata = metadata
    household = make(people=["ana"])
    answer = household.browser().through_provider()
    assert answer.status_code == 502 and not provider.asked("/authorize")


def test_addresses_where_clouds_keep_their_credentials_are_never_asked(make, provider):
    provider.metadata = {"token_endpoint": "https://169.254.169.254/token", "jwks_uri": "https://[fd00:ec2::254]/keys"}
    household = make()
    assert household.browser().through_provider().status_code == 502
    assert "none that the server may connect to" in household.house.log_text()


def test_keys_are_looked_for_once_when_they_changed(make, provider):
    household = make()
    household.browser().through_provider()
    provider.rotate("ES256")
    browser = household.browser()
    browser.through_provider()
    assert browser.is_in and len(provider.asked("/keys")) == 2
    provider.rotate()
    for _ in range(3):
        assert household.browser().through_provider().status_code == 403
    assert len(provider.asked("/keys")) == 2


def test_another_key_under_the_same_name_is_looked_for_too(make, provider):
    household = make()
    household.browser().through_provider()
    provider.rotate("RS256", kid=provider.key.kid)
    browser = household.browser()
    browser.through_provider()
    assert browser.is_in and len(provider.asked("/keys")) == 2
    provider.rotate("RS256", kid=provider.key.kid)
    for _ in range(3):
        assert household.browser().through_provider().status_code == 403
    assert len(provider.asked("/keys")) == 2


# The way back


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(shared):
    provider = shared.provider
    provider.mood, provider.person = None, {"sub": "once", "preferred_username": "once"}
    victim, attacker = shared.browser(), shared.browser()
    departure = attacker.get(shared.url + "/signin/openid", allow_redirects=False, timeout=20)
    answer = requests.get(departure.headers["Location"], allow_redirects=False, timeout=20).headers["Location"]
    assert victim.get(answer, timeout=20).status_code == 422 and not victim.is_in
    victim.get(shared.url + "/signin/openid", allow_redirects=False, timeout=20)
    assert victim.get(answer, timeout=20).status_code == 422 and not victim.is_in

    kept = attacker.cookies["homechat_openid"]
    assert attacker.get(answer, timeout=20).status_code == 200 and attacker.is_in
    again = shared.browser()
    again.cookies.set("homechat_openid", kept)
    assert again.get(answer, timeout=20).status_code == 422 and not again.is_in
    assert attacker.get(answer, timeout=20).url.startswith(shared.url + "/channels/")  # loaded again


def test_a_changed_state_or_a_used_code(shared):
    provider = shared.provider
    provider.mood = "state swapped"
    swapped = shared.browser()
    assert swapped.through_provider().status_code == 422 and not swapped.is_in
    provider.mood, provider.person = None, {"sub": "twice", "preferred_username": "twice"}
    first = shared.browser()
    first.through_provider()
    assert first.is_in
    second = shared.browser()
    departure = second.get(shared.url + "/signin/openid", allow_redirects=False, timeout=20).headers["Location"]
    state = urllib.parse.parse_qs(urllib.parse.urlparse(departure).query)["state"][0]
    replayed = second.page(f"/signin/openid/callback?code={provider.last_code}&state={state}&iss={provider.issuer}")
    assert replayed.status_code == 403 and not second.is_in


def test_whoever_turns_back_is_told_so_without_the_providers_words(shared):
    shared.provider.mood, before = "says no", len(shared.audited("login_failed"))
    answer = shared.browser().through_provider()
    assert answer.status_code == 422 and "alert(1)" not in answer.text and "You were not signed in there" in answer.text
    assert len(shared.audited("login_failed")) == before


@pytest.mark.parametrize("query", [
    "", "?state=&code=", "?state=%00&code=a", "?code[]=a&state=b", "?state=" + "a" * 5000, "?state=%ff", "?error=x&state=y",
])
def test_made_up_answers_are_refused_in_words(shared, query):
    browser = shared.browser()
    for cookie in (None, "x", "A" * 4000, base64.urlsafe_b64encode(os.urandom(300)).decode().rstrip("=")):
        if cookie:
            browser.cookies.set("homechat_openid", cookie)
        assert browser.page("/signin/openid/callback" + query).status_code in (400, 422)
    assert not browser.is_in


def test_nobody_is_sent_elsewhere_afterwards(shared):
    shared.provider.mood, shared.provider.person = None, {"sub": "returning", "preferred_username": "returning"}
    for path in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"):
        came = shared.browser().through_provider("/signin/openid?" + urllib.parse.urlencode({"return_to": path}))
        assert came.url.startswith(shared.url + "/channels/"), path


def test_the_host_of_a_request_decides_nothing(shared):
    port = shared.url.rsplit(":", 1)[1]
    answer = requests.get(f"http://localhost:{port}/signin/openid?return_to=/about", allow_redirects=False, timeout=20)
    assert answer.headers["Location"] == shared.url + "/signin/openid?return_to=/about&here=1"
    answer = requests.get(shared.url + "/signin/openid?here=1", headers={"Host": "elsewhere.example"}, allow_redirects=False, timeout=20)
    query = urllib.parse.parse_qs(urllib.parse.urlparse(answer.headers["Location"]).query)
    assert query["redirect_uri"] == [shared.url + "/signin/openid/callback"]
    assert "HttpOnly" in answer.headers["Set-Cookie"] and "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_answers_draw_on_the_budget_of_sign_ins(tmp_path, provider):
    port = free_port()
    house = House(tmp_path / "data", limits=True, environment={
        "HOMECHAT_PUBLIC_URL": f"http://127.0.0.1:{port}", "HOMECHAT_OPENID_ISSUER": provider.issuer, "HOMECHAT_OPENID_CLIENT_ID": "homechat"})
    house.start(port)
    try:
        statuses = [requests.get(house.url + "/signin/openid/callback?code=a&state=b", timeout=20).status_code for _ in range(8)]
        assert statuses[0] == 422 and statuses[-1] == 429
    finally:
        house.kill()


def test_below_a_base_path(make, provider):
    household = make(environment={"HOMECHAT_BASE_PATH": "/chat"})
    household.url += "/chat"
    fay = household.browser()
    came = fay.through_provider("/signin/openid?return_to=/chat/settings/profile")
    assert came.url == household.url + "/settings/profile" and fay.is_in
    assert provider.asked("/authorize")[0][1]["redirect_uri"] == household.url + "/signin/openid/callback"
    ben = household.browser().sign_in("ben")
    provider.person |= {"sub": "ben there"}
    assert "Connected." in ben.connect().text


def test_without_a_provider_there_is_nothing_of_it(shared_house):
    page = requests.get(shared_house.url + "/signin", timeout=20).text
    assert "/signin/openid" not in page
    for path in ("/signin/openid", "/signin/openid/callback?code=a&state=b"):
        assert requests.get(shared_house.url + path, timeout=20).status_code == 404


# What the operator says


@pytest.mark.parametrize("settings, names", [
    ({"CLIENT_ID": "homechat"}, "openid.issuer"), ({"ISSUER": "https://id.example.org"}, "openid.client_id"),
    ({"ISSUER": "http://id.example.org", "CLIENT_ID": "a"}, "HOMECHAT_OPENID_ISSUER"),
    ({"ISSUER": "https://id.example.org", "CLIENT_ID": "a", "SCOPES": "profile"}, "openid.scopes"),
    ({"ISSUER": "https://id.example.org", "CLIENT_ID": "a", "SCOPES": "openid", "ALLOWED_DOMAINS": "a.org"}, "openid.allowed_domains"),
    ({"ISSUER": "https://id.example.org", "CLIENT_ID": "a", "CA_FILE": "/dev/null"}, "openid.ca_file"),
    ({"ISSUER": "https://id.example.org", "CLIENT_ID": "a", "ACCOUNTS": "all"}, "HOMECHAT_OPENID_ACCOUNTS"),
    ({"ISSUER": "https://id.example.org", "CLIENT_ID": "a", "PUBLIC": ""}, "public_url"),
])
def test_settings_that_do_not_go_together_are_refused_at_the_start(tmp_path, settings, names):
    public = {} if "PUBLIC" in settings else {"HOMECHAT_PUBLIC_URL": "https://chat.example.org"}
    environment = {f"HOMECHAT_OPENID_{name}": value for name, value in settings.items() if name != "PUBLIC"}
    house = House(tmp_path / "data", environment=public | environment)
    result = subprocess.run(
        [house.binary, "serve", f"--data-dir={house.folder}", "--port=0"], env=house.environment, capture_output=True, text=True, timeout=30)
    assert result.returncode != 0 and names in result.stderr, result.stderr


def test_secret_by_form_or_none_at_all(make, provider):
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    browser = make().browser()
    browser.through_provider()
    assert browser.is_in
    provider.client_secret = None
    browser = make(CLIENT_SECRET=None).browser()
    browser.through_provider()
    assert browser.is_in
    provider.client_secret = "another"
    refused = make(CLIENT_SECRET="wrong")
    assert refused.browser().through_provider().status_code == 502
    assert "wrong" not in refused.house.log_text().replace("went wrong", "")


def test_a_certificate_is_checked_and_a_private_authority_can_be_named(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate,
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    both = tmp_path / "both.pem"
    both.write_text(key.read_text() + certificate.read_text())
    with Provider(certificate=both) as provider:
        for number, authority in enumerate((None, str(certificate))):
            household = Household(tmp_path / f"data{number}", provider, CA_FILE=authority)
            browser = household.browser()
            browser.verify = str(certificate)
            answer = browser.through_provider()
            assert browser.is_in == bool(authority) and answer.status_code == (200 if authority else 502)
            assert authority or "its certificate is not trusted" in household.house.log_text()
            household.house.kill()


def test_secrets_and_codes_are_in_no_log(make, provider):
    mail = {"HOMECHAT_SMTP_URL": "smtps://127.0.0.1:1", "HOMECHAT_SMTP_PASSWORD": "mail-pass-phrase", "HOMECHAT_SMTP_FROM": "a@example.org"}
    household = make(environment={"HOMECHAT_LOG_LEVEL": "debug"} | mail)
    household.browser().through_provider()
    provider.mood = "wrong nonce"
    household.browser().through_provider()
    log = household.house.log_text()
    for secret in (provider.last_code, provider.client_secret, "mail-pass-phrase", "eyJ", "state=", "nonce="):
        assert secret not in log, secret


def test_it_holds_on_postgresql(tmp_path, provider):
    postgres = Postgres.create()
    household = Household(tmp_path / "data", provider, postgres.environment)
    try:
        fay = household.browser()
        fay.through_provider()
        assert fay.is_in
        assert postgres.run("SELECT issuer || ' ' || subject FROM openid_identities") == f"{provider.issuer} sub-fay"
        ben = household.browser().sign_in("ben")
        assert ben.connect().status_code == 403
        provider.person |= {"sub": "ben there"}
        assert "Connected." in ben.connect().text
        assert "Removed." in ben.submit("/settings/openid/removal", on="/settings/security").text
        again = household.browser()
        departure = again.get(household.url + "/signin/openid", allow_redirects=False, timeout=20).headers["Location"]
        answer = requests.get(departure, allow_redirects=False, timeout=20).headers["Location"]
        kept = again.cookies["homechat_openid"]
        again.get(answer, timeout=20)
        twice = household.browser()
        twice.cookies.set("homechat_openid", kept)
        assert again.is_in and twice.get(answer, timeout=20).status_code == 422
        assert postgres.run("SELECT COUNT(*) FROM openid_used_states") == "4"
    finally:
        household.house.kill()
        postgres.drop()
