"""Buttons on messages: who posts them, who presses them, and what everybody sees then."""

import pathlib
import sqlite3

import pytest
import requests
from house import PASSWORD, eventually
from playwright.sync_api import expect
from sink import Sink

OUTPUT = pathlib.Path(__file__).parent / "output"
ACTIONS = [
    {"id": "seen", "label": "That was me", "style": "primary"},
    {"id": "open", "label": "Open the door for everybody", "style": "danger"},
    {"id": "later", "label": "Later"},
]


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 390), ("light", 1280), ("dark", 1280)])
def test_a_button_is_pressed_once_and_everybody_sees_by_whom(make_house, visitor, scheme, width):
    OUTPUT.mkdir(exist_ok=True)
    house = make_house().start()
    house.people("ana", "ben")
    house.tokens["doorbell"] = house.token("ana", "messages:write", "messages:read", "channels:read", "admin")
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    ana = visitor(house, "ana", **options).sign_in()
    ben = visitor(house, "ben", **options).sign_in()
    posted = house.post("doorbell", "**Somebody is at the door**", key="door", actions=ACTIONS)
    assert [action["pressed"] for action in posted["actions"]] == [False, False, False]

    def button(person, name):
        return person.message("Somebody is at the door").get_by_role("button", name=name)

    button(ben, "That was me").focus()
    ben.page.keyboard.press("Enter")
    for person in (ana, ben):
        expect(button(person, "That was me")).to_be_disabled()
        expect(person.message("Somebody is at the door").locator(".pressed-by")).to_contain_text("ben")
    expect(ben.message("Somebody is at the door")).to_be_focused()
    button(ana, "Open the door").click()
    ana.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(button(ben, "Open the door")).to_be_enabled()
    button(ana, "Open the door").click()
    ana.page.get_by_role("dialog").get_by_role("button", name="Open the door").click()
    expect(button(ben, "Open the door")).to_be_disabled()
    ana.page.screenshot(path=OUTPUT / f"buttons-{width}-{scheme}.png")
    wide = ana.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    ana.check(f"buttons {width} {scheme}")

    house.post("doorbell", "Nobody is at the door", key="door")
    for person in (ana, ben):
        person.sees("Nobody is at the door")
        expect(person.page.locator("message-item")).to_have_count(1)
        expect(person.message("Nobody is at the door").locator(".message-action:disabled")).to_have_count(2)
    ben.page.reload()
    expect(ben.message("Nobody is at the door").locator(".message-action:disabled")).to_have_count(2)
    stored = eventually(lambda: house.messages("ben", house.channel("ben")["id"]))[-1]["actions"]
    assert [(action["id"], action["pressed_by"] and action["pressed_by"]["username"]) for action in stored] == [
        ("seen", "ben"), ("open", "ana"), ("later", None)]


@pytest.mark.parametrize("width", [320, 1280])
def test_a_button_that_opens_a_door_asks_who_is_there(make_house, visitor, width):
    """A bot's card, pressed with the keyboard alone, told to the bot, and answered by it."""
    OUTPUT.mkdir(exist_ok=True)
    with Sink() as sink:
        house = make_house(environment={"HOMEASSISTANT_URL": sink.url}).start()
        house.people("ana", "ben")
        house.tokens["script"] = house.token("ana", "bots")
        made = house.api("script", "POST", "/bots", expect=200, json={"name": "Gate", "bot_type": "api"}).json()["bot"]
        hook = house.api(
            "script", "POST", f"/bots/{made['id']}/webhooks", json={"url": sink.url, "networks": ["127.0.0.1"]})
        assert hook.status_code == 403, "an admin's script that may not administer names no networks"
        house.tokens["script"] = house.token("ana", "bots", "admin")
        hook = house.api(
            "script", "POST", f"/bots/{made['id']}/webhooks", expect=201,
            json={"url": sink.url, "networks": ["127.0.0.1"], "events": ["action"]}).json()["webhook"]
        house.tokens["gate"] = made["token"]
        home = house.channel("ben")["id"]
        house.tokens["ben at home"] = requests.post(
            f"{house.url}/api/v1/signin", json={"username": "ben", "password": PASSWORD}, timeout=10).json()["token"]
        house.api("ben at home", "POST", f"/channels/{home}/invite", expect=200, json={"username": "gate"})
        ben = visitor(house, "ben", viewport={"width": width, "height": 800}).sign_in()
        action = {"id": "open_gate", "label": "Open the gate", "style": "danger", "confirm": True}
        house.post("gate", "Somebody is at the gate", key="gate", actions=[action])
        button = ben.message("Somebody is at the gate").get_by_role("button", name="Open the gate")
        button.focus()
        # Signing in was long ago.
        forget_proof(house)
        ben.page.keyboard.press("Enter")
        dialog = ben.page.get_by_role("dialog")
        ben.check(f"gate question {width}")
        dialog.get_by_role("button", name="Open the gate").press("Enter")
        ben.page.get_by_label("Password").fill(PASSWORD)
        ben.page.keyboard.press("Enter")
        button = ben.message("Somebody is at the gate").get_by_role("button", name="Open the gate")
        expect(button).to_be_enabled()
        assert not sink.requests
        button.click()
        ben.page.get_by_role("dialog").get_by_role("button", name="Open the gate").click()
        expect(button).to_be_disabled()
        expect(ben.message("Somebody is at the gate").locator(".pressed-by")).to_contain_text("ben")
        told = sink.wait(1)[0]
        assert told.is_signed(hook["signing_secret"]) and told.json["message"] == "action:open_gate"
        assert told.json["type"] == "bot_message" and told.json["sender"] == "ben" and told.json["room_id"] == "home"
        assert told.json["action"] | {"message_id": 0} == {
            "id": "open_gate", "label": "Open the gate", "message_id": 0, "key": "gate", "confirmed": True}
        house.post("gate", "Unlocked by ben, 21:04", key="gate")
        ben.sees("Unlocked by ben, 21:04")
        expect(ben.page.locator("message-item .message-action:disabled")).to_have_count(1)
        ben.page.screenshot(path=OUTPUT / f"gate-{width}.png")
        ben.check(f"gate {width}")
        assert len(sink.requests) == 1


def forget_proof(house):
    """As if everybody had come long ago."""
    with sqlite3.connect(house.folder / "homechat.sqlite3") as database:
        database.execute("UPDATE sessions SET proven_at = 0")
