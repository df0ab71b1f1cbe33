"""TLS without a domain: the page that teaches devices, and a browser that learned."""

import json
import pathlib
import plistlib
import re
import socket
import ssl
import stat
import subprocess

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from house import eventually
from person import Person
from playwright.sync_api import expect

OUTPUT = pathlib.Path(__file__).parent / "output"


@pytest.fixture
def local(make_house, tmp_path):
    """A house with an authority of its own, which the tests' own clients believe."""
    house = make_house(environment={"HOMECHAT_TLS": "local", "HOMECHAT_TLS_NAMES": "kitchen.home.arpa, 192.168.7.20", "HOMECHAT_HOST": "0.0.0.0"})
    house.start()
    house.clear = f"http://127.0.0.1:{house.ready['http_port']}"
    house.trusting = tmp_path / "authority.pem"
    house.trusting.write_bytes(requests.get(f"{house.clear}/trust/authority.pem", timeout=10).content)
    house.people("ana", "ben")
    return house


@pytest.fixture
def trusting_browser(playwright, local, tmp_path):
    """Chromium of somebody who did what the page says for Linux, word by word but for the home folder."""
    home = tmp_path / "home"
    store = home / ".pki/nssdb"
    store.mkdir(parents=True)
    subprocess.run(["certutil", "-d", f"sql:{store}", "-N", "--empty-password"], check=True, capture_output=True)
    subprocess.run(
        ["certutil", "-d", f"sql:{store}", "-A", "-t", "C,,", "-n", "HomeChat", "-i", str(local.trusting)], check=True,
        capture_output=True)
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox"], env={"HOME": str(home), "PATH": "/usr/bin:/bin"})
    yield browser
    browser.close()


def authority(house):
    return x509.load_pem_x509_certificate(house.trusting.read_bytes())


def test_what_is_downloaded_is_one_authority_in_three_forms(local):
    certificate = authority(local)
    crt = requests.get(f"{local.clear}/trust/authority.crt", timeout=10)
    assert crt.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(crt.content) == certificate
    answer = requests.get(f"{local.clear}/trust/homechat.mobileconfig", timeout=10)
    assert answer.headers["Content-Type"] == "application/x-apple-aspen-config"
    profile = plistlib.loads(answer.content)
    assert profile["PayloadType"] == "Configuration" and profile["PayloadVersion"] == 1
    root, = profile["PayloadContent"]
    assert root["PayloadType"] == "com.apple.security.root" and root["PayloadContent"] == crt.content
    assert requests.get(f"{local.clear}/trust/homechat.mobileconfig", timeout=10).content == answer.content

    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = {str(name.value) for name in constraints.value.permitted_subtrees}
    assert {"home.arpa", "192.168.0.0/16", "localhost"} <= permitted and "0.0.0.0/0" not in permitted
    tls = local.folder / "tls"
    assert stat.S_IMODE(tls.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in tls.iterdir()} == {0o600}


def test_the_certificate_is_for_the_names_and_addresses_of_the_house(local):
    context = ssl.create_default_context(cafile=local.trusting)
    for name in ("localhost", "127.0.0.1", "kitchen.home.arpa", "192.168.7.20"):
        with socket.create_connection(("127.0.0.1", local.port), timeout=10) as line:
            with context.wrap_socket(line, server_hostname=name) as tls:
                assert tls.version() == "TLSv1.3"
    for name in ("chat.example.com", "198.51.100.1"):
        with pytest.raises(ssl.SSLCertVerificationError), socket.create_connection(("127.0.0.1", local.port)) as line:
            context.wrap_socket(line, server_hostname=name)


def test_a_name_more_is_a_new_certificate_of_the_same_authority(local):
    before = ssl.get_server_certificate(("127.0.0.1", local.port))
    local.stop()
    local.environment["HOMECHAT_TLS_NAMES"] += ", cellar.home.arpa"
    local.start()
    after = ssl.get_server_certificate(("127.0.0.1", local.port))
    assert after != before
    context = ssl.create_default_context(cafile=local.trusting)
    with socket.create_connection(("127.0.0.1", local.port), timeout=10) as line:
        context.wrap_socket(line, server_hostname="cellar.home.arpa").close()
    # A name that the authority was not made for is told, and the rest goes on.
    local.stop()
    local.environment["HOMECHAT_TLS_NAMES"] += ", chat.example.org"
    local.start()
    assert "only a new one can vouch for them" in local.log_text() and "names=chat.example.org" in local.log_text()
    assert local.is_up()


