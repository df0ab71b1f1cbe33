"""An AI bot on the screen: its badge wherever its name is, and one message that grows while it is read."""

import pathlib
import sys

import pytest
from playwright.sync_api import expect

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from openai_server import House as HomeAssistant  # noqa: E402
from openai_server import Model  # noqa: E402

OUTPUT = pathlib.Path(__file__).parent / "output"


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 390), ("light", 1280), ("dark", 1280)])
def test_an_answer_grows_and_asks(make_house, visitor, scheme, width):
    OUTPUT.mkdir(exist_ok=True)
    with Model() as model, HomeAssistant() as home:
        house = make_house(environment={"HOMEASSISTANT_URL": home.url, "HOMECHAT_HOME_ASSISTANT_TOKEN": home.token}).start()
        house.people("ana", "ben")
        house.tokens["admin"] = house.token("ana", "admin", "bots")
        house.api("admin", "POST", "/bots", expect=200, json={"name": "Max", "bot_type": "ai", "ai": {
            "endpoint": model.endpoint, "model": "tiny", "networks": ["127.0.0.1"],
            "tools": {"states": ["light.*"], "services": ["light.turn_on"]}}})
        channel = house.channel("ben")["id"]
        house.api("ana", "POST", f"/channels/{channel}/invite", expect=200, json={"username": "max"})
        ben = visitor(house, "ben", viewport={"width": width, "height": 800}, color_scheme=scheme).sign_in()

        ben.composer.press_sequentially("@ma")
        option = ben.page.get_by_role("option", name="Max")
        expect(option.locator(".badge")).to_have_text("AI")
        ben.composer.fill("")

        model.mood = "waits"
        model.answers = ["Once\n\n" + "\n\n".join(f"upon a time, {number} times," for number in range(40)) + " the end"]
        ben.say("@max tell me a long story")
        answer = ben.page.locator("message-item", has=ben.page.locator(".badge", has_text="AI"))
        expect(answer).to_have_count(1)
        expect(answer.locator(".text")).to_contain_text("Once")
        ben.page.wait_for_timeout(3100)  # whoever types is not read to
        model.go_on.set()
        expect(answer.locator(".text")).to_contain_text("the end")
        expect(answer).to_have_count(1)
        expect(answer.locator(".edited")).to_have_count(0)
        # The scroller begins at its end: whoever is there stays there while the answer grows.
        assert ben.page.evaluate("document.querySelector('message-list').scrollTop") == 0
        expect(ben.page.locator("#announcer")).to_contain_text("Max: Once")
        expect(ben.page.locator("#announcer")).to_contain_text("upon a time, 3 times")

        model.answers = [[("home_service", {"service": "light.turn_on", "entity_id": "light.kitchen"})]]
        ben.say("@max light, please")
        proposal = ben.message("Shall I do this?")
        proposal.get_by_role("button", name="Do it").click()
        expect(proposal.locator(".text")).to_contain_text("light.kitchen: done")
        expect(proposal.get_by_role("button", name="No")).to_have_count(0)
        assert len(home.calls) == 1
        ben.page.screenshot(path=OUTPUT / f"ai-{width}-{scheme}.png")
        ben.check(f"AI {width} {scheme}")

        ben.page.reload()
        expect(ben.page.locator("message-item .badge")).to_have_text(["AI", "AI"])
        ben.page.goto(f"/channels/{channel}/members")
        expect(ben.page.locator("main .badge")).to_have_text("AI")
        ben.check(f"members {width} {scheme}")
