"""homechat.*: what an automation can do."""

import pathlib

from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .const import DOMAIN, EVENT_CHANNELS, EVENT_SEARCH

MESSAGE = {vol.Required("message"): cv.string, vol.Optional("room_id"): cv.string, vol.Optional("user_id"): vol.Coerce(str)}
SCHEMAS = {
    "send_message": MESSAGE | {vol.Optional("title"): cv.string, vol.Optional("image"): cv.string},
    "send_notification": MESSAGE | {vol.Optional("title"): cv.string, vol.Optional("priority"): cv.string},
    "create_bot": {
        vol.Required("name"): cv.string, vol.Optional("description", default=""): cv.string,
        vol.Optional("webhook_id"): cv.string},
    "list_channels": {},
    "join_channel": {vol.Required("channel_id"): cv.positive_int},
    "leave_channel": {vol.Required("channel_id"): cv.positive_int},
    "send_dm": {vol.Required("user_id"): cv.positive_int, vol.Required("message"): cv.string},
    "search": {vol.Required("query"): cv.string, vol.Optional("type", default="all"): cv.string},
}


def register(hass, runtime):
    client = runtime.client

    async def send_message(call):
        data = call.data
        if image := data.get("image"):
            content = await hass.async_add_executor_job(pathlib.Path(image).read_bytes)
            return await client.send_image(data["room_id"], pathlib.Path(image).name, content, data["message"])
        await client.send(data["message"], data.get("room_id"), data.get("user_id"), data.get("title"))

    async def send_notification(call):
        data = call.data
        title = data.get("title")
        text = f"**{title}**\n{data['message']}" if title else data["message"]
        if data.get("priority") == "high":
            text = f"🔴 {text}"
        await client.send(text, data.get("room_id"), data.get("user_id"), title)

    async def create_bot(call):
        await client.create_bot(call.data["name"], call.data["description"], call.data.get("webhook_id"))

    async def list_channels(call):
        hass.bus.async_fire(EVENT_CHANNELS, {"channels": await client.channels()})

    async def join_channel(call):
        await client.join(call.data["channel_id"])

    async def leave_channel(call):
        await client.leave(call.data["channel_id"])

    async def send_dm(call):
        await client.direct(call.data["user_id"], call.data["message"])

    async def search(call):
        hass.bus.async_fire(EVENT_SEARCH, await client.search(call.data["query"], call.data["type"]))

    for handler in (
        send_message, send_notification, create_bot, list_channels, join_channel, leave_channel, send_dm, search):
        hass.services.async_register(DOMAIN, handler.__name__, handler, vol.Schema(SCHEMAS[handler.__name__]))


def unregister(hass):
    for name in SCHEMAS:
        hass.services.async_remove(DOMAIN, name)
