"""Every kind of page, on a phone and on a wide screen, by day and by night: a picture to look at, and no barrier."""

import pathlib

import pytest
from playwright.sync_api import expect

OUTPUT = pathlib.Path(__file__).parent / "output"
SIZES = {"phone": {"width": 390, "height": 844}, "wide": {"width": 1280, "height": 800}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pages(make_house, visitor, size, scheme):
    OUTPUT.mkdir(exist_ok=True)
    house = make_house().start()
    options = {"viewport": SIZES[size], "color_scheme": scheme, "has_touch": size == "phone"}
    stranger = visitor(house, **options)

    def look(person, path, name, status=200):
        answer = person.page.goto(path)
        assert answer.status == status, path
        expect(person.page.locator("main")).to_be_visible()
        person.page.screenshot(path=OUTPUT / f"{name}-{SIZES[size]['width']}-{scheme}.png")
        wide = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways"
        person.check(f"{path} {size} {scheme}")

    look(stranger, "/", "first-run")
    furnish(house)
    look(stranger, "/signin", "sign-in")
    look(stranger, "/signup", "sign-up")
    ana = visitor(house, "ana", **options).sign_in()
    channel = house.channel("ana")["id"]
    look(ana, f"/channels/{channel}", "channel")
    look(ana, "/dm/ben", "direct-message")
    look(ana, "/channels", "channels")
    look(ana, "/search?q=roses", "search")
    look(ana, "/settings", "settings")
    look(ana, "/admin/users", "admin-people")
    look(ana, "/no-such-page", "404", status=404)


def furnish(house):
    """A household in the middle of its day."""
    house.people("ana", "ben", "cleo")
    house.api("ana", "POST", "/channels", expect=201, json={"name": "garden", "description": "What grows and what does not"})
    house.api("ana", "POST", "/channels", expect=201, json={"name": "family", "private": True})
    house.post("ana", "Good morning. Who takes the **dog** out?")
    house.post("ben", "Me, in ten minutes")
    house.post("ben", "> in ten minutes\n\nMake that twenty, @ana", room="home")
    house.post("cleo", "The plan for today:\n\n- [x] breakfast\n- [ ] roses in the garden\n\n| when | who |\n|---|---|\n| 16:00 | Ana |")
    house.post("ana", "```swift\nlet dinner = \"pasta\"\n```", sender="Kitchen display")
    house.post("ana", "**Doorbell**: someone is at the door", sender="Doorbell")
    ben = house.api("ana", "GET", "/users/search?q=ben").json()["users"][0]["id"]
    house.api("ana", "POST", f"/users/{ben}/messages", expect=200, json={"message": "Did you find the keys?"})
