"""The pages with which people look after tokens and an admin after roles: used as a person would, and accessible."""

import pathlib
import re

from house import PASSWORD
from playwright.sync_api import expect

OUTPUT = pathlib.Path(__file__).parent / "output"


def look(person, name):
    """Keeps pictures of the page, narrow and wide, by day and by night, and sees that nothing is cut off."""
    OUTPUT.mkdir(exist_ok=True)
    for width in (320, 390, 1280):
        for colour in ("light", "dark"):
            person.page.set_viewport_size({"width": width, "height": 900})
            person.page.emulate_media(color_scheme=colour)
            person.page.screenshot(path=OUTPUT / f"{name}-{width}-{colour}.png", full_page=True)
            sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert person.page.evaluate(sideways) <= 0, f"{name} scrolls sideways at {width}"
    person.page.set_viewport_size({"width": 1280, "height": 720})


def test_somebody_makes_replaces_and_revokes_a_token(house, visitor):
    ben = visitor(house, "ben").sign_in()
    page = ben.page
    page.goto("/settings/tokens")
    page.get_by_label("What is it for").fill("Doorbell")
    page.get_by_label("messages:write").check()
    page.get_by_role("checkbox", name="#home").check()
    page.get_by_label("Only from these addresses").fill("127.0.0.1, 192.168.1.0/24")
    page.get_by_label("Works for").select_option("90")
    page.get_by_role("button", name="Make token").click()
    first = page.get_by_label("The new secret").input_value()
    assert re.fullmatch(r"hc_\w{8}_\w{43}", first)
    expect(page.get_by_text("only in #home · only from 127.0.0.1, 192.168.1.0/24")).to_be_visible()
    house.tokens["doorbell"] = first
    house.post("doorbell", "ding", room="home")
    page.get_by_label("Actions for Doorbell").click()
    page.get_by_role("button", name="New secret").filter(visible=True).click()
    page.get_by_role("dialog").get_by_role("button", name="New secret").click()
    expect(page.get_by_text("The secret before works until")).to_be_visible()
    second = page.get_by_label("The new secret").input_value()
    assert second != first
    ben.check("tokens")
    look(ben, "tokens")
    for house.tokens["doorbell"] in (first, second):
        house.api("doorbell", "GET", "/me", expect=200)
    page.get_by_label("Actions for Doorbell").click()
    page.get_by_role("button", name="Revoke").filter(visible=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The token is revoked.")).to_be_visible()
    assert house.api("doorbell", "GET", "/me").status_code == 401


def test_an_admin_sees_all_tokens_and_those_that_nobody_uses(house, visitor):
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/admin/tokens")
    expect(ana.page.get_by_text("of @ben")).to_be_visible()
    ana.check("admin page")
    look(ana, "admin-tokens")
    ana.page.get_by_role("link", name="Only those unused for 30 days").click()
    expect(ana.page.get_by_text("Every token is in use.")).to_be_visible()


def test_an_admin_adds_a_child_and_chooses_where_and_with_whom(house, visitor):
    house.api("ben", "POST", "/channels", expect=201, json={"name": "play"})
    ana = visitor(house, "ana").sign_in()
    page = ana.page
    page.goto("/admin/users")
    page.get_by_label("User name").fill("kim")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_label("Role").select_option("limited")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("radio", name="Limited")).to_be_checked()
    page.get_by_role("checkbox", name="#play").check()
    page.get_by_role("checkbox", name="ben").check()
    ana.check("admin page")
    look(ana, "role")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("limited", exact=True)).to_be_visible()
    look(ana, "people")
    kim = visitor(house, "kim").sign_in()
    expect(kim.page.get_by_role("link", name="play").first).to_be_visible()
    expect(kim.page.get_by_role("link", name="home", exact=True)).to_have_count(0)
    look(kim, "limited")


def test_a_guest_is_asked_for_an_end(house, visitor):
    house.cli("user", "create", "gus", "--role", "guest", "--channel", "home", "--until", "3d", "--password-stdin",
              stdin=PASSWORD + "\n")
    ana = visitor(house, "ana").sign_in()
    page = ana.page
    page.goto("/admin/users")
    page.get_by_label("Actions for gus").click()
    page.get_by_role("link", name="Role and access").filter(visible=True).click()
    page.get_by_label("Last day of a guest").fill("2020-01-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("until must be within the next 366 days")).to_be_visible()
