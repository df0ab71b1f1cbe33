"""What people type behind a slash."""

from playwright.sync_api import expect


def test_a_command_is_completed_does_its_work_and_is_told_to_nobody_else(house, visitor):
    ana, ben = visitor(house, "ana").sign_in(), visitor(house, "ben").sign_in()
    ben.composer.press_sequentially("/mu")
    option = ben.page.get_by_role("option").first
    expect(option).to_contain_text("/mute")
    ben.composer.press("Tab")
    expect(ben.composer).to_have_value("/mute ")
    ben.composer.press("Enter")
    notice = ben.page.locator(".own-notice")
    expect(notice).to_contain_text("This channel is muted.")
    expect(ben.page.locator("message-item.pending")).to_have_count(0)
    ben.check("a notice")
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)
    ben.say("/me waves")
    ana.sees("waves")
    expect(ana.message("waves").locator("em")).to_have_count(1)
    expect(ana.page.get_by_text("/mute")).to_have_count(0)


def test_an_unknown_command_stays_in_the_box_of_whoever_typed_it(house, visitor):
    ben = visitor(house, "ben").sign_in()
    ben.say("/nope at all")
    expect(ben.page.locator(".failure")).to_contain_text("no command")
    ben.page.get_by_role("button", name="Discard").click()
    ben.say("//nope at all")
    ben.sees("/nope at all")


def test_whoever_is_not_to_be_disturbed_is_shown_so(house, visitor):
    ana, ben = visitor(house, "ana").sign_in(), visitor(house, "ben").sign_in()
    ben.say("/dnd 2h")
    expect(ben.page.locator(".own-notice")).to_contain_text("Do not disturb")
    ana.page.goto(f"/channels/{house.channel('ana')['id']}/members")
    expect(ana.page.get_by_text("Do not disturb")).to_be_visible()
    ben.page.reload()
    ben.say("/dnd off")
    expect(ben.page.locator(".own-notice")).to_contain_text("again")
    ana.page.reload()
    expect(ana.page.get_by_text("Do not disturb")).to_have_count(0)


def test_what_was_refused_is_not_said_to_be_on_its_way(house, visitor):
    ben = visitor(house, "ben")
    ben.page.clock.install()
    ben.sign_in().say("/nope at all")
    expect(ben.page.locator(".failure")).to_contain_text("no command")
    ben.page.clock.fast_forward(10_000)
    expect(ben.page.get_by_text("sending…")).to_have_count(0)


def test_all_commands_are_in_reach_on_a_low_screen(house, visitor):
    ben = visitor(house, "ben", viewport={"width": 390, "height": 480}).sign_in()
    ben.composer.press_sequentially("/")
    expect(ben.page.get_by_role("option").first).to_be_in_viewport()
    ben.composer.press("ArrowUp")
    expect(ben.page.get_by_role("option", selected=True)).to_contain_text("/help")
    expect(ben.page.get_by_role("option", selected=True)).to_be_in_viewport()
