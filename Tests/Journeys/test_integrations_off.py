"""The operator's switches for bots, webhooks and Home Assistant."""

import pytest


@pytest.mark.parametrize("environment", [
    {"ENABLE_INTEGRATIONS": "false"}, {"HOMECHAT_INTEGRATIONS_ENABLED": "false"}])
def test_without_integrations_there_are_no_bots_and_no_webhooks(make_house, environment):
    house = make_house()
    house.start()
    house.people("ana")
    house.tokens["script"] = house.token("ana", "bots", "messages:read", "messages:write")
    made = house.api("script", "POST", "/bots", expect=200, json={"name": "door", "bot_type": "api"}).json()["bot"]
    house.tokens["bot"] = made["token"]
    house.api("bot", "GET", "/me", expect=200)
    house.stop()
    house.environment |= environment
    house.start()
    for method, path in [
        ("GET", "/bots"), ("POST", "/bots"), ("GET", f"/bots/{made['id']}"), ("DELETE", f"/bots/{made['id']}"),
        ("POST", f"/bots/{made['id']}/activate"),
    ]:
        answer = house.api("script", method, path, expect=403, json={"name": "another"} if method == "POST" else None)
        assert "turned off" in answer.json()["error"]
    house.api("bot", "GET", "/me", expect=403)
    house.api("script", "POST", "/messages", expect=200, json={"room": "home", "message": "people go on"})