def test_only_what_teaches_is_served_in_the_clear(local):
    def ask(path, **options):
        return requests.get(local.clear + path, allow_redirects=False, timeout=10, **options)

    page = ask("/trust")
    assert page.status_code == 200 and "Strict-Transport-Security" not in page.headers
    assert f"connect-src 'self' ws://127.0.0.1:{local.ready['http_port']} https://127.0.0.1:{local.port};" in (
        page.headers["Content-Security-Policy"])
    style, = re.findall(r'href="([^"]+application\.css)"', page.text)
    assert ask(style).status_code == 200
    for path in ("/", "/signin", "/channels", "/trust/other", "/admin/network"):
        answer = ask(path)
        assert answer.status_code == 308 and answer.headers["Location"] == f"https://127.0.0.1:{local.port}{path}"
    assert ask("/api/v1/me").status_code == 403
    assert ask("/trust/check").json() == {"secure": False}
    for origin, is_ours in {
            local.clear: True, f"http://localhost:{local.ready['http_port']}": True, "http://elsewhere.example": False,
            "http://127.0.0.1": False, local.clear.replace("http", "https"): False, "null": False}.items():
        check = requests.get(
            f"{local.url}/trust/check", verify=local.verify, timeout=10, headers={"Origin": origin})
        assert check.json() == {"secure": True}
        assert check.headers.get("Access-Control-Allow-Origin") == (origin if is_ours else None), origin
    # The page says the same of it over TLS, and nothing of the house.
    secure = requests.get(f"{local.url}/trust", verify=local.verify, timeout=10)
    assert "came over an encrypted connection" in secure.text and "trust-check" not in secure.text
    assert f"https://127.0.0.1:{local.port} " not in secure.headers["Content-Security-Policy"]


def test_a_house_with_another_kind_of_tls_has_no_such_page(make_house):
    house = make_house().start()
    assert requests.get(f"{house.url}/trust", timeout=10).status_code == 404


DEVICES = {"desktop": None, "phone": "Pixel 7"}


@pytest.mark.parametrize("device", DEVICES)
def test_a_browser_that_trusts_the_authority_has_a_clean_secure_context(local, playwright, trusting_browser, device):
    options = playwright.devices[DEVICES[device]] if DEVICES[device] else {}
    ana = Person(trusting_browser, "ana", local.url, **options)
    ben = Person(trusting_browser, "ben", f"https://localhost:{local.port}", **options)
    sockets = []
    ana.page.on("websocket", lambda socket: sockets.append(socket.url))
    ana.sign_in()
    ben.sign_in()
    assert ana.page.evaluate("isSecureContext && location.protocol === 'https:' && 'serviceWorker' in navigator")
    session = ana.context.new_cdp_session(ana.page)
    session.send("Security.enable")
    states = []
    session.on("Security.visibleSecurityStateChanged", lambda event: states.append(event["visibleSecurityState"]))
    ana.page.reload()
    expect(ana.composer).to_be_visible()
    state = eventually(lambda: ana.page.wait_for_timeout(50) or (states and states[-1]))
    assert state["securityState"] == "secure", state
    assert not state.get("securityStateIssueIds") and not state["certificateSecurityState"].get("certificateNetworkError")
    assert ana.page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
    ben.composer.fill(f"hello from {device}")  # Enter is a new line on a phone
    ben.page.get_by_role("button", name="Send").click()
    ana.sees(f"hello from {device}")
    assert sockets and all(url.startswith(f"wss://127.0.0.1:{local.port}/") for url in sockets), sockets
    cookies = {cookie["name"]: cookie for cookie in ana.context.cookies()}
    assert cookies["__Host-homechat_session"]["secure"]
    assert ana.complaints + ben.complaints == []
    # The page in the clear finds out that this device trusts.
    ana.page.goto(f"{local.clear}/trust")
    expect(ana.page.locator("#trust-check")).to_have_text("This device trusts HomeChat.")
    ana.page.get_by_role("link", name="Open the chat").click()
    expect(ana.composer).to_be_visible()
    assert ana.complaints == []


