"""Banned networks: every door closes at once, open sockets too, and nobody shuts themselves out."""

import json
import time

import pytest
import requests
from websockets.sync.client import connect

from cable import Cable
from house import eventually
from test_limits import at, form, signed_in


class CableFrom(Cable):
    def __init__(self, house, name, address):
        self.socket = connect(
            f"ws://127.0.0.1:{house.port}/cable", additional_headers={"Authorization": f"Bearer {house.tokens[name]}"},
            subprotocols=["actioncable-v1-json"], open_timeout=10, close_timeout=1, source_address=(address, 0),
        )
        self.identifiers, self.disconnect = {}, None


@pytest.fixture
def proxied(make_house):
    """Clients say who they are by way of a proxy that is trusted: loopback itself cannot be banned."""
    house = make_house().start()
    house.people("ana", "ben")
    return house


def through(house, address, path="/signin", **headers):
    return requests.get(house.url + path, headers={"X-Forwarded-For": address} | headers, timeout=10)


def cable(house, name, address):
    return Cable(house, name, headers={"X-Forwarded-For": address}).welcomed()


def test_a_ban_for_no_time_at_all_is_refused(proxied):
    house = proxied
    for length in ("0s", "24", "-1h", "99999999999d"):
        refused = house.cli("ban", "add", "203.0.113.0/24", "--for", length, check=False)
        assert refused.returncode == 2 and "--for" in refused.stderr, length
    assert "must be at least 1s" in house.cli("ban", "add", "203.0.113.0/24", "--for", "0d", check=False).stderr
    assert house.cli("ban", "list", "--json").stdout == ""
    house.cli("ban", "add", "203.0.113.0/24", "--for", "1000000d")
    assert "203.0.113.0/24" in house.cli("ban", "list").stdout


def test_a_ban_closes_every_door_and_open_sockets_within_a_second(proxied):
    house = proxied
    inside, outside = cable(house, "ben", "203.0.113.9"), cable(house, "ben", "198.51.100.9")
    began = time.monotonic()
    house.cli("ban", "add", "203.0.113.0/24", "--reason", "guesses", "--for", "24h")
    added = time.monotonic()
    while inside.frame(within=5) is not None:
        pass
    assert time.monotonic() - added < 1, f"the command itself took {added - began:.1f} s"
    assert inside.disconnect == {"type": "disconnect", "reason": "unauthorized", "reconnect": False}
    page = through(house, "203.0.113.9")
    assert page.status_code == 403 and "shut out" in page.text and page.headers["X-Frame-Options"] == "SAMEORIGIN"
    for path in ["/up", "/api/v1/me", "/icon.svg", "/nope"]:
        assert through(house, "203.0.113.200", path).status_code == 403, path
    answer = through(house, "203.0.113.9", "/api/v1/health")
    assert answer.json()["error"] == "this network is banned"
    with pytest.raises(Exception, match="403"):
        cable(house, "ben", "203.0.113.9")
    assert through(house, "203.0.114.9").status_code == 200
    assert outside.subscribe("PresenceChannel"), "others stay"

    listed = json.loads(house.cli("ban", "list", "--json").stdout)
    assert (listed["network"], listed["reason"], listed["banned_by"]) == ("203.0.113.0/24", "guesses", "console")
    house.cli("ban", "remove", "203.0.113.0/24")
    eventually(lambda: through(house, "203.0.113.9").status_code == 200, within=1)
    cable(house, "ben", "203.0.113.9").close()


def test_a_ban_survives_a_restart_and_ends_by_itself(proxied):
    house = proxied
    house.cli("ban", "add", "203.0.113.9", "--for", "2s")
    house.cli("ban", "add", "2001:db8:7::/48")
    house.stop()
    house.start()
    assert through(house, "2001:db8:7:1::5").status_code == 403
    eventually(lambda: through(house, "203.0.113.9").status_code == 200)
    assert through(house, "2001:db8:7:1::5").status_code == 403


@pytest.mark.parametrize("network, problem", [
    ("127.0.0.1", "the server itself"), ("0.0.0.0/0", "the server itself"), ("::/0", "the server itself"), ("nonsense", "must be an address"),
    ("1.2.3.4/40", "must be an address"),
])
def test_what_may_not_be_banned(shared_house, network, problem):
    result = shared_house.cli("ban", "add", network, check=False)
    assert result.returncode == 1 and problem in result.stderr and len(result.stderr.splitlines()) == 1
    assert shared_house.is_up()


