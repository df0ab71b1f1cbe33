"""Outgoing webhooks, from a person's words to another server: signed, in order, once it is there again."""

import time

import pytest
import requests
from house import PASSWORD, eventually
from sink import Sink, cut, endless, first, stalling, status

HA = "ab" * 32
# Of the tests themselves; nobody else's words are told.
LOOPBACK = ["127.0.0.0/8"]


def sign_in(house, *names):
    """People, whose words are told; what scripts say is not."""
    for name in names:
        answer = requests.post(f"{house.url}/api/v1/signin", json={"username": name, "password": PASSWORD}, timeout=10)
        assert answer.status_code == 200, answer.text
        house.tokens[name] = answer.json()["token"]


def manager(house):
    """Ana's script, which may manage bots and name networks."""
    house.tokens["script"] = house.token("ana", "bots", "admin", "messages:read", "messages:write", "channels:read")


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def told(make_house, sink):
    """A house with a Home Assistant, where Ben sits at the page."""
    house = make_house(environment={"HOMEASSISTANT_URL": sink.url}).start()
    house.people("ana", "ben", "eve")
    manager(house)
    sign_in(house, "ana", "ben")
    return house


def bot(house, name="house", webhook_id=HA, **more):
    answer = house.api("script", "POST", "/bots", expect=200, json={"name": name, "webhook_id": webhook_id, **more})
    return answer.json()["bot"]


def webhook(house, bot, url, events=("message", "bot_message"), **more):
    body = {"url": url, "events": list(events), "networks": LOOPBACK} | more
    answer = house.api("script", "POST", f"/bots/{bot['id']}/webhooks", expect=201, json=body)
    return answer.json()["webhook"]


def deliveries(house, bot):
    return house.api("script", "GET", f"/bots/{bot['id']}/deliveries", expect=200).json()["deliveries"]


def test_home_assistant_is_told_without_any_further_set_up(told, sink):
    made = bot(told)
    posted = told.post("ben", "is anybody home?")
    request = sink.wait(1)[0]
    assert request.path == f"/api/webhook/{HA}"
    assert request.headers["Content-Type"] == "application/json" and "X-Forwarded-For" not in request.headers
    assert request.headers["X-HomeChat-Event"] == "message" and request.is_signed(made["webhook_secret"])
    assert request.json == {
        "message": "is anybody home?", "sender": "ben", "user": "ben", "room_id": "home",
        "channel_id": posted["channel_id"], "timestamp": posted["created_at"], "type": "message",
        "message_id": posted["id"], "webhook_id": HA,
    }
    # Said to the bot: mentioned, in a channel that it was added to, or written to.
    told.post("ben", f"@{made['username']} lights on")
    told.api("ben", "POST", f"/channels/{posted['channel_id']}/invite", expect=200, json={"username": made["username"]})
    told.post("ben", "open the door")
    told.api("ben", "POST", f"/users/{made_id(told, made)}/messages", expect=200, json={"message": "psst"})
    kinds = [request.json["type"] for request in sink.wait(4)]
    assert kinds == ["message", "bot_message", "bot_message", "bot_message"]
    assert eventually(lambda: all(line["state"] == "delivered" for line in deliveries(told, made)))


@pytest.mark.parametrize("words", [
    "action:unlock", "  Action:unlock", "\u200baction:unlock", "\x1faction:unlock", "\x01\x7faction:unlock", "_action:unlock_",
    "action:\u200dunlock", "action:\u0301unlock",
])
def test_words_that_look_like_a_press_are_a_quotation(told, sink, words):
    bot(told)
    told.post("ben", words)
    told.post("ben", "no action: none")
    sink.wait(2)
    assert [text.startswith("> ") for text in sink.texts] == [True, False]


def test_a_member_names_no_webhook_at_home_assistant_that_is_a_word(told):
    """Automations have hooks of their own there, which may trust whoever calls from the house, as this server does."""
    told.tokens["members"] = told.token("eve", "bots")
    def make(name, who, webhook_id):
        return told.api(who, "POST", "/bots", json={"name": name, "webhook_id": webhook_id})
    for word in ["open-the-front-door", "a" * 31, "g" * 40]:
        answer = make("mine", "members", word)
        assert answer.status_code == 422 and answer.json()["errors"][0].startswith("webhook_id must be 32 hexadecimal"), answer.text
        assert make(f"by ana {word[:3]}", "script", word).status_code == 200
    assert make("mine", "members", "6f1c2a34-9b7d-4e21-8f00-0123456789AB").status_code == 200


def made_id(house, made):
    people = house.api("ben", "GET", "/channels/1/members", expect=200).json()["members"]
    return next(person["id"] for person in people if person["username"] == made["username"])


