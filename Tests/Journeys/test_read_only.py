"""While a house is read-only everybody reads and nobody changes anything, at every door and on every node."""

import re
import time

import pytest
import requests
from cable import Cable
from house import PASSWORD, eventually, routes
from test_emergency import can_sign_in, device, emergency, state
from test_limits import form, signed_in

# What an unsafe method opens all the same; every other route answers 503 to everybody, whoever asks.
OPEN = {
    "POST /signin", "POST /session", "POST /signin/code", "POST /signin/password", "POST /signin/passkey/options",
    "POST /signin/passkey", "POST /signout", "DELETE /signout", "POST /forgotten", "POST /reset",
    "POST /settings/confirm", "POST /settings/confirm/passkey/options", "POST /settings/confirm/passkey",
    "POST /settings/password", "POST /settings/notices/dismissal", "POST /settings/sessions/revocation",
    "POST /settings/sessions/:id/revocation", "POST /settings/tokens/:id/revocation", "POST /settings/tokens/:id/rotation",
    "POST /channels/:id/read", "POST /channels/:id/unread", "POST /markdown", "POST /messages/:id/actions/:action_id",
    "POST /admin/users/:id/lock", "POST /admin/users/:id/unlock", "POST /admin/users/:id/password",
    "POST /admin/users/:id/reset-link", "POST /admin/bans", "POST /admin/bans/:id/removal", "POST /admin/network/body",
    "POST /admin/emergency/:measure", "POST /admin/audit/verification", "POST /admin/audit/export",
    "POST /api/v1/audit/export", "POST /settings/confirm/openid",
    "POST /api/v1/signin", "DELETE /api/v1/signout", "POST /api/v1/password_reset", "PATCH /api/v1/password_reset",
    "POST /api/v1/channels/:id/mark_as_read", "POST /api/v1/messages/:id/actions/:action_id",
    *(f"POST /api/v1/emergency/{name}" for name in (
        "revoke_tokens", "lock_users", "expire_sessions", "lockdown", "lift", "reset_passwords", "read_only")),
}


@pytest.fixture
def still(house):
    """A house with a message, made read-only."""
    house.first = house.post("ben", "before")["id"]
    house.home = house.channel("ben")["id"]
    emergency(house, "read-only", "on")
    return house


def test_every_route_that_changes_anything_says_503_and_when_to_try_again(still):
    ana = signed_in(still, "ana", "127.0.0.1")
    token = ana.get(still.url + "/", timeout=10).text.split('name="csrf-token" content="')[1].split('"')[0]
    headers = {"X-CSRF-Token": token, "Origin": still.url, "Accept": "application/json"}
    unsafe = {f"{method} {path}" for method, path in routes() if method != "GET"}
    assert OPEN <= unsafe, OPEN - unsafe
    absent = {"POST /settings/openid", "POST /settings/openid/removal"}  # there only with a provider
    for route in unsafe - OPEN - absent - {"POST /api/v1/signup", "POST /signup", "POST /welcome"}:
        method, path = route.split(" ")
        url = still.url + re.sub(r":[a-z_]+", "1", path)
        answer = ana.request(method, url, headers=headers, json={"content": "x"}, timeout=10)
        assert answer.status_code == 503, f"{route} {answer.status_code} {answer.text}"
        assert answer.headers["Retry-After"] == "60" and answer.json()["read_only"] is True, route
    for path in ("/api/v1/signup", "/signup", "/welcome"):
        answer = requests.post(still.url + path, json={"username": "mallory", "password": PASSWORD}, timeout=10)
        assert answer.status_code == 503, path


def test_everybody_reads_marks_as_read_signs_in_and_out(still):
    assert [message["content"] for message in still.messages("eve", still.home)] == ["before"]
    still.api("eve", "GET", "/search?q=before", expect=200)
    still.api("eve", "POST", f"/channels/{still.home}/mark_as_read", expect=200)
    ben = signed_in(still, "ben", "127.0.0.1")
    page = ben.get(still.url + f"/channels/{still.home}", timeout=10).text
    assert "Read-only for now" in page and "Emergency page" not in page
    assert "Emergency page" in signed_in(still, "ana", "127.0.0.1").get(still.url + "/", timeout=10).text
    assert "Read-only for now" in requests.get(still.url + "/signin", timeout=10).text
    secret = device(still, "ben")
    headers = {"Authorization": "Bearer " + secret}
    assert requests.delete(still.url + "/api/v1/signout", headers=headers, timeout=10).status_code == 200


