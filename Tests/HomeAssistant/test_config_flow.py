"""Connecting Home Assistant: health, messages, channels, with tokens of all kinds."""

import json

from outside import free_port

from custom_components.homechat.const import DOMAIN


async def test_a_good_token_makes_an_entry_with_sensors_and_a_bot(hass, assistant, house):
    entry = await assistant.connect()
    assert entry.state.name == "LOADED" and entry.unique_id == f"127.0.0.1:{house.port}"
    status = hass.states.get("sensor.homechat_server_status")
    assert (status.state, status.attributes["port"], status.attributes["ssl"]) == ("online", house.port, False)
    channels = hass.states.get("sensor.homechat_channel_count")
    known = (await assistant.outside(house.api, "assistant", "GET", "/channels")).json()["channels"]
    assert int(channels.state) == len(known)
    assert channels.attributes["channels"] == [{key: one[key] for key in ("id", "name", "type")} for one in known]

    bots = (await assistant.outside(house.api, "assistant", "GET", "/bots", expect=200)).json()["bots"]
    mine = [bot for bot in bots if bot["name"] == "home_assistant_bot"]
    assert [(bot["id"], bot["webhook_id"], bot["active"]) for bot in mine] == [
        (entry.data["bot_id"], entry.data["webhook_id"], True)]
    assert len(entry.data["webhook_secret"]) == 64


async def test_reloading_keeps_the_bot_and_being_added_again_takes_it_over(hass, assistant, house):
    entry = await assistant.connect()
    first = dict(entry.data)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert dict(entry.data) == first
    await hass.config_entries.async_remove(entry.entry_id)
    again = await assistant.connect()
    assert again.data["bot_id"] == first["bot_id"]
    assert again.data["webhook_id"] != first["webhook_id"] and again.data["webhook_secret"] != first["webhook_secret"]


async def test_bad_tokens_and_absent_servers_are_told_apart(assistant, house):
    narrow = await assistant.outside(house.token, "ben", "bots")
    for token, changes, error in [
        ("hc_nobody_has_this", {}, "invalid_auth"), (narrow, {}, "insufficient_scopes"),
        (house.tokens["ben"], {"port": free_port()}, "cannot_connect"), (house.tokens["ben"], {"ssl": True}, "cannot_connect"),
    ]:
        step = await assistant.flow(token, **changes)
        assert (step["type"], step["errors"]) == ("form", {"base": error})


async def test_a_revoked_token_is_an_authentication_failure_and_nothing_else_is(hass, assistant, house):
    token = await assistant.outside(house.token, "assistant", "messages:read", "channels:read", "users:read")
    entry = await assistant.connect(token, webhook=False)
    tokens = (await assistant.outside(house.cli, "token", "list", "--json")).stdout
    number = max(one["id"] for one in map(json.loads, tokens.splitlines()))
    await assistant.outside(house.cli, "token", "revoke", str(number))
    coordinator = hass.data[DOMAIN][entry.entry_id].coordinator
    await coordinator.async_refresh()
    await hass.async_block_till_done()
    assert hass.states.get("sensor.homechat_server_status").state == "auth_failed"


async def test_the_same_server_is_not_connected_twice(assistant, house):
    await assistant.connect()
    again = await assistant.flow(house.tokens["assistant"])
    assert (again["type"], again["reason"]) == ("abort", "already_configured")


async def test_what_mdns_tells_fills_in_the_form(hass, assistant, house):
    try:
        from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
    except ImportError:
        from homeassistant.components.zeroconf import ZeroconfServiceInfo
    from ipaddress import ip_address

    told = ZeroconfServiceInfo(
        ip_address=ip_address("127.0.0.1"), ip_addresses=[ip_address("127.0.0.1")], port=house.port, hostname="pi.local.",
        type="_homechat._tcp.local.", name="HomeChat on pi._homechat._tcp.local.",
        properties={"version": "1.0", "platform": "swift", "features": "chat,api,webhooks", "secure": "false"})
    step = await hass.config_entries.flow.async_init(DOMAIN, context={"source": "zeroconf"}, data=told)
    assert (step["type"], step["step_id"]) == ("form", "user")
    defaults = {str(key): key.default() for key in step["data_schema"].schema if str(key) != "api_token"}
    assert defaults == {"host": "127.0.0.1", "port": house.port, "ssl": False}
    step = await hass.config_entries.flow.async_configure(
        step["flow_id"], defaults | {"api_token": house.tokens["assistant"]})
    done = await hass.config_entries.flow.async_configure(
        step["flow_id"], {"bot_username": "home_assistant_bot", "enable_webhook": False})
    assert done["title"] == "HomeChat on pi"
    await hass.async_block_till_done()
