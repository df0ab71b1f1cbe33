"""Three questions to the server before an entry is made: is it there, is the token good, may it read."""

import secrets

import voluptuous as vol
from homeassistant import config_entries
from homeassistant.const import CONF_API_TOKEN, CONF_HOST, CONF_PORT
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api import HomeChat, HomeChatError
from .const import (
    CONF_BOT_USERNAME, CONF_ENABLE_WEBHOOK, CONF_SSL, CONF_WEBHOOK_ID, DEFAULT_BOT, DEFAULT_PORT, DOMAIN)


async def problem(client):
    """None, or the error that the form shows."""
    try:
        if (await client.health()).get("service") != "HomeChat":
            return "cannot_connect"
    except HomeChatError:
        return "cannot_connect"
    for question, refusals in (
        (client.newest, {401: "invalid_auth", 403: "insufficient_scopes"}), (client.channels, {401: "invalid_auth"}),
    ):
        try:
            await question()
        except HomeChatError as error:
            if error.status in refusals:
                return refusals[error.status]
    return None


class HomeChatFlow(config_entries.ConfigFlow, domain=DOMAIN):
    VERSION = 1

    def __init__(self):
        self.found = {}
        self.data = {}

    async def async_step_user(self, user_input=None):
        errors = {}
        if user_input is not None:
            await self.async_set_unique_id(f"{user_input[CONF_HOST]}:{user_input[CONF_PORT]}", raise_on_progress=False)
            self._abort_if_unique_id_configured()
            client = HomeChat(
                async_get_clientsession(self.hass), user_input[CONF_HOST], user_input[CONF_PORT], user_input[CONF_SSL],
                user_input[CONF_API_TOKEN], timeout=10)
            if error := await problem(client):
                errors["base"] = error
            else:
                self.data = user_input
                return await self.async_step_webhook()
        known = self.found | (user_input or {})
        schema = vol.Schema({
            vol.Required(CONF_HOST, default=known.get(CONF_HOST, "localhost")): str,
            vol.Required(CONF_PORT, default=known.get(CONF_PORT, DEFAULT_PORT)): int,
            vol.Required(CONF_SSL, default=known.get(CONF_SSL, False)): bool,
            vol.Required(CONF_API_TOKEN): str,
        })
        return self.async_show_form(step_id="user", data_schema=schema, errors=errors)

    async def async_step_webhook(self, user_input=None):
        if user_input is not None:
            hook = {CONF_WEBHOOK_ID: secrets.token_hex(32)} if user_input[CONF_ENABLE_WEBHOOK] else {}
            return self.async_create_entry(title=self.found.get("name", "HomeChat"), data=self.data | user_input | hook)
        schema = vol.Schema({
            vol.Required(CONF_BOT_USERNAME, default=DEFAULT_BOT): str,
            vol.Required(CONF_ENABLE_WEBHOOK, default=True): bool,
        })
        return self.async_show_form(step_id="webhook", data_schema=schema)

    async def async_step_reauth(self, entry_data):
        self.found = dict(entry_data)
        return await self.async_step_user()

    async def async_step_zeroconf(self, discovery_info):
        await self.async_set_unique_id(f"{discovery_info.host}:{discovery_info.port}")
        self._abort_if_unique_id_configured()
        self.found = {
            CONF_HOST: discovery_info.host, CONF_PORT: discovery_info.port,
            CONF_SSL: discovery_info.properties["secure"].lower() == "true",
            "name": discovery_info.name.removesuffix("._homechat._tcp.local."),
        }
        return await self.async_step_user()