def test_links_to_a_conversation_open_what_there_is_and_make_nothing(house):
    house.api("ben", "POST", "/dm/start", json={"username": "eve"})
    ben = signed_in(house, "ben", "127.0.0.1")
    assert ben.get(house.url + "/dm/eve", timeout=10).status_code == 200
    emergency(house, "read-only", "on")
    assert ben.get(house.url + "/dm/eve", timeout=10).status_code == 200
    answer = ben.get(house.url + "/dm/ana", timeout=10)
    assert answer.status_code == 503 and "Read-only for now" in answer.text
    assert answer.headers["Retry-After"] == "60"


def test_the_cable_delivers_signs_of_life_and_drops_changes(still):
    with Cable(still, "ben").welcomed() as cable, Cable(still, "eve").welcomed() as eve:
        assert cable.subscribe("PresenceChannel") and cable.subscribe("ChatChannel", channel_id=still.home)
        assert eve.subscribe("TypingChannel", channel_id=still.home) and eve.subscribe("PresenceChannel")
        cable.send("message", "PresenceChannel", {"action": "set_status", "status": "sneaking"})
        cable.send("message", "PresenceChannel", {"action": "typing", "channel_id": still.home})
        cable.send("message", "PresenceChannel", {"action": "heartbeat"})
        cable.send("message", "ChatChannel", {"action": "mark_read"}, channel_id=still.home)
        cable.send("message", "PresenceChannel", {"action": "nonsense"})
        assert cable.subscribe("TypingChannel", channel_id=still.home), "one after the other, so all of that is done"
        emergency(still, "read-only", "off")
        cable.send("message", "PresenceChannel", {"action": "set_status", "status": "back"})
        while (payload := eve.payload(within=5)) and payload["type"] != "presence_update":
            assert not payload["type"].startswith("typing"), payload
        assert payload["user"]["status"] == "back"
    said = [line for line in still.log_text().splitlines() if "WARNING" in line or "ERROR" in line]
    assert [line for line in said if "running as root" not in line] == []


def test_admins_keep_their_doors(still):
    ana = signed_in(still, "ana", "127.0.0.1")
    csrf = ana.get(still.url + "/admin/users", timeout=10).text.split('name="csrf-token" content="')[1].split('"')[0]
    ben = still.api("ben", "GET", "/me").json()["id"]
    for verb in ("lock", "unlock"):
        answer = ana.post(f"{still.url}/admin/users/{ben}/{verb}", data={"csrf_token": csrf}, headers={"Origin": still.url},
                          timeout=10)
        assert answer.status_code == 200, verb
    still.cli("user", "reset-password", "eve", "--password-stdin", stdin="another long one\n")
    still.cli("channel", "create", "notes")  # the command line is its owner's
    assert "Changes are allowed again" in form(still, ana, "/admin/emergency/read-only-off").text
    still.post("ben", "after")


def test_buttons_of_the_security_channel_work_and_others_wait(house):
    house.tokens["admin"] = house.token("ana", *("messages:write", "messages:read", "channels:read", "admin"))
    house.api("admin", "POST", "/messages", expect=200, json={
        "room": "home", "message": "light?", "actions": [{"id": "on", "label": "On"}]})
    card = house.messages("admin", house.channel("admin")["id"])[-1]["id"]
    house.cli("emergency", "read-only", "on")
    assert house.api("admin", "POST", f"/messages/{card}/actions/on").status_code == 503
    for _ in range(11):
        requests.post(house.url + "/api/v1/signin", json={"username": "ben", "password": "wrong one"}, timeout=20)
    security = house.channel("admin", "security")["id"]
    spike = next(message for message in house.messages("admin", security) if "Many failed" in message["content"])
    assert spike["actions"] and house.api("admin", "POST", f"/messages/{spike['id']}/actions/nothing").status_code == 404


def test_it_outlives_a_restart_and_ends_at_once(still):
    still.stop()
    still.start()
    assert still.api("ben", "POST", "/messages", json={"room": "home", "message": "no"}).status_code == 503
    emergency(still, "read-only", "off")
    still.post("ben", "at once")
    assert [message["content"] for message in still.messages("ben", still.home)] == ["before", "at once"]


def test_every_node_obeys_within_a_second(make_house, postgres):
    one, two = (make_house(environment=postgres.environment) for _ in range(2))
    one.start()
    one.people("ana", "ben")
    two.start()
    two.tokens = one.tokens
    two.post("ben", "before")
    one.cli("emergency", "read-only", "on")
    began = time.monotonic()
    body = {"room": "home", "message": "no"}
    eventually(lambda: two.api("ben", "POST", "/messages", json=body).status_code == 503, within=1)
    assert time.monotonic() - began < 1 and state(two)["read_only"]["by"] == "console"
    # Also where nobody was told: the connection that hears of it is cut while it ends.
    postgres.cut_listeners()
    one.cli("emergency", "read-only", "off")
    eventually(lambda: two.api("ben", "POST", "/messages", json=body).status_code == 200, within=2)
    assert can_sign_in(two, "ben")
