"""AI bots and Home Assistant: what a model may look up, and what it proposes is done when somebody says so."""

import json

import pytest
import requests
from ai_place import Place, model  # noqa: F401
from house import PASSWORD, eventually
from openai_server import House as HomeAssistant


@pytest.fixture
def home_assistant():
    with HomeAssistant() as home:
        yield home


@pytest.fixture
def smart(make_house, home_assistant, model):
    house = make_house(environment={
        "HOMEASSISTANT_URL": home_assistant.url, "HOMECHAT_HOME_ASSISTANT_TOKEN": home_assistant.token})
    house.start()
    house.people("ana", "ben", "eve")
    place = Place(house)
    place.made = place.bot(model, tools={"states": ["sensor.*", "light.kitchen"], "services": ["light.turn_on"]})
    return place


def press(place, message, action, name="ben"):
    """As somebody who signed in: a token is not enough."""
    house = place.house
    session = house.tokens.get(f"{name}'s phone") or requests.post(
        f"{house.url}/api/v1/signin", json={"username": name, "password": PASSWORD}, timeout=20).json()["token"]
    house.tokens[f"{name}'s phone"] = session
    return house.api(f"{name}'s phone", "POST", f"/messages/{message['id']}/actions/{action}")


def test_states_are_looked_up_at_once(smart, model, home_assistant):
    model.answers = [[("home_state", {"entity_id": "sensor.outside"})], "It is -3.5 °C outside."]
    answer = smart.ask(model, smart.made, "@max how cold is it?")
    assert answer["content"] == "It is -3.5 °C outside." and answer["actions"] == []
    told = model.requests[1]["body"]["messages"]
    assert told[-2]["tool_calls"][0]["function"]["name"] == "home_state"
    assert told[-1]["role"] == "tool" and told[-1]["tool_call_id"] == "c0" and "-3.5" in told[-1]["content"]
    assert [tool["function"]["name"] for tool in model.requests[0]["body"]["tools"]] == ["home_state", "home_service"]


def test_all_that_may_be_read_is_all_that_is_told(smart, model, home_assistant):
    model.answers = [
        [("home_state", {})], [("home_state", {"entity_id": "camera.door"}), ("home_state", {"entity_id": "../config"})], "Well."]
    smart.ask(model, smart.made)
    seen = model.seen()
    assert "light.kitchen" in seen and "camera-secret" not in seen and "armed_away" not in seen
    results = [message["content"] for message in model.requests[2]["body"]["messages"] if message["role"] == "tool"]
    assert results[1:] == ["refused: this entity is not for you"] * 2
    assert home_assistant.asked == ["/api/states"] and "more than it may" in smart.house.log_text()


def propose(smart, model, count=1, **arguments):
    call = {"service": "light.turn_on", "entity_id": "light.kitchen", "data": {"brightness_pct": 40}} | arguments
    model.answers = [[("home_service", call)]]
    return smart.ask(model, smart.made, "@max light in the kitchen, please", count=count)


def test_a_service_is_called_once_and_only_when_the_asker_says_so(smart, model, home_assistant):
    answer = propose(smart, model)
    assert "Shall I do this?" in answer["content"] and "light: turn on `light.kitchen` (brightness pct: 40)" in answer["content"]
    assert [(button["id"], button["label"]) for button in answer["actions"]] == [("do_it", "Do it"), ("no", "No")]
    assert home_assistant.calls == []
    assert press(smart, answer, "do_it", "eve").status_code == 403
    # A script could ask and press by itself.
    refused = smart.house.api("ben", "POST", f"/messages/{answer['id']}/actions/do_it")
    assert refused.status_code == 403 and "sign-in" in refused.json()["error"]
    assert home_assistant.calls == []
    for _ in range(3):
        assert press(smart, answer, "do_it").status_code == 200
    eventually(lambda: not smart.open())
    assert press(smart, answer, "no").status_code == 404
    assert home_assistant.calls == [("/api/services/light/turn_on", {"entity_id": ["light.kitchen"], "brightness_pct": 40})]
    after = smart.answer(smart.made)
    assert after["content"].endswith("- light: turn on `light.kitchen` (brightness pct: 40): done") and "ben" in after["content"]
    assert [(button["id"], button["pressed_by"]["username"]) for button in after["actions"]] == [("do_it", "ben")]
    assert len(model.requests) == 1
    audited = smart.rows("SELECT actor, details FROM audit_logs WHERE action = 'house_service_called'")
    assert [(actor, json.loads(details)["service"]) for actor, details in audited] == [("ben", "light.turn_on")]


def test_no_is_no_and_an_admin_may_decide(smart, model, home_assistant):
    answer = propose(smart, model)
    assert press(smart, answer, "no", "ana").status_code == 200
    after = smart.answer(smart.made)
    assert after["content"].endswith("Not done.") and [button["id"] for button in after["actions"]] == ["no"]
    assert press(smart, answer, "do_it").status_code == 404
    assert home_assistant.calls == []


def test_what_is_not_on_the_list_is_not_even_proposed(smart, model, home_assistant):
    model.answers = [[
        ("home_service", {"service": "lock.unlock", "entity_id": "lock.door"}),
        ("home_service", {"service": "light.turn_on", "entity_id": "light.bedroom"}),
        ("home_service", {"service": "light.turn_on", "entity_id": "all"}),
        ("home_service", {"service": "light.turn_on", "data": {"area_id": "kitchen"}}),
        ("home_service", {"service": "light.turn_on/../../states/x"}),
        ("home_service", "not json"),
    ], "I may not."]
    answer = smart.ask(model, smart.made)
    assert answer["content"] == "I may not." and answer["actions"] == [] and home_assistant.calls == []
    results = [message["content"] for message in model.requests[1]["body"]["messages"] if message["role"] == "tool"]
    assert len(results) == 6 and all(result.startswith("refused: ") for result in results)


@pytest.mark.parametrize("mood, words", [
    (500, "not done: Home Assistant has a problem"), (400, "not done: Home Assistant does not know this service"),
    ("silent", "not known whether it was done"),
])
def test_a_service_that_fails_says_so(smart, model, home_assistant, mood, words):
    answer = propose(smart, model)
    home_assistant.mood = mood
    press(smart, answer, "do_it")
    eventually(lambda: not smart.open(), within=20)
    assert words in smart.answer(smart.made)["content"] and len(home_assistant.calls) == 1


def test_what_was_taken_off_the_list_meanwhile_is_not_done(smart, model, home_assistant):
    answer = propose(smart, model)
    smart.house.api("admin", "PATCH", f"/bots/{smart.made['id']}", expect=200, json={"ai": {"tools": {"states": [], "services": []}}})
    assert press(smart, answer, "do_it").status_code == 200
    eventually(lambda: not smart.open())
    assert "not allowed any more" in smart.answer(smart.made)["content"] and home_assistant.calls == []


def test_a_model_that_never_stops_looking_is_stopped(smart, model, home_assistant):
    model.answers = [[("home_state", {"entity_id": "sensor.outside"})]] * 9
    answer = smart.ask(model, smart.made)
    assert "looked up more than I may" in answer["content"] and len(model.requests) == 4
