"""AI bots against a real inference server, llama.cpp's, with a model that was made for the test."""

import pytest
from ai_place import Place
from cable import Cable
from tiny_model import TinyModel

KEY = "sk-tiny-7f21"


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    with TinyModel(tmp_path_factory.mktemp("model"), KEY) as model:
        yield model


def test_a_real_server_is_tried_asked_and_listened_to(house, llama):
    place = Place(house)
    bot = place.bot(llama, api_key=KEY)
    trial = house.api("admin", "POST", f"/bots/{bot['id']}/test", expect=200).json()
    assert trial["success"] is True and trial["answer"]
    with Cable(house, "ben") as cable:
        cable.welcomed()
        cable.subscribe("ChatChannel", channel_id=place.home)
        house.post("ben", "@max hello, how are you today?")
        cable.payload("message")
        first = cable.payload("message")["message"]
        answer = place.answer(bot, within=30)
    # It has nothing to say and says it until its own limit, which is told.
    assert answer["id"] == first["id"] and answer["edited_at"] is None
    assert len(answer["content"]) > 40 and answer["content"].endswith("(The answer was cut off here.)*")


def test_a_real_server_takes_tools_and_refuses_a_wrong_key(make_house, llama):
    house = make_house(environment={"HOMEASSISTANT_URL": "http://127.0.0.1:9", "HOMECHAT_HOME_ASSISTANT_TOKEN": "none"})
    house.start()
    house.people("ana", "ben", "eve")
    place = Place(house)
    bot = place.bot(llama, api_key=KEY, tools={"states": ["light.*"], "services": ["light.turn_on"]})
    assert "cannot answer" not in place.ask(llama, bot, within=30)["content"]
    house.api("admin", "PATCH", f"/bots/{bot['id']}", expect=200, json={"ai": {"api_key": "sk-wrong"}})
    assert place.ask(llama, bot, count=2)["content"].endswith("the model's server does not take my key.")
