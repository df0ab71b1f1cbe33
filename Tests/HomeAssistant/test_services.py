"""Home Assistant speaks: each service, and what people in HomeChat see of it."""

import pytest
import requests
from sent_files import png

from custom_components.homechat.api import HomeChatError


@pytest.fixture
async def connected(assistant):
    await assistant.connect()
    return assistant


async def newest(assistant, room, name="assistant"):
    channel = await assistant.outside(assistant.house.channel, name, room)
    return (await assistant.outside(assistant.house.messages, name, channel["id"]))[-1]


async def test_send_message_reaches_a_room_by_name_and_makes_a_new_one(connected):
    await connected.call("send_message", message="The door is open", room_id="home")
    message = await newest(connected, "home")
    assert (message["content"], message["user"]["username"]) == ("The door is open", "assistant")
    await connected.call("send_message", message="Water!", room_id="Cellar alerts", title="Leak")
    assert (await newest(connected, "Cellar alerts"))["content"] == "**Leak**\nWater!"


async def test_send_message_without_a_room_and_with_a_person(connected):
    await connected.call("send_message", message="nowhere in particular")
    assert (await newest(connected, "home"))["content"] == "nowhere in particular"
    ben = (await connected.outside(connected.house.api, "ben", "GET", "/me")).json()["id"]
    await connected.call("send_message", message="for Ben alone", user_id=str(ben))
    talks = (await connected.outside(connected.house.api, "ben", "GET", "/direct_messages", expect=200)).json()
    assert talks["conversations"][0]["last_message"]["content"] == "for Ben alone"


async def test_the_notify_services_send_labels_and_a_title_once(hass, connected):
    assert hass.services.has_service("notify", "homechat_home")
    await connected.call("homechat_home", "notify", message="The laundry is done", title="Washing machine")
    assert (await newest(connected, "home"))["content"] == "**Washing machine**\nThe laundry is done"
    await connected.call("send_notification", message="Smoke", title="Alarm", room_id="home", priority="high")
    assert (await newest(connected, "home"))["content"].count("Alarm") == 1


async def test_a_person_is_reached_by_name(hass, connected):
    assert hass.services.has_service("notify", "homechat_dm_eve")
    await connected.call("homechat_dm_eve", "notify", message="Your parcel is here")
    eve = (await connected.outside(connected.house.api, "eve", "GET", "/me")).json()["id"]
    await connected.call("send_dm", user_id=eve, message="and another one")
    assistant = (await connected.outside(connected.house.api, "assistant", "GET", "/me")).json()["id"]
    talk = (await connected.outside(connected.house.api, "eve", "GET", f"/direct_messages/{assistant}", expect=200)).json()
    assert [one["content"] for one in reversed(talk["messages"])][-2:] == ["Your parcel is here", "and another one"]


async def test_channels_are_listed_joined_and_left(connected):
    made = (await connected.outside(
        connected.house.api, "ana", "POST", "/channels", expect=201, json={"name": "garden"})).json()["channel"]
    await connected.call("list_channels")
    kind, data = await connected.eventually(lambda: connected.events and connected.events[-1])
    assert kind == "homechat_channels_list" and "garden" in [one["name"] for one in data["channels"]]
    for service, is_member in [("join_channel", True), ("join_channel", True), ("leave_channel", False), ("leave_channel", False)]:
        await connected.call(service, channel_id=made["id"])
        assert (await connected.outside(connected.house.channel, "assistant", "garden"))["is_member"] is is_member


async def test_a_search_comes_back_as_an_event(connected):
    await connected.call("send_message", message="the wombat is in the hall", room_id="home")
    await connected.call("search", query="wombat", type="messages")
    kind, data = await connected.eventually(lambda: connected.events and connected.events[-1])
    assert kind == "homechat_search_results"
    assert [one["content"] for one in data["messages"]] == ["the wombat is in the hall"] and data["users"] == []


async def test_create_bot_twice_is_one_bot(connected):
    for _ in range(2):
        await connected.call("create_bot", name="Boiler", description="watches the boiler", webhook_id="ab" * 32)
    bots = (await connected.outside(connected.house.api, "assistant", "GET", "/bots", expect=200)).json()["bots"]
    assert [one["bot_type"] for one in bots if one["name"] == "Boiler"] == ["webhook"]
    await connected.call("create_bot", name="Scripts")
    bots = (await connected.outside(connected.house.api, "assistant", "GET", "/bots", expect=200)).json()["bots"]
    assert [one["bot_type"] for one in bots if one["name"] == "Scripts"] == ["api"]


async def test_send_message_with_an_image_into_a_channel_that_it_makes_first(connected, tmp_path):
    """PNG bytes that are said to be JPEG, under a name that aiohttp sends percent-encoded."""
    house, image = connected.house, tmp_path / "my snap (1) über.png"
    image.write_bytes(png(64, 48))
    for room in ("Porch", "home"):
        await connected.call("send_message", message="Somebody is there", room_id=room, image=str(image))
        message = await newest(connected, room)
        assert message["content"] == "Somebody is there" and message["user"]["username"] == "assistant"
        file, = message["files"]
        assert (file["filename"], file["content_type"], file["width"]) == ("my snap (1) über.png", "image/png", 64)
        answer = await connected.outside(
            requests.get, house.url + file["url"], headers={"Authorization": f"Bearer {house.tokens['assistant']}"}, timeout=20)
        assert answer.status_code == 200 and answer.content.startswith(b"\x89PNG")
    first, *_ = await connected.outside(house.messages, "assistant", (await connected.outside(house.channel, "assistant", "Porch"))["id"])
    assert first["content"] == "Somebody is there" and first["files"] == [], "the one that made the channel"


async def test_an_image_that_is_refused_is_told_and_not_posted(connected, tmp_path):
    await connected.call("send_message", message="before", room_id="home")
    before = await newest(connected, "home")
    for name, content, status in [
        ("large.png", png() + b"\0" * (30 << 20), 413), ("cut.png", png(64, 48)[:60], 422), ("notes.png", b"PK\3\4" + b"\0" * 60, 415)]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(HomeChatError) as refusal:
            await connected.call("send_message", message="look", room_id="home", image=str(tmp_path / name))
        assert refusal.value.status == status and name in str(refusal.value)
    assert (await newest(connected, "home"))["id"] == before["id"]
