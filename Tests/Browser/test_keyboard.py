"""Everything that matters, without a mouse."""

from house import PASSWORD
from playwright.sync_api import expect


def test_sign_in_write_edit_and_move_about(house, visitor):
    house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"})
    ana = visitor(house, "ana")
    keys = ana.page.keyboard
    ana.page.goto("/signin")
    expect(ana.page.get_by_label("User name")).to_be_focused()
    keys.type("ana")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(ana.composer).to_be_focused()

    keys.type("First line")
    keys.press("Shift+Enter")
    keys.type("second line")
    keys.press("Enter")
    ana.sees("second line")
    expect(ana.composer).to_have_value("")
    expect(ana.page.locator("message-item.pending")).to_have_count(0)

    keys.press("ArrowUp")
    expect(ana.page.get_by_label("Edit message")).to_be_focused()
    keys.type(", improved")
    keys.press("Enter")
    ana.sees("second line, improved")
    expect(ana.page.locator("message-item .edited")).to_be_visible()
    expect(ana.composer).to_be_focused()

    keys.press("Control+k")
    expect(ana.page.get_by_role("dialog")).to_be_visible()
    keys.type("gard")
    keys.press("Enter")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("garden")
    keys.press("Alt+ArrowDown")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("home")

    keys.press("Control+/")
    expect(ana.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(ana.page.get_by_role("dialog")).to_have_count(0)


def test_mentions_are_completed(house, visitor):
    ana = visitor(house, "ana").sign_in()
    ana.composer.press_sequentially("Hello @be")
    expect(ana.page.get_by_role("option").first).to_contain_text("ben")
    ana.composer.press("Tab")
    ana.composer.press_sequentially("there")
    ana.composer.press("Enter")
    ana.sees("Hello @ben there")
    expect(ana.message("Hello @ben there").locator("a.mention")).to_have_attribute("href", "/dm/ben")


def test_a_draft_waits_in_its_channel(house, visitor):
    house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"})
    ana = visitor(house, "ana").sign_in()
    ana.composer.press_sequentially("half a thought")
    ana.row("garden").click()
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("garden")
    expect(ana.composer).to_have_value("")
    ana.page.reload()
    ana.row("home").click()
    expect(ana.composer).to_have_value("half a thought")