def test_a_browser_that_does_not_trust_it_is_told_so_and_refuses_the_chat(local, visitor):
    stranger = visitor(local, base=local.clear)
    stranger.page.goto("/trust")
    expect(stranger.page.locator("#trust-check")).to_contain_text("does not trust it yet")
    with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
        stranger.page.goto(f"{local.url}/signin")


def test_the_admin_sees_the_certificate_and_what_people_compare(local, trusting_browser):
    ana = Person(trusting_browser, "ana", local.url).sign_in()
    ana.page.goto("/admin/network")
    section = ana.page.locator("section", has=ana.page.get_by_role("heading", name="Certificate"))
    expect(section).to_contain_text(authority(local).fingerprint(hashes.SHA256()).hex(":").upper())
    expect(section).to_contain_text("from the household's own authority")
    ana.page.screenshot(path=OUTPUT / "admin-certificate.png", full_page=True)
    ana.page.goto("/admin/health")
    row = ana.page.locator(".check", has_text="HTTPS/SSL enabled")
    expect(row.locator(".tag")).to_have_text("pass")
    expect(row).to_contain_text(f"port {local.port}: TLS 1.3")


def test_the_doctor_believes_the_households_authority_and_looks_for_itself(local):
    def https(*arguments):
        report = json.loads(local.cli("doctor", "--json", *arguments, check=False).stdout)
        return {check["id"]: check for check in report["checks"]}

    checks = https()
    assert checks["https"]["status"] == "pass" and "household's own authority" in checks["https"]["evidence"], checks["https"]
    assert checks["reverse_proxy"]["status"] == "pass"
    checks = https("--url", local.url)
    assert checks["https"]["status"] == "pass" and "HSTS" in checks["https"]["evidence"], checks["https"]
    assert checks["websocket"]["status"] == "pass" and checks["reverse_proxy"]["status"] == "pass"
    assert https("--url", f"https://127.0.0.8:{local.port}")["https"]["status"] == "fail", "a name of nobody's"
    local.stop()
    assert https()["https"] == checks["https"] | {
        "status": "unknown", "evidence": "the server does not run", "fix": "start it"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_looks_well(local, visitor, width, scheme):
    OUTPUT.mkdir(exist_ok=True)
    agent = {320: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", 1280: "Mozilla/5.0 (X11; Linux x86_64)"}[width]
    somebody = visitor(
        local, base=local.clear, viewport={"width": width, "height": 800}, color_scheme=scheme, user_agent=agent)
    somebody.page.goto("/trust")
    expect(somebody.page.locator("#trust-check")).to_be_visible()
    kinds = somebody.page.locator(".trust-kind")
    for number in range(kinds.count()):
        kinds.nth(number).evaluate("details => { details.name = ''; details.open = true }")
    wide = somebody.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    somebody.page.screenshot(path=OUTPUT / f"trust-{width}-{scheme}.png", full_page=True)
    somebody.check(f"/trust {width} {scheme}")


def test_it_works_without_scripts_and_opens_the_steps_of_the_device(local, visitor):
    for agent, name in {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)": "iPhone and iPad",
                        "Mozilla/5.0 (Linux; Android 15; Pixel 9)": "Android",
                        "Mozilla/5.0 (Windows NT 10.0; Win64; x64)": "Windows"}.items():
        somebody = visitor(local, base=local.clear, java_script_enabled=False, user_agent=agent)
        somebody.page.goto("/trust")
        opened = somebody.page.locator("details[open] summary")
        expect(opened).to_have_count(1)
        expect(opened).to_have_text(name)
        expect(somebody.page.get_by_role("link", name="Open the chat")).to_have_attribute("href", f"{local.url}/")
