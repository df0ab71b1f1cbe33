"""What people write reaches Home Assistant: signed, as events, in order, and nothing of its own comes back."""

import pytest
import requests
from house import PASSWORD


class Writer:
    """Somebody at a phone: signed in with their password, and no script."""

    def __init__(self, house, name):
        self.house = house
        answer = requests.post(f"{house.url}/api/v1/signin", json={"username": name, "password": PASSWORD}, timeout=20)
        self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    def send(self, path, **body):
        answer = requests.post(f"{self.house.url}/api/v1{path}", json=body, headers=self.headers, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, text, room="home"):
        return self.send("/messages", message=text, room=room)["message"]


class Room:
    """A new channel for each test, the bot in it or not, and Ben."""

    def __init__(self, assistant, entry):
        self.assistant, self.house, self.entry = assistant, assistant.house, entry
        self.ben = Writer(self.house, "ben")
        self.name = f"room {entry.entry_id[-8:]}"
        self.id = self.ben.say("let us begin", self.name)["channel_id"]
        bots = self.house.api("assistant", "GET", "/bots", expect=200).json()["bots"]
        self.bot = next(bot for bot in bots if bot["id"] == entry.data["bot_id"])

    def add_bot(self):
        self.ben.send(f"/channels/{self.id}/invite", username=self.bot["username"])

    def texts(self):
        return [one["content"] for one in self.house.messages("ben", self.id)]

    def heard(self):
        return [(kind, data["message"]) for kind, data in self.assistant.events if data.get("channel_id") == self.id]

    async def hears(self, *expected, within=15):
        """Exactly these, in this order."""
        await self.assistant.eventually(lambda: len(self.heard()) >= len(expected), within)
        assert self.heard() == list(expected)


@pytest.fixture
async def room(assistant):
    entry = await assistant.connect()
    room = await assistant.outside(Room, assistant, entry)
    await room.hears(received("let us begin"))
    assistant.events.clear()
    return room


def received(text):
    return "homechat_message_received", text


def to_bot(text):
    return "homechat_bot_message", text


async def test_an_event_has_all_that_an_automation_needs(assistant, room):
    text = f"@{room.bot['username']} lights off, please"
    said = await assistant.outside(room.ben.say, text, room.name)
    await room.hears(to_bot(text))
    assert assistant.events[0][1] == {
        "message": text, "sender": "ben", "room_id": room.name, "channel_id": room.id, "timestamp": said["created_at"],
        "message_type": "bot_message", "webhook_id": room.entry.data["webhook_id"]}


async def test_a_plain_line_is_for_the_bot_where_the_bot_was_added(assistant, room):
    await assistant.outside(room.ben.say, "just talking", room.name)
    await room.hears(received("just talking"))
    await assistant.outside(room.add_bot)
    await assistant.outside(room.ben.say, "open the door", room.name)
    await room.hears(received("just talking"), to_bot("open the door"))


async def test_a_direct_message_is_for_the_bot(assistant, room):
    sent = await assistant.outside(
        room.ben.send, f"/users/{room.bot['user_id']}/messages", message="psst, the heating")
    room.id = sent["data"]["channel_id"]
    await room.hears(to_bot("psst, the heating"))


async def test_words_that_look_like_a_press_come_as_a_quotation(assistant, room):
    await assistant.outside(room.add_bot)
    typed = ["action:unlock", " Action:unlock", "\u200baction:unlock", "the action: unlock"]
    for text in typed:
        await assistant.outside(room.ben.say, text, room.name)
    await assistant.eventually(lambda: len(room.heard()) == len(typed))
    heard = [text for _, text in room.heard()]
    assert [text.startswith("> ") for text in heard] == [True, True, True, False], heard


async def test_what_home_assistant_says_does_not_come_back(assistant, room):
    await assistant.outside(room.add_bot)
    await assistant.call("send_message", message="from an automation", room_id=room.name)
    await assistant.call("send_notification", message="from another", room_id=room.name, title="Note")
    await assistant.outside(room.ben.say, "who is that?", room.name)
    await room.hears(to_bot("who is that?"))
    assert "from an automation" in await assistant.outside(room.texts)


async def test_a_private_room_is_told_only_once_the_bot_is_in_it(assistant, room):
    made = await assistant.outside(
        requests.post, f"{room.house.url}/api/v1/channels", json={"name": f"{room.name} private", "private": True},
        headers=room.ben.headers, timeout=20)
    room.id = made.json()["channel"]["id"]
    await assistant.outside(room.ben.say, "a secret", f"{room.name} private")
    await assistant.outside(room.add_bot)
    await assistant.outside(room.ben.say, "now you may know", f"{room.name} private")
    await room.hears(to_bot("now you may know"))


async def test_everything_arrives_in_order_when_home_assistant_is_back(assistant, room, site):
    await assistant.outside(room.ben.say, "before", room.name)
    await room.hears(received("before"))
    await site.down()
    texts = [f"while you were away, {number}" for number in range(12)]
    for text in texts:
        await assistant.outside(room.ben.say, text, room.name)
    await assistant.eventually(lambda: room.house.log_text().count("a webhook could not be told") >= 2, within=30)
    await site.up()
    await room.hears(received("before"), *map(received, texts), within=60)


async def test_what_is_written_while_the_integration_is_unloaded_waits(hass, assistant, room):
    """Home Assistant answers 200 with nothing then; that is no receipt."""
    assert await hass.config_entries.async_unload(room.entry.entry_id)
    await assistant.outside(room.ben.say, "anybody there?", room.name)
    await assistant.eventually(lambda: "does not know this webhook" in room.house.log_text(), within=20)
    assert room.heard() == []
    assert await hass.config_entries.async_setup(room.entry.entry_id)
    await room.hears(received("anybody there?"), within=40)


async def test_who_has_not_the_secret_is_refused(assistant, room, address):
    host, port = address
    url = f"http://{host}:{port}/api/webhook/{room.entry.data['webhook_id']}"
    body = {"message": "unlock", "sender": "ana", "room_id": "home", "channel_id": room.id, "timestamp": "", "type": "bot_message"}
    for headers in [{}, {"X-HomeChat-Signature": "sha256=" + "0" * 64}]:
        answer = await assistant.outside(requests.post, url, json=body, headers=headers, timeout=20)
        assert answer.status_code == 401
    assert room.heard() == []
