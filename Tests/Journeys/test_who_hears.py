"""Who is told what over the cable, and who is not any more."""

import json
import time

import pytest
import requests

from cable import Cable
from house import PASSWORD


@pytest.fixture
def family(house):
    """A private channel of Ana and Ben."""
    channel = house.api("ana", "POST", "/channels", expect=201, json={"name": "family", "private": True}).json()["channel"]
    house.api("ana", "POST", f"/channels/{channel['id']}/invite", expect=200, json={"username": "ben"})
    return channel["id"]


def test_a_private_message_reaches_its_people_and_nobody_else(house, family):
    with Cable(house, "ben").welcomed() as ben, Cable(house, "eve").welcomed() as eve:
        assert ben.subscribe("ChatChannel")
        assert eve.subscribe("ChatChannel")
        assert not eve.subscribe("ChatChannel", channel_id=family)
        assert not eve.subscribe("TypingChannel", channel_id=family)
        house.api("ana", "POST", f"/channels/{family}/messages", expect=200, json={"content": "surprise for Eve"})
        house.post("ana", "dinner!")
        assert ben.payload("message")["message"]["content"] == "surprise for Eve"
        assert eve.payload("message")["message"]["content"] == "dinner!"  # in order, so nothing came before it


def test_whoever_is_removed_hears_no_more(house, family):
    ben_id = house.api("ben", "GET", "/me").json()["id"]
    with Cable(house, "ben").welcomed() as everything, Cable(house, "ben").welcomed() as one:
        assert everything.subscribe("ChatChannel")
        assert one.subscribe("ChatChannel", channel_id=family)
        session = sign_in(house, "ana")
        removal = session.post(f"{house.url}/channels/{family}/members/{ben_id}/removal", data={"csrf_token": session.token})
        assert removal.ok, removal.text
        assert one.frame_of_type("reject_subscription")
        house.api("ana", "POST", f"/channels/{family}/messages", expect=200, json={"content": "without Ben"})
        house.post("ana", "with everybody")
        heard = []
        while "with everybody" not in heard:
            heard.append(everything.payload("message")["message"]["content"])
        assert "without Ben" not in heard


def test_whoever_leaves_hears_no_more(house, family):
    with Cable(house, "ben").welcomed() as everything, Cable(house, "ben").welcomed() as one:
        assert everything.subscribe("ChatChannel")
        assert one.subscribe("ChatChannel", channel_id=family) and one.subscribe("TypingChannel", channel_id=family)
        house.api("ben", "DELETE", f"/channels/{family}/leave", expect=200)
        house.api("ana", "POST", f"/channels/{family}/messages", expect=200, json={"content": "without Ben"})
        house.post("ana", "with everybody")
        heard = []
        while "with everybody" not in heard:
            heard.append(everything.payload("message")["message"]["content"])
        assert "without Ben" not in heard
        # What is sent on a subscription that has ended does nothing.
        one.send("message", "TypingChannel", {"action": "typing"}, channel_id=family)
        assert one.subscribe("PresenceChannel")


def test_an_action_needs_a_subscription_and_a_name_on_the_list(house, family):
    with Cable(house, "eve").welcomed() as eve, Cable(house, "ben").welcomed() as ben:
        assert ben.subscribe("TypingChannel", channel_id=family)
        assert not eve.subscribe("TypingChannel", channel_id=family)
        home = house.channel("eve")["id"]
        for channel in (family, home):
            eve.send("message", "TypingChannel", {"action": "typing"}, channel_id=channel)
        assert eve.subscribe("TypingChannel", channel_id=home)
        for action in ("subscribed", "unsubscribed", "perform", "transmit", "init", "__proto__", "", None, 7, {"a": 1}, "typing\u0000"):
            eve.send("message", "TypingChannel", {"action": action}, channel_id=home)
        assert eve.subscribe("PresenceChannel"), "and the socket lives on"
        with pytest.raises(TimeoutError):
            ben.payload("typing_start", within=0.5)