def test_an_admin_bans_on_the_page_but_never_herself(proxied):
    house = proxied
    ana = signed_in(house, "ana", "127.0.0.1")
    ana.headers["X-Forwarded-For"] = "192.0.2.50"

    def ban(**fields):
        page = ana.get(house.url + "/admin/network", timeout=10)
        csrf = page.text.split('name="csrf-token" content="')[1].split('"')[0]
        return ana.post(house.url + "/admin/bans", data=fields | {"csrf_token": csrf}, headers={"Origin": house.url}, timeout=10)

    refused = ban(network="192.0.2.0/24", reason="me", hours="24")
    assert refused.status_code == 422 and "your own address, 192.0.2.50" in refused.text
    answer = ban(network="192.0.3.0/24", reason="<b>noise</b>", hours="24")
    assert answer.status_code == 200 and "192.0.3.0/24" in answer.text and "&lt;b&gt;noise" in answer.text
    assert through(house, "192.0.3.1").status_code == 403
    ben = signed_in(house, "ben", "127.0.0.1")
    assert ben.get(house.url + "/admin/network", timeout=10).status_code == 403
    assert ben.post(house.url + "/admin/bans", data={"network": "192.0.4.1"}, timeout=10).status_code == 403


def test_a_ban_counts_on_every_node(make_house, postgres):
    one, two = (make_house(environment=postgres.environment) for _ in range(2))
    one.start()
    one.people("ana", "ben")
    two.start()
    two.tokens = one.tokens
    socket = cable(two, "ben", "203.0.113.9")
    one.cli("ban", "add", "203.0.113.0/24")
    began = time.monotonic()
    while socket.frame(within=5) is not None:
        pass
    assert time.monotonic() - began < 1
    assert through(two, "203.0.113.7").status_code == 403


def test_the_page_tells_the_truth_about_the_way_here(proxied):
    house = proxied
    ana = signed_in(house, "ana", "127.0.0.1")
    headers = {"X-Forwarded-For": "198.51.100.4, 127.0.0.1"}
    text = ana.get(house.url + "/admin/network", headers=headers, timeout=10).text
    assert "<code>198.51.100.4</code>" in text and "taken for you" in text and "trusted proxy" in text

    stranger = signed_in(house, "ana", "127.0.0.77")
    text = stranger.get(house.url + "/admin/network", headers={"X-Forwarded-For": "6.6.6.6"}, timeout=10).text
    assert "trusted_proxies: [127.0.0.1, ::1, 127.0.0.77]" in text
    assert "no trusted proxy" in text


def test_ten_megabytes_are_read_and_thrown_away_for_admins_only(proxied):
    house = proxied
    ana, ben = signed_in(house, "ana", "127.0.0.1"), signed_in(house, "ben", "127.0.0.1")

    def send(session, size, path="/admin/network"):
        page = session.get(house.url + "/", timeout=10)
        csrf = page.text.split('name="csrf-token" content="')[1].split('"')[0]
        headers = {"X-CSRF-Token": csrf, "Origin": house.url, "Accept": "application/json"}
        return session.post(house.url + "/admin/network/body", data=b"x" * size, headers=headers, timeout=60)

    answer = send(ana, 10 << 20)
    assert answer.status_code == 200 and answer.json() == {"bytes": 10 << 20}
    assert send(ana, (10 << 20) + 1).status_code == 413
    assert send(ben, 100).status_code == 403
    assert requests.post(house.url + "/admin/network/body", data=b"x", timeout=10).status_code == 401
    assert ana.post(house.url + "/admin/network/body", data=b"x", headers={"Origin": house.url}, timeout=10).status_code == 403


def test_a_proxy_that_nobody_trusts_is_named_in_the_log(make_house):
    house = make_house().start()
    client = at("127.0.0.88")
    for _ in range(101):
        client.get(house.url + "/up", headers={"X-Forwarded-For": "198.51.100.1"}, timeout=10)
    eventually(lambda: "trusted_proxies: [127.0.0.1, ::1, 127.0.0.88]" in house.log_text())


def test_the_form_of_limits_is_the_admins(proxied):
    assert form(proxied, signed_in(proxied, "ana", "127.0.0.1"), "/admin/limits", **{"api[limit]": "off", "api[period]": "5m"}).ok