def test_what_bots_scripts_and_webhooks_say_is_told_to_nobody(told, sink):
    bot(told)
    told.post("eve", "by a script")  # Eve has an API token
    told.api("script", "POST", "/messages", expect=200, json={"room": "home", "message": "so is this"})
    told.post("ben", "by a person")
    time.sleep(1)
    assert [request.json["message"] for request in sink.requests] == ["by a person"]


def test_private_channels_are_told_only_to_bots_that_were_added(told, sink):
    bot(told)
    private = told.api("ana", "POST", "/channels", expect=201, json={"name": "plans", "private": True}).json()["id"]
    told.post("ana", "a secret", room="plans")
    told.post("ana", "no secret")
    sink.wait(1)
    told.api("ana", "POST", f"/channels/{private}/invite", expect=200, json={"username": "house"})
    told.post("ana", "now you may know", room="plans")
    sink.wait(2)
    assert sink.texts == ["no secret", "now you may know"]


def test_each_event_is_told_to_those_who_chose_it(told):
    made = bot(told)
    chosen = ["message_updated", "message_deleted", "reaction", "member_joined", "member_left"]
    with Sink() as other:
        webhook(told, made, other.url + "/hook", events=chosen)
        room = told.api("ana", "POST", "/channels", expect=201, json={"name": "garden"}).json()["id"]
        told.api("ben", "POST", f"/channels/{room}/join", expect=200)
        posted = told.post("ana", "roses", room="garden")
        told.api("ana", "PATCH", f"/messages/{posted['id']}", expect=200, json={"message": "red roses"})
        told.api("ben", "POST", f"/messages/{posted['id']}/reactions", expect=200, json={"emoji": "🌹"})
        other.wait(3)  # what waits of a deleted message is not told any more
        told.api("ana", "DELETE", f"/messages/{posted['id']}", expect=200)
        told.api("ben", "DELETE", f"/channels/{room}/leave", expect=200)
        seen = [(request.json["event"], request.json["sender"], request.json["message"]) for request in other.wait(5)]
    assert seen == [
        ("member_joined", "ben", ""), ("message_updated", "ana", "red roses"), ("reaction", "ben", "red roses"),
        ("message_deleted", "ana", ""), ("member_left", "ben", "")]
    assert other.requests[2].json["emoji"] == "🌹" and other.requests[3].json["message_id"] == posted["id"]


def test_everything_arrives_in_order_when_the_other_side_is_there_again(told, sink):
    made = bot(told)
    sink.close()
    for number in range(30):
        told.post("ben", f"number {number}")
    eventually(lambda: deliveries(told, made)[-1]["attempts"] >= 2, within=20)
    assert told.process and "a webhook could not be told" in told.log_text()
    sink.open()
    sink.wait(30, within=30)
    assert sink.texts == [f"number {number}" for number in range(30)]
    log = eventually(lambda: [line for line in deliveries(told, made) if line["state"] == "delivered"][29:] and deliveries(told, made))
    assert log[-1]["attempts"] >= 3 and log[0]["attempts"] == 1 and log[-1]["status_code"] == 200


def test_a_server_that_was_killed_goes_on_where_it_was(told, sink):
    bot(told)
    sink.answer = first(*[stalling(1)] * 1)
    for number in range(20):
        told.post("ben", f"number {number}")
    sink.wait(1)
    told.kill()
    told.start()
    eventually(lambda: len({request.id for request in sink.requests}) == 20, within=30)
    in_order = list(dict.fromkeys(request.json["message"] for request in sink.requests))
    assert in_order == [f"number {number}" for number in range(20)]
    again = [request.id for request in sink.requests]
    assert again.count(again[0]) >= 2, "what was on the way is sent again, under the same id"


@pytest.mark.parametrize("trouble", [cut, status(500), status(503, Retry_After="1"), status(429, Retry_After="2"), status(408)])
def test_trouble_that_passes_costs_nothing(told, sink, trouble):
    bot(told)
    sink.answer = first(trouble, trouble)
    began = time.monotonic()
    told.post("ben", "one")
    told.post("ben", "two")
    sink.wait(4, within=30)
    assert sink.texts == ["one", "one", "one", "two"]
    assert len({request.id for request in sink.requests[:3]}) == 1
    assert time.monotonic() - began > 2


@pytest.mark.parametrize("refusal, reason", [
    (status(404), "it answered 404"), (status(401), "it answered 401"), (status(405), "it answered 405"),
    (status(302, Location="http://169.254.169.254/latest/meta-data"), "it redirects, which is not followed"),
    (status(307, Location="/elsewhere"), "it redirects, which is not followed"),
])
def test_a_refusal_is_believed_at_once_and_the_next_goes_on(told, sink, refusal, reason):
    made = bot(told)
    sink.answer = first(refusal)
    told.post("ben", "one")
    told.post("ben", "two")
    sink.wait(2)
    newest, oldest = eventually(lambda: [line for line in deliveries(told, made) if line["state"] != "waiting"][1:] and deliveries(told, made))
    assert (oldest["state"], oldest["attempts"], oldest["problem"]) == ("dead", 1, reason)
    assert newest["state"] == "delivered" and len(sink.requests) == 2


