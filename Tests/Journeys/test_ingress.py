"""Behind Home Assistant's ingress: the same server below another path, for those requests alone."""

import json
import re

import pytest
import requests
from cable import Cable
from house import PASSWORD
from ingress import PREFIX, Ingress
from websockets.sync.client import connect


@pytest.fixture
def ingress(shared_house):
    with Ingress(shared_house.port) as ingress:
        yield ingress


def sign_in(ingress, **options):
    session = requests.Session()
    session.trust_env = False
    session.verify = options.pop("verify", True)
    answer = session.post(
        ingress.address("/signin"), data={"username": "ana", "password": PASSWORD}, headers={"Origin": ingress.url},
        allow_redirects=False, timeout=20)
    assert answer.status_code == 303, answer.text
    return session, answer


def framed(answer):
    policy = answer.headers["Content-Security-Policy"]
    return re.search(r"frame-ancestors ([^;]+)", policy)[1]


def addresses(html):
    """What a page leads to, loads and sends to on this server."""
    return re.findall(r'(?:href|src|action|formaction|data-address)="(/[^"]*)"', html)


@pytest.mark.parametrize("keeps_host", [True, False], ids=["with the browser's Host", "with the add-on's Host"])
def test_every_address_of_every_page_is_below_the_ingress(shared_house, keeps_host):
    with Ingress(shared_house.port, keeps_host=keeps_host) as ingress:
        before = requests.get(ingress.address("/signin"), timeout=10)
        assert addresses(before.text) and all(one.startswith(PREFIX + "/") for one in addresses(before.text))
        session, answer = sign_in(ingress)
        assert answer.headers["Location"].startswith(PREFIX + "/")
        for path in ["/", "/channels", "/settings", "/settings/security", "/admin/settings", "/search?q=home", "/dms/new"]:
            page = session.get(ingress.address(path), timeout=10)
            assert page.status_code == 200, path
            found = addresses(page.text)
            assert len(found) > 5 and [one for one in found if not one.startswith(PREFIX + "/")] == [], path
        sent_away = requests.get(ingress.address("/channels"), allow_redirects=False, timeout=10)
        assert sent_away.headers["Location"] == f"{PREFIX}/signin?return_to=/channels"
        nowhere = session.get(ingress.address("/nowhere"), headers={"Accept": "text/html"}, timeout=10)
        assert nowhere.status_code == 404 and all(one.startswith(PREFIX + "/") for one in addresses(nowhere.text))


def test_the_cookies_belong_to_the_ingress_and_are_secure_where_it_is(shared_house, ingress, authority):
    _, plain = sign_in(ingress)
    cookies = plain.raw.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all(f"Path={PREFIX};" in one and "SameSite=Lax" in one and "HttpOnly" in one for one in cookies), cookies
    assert not any("; Secure" in one for one in cookies)
    with Ingress(shared_house.port, authority=authority) as secure:
        _, answer = sign_in(secure, verify=str(authority.file))
        cookies = answer.raw.headers.getlist("Set-Cookie")
        assert all(one.startswith("__Secure-") and f"Path={PREFIX};" in one and "; Secure" in one for one in cookies)


def test_framing_is_allowed_there_and_only_there(make_house, authority):
    house = make_house(environment={"HOMECHAT_FRAME_ANCESTORS": "'none'"}).start()
    house.people("ana")
    direct = requests.get(f"{house.url}/signin", timeout=10)
    assert framed(direct) == "'none'" and direct.headers["X-Frame-Options"] == "DENY"
    with Ingress(house.port) as ingress, Ingress(house.port, authority=authority) as secure:
        inside = requests.get(ingress.address("/signin"), timeout=10)
        assert framed(inside) == f"'self' {ingress.url}"
        inside = requests.get(secure.address("/signin"), timeout=10, verify=str(authority.file))
        assert framed(inside) == f"'self' {secure.url}"
        # The name is Home Assistant's, and may be served in the clear at another port.
        assert "Strict-Transport-Security" not in inside.headers
        assert f"wss://{secure.host}" in inside.headers["Content-Security-Policy"]
    again = requests.get(f"{house.url}/signin", timeout=10)
    assert framed(again) == "'none'" and "/api/hassio_ingress" not in again.text


