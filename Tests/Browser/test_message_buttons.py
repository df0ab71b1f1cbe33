"""Buttons on messages: who posts them, who presses them, and what everybody sees then."""

import pathlib

import pytest
from house import eventually
from playwright.sync_api import expect

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