def test_410_turns_a_webhook_off(told):
    made = bot(told)
    with Sink(first(status(410))) as other:
        hook = webhook(told, made, other.url)
        told.post("ben", "one")
        other.wait(1)
        listed = f"/bots/{made['id']}/webhooks"
        eventually(lambda: not [one for one in told.api("script", "GET", listed).json()["webhooks"] if one["id"] == hook["id"]][0]["active"])
        told.post("ben", "two")
        time.sleep(0.5)
        assert len(other.requests) == 1


def test_home_assistant_that_does_not_know_the_hook_was_not_told(told, sink):
    made = bot(told)
    sink.answer = first(status(200))  # as it says while it starts
    told.post("ben", "hello")
    sink.wait(1)
    line = eventually(lambda: [line for line in deliveries(told, made) if line["attempts"]])[0]
    assert line["state"] == "waiting" and line["problem"] == "Home Assistant does not know this webhook (yet)"
    sink.wait(2, within=30)
    assert sink.texts == ["hello", "hello"]


def test_a_slow_one_holds_up_nobody_and_an_endless_answer_is_cut(told, sink):
    made = bot(told)
    with Sink(stalling(30)) as slow, Sink(endless) as wordy:
        webhook(told, made, slow.url)
        webhook(told, made, wordy.url)
        began = time.monotonic()
        for number in range(5):
            told.post("ben", f"number {number}")
        sink.wait(5)
        wordy.wait(5)
        assert time.monotonic() - began < 8
        assert len(slow.requests) == 1
        stuck = eventually(lambda: [line for line in deliveries(told, made) if line["problem"]], within=20)[0]
        assert stuck["problem"] in ("it took too long", "it cannot be reached") and stuck["milliseconds"] < 11_000


def test_deleting_a_message_takes_its_text_out_of_everything(told, sink):
    made = bot(told)
    sink.close()
    words = "xyzzyplugh"
    posted = told.post("ben", words)
    told.post("ben", "the next")
    eventually(lambda: deliveries(told, made)[-1]["attempts"])
    told.api("ben", "DELETE", f"/messages/{posted['id']}", expect=200)
    sink.open()
    sink.wait(1, within=20)
    assert sink.texts == ["the next"]
    delivered = eventually(lambda: [line for line in deliveries(told, made) if line["state"] == "delivered"])[0]
    told.api("script", "POST", f"/bots/{made['id']}/deliveries/{delivered['id']}/replay", expect=201)
    sink.wait(2)
    told.api("ben", "DELETE", f"/messages/{delivered['message_id']}", expect=200)
    refused = told.api("script", "POST", f"/bots/{made['id']}/deliveries/{delivered['id']}/replay")
    assert refused.status_code in (409, 422), refused.text
    assert words not in told.log_text()


def test_a_replay_is_a_delivery_of_its_own(told, sink):
    made = bot(told)
    told.post("ben", "once")
    sink.wait(1)
    line = eventually(lambda: [line for line in deliveries(told, made) if line["state"] == "delivered"])[0]
    told.api("script", "POST", f"/bots/{made['id']}/deliveries/{line['id']}/replay", expect=201)
    one, two = sink.wait(2)
    assert one.body == two.body and one.id != two.id
    assert told.api("eve", "POST", f"/bots/{made['id']}/deliveries/{line['id']}/replay").status_code == 403


def test_a_webhook_can_be_tried_and_says_how_it_went(told, sink):
    made = bot(told)
    with Sink(status(418)) as other:
        hook = webhook(told, made, other.url)
        tried = told.api("script", "POST", f"/bots/{made['id']}/webhooks/{hook['id']}/test", expect=200).json()
        assert other.requests[0].headers["X-HomeChat-Event"] == "ping"
        assert other.requests[0].is_signed(made["webhook_secret"])
    assert not tried["delivered"] and tried["status_code"] == 418 and tried["problem"] == "it answered 418"
    listed = told.api("script", "GET", f"/bots/{made['id']}/webhooks", expect=200).json()["webhooks"]
    own = next(one for one in listed if one["home_assistant"])
    tried = told.api("script", "POST", f"/bots/{made['id']}/webhooks/{own['id']}/test", expect=200).json()
    assert tried["delivered"] and sink.requests[-1].path == f"/api/webhook/{HA}"


