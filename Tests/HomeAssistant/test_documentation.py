"""The YAML of docs/home-assistant.md, loaded by Home Assistant as it stands, and set off."""

import asyncio
import json
import os
import pathlib
import re
import subprocess

import pytest
from conftest import FOLDER
from house import BINARY
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml.loader import Secrets, load_yaml
from test_events import Writer

ROOT = FOLDER.parent.parent
TEXT = (ROOT / "docs/home-assistant.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SHELL = re.findall(r"^ *```sh\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)


def block(words):
    """The one block that has these words."""
    (found,) = [text for text in BLOCKS if words in text]
    return found


@pytest.fixture
async def configured(hass, assistant, house, tmp_path):
    """Loads a block, with this test's server and secrets in the place of the document's."""

    async def load(words, connects=True, webhook_id="", **secrets):
        if connects:
            await assistant.connect()
        secrets |= {"homechat_authorization": f"Bearer {house.tokens['assistant']}"}
        (tmp_path / "secrets.yaml").write_text("".join(f"{name}: {value}\n" for name, value in secrets.items()))
        text = block(words).replace("http://homechat.local:3000", house.url).replace("WEBHOOK_ID", webhook_id)
        (tmp_path / "configuration.yaml").write_text(text)
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


async def test_account_and_token_are_made_as_told_and_connect(assistant, house):
    (text,) = [one for one in SHELL if "user create assistant" in one]
    environment = {
        "PATH": f"{pathlib.Path(BINARY).parent}:{os.environ['PATH']}", "HOMECHAT_DATA_DIR": str(house.folder)}
    made = await assistant.outside(
        subprocess.run, ["bash", "-euc", text.replace("assistant", "assistant2")], env=environment, capture_output=True,
        text=True, timeout=30)
    assert made.returncode == 0, made.stderr
    entry = await assistant.connect(made.stdout.splitlines()[-1], bot="another_bot")
    assert entry.state.name == "LOADED" and entry.data["bot_id"] > 0


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


async def test_the_lights_go_off_when_somebody_asks_and_they_are_told(hass, assistant, house, configured):
    await async_setup_component(hass, "input_boolean", {"input_boolean": {"lights": {"initial": True}}})
    await configured("Somebody asks about the lights")
    ben = await assistant.outside(Writer, house, "ben")
    await assistant.outside(ben.say, "@home_assistant_bot good morning")
    await assistant.eventually(lambda: assistant.events)
    await hass.async_block_till_done()
    assert hass.states.get("input_boolean.lights").state == "on"
    await assistant.outside(ben.say, "@home_assistant_bot please, the LIGHTS")
    await assistant.eventually(lambda: hass.states.get("input_boolean.lights").state == "off")
    await hears(assistant, re.escape("Done, ben: the lights are off."))


async def shell(assistant, house, words, **values):
    """Runs the document's own lines; `ID` stands in them for a number, the rest are variables."""
    (text,) = [one for one in SHELL if words in one]
    text = text.replace("/ID", f"/{values.pop('ID', '')}")
    environment = {"PATH": os.environ["PATH"], "HOMECHAT": house.url, "TOKEN": house.tokens["assistant"]} | values
    result = await assistant.outside(
        subprocess.run, ["bash", "-euc", text], env=environment, capture_output=True, text=True, timeout=20)
    assert result.returncode == 0, result.stderr
    return result.stdout


async def test_a_button_is_shown_pressed_and_its_card_changed(hass, assistant, house, configured):
    await async_setup_component(hass, "input_boolean", {"input_boolean": {"front_door_lock": {"initial": True}}})
    entry = await assistant.connect()
    printed = await shell(assistant, house, "home_assistant_bot", ID=str(entry.data["bot_id"]))
    bot = json.JSONDecoder().raw_decode(printed)[0]["bot"]
    assert bot["webhook_secret"] == entry.data["webhook_secret"]
    await configured(
        "front_door_card:", connects=False, webhook_id=bot["webhook_id"], homechat_bot=f"Bearer {bot['webhook_secret']}")
    hass.states.async_set("binary_sensor.doorbell", "off")
    await hass.async_block_till_done()
    hass.states.async_set("binary_sensor.doorbell", "on")
    await hears(assistant, re.escape("**Front door**\nSomebody rings."))
    channel = await assistant.outside(house.channel, "assistant")
    card = (await assistant.outside(house.messages, "assistant", channel["id"]))[-1]
    assert card["user"]["username"] == bot["username"]

    ben = await assistant.outside(Writer, house, "ben")
    await assistant.outside(ben.say, f"@{bot['username']} action:unlock")
    await assistant.outside(ben.send, f"/users/{bot['user_id']}/messages", message="Action:unlock")
    await assistant.eventually(lambda: len(assistant.events) == 2)
    assert hass.states.get("input_boolean.front_door_lock").state == "on", "what is typed is no press"
    assert assistant.events[-1][1]["message"] == "> Action:unlock"

    await assistant.outside(ben.send, f"/messages/{card['id']}/actions/unlock")
    await assistant.eventually(lambda: hass.states.get("input_boolean.front_door_lock").state == "off")

    async def changed():
        found = (await assistant.outside(house.messages, "assistant", channel["id"]))
        return next(one["content"] for one in found if one["id"] == card["id"])

    async with asyncio.timeout(10):
        while await changed() != "**Front door**\nUnlocked by ben.":
            await asyncio.sleep(0.05)


async def test_a_text_that_was_signed_once_is_posted_by_a_rest_command(hass, assistant, house, configured):
    made = await assistant.outside(
        house.api, "assistant", "POST", "/bots", expect=200,
        json={"name": "doorbell", "channel_id": (await assistant.outside(house.channel, "assistant"))["id"]})
    bot = made.json()["bot"]
    signature = await shell(assistant, house, "openssl dgst", WEBHOOK_SECRET=bot["webhook_secret"])
    await configured(
        "homechat_doorbell:", connects=False, webhook_id=bot["webhook_id"], homechat_doorbell_signature=signature.strip())
    await assistant.call("homechat_doorbell", "rest_command")
    await hears(assistant, "Somebody is at the door")


def test_every_block_is_set_off_by_a_test():
    source = (FOLDER / "test_documentation.py").read_text()
    used = [block(words) for words in re.findall(r'configured\(\s*"([^"]+)"', source)]
    assert sorted(used) == sorted(BLOCKS)
