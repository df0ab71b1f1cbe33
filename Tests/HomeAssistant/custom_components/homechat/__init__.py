"""HomeChat in Home Assistant, as the wire contract tells it. For HomeChat's own tests; the published one is another."""

from dataclasses import dataclass
import hashlib
import hmac
import json

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.const import CONF_API_TOKEN, CONF_HOST, CONF_PORT, Platform
from homeassistant.helpers import discovery
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api import HomeChat
from .const import (
    CONF_BOT_ID, CONF_BOT_USERNAME, CONF_SSL, CONF_WEBHOOK_ID, CONF_WEBHOOK_SECRET, DOMAIN, EVENT_BOT_MESSAGE,
    EVENT_MESSAGE, SIGNATURE)
from .coordinator import HomeChatCoordinator
from .services import register, unregister


@dataclass
class Runtime:
    client: HomeChat
    coordinator: HomeChatCoordinator


async def async_setup_entry(hass, entry):
    client = HomeChat(
        async_get_clientsession(hass), entry.data[CONF_HOST], entry.data[CONF_PORT], entry.data[CONF_SSL],
        entry.data[CONF_API_TOKEN])
    coordinator = HomeChatCoordinator(hass, client)
    await coordinator.async_config_entry_first_refresh()
    runtime = Runtime(client, coordinator)
    hass.data.setdefault(DOMAIN, {})[entry.entry_id] = runtime

    if webhook_id := entry.data.get(CONF_WEBHOOK_ID):
        if CONF_BOT_ID not in entry.data:
            bot = await client.create_bot(entry.data[CONF_BOT_USERNAME], "Home Assistant", webhook_id)
            known = {CONF_BOT_ID: bot["id"], CONF_WEBHOOK_SECRET: bot["webhook_secret"]}
            hass.config_entries.async_update_entry(entry, data=dict(entry.data) | known)
        webhook.async_register(
            hass, DOMAIN, "HomeChat", webhook_id, received(entry), allowed_methods=["POST", "PUT"], local_only=False)

    register(hass, runtime)
    await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
    labels = {one["name"]: f"{one['name']} ({one['type']})" for one in coordinator.data}
    hass.async_create_task(discovery.async_load_platform(
        hass, Platform.NOTIFY, DOMAIN, {"entry_id": entry.entry_id, "channels": labels}, {}))
    await direct_services(hass, runtime)
    return True


async def async_unload_entry(hass, entry):
    if webhook_id := entry.data.get(CONF_WEBHOOK_ID):
        webhook.async_unregister(hass, webhook_id)
    unloaded = await hass.config_entries.async_unload_platforms(entry, [Platform.SENSOR])
    if unloaded:
        hass.data[DOMAIN].pop(entry.entry_id)
        unregister(hass)
    return unloaded


async def direct_services(hass, runtime):
    """notify.homechat_dm_<username> for whoever is in the first five channels."""
    people = {}
    for channel in runtime.coordinator.data[:5]:
        people |= {one["username"]: one["id"] for one in await runtime.client.members(channel["id"])}
    for username, user in people.items():
        async def send(call, user=user):
            await runtime.client.direct(user, call.data["message"])

        hass.services.async_register("notify", f"homechat_dm_{username}", send)


def received(entry):
    """What comes in from HomeChat: checked against the secret, then told as an event."""

    async def handle(hass, webhook_id, request):
        body = await request.read()
        if secret := entry.data.get(CONF_WEBHOOK_SECRET):
            wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(wanted, request.headers.get(SIGNATURE, "")):
                return web.json_response({"status": "error", "message": "bad signature"}, status=401)
        try:
            data = json.loads(body)
            event = {key: data[key] for key in ("message", "sender", "room_id", "channel_id", "timestamp")}
        except (ValueError, KeyError):
            return web.json_response({"status": "error", "message": "bad JSON"}, status=500)
        event |= {"webhook_id": webhook_id, "message_type": data.get("type", "message")}
        hass.bus.async_fire(EVENT_BOT_MESSAGE if data.get("type") == "bot_message" else EVENT_MESSAGE, event)
        return web.json_response({"status": "ok"})

    return handle