def test_only_an_admin_names_private_networks_and_nobody_the_metadata(told, sink):
    made = bot(told)
    told.tokens["ben bots"] = told.token("ben", "bots")
    own = told.api("ben bots", "POST", "/bots", expect=200, json={"name": "bens"}).json()["bot"]
    paths = f"/bots/{own['id']}/webhooks"
    refused = told.api("ben bots", "POST", paths, json={"url": sink.url, "networks": LOOPBACK})
    assert refused.status_code == 403, refused.text
    plain = told.api("ben bots", "POST", paths, json={"url": "http://example.org/"})
    assert plain.status_code == 422 and "https" in plain.text
    # An address inside is refused when it is connected to, whatever name it has.
    inside = told.api("ben bots", "POST", paths, expect=201, json={"url": f"https://localhost:{sink.port}/"}).json()
    tried = told.api("ben bots", "POST", f"{paths}/{inside['webhook']['id']}/test", expect=200).json()
    assert tried["problem"] == "its address is none that the server may connect to" and tried["status_code"] is None
    meta = webhook(told, made, "http://169.254.169.254/latest/", networks=["169.254.0.0/16", "0.0.0.0/0"])
    tried = told.api("script", "POST", f"/bots/{made['id']}/webhooks/{meta['id']}/test", expect=200).json()
    assert tried["problem"] == "its address is none that the server may connect to"
    assert not sink.requests


@pytest.mark.parametrize("body, field", [
    ({}, "url"), ({"url": "ftp://x"}, "url"), ({"url": "https://a@b.org"}, "url"), ({"url": 5}, "url"),
    ({"url": "https://a.org", "events": ["nothing"]}, "events"), ({"url": "https://a.org", "events": ["ping"]}, "events"),
    ({"url": "https://a.org", "networks": ["nonsense"]}, "networks"), ({"url": "https://a.org", "networks": [1]}, "networks"),
    ({"url": "https://a.org", "networks": ["10.0.0.1"] * 11}, "networks"),
    ({"home_assistant": True, "events": ["reaction"]}, "events"), ({"home_assistant": "maybe"}, "home_assistant"),
])
def test_bad_input_names_the_field(told, body, field):
    made = bot(told)
    answer = told.api("script", "POST", f"/bots/{made['id']}/webhooks", json=body)
    assert answer.status_code in (400, 422) and field in answer.json()["error"], answer.text


def test_nothing_is_sent_during_a_lockdown(told, sink):
    made = bot(told)
    sink.close()
    told.post("ana", "before")
    eventually(lambda: deliveries(told, made)[-1]["attempts"])
    told.cli("emergency", "lockdown")
    sink.open()
    time.sleep(5)
    assert not sink.requests
    told.cli("emergency", "lift")
    sink.wait(1, within=20)


def test_two_nodes_send_each_thing_once_and_in_order(make_house, postgres, sink):
    environment = postgres.environment | {"HOMEASSISTANT_URL": sink.url}
    houses = [make_house(environment=environment).start() for _ in range(2)]
    houses[0].people("ana", "ben")
    manager(houses[0])
    sign_in(houses[0], "ben")
    houses[1].tokens = houses[0].tokens
    bot(houses[0])
    for number in range(60):
        houses[number % 2].post("ben", f"number {number}")
    sink.wait(60, within=30)
    time.sleep(1)
    assert sink.texts == [f"number {number}" for number in range(60)]
    # Half a minute after one dies in the middle of it, the other goes on.
    sink.answer = first(stalling(2), stalling(2))
    houses[0].post("ben", "last words")
    sink.wait(61)
    for house in houses[:1]:
        house.kill()
    houses[1].post("ben", "and after")
    eventually(lambda: "and after" in sink.texts, within=60)
    assert list(dict.fromkeys(sink.texts))[-2:] == ["last words", "and after"]


def test_the_figures_know_what_waits(told, sink):
    bot(told)
    sink.answer = first(status(404))
    told.post("ben", "one")
    told.post("ben", "two")
    sink.wait(2)

    def text():
        return told.api("script", "GET", "/metrics", expect=200, headers={"Accept": "text/plain"}).text

    eventually(lambda: 'homechat_webhook_tries_total{outcome="delivered"} 1' in text())
    assert 'homechat_webhook_tries_total{outcome="refused"} 1' in text()
    assert "homechat_webhook_deliveries_waiting 0" in text() and "homechat_webhook_deliveries_dead 1" in text()


def test_without_an_address_of_home_assistant_the_log_says_so(make_house):
    house = make_house().start()
    house.people("ana", "ben")
    manager(house)
    sign_in(house, "ben")
    made = bot(house)
    house.post("ben", "hello?")
    line = eventually(lambda: [line for line in deliveries(house, made) if line["state"] == "dead"])[0]
    assert line["problem"] == "home_assistant.url is not set"