def test_it_is_same_origin_that_old_browsers_are_told(shared_house):
    headers = {"X-Ingress-Path": PREFIX}
    answer = requests.get(f"{shared_house.url}/signin", headers=headers, timeout=10)
    assert framed(answer) == "'self'" and answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("value", [
    "", "/", "api/hassio_ingress/x", "//evil.example/x", "https://evil.example/x", "/a//b", "/a/../b", "/a/./b", "/a b",
    '/a"onload="x', "/a;b", "/a%2f", "/a?b", "/a\\b", "/a, /b", "/é", "/" + "a" * 250,
])
def test_a_malformed_path_is_as_if_there_were_none(shared_house, value):
    answer = requests.get(
        f"{shared_house.url}/channels", headers={"X-Ingress-Path": value.encode()}, allow_redirects=False, timeout=10)
    assert answer.headers["Location"] == "/signin?return_to=/channels"
    page = requests.get(f"{shared_house.url}/signin", headers={"X-Ingress-Path": value.encode()}, timeout=10)
    assert addresses(page.text) == addresses(requests.get(f"{shared_house.url}/signin", timeout=10).text) != []


def test_a_host_that_is_none_is_not_let_into_the_policy(shared_house):
    headers = {"X-Ingress-Path": PREFIX, "X-Forwarded-Host": "evil.example; script-src *"}
    answer = requests.get(f"{shared_house.url}/signin", headers=headers, timeout=10)
    assert framed(answer) == "'self'" and "evil" not in answer.headers["Content-Security-Policy"]


def test_from_anybody_else_the_header_means_nothing(make_house):
    house = make_house(environment={"HOMECHAT_TRUSTED_PROXIES": "192.0.2.1", "HOMECHAT_FRAME_ANCESTORS": "'none'"}).start()
    house.people("ana")
    headers = {"X-Ingress-Path": PREFIX, "X-Forwarded-Host": "evil.example"}
    answer = requests.get(f"{house.url}/channels", headers=headers, allow_redirects=False, timeout=10)
    assert answer.headers["Location"] == "/signin?return_to=/channels" and framed(answer) == "'none'"
    page = requests.get(f"{house.url}/signin", headers=headers, timeout=10)
    assert PREFIX not in page.text
    signed_in = requests.post(
        f"{house.url}/signin", data={"username": "ana", "password": PASSWORD}, timeout=20, allow_redirects=False,
        headers=headers | {"Origin": "http://evil.example"})
    assert signed_in.status_code == 403


@pytest.mark.parametrize("keeps_host", [True, False], ids=["with the browser's Host", "with the add-on's Host"])
def test_the_cable_takes_the_cookie_of_the_ingress(shared_house, keeps_host):
    with Ingress(shared_house.port, keeps_host=keeps_host) as ingress:
        session, _ = sign_in(ingress)
        cookie = f"homechat_session={session.cookies['homechat_session']}"

        def open_cable(origin):
            return connect(
                ingress.address("/cable").replace("http", "ws", 1), origin=origin, subprotocols=["actioncable-v1-json"],
                additional_headers={"Cookie": cookie}, open_timeout=10)

        with open_cable(ingress.url) as socket:
            assert json.loads(socket.recv(timeout=10)) == {"type": "welcome"}
        with pytest.raises(Exception, match="403"):
            open_cable("http://evil.example")


def test_what_everybody_hears_keeps_the_servers_own_path(shared_house, ingress):
    """One encoding for all: the page puts its own path in front, scripts get what they always got."""
    with Cable(shared_house, "ben").welcomed() as cable:
        assert cable.subscribe("ChatChannel", channel_id=shared_house.channel("ben")["id"])
        shared_house.post("eve", "@ana look")
        assert 'href="/dm/ana"' in cable.payload("message")["message"]["html"]
    session, _ = sign_in(ingress)
    room = shared_house.channel("ana")["id"]
    page = session.get(ingress.address(f"/channels/{room}/messages"), headers={"Accept": "application/json"}, timeout=10)
    assert f'href=\\"{PREFIX}/dm/ana\\"' in page.text or f"{PREFIX}/dm/ana" in json.dumps(page.json())
