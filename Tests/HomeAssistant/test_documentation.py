"""The YAML of docs/home-assistant.md, loaded by Home Assistant as it stands, and set off."""

import asyncio
import re

import pytest
from conftest import FOLDER
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml.loader import Secrets, load_yaml

ROOT = FOLDER.parent.parent
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs/home-assistant.md").read_text(), re.MULTILINE | re.DOTALL)


def block(words):
    """The one block that has these words."""
    (found,) = [text for text in BLOCKS if words in text]
    return found


@pytest.fixture
async def configured(hass, assistant, house, tmp_path):
    """Loads a block, with this test's server and secrets in the place of the document's."""
    (tmp_path / "secrets.yaml").write_text(f"homechat_authorization: Bearer {house.tokens['assistant']}\n")

    async def load(words, connects=True):
        if connects:
            await assistant.connect()
        (tmp_path / "configuration.yaml").write_text(block(words).replace("http://homechat.local:3000", house.url))
        config = await hass.async_add_executor_job(load_yaml, str(tmp_path / "configuration.yaml"), Secrets(tmp_path))
        for component in config:
            assert await async_setup_component(hass, component, config), component
        await hass.async_block_till_done()

    return load


async def hears(assistant, pattern):
    """Waits until the newest message in #home is this."""
    channel = await assistant.outside(assistant.house.channel, "assistant")
    async with asyncio.timeout(10):
        while True:
            newest = (await assistant.outside(assistant.house.messages, "assistant", channel["id"]))[-1:]
            if newest and re.fullmatch(pattern, newest[0]["content"]):
                return
            await asyncio.sleep(0.05)


async def test_a_leak_is_told(hass, assistant, configured):
    await configured("A leak is told at once")
    hass.states.async_set("binary_sensor.cellar_leak", "off")
    await hass.async_block_till_done()
    hass.states.async_set("binary_sensor.cellar_leak", "on")
    await hears(assistant, r"\*\*Leak\*\*\nWater in the cellar since \d\d:\d\d\.")


async def test_the_scripts_reach_a_person_and_a_channel(hass, assistant, configured):
    await configured("parcel:")
    await assistant.call("parcel", "script")
    await assistant.call("laundry", "script")
    await hears(assistant, re.escape("**Washing machine**\nThe laundry is done."))
    talks = (await assistant.outside(assistant.house.api, "eve", "GET", "/direct_messages", expect=200)).json()
    assert talks["conversations"][0]["last_message"]["content"] == "Your parcel is at the door."


async def test_notify_by_rest_posts(hass, assistant, configured):
    await configured("platform: rest", connects=False)
    await assistant.call("homechat_by_rest", "notify", message="by rest", title="Hello", target="home")
    await hears(assistant, re.escape("**Hello**\nby rest"))


async def test_a_rest_command_posts(hass, assistant, configured):
    await configured("homechat_message:", connects=False)
    await assistant.call("homechat_message", "rest_command", room="home", message='with "quotes"\nand a line')
    await hears(assistant, 'with "quotes"\nand a line')


async def test_the_lights_go_off_when_somebody_asks_and_they_are_told(hass, assistant, configured):
    """The event as HomeChat's webhook makes it; test_events.py has it come from a person's message."""
    await async_setup_component(hass, "input_boolean", {"input_boolean": {"lights": {"initial": True}}})
    await configured("Somebody asks about the lights")
    for words, state in [("good morning", "on"), ("Please, the LIGHTS", "off")]:
        hass.bus.async_fire("homechat_bot_message", {"message": words, "sender": "ben", "room_id": "home", "channel_id": 1})
        await hass.async_block_till_done()
        await assistant.eventually(lambda: hass.states.get("automation.somebody_asks_about_the_lights").attributes["current"] == 0)
        assert hass.states.get("input_boolean.lights").state == state
    await hears(assistant, re.escape("Done, ben: the lights are off."))


def test_every_block_is_set_off_by_a_test():
    source = (FOLDER / "test_documentation.py").read_text()
    used = [block(words) for words in re.findall(r'configured\("([^"]+)"', source)]
    assert sorted(used) == sorted(BLOCKS)
