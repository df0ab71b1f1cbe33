"""The emergency page as an admin meets it, on a phone, with one thumb, in a hurry, and with a way back."""

import sqlite3

import pytest
from house import PASSWORD, eventually
from playwright.sync_api import expect
from test_access_pages import look

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def is_within_reach(page, button):
    """In the lower half of the screen, as wide as it, and tall enough for a thumb."""
    box, screen = button.bounding_box(), page.viewport_size
    assert box["y"] > screen["height"] / 2 and box["y"] + box["height"] <= screen["height"], box
    assert box["height"] >= 44 and box["width"] > screen["width"] * 0.8, box


@pytest.mark.parametrize("javascript", [True, False])
def test_an_admin_locks_down_with_one_thumb_and_takes_it_back(house, visitor, javascript):
    ana = visitor(house, "ana", **PHONE).sign_in()
    ben = visitor(house, "ben").sign_in()
    with sqlite3.connect(house.folder / "homechat.sqlite3", timeout=10) as database:
        database.execute("UPDATE sessions SET proven_at = 0")
    if not javascript:
        state = ana.context.storage_state()
        ana = visitor(house, "ana", storage_state=state, java_script_enabled=False, **PHONE)
    page = ana.page
    page.goto("/admin/emergency")
    expect(page.get_by_text("Nothing. Everybody can read")).to_be_visible()
    down = page.get_by_role("link", name="Lock down…")
    is_within_reach(page, down)
    down.click()
    expect(page.get_by_role("heading", name="Lock this HomeChat down?")).to_be_visible()
    expect(page.get_by_text("2 accounts locked until")).to_be_visible()
    expect(page.get_by_text("Revoked tokens stay revoked")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    now = page.get_by_role("button", name="Lock down now")
    is_within_reach(page, now)
    now.click()
    expect(page.get_by_role("heading", name="Locked down")).to_be_visible()
    if javascript:
        expect(ben.page.locator("connection-banner")).to_contain_text("You are signed out", timeout=3000)
    up = page.get_by_role("link", name="Lift: undo locks and closed sign-ups")
    is_within_reach(page, up)
    up.click()
    page.get_by_role("button", name="Lift now").click()
    expect(page.get_by_text("2 accounts unlocked")).to_be_visible()
    expect(page.get_by_text("Nothing. Everybody can read")).to_be_visible()
    ben.sign_in()


def test_how_the_pages_look(house, visitor):
    ana = visitor(house, "ana").sign_in()
    page = ana.page
    for path, name in (("/admin/emergency", "emergency"), ("/admin/emergency/lockdown", "emergency-question")):
        page.goto(path)
        ana.check(name)
        look(ana, name)
    house.cli("emergency", "lock-users")
    house.cli("emergency", "read-only", "on")
    page.goto("/admin/emergency")
    expect(page.get_by_text("Read-only for now.")).to_be_visible()
    ana.check("emergency in force")
    look(ana, "emergency-in-force")
    page.goto(f"/channels/{house.channel('ana')['id']}")
    ana.check("read-only channel")
    look(ana, "read-only-channel")


def test_what_is_written_while_it_is_read_only_is_kept_and_sent_later(house, visitor):
    ben = visitor(house, "ben").sign_in()
    banner = ben.page.get_by_text("Read-only for now.")
    expect(banner).to_be_hidden()
    house.cli("emergency", "read-only", "on")
    expect(banner).to_be_visible(timeout=2000)
    ben.say("in the meantime")
    expect(ben.page.get_by_text("HomeChat is read-only for now")).to_be_visible()
    house.cli("emergency", "read-only", "off")
    expect(banner).to_be_hidden(timeout=2000)
    ben.page.reload()  # or after the minute that the server named
    ben.sees("in the meantime")  # at once, greyed: what the server has is asked of the server

    def said():
        return [message["content"] for message in house.messages("ben", house.channel("ben")["id"])]

    assert eventually(said) == ["in the meantime"]


def test_it_can_be_used_by_keyboard(house, visitor):
    ana = visitor(house, "ana").sign_in()
    page = ana.page
    page.goto("/admin/emergency/read-only-on")
    page.get_by_role("button", name="Make it read-only").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Read-only", exact=True)).to_be_visible()
    page.get_by_role("link", name="Allow changes again").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Allow changes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Changes allowed again.")).to_be_visible()
