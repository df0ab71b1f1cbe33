"""Admin → Automations: a bot is made, tried and looked after, all by forms."""

import sqlite3

import pytest
import requests
from house import PASSWORD
from playwright.sync_api import expect

WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}


@pytest.fixture
def ana(house, visitor):
    return visitor(house, "ana").sign_in()


def make(page, name, kind="webhook"):
    page.goto("/admin/automations")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator(f'input[name="bot_type"][value="{kind}"]').check()
    page.get_by_role("button", name="Make bot").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_a_webhook_is_made_tried_and_used_by_the_lines_that_its_page_shows(house, ana):
    page = ana.page
    make(page, "Doorbell")
    secret = page.get_by_label("The new secret").input_value()
    assert len(secret) == 64
    page.locator("summary", has_text="curl, signed").click()
    lines = page.locator("details.snippet", has_text="curl, signed").locator("code").inner_text()
    assert secret in lines and f"{house.url}/api/v1/webhooks/" in lines

    page.get_by_label("What a sender would send").fill('{"message": "**Ding** dong", "room": "home"}')
    page.get_by_role("button", name="Show what it becomes").click()
    expect(page.get_by_role("status").locator("strong")).to_have_text("Ding")
    expect(page.get_by_text("In #home:")).to_be_visible()
    page.get_by_role("button", name="Post it").click()
    expect(page.get_by_text("It is posted.")).to_be_visible()
    page.goto("/channels")
    page.goto(f"/channels/{house.channel('ana')['id']}")
    ana.sees("Ding dong")


def test_a_bot_is_switched_off_gets_a_new_secret_and_goes(house, ana):
    page = ana.page
    make(page, "Doorbell")
    secret = page.get_by_label("The new secret").input_value()
    address = page.get_by_label("Where its requests come in").input_value()
    page.get_by_label("How senders prove who they are").select_option("bearer")
    page.get_by_role("button", name="Save").click()

    def send(secret):
        return requests.post(
            address, json={"message": "hello", "room": "home"}, headers={"Authorization": f"Bearer {secret}"}, timeout=10
        ).status_code

    assert send(secret) == 200
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_role("button", name="Turn on")).to_be_visible()
    assert send(secret) == 404
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("button", name="New secret").click()
    page.get_by_role("dialog").get_by_role("button", name="New secret").click()
    renewed = page.get_by_label("The new secret").input_value()
    assert send(secret) == 401 and send(renewed) == 200
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    assert send(renewed) == 404


def test_an_api_bot_is_put_into_a_channel_and_speaks_there(house, ana):
    page = ana.page
    make(page, "Helper", "api")
    token = page.get_by_label("The new secret").input_value()

    def post():
        return requests.post(
            f"{house.url}/api/v1/messages", json={"room": "home", "message": "I am here"},
            headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code

    assert post() == 403
    page.get_by_label("Channel", exact=True).select_option(label="#home")
    page.get_by_role("button", name="Add it there").click()
    expect(page.get_by_role("button", name="Take it out of #home")).to_be_visible()
    assert post() == 200


def test_lines_are_copied_as_they_stand(house, visitor):
    page = visitor(house, "ana", permissions=["clipboard-read", "clipboard-write"]).sign_in().page
    make(page, "Doorbell")
    lines = page.locator("details.snippet", has_text="curl, signed")
    lines.locator("summary").click()
    lines.get_by_role("button", name="Copy").click()
    expect(lines.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == lines.locator("code").text_content()


def test_without_a_choice_a_webhook_speaks_at_home_and_any_kind_of_bot_can_be_made(ana):
    page = ana.page
    for kind in ["webhook", "api", "ai"]:
        page.goto("/admin/automations")
        channel = page.get_by_label("Channel of a webhook")
        assert channel.locator("option:checked").inner_text() == "#home"
        make(page, f"A {kind}", kind)


def test_what_does_not_fit_is_said_above_the_form_and_nothing_is_lost(ana):
    page = ana.page
    make(page, "Doorbell")
    page.goto("/admin/automations")
    page.get_by_label("Name", exact=True).fill("x")
    page.get_by_role("button", name="Make bot").click()
    expect(page.get_by_text("Name must have 2 to 50 characters.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("x")
    page.goto("/admin/automations")
    page.get_by_role("link", name="Doorbell").click()
    page.get_by_label("What senders send").select_option("template")
    page.get_by_label("Template", exact=True).fill("{{#open}}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Template is wrong")
    expect(page.get_by_label("Template", exact=True)).to_have_value("{{#open}}")
    expect(page.get_by_label("What senders send")).to_have_value("template")
    page.get_by_label("Address", exact=True).fill("http://169.254.169.254/latest")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".notice.problem")).to_be_visible()
    expect(page.get_by_label("Address", exact=True)).to_have_value("http://169.254.169.254/latest")
    page.reload()
    page.goto("/admin/automations")
    page.get_by_role("link", name="Doorbell").click()
    expect(page.get_by_label("Address", exact=True)).to_have_value("")


def test_what_was_typed_is_still_there_after_the_question_who_it_is(house, ana):
    page = ana.page
    make(page, "Max", "ai")
    page.get_by_label("What it is told about itself").fill("A house with a garden.")
    with sqlite3.connect(house.folder / "homechat.sqlite3", timeout=20) as database:
        database.execute("UPDATE sessions SET proven_at = 0")
    page.locator("section", has=page.get_by_role("heading", name="Language model")).get_by_role("button", name="Save").click()
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("What it is told about itself")).to_have_value("A house with a garden.")
    page.locator("section", has=page.get_by_role("heading", name="Language model")).get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_a_member_finds_no_such_page(house, visitor):
    ben = visitor(house, "ben").sign_in()
    for path in ["/admin/automations", "/admin/bots", "/admin/integrations", "/admin/bots/1"]:
        assert ben.page.goto(path).status == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible(house, visitor, width, scheme):
    ana = visitor(house, "ana", viewport=WIDTHS[width], color_scheme=scheme).sign_in()
    for kind in ["webhook", "api", "ai"]:
        make(ana.page, f"A {kind}", kind)
        ana.check(f"{kind}, {width}, {scheme}")
    ana.page.goto("/admin/automations")
    ana.check(f"automations, {width}, {scheme}")
    assert ana.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
