"""The operator's switches for bots, webhooks and Home Assistant."""

import pytest
import requests
from cable import Cable
from house import PASSWORD, eventually
from sink import Sink
from test_accounts import Browser


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


def test_an_admin_turns_api_tokens_off_and_on_while_the_server_runs(house):
    ana = Browser(house)
    assert ana.sign_in("ana").ok
    with Cable(house, "ben").welcomed() as cable:
        assert ana.submit("/admin/settings", on="/admin/settings", api_enabled="false").ok
        while cable.frame() is not None:
            pass
        assert cable.disconnect["type"] == "disconnect", "an open connection of a token is closed"
    for method, path in [("GET", "/me"), ("GET", "/channels"), ("POST", "/messages"), ("GET", "/search?q=ab")]:
        answer = house.api("ben", method, path, json={"room": "home", "message": "x"} if method == "POST" else None)
        # Home Assistant takes a 401 for a wrong token, and asks no more.
        assert (answer.status_code, "turned API tokens off" in answer.text) == (403, True), answer.text
    with Cable(house, "ben").welcomed() as cable:
        assert not cable.subscribe("ChatChannel", channel_id=1)

    device = requests.post(f"{house.url}/api/v1/signin", json={"username": "ben", "password": PASSWORD}, timeout=10)
    house.tokens["phone"] = device.json()["token"]
    house.api("phone", "POST", "/messages", expect=200, json={"room": "home", "message": "people go on"})

    assert ana.submit("/admin/settings", on="/admin/settings", api_enabled="true").ok
    eventually(lambda: house.api("ben", "GET", "/me").status_code == 200)


def test_while_home_assistant_is_turned_off_it_is_told_nothing(make_house):
    with Sink() as sink:
        house = make_house(environment={"HOMEASSISTANT_URL": sink.url}).start()
        house.people("ana", "ben")
        house.tokens["script"] = house.token("ana", "bots", "messages:read", "messages:write")
        house.api("script", "POST", "/bots", expect=200, json={"bot": {"name": "house", "webhook_id": "ab" * 32}})
        ana = Browser(house)
        assert ana.sign_in("ana").ok
        home = house.channel("ana")["id"]

        def say(text):
            assert ana.submit(f"/channels/{home}/messages", on=f"/channels/{home}", content=text).ok

        assert ana.submit("/admin/settings", on="/admin/settings", home_assistant_enabled="false").ok
        say("not told")
        assert ana.submit("/admin/settings", on="/admin/settings", home_assistant_enabled="true").ok
        say("told")
        eventually(lambda: sink.requests)
        assert [request.json["message"] for request in sink.requests] == ["told"]