def test_a_lock_closes_the_sockets_of_a_person_within_a_second(house):
    with Cable(house, "ben").welcomed() as token, Cable(house, "eve").welcomed() as other:
        session = sign_in(house, "ben")
        with Cable(house, origin=house.url, headers={"Cookie": session.cookie}).welcomed() as cookie:
            ana = sign_in(house, "ana")
            number = house.api("ben", "GET", "/me").json()["id"]
            assert ana.post(f"{house.url}/admin/users/{number}/lock", data={"csrf_token": ana.token}).ok
            assert closed_within_a_second(token) and closed_within_a_second(cookie)
        assert other.subscribe("PresenceChannel")
        assert house.api("ben", "GET", "/me").status_code == 401


def test_a_channel_that_is_joined_later_is_heard_without_asking_again(house):
    with Cable(house, "ben").welcomed() as ben:
        assert ben.subscribe("ChatChannel")
        house.post("ana", "first", room="garden")
        garden = house.channel("ben", "garden")["id"]
        house.api("ben", "POST", f"/channels/{garden}/join", expect=200)
        house.post("ana", "second", room="garden")
        assert [ben.payload("message")["message"]["content"] for _ in range(2)] == ["joined", "second"]


def test_a_channel_that_turns_private_is_closed_to_outsiders_at_once(house):
    house.post("ana", "open", room="garden")
    garden = house.channel("ana", "garden")["id"]
    with Cable(house, "eve").welcomed() as eve:
        assert eve.subscribe("ChatChannel", channel_id=garden)
        house.api("ana", "PATCH", f"/channels/{garden}", expect=200, json={"private": True})
        assert eve.frame_of_type("reject_subscription")


def test_what_ends_a_session_closes_its_sockets_within_a_second(house):
    here, there = sign_in(house, "ben"), sign_in(house, "ben")
    with Cable(house, origin=house.url, headers={"Cookie": here.cookie}).welcomed() as kept, \
            Cable(house, origin=house.url, headers={"Cookie": there.cookie}).welcomed() as ended:
        answer = here.post(f"{house.url}/settings/sessions/revocation", data={"csrf_token": here.token})
        assert answer.ok, answer.text
        assert closed_within_a_second(ended)
        assert kept.subscribe("UserChannel")
        answer = here.post(f"{house.url}/signout", data={"csrf_token": here.token})
        assert closed_within_a_second(kept)
        assert requests.get(f"{house.url}/channels", headers={"Cookie": here.cookie, "Accept": "application/json"}).status_code == 401


def test_a_new_password_closes_the_other_sockets(house):
    here, there = sign_in(house, "ben"), sign_in(house, "ben")
    with Cable(house, origin=house.url, headers={"Cookie": there.cookie}).welcomed() as ended:
        new = "another good password"
        answer = here.post(f"{house.url}/settings/password", data={
            "csrf_token": here.token, "current_password": PASSWORD, "password": new, "password_confirmation": new})
        assert answer.ok, answer.text
        assert closed_within_a_second(ended)


def test_a_revoked_token_closes_its_sockets_within_a_second(house):
    with Cable(house, "ben").welcomed() as cable:
        listed = house.cli("token", "list", "--user", "ben", "--json").stdout.splitlines()
        assert len(listed) == 1
        house.cli("token", "revoke", identifier(listed[0]))
        assert closed_within_a_second(cable)


def test_a_cookie_opens_no_cable_for_a_foreign_page(house):
    session = sign_in(house, "ben")
    with pytest.raises(Exception, match="403"):
        Cable(house, origin="https://evil.example", headers={"Cookie": session.cookie})
    with Cable(house, headers={"Cookie": session.cookie}) as cable:
        assert cable.frame()["reason"] == "unauthorized"


def identifier(line):
    return str(json.loads(line)["id"])


def closed_within_a_second(cable):
    began = time.monotonic()
    while cable.frame(within=5) is not None:
        pass
    return cable.disconnect["reason"] == "unauthorized" and cable.disconnect["reconnect"] is False and time.monotonic() - began < 1


def sign_in(house, name):
    """As a browser does: the cookie, and the token of the page's forms."""
    session = requests.Session()
    answer = session.post(f"{house.url}/signin", data={"username": name, "password": PASSWORD}, headers={"Origin": house.url})
    assert answer.ok, answer.text
    session.headers["Origin"] = house.url
    session.token = answer.text.split('name="csrf-token" content="')[1].split('"')[0]
    session.cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
    return session
