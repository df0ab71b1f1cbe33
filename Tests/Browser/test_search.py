"""Finding things: the switcher as one types, and the search page with and without a mouse."""

import re

import pytest
from house import PASSWORD
from playwright.sync_api import expect


@pytest.fixture
def told(house):
    """A house in which something was said. Returns it with the id of what is looked for."""
    house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"})
    wanted = house.post("ben", "The **wombat** is in the flowerbed again", room="garden")["id"]
    for number in range(40):
        house.post("ben", f"filler {number}", room="garden")
    house.post("ana", "wombats are marsupials: https://example.org/animals")
    return house, wanted


def marks(person):
    return person.page.locator("main mark")


def test_hits_lead_into_their_context(told, visitor):
    house, wanted = told
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/search?q=wombat")
    expect(ana.page.locator(".hit")).to_have_count(2)
    first = ana.page.locator(".hit").first
    expect(first).to_contain_text("The wombat is in the flowerbed again")
    expect(first).to_contain_text("in garden")
    expect(first.locator("mark")).to_have_text("wombat")
    first.click()
    expect(ana.page).to_have_url(re.compile(rf"/channels/\d+\?message={wanted}$"))
    row = ana.page.locator(f'message-item[data-id="{wanted}"]')
    expect(row).to_be_in_viewport()
    expect(ana.message("filler 3").first).to_be_visible()


def test_the_order_can_be_changed(told, visitor):
    house, _ = told
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/search?q=wombat")
    expect(ana.page.locator(".hit").first).to_contain_text("flowerbed")
    ana.page.get_by_role("link", name="Newest first").click()
    expect(ana.page.get_by_role("link", name="Newest first")).to_have_attribute("aria-current", "true")
    expect(ana.page.locator(".hit").first).to_contain_text("marsupials")
    ana.page.get_by_role("searchbox").or_(ana.page.get_by_role("combobox")).first.press("Enter")
    expect(ana.page).to_have_url(re.compile("sort=newest"))


def test_more_is_a_page_away(told, visitor):
    house, _ = told
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/search?q=filler&sort=newest")
    expect(ana.page.locator(".hit").first).to_contain_text("filler 39")
    ana.page.get_by_role("link", name="More messages").click()
    expect(ana.page.locator(".hit").first).to_contain_text("filler 29")
    for _ in range(2):
        ana.page.get_by_role("link", name="More messages").click()
    expect(ana.page.locator(".hit").first).to_contain_text("filler 9")
    expect(ana.page.get_by_role("link", name="More messages")).to_have_count(0)


def test_by_keyboard_alone(told, visitor):
    house, wanted = told
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/search")
    expect(ana.page.locator("#q")).to_be_focused()
    keys = ana.page.keyboard
    keys.type("wombat from:b")
    expect(ana.page.get_by_role("option").first).to_contain_text("ben")
    keys.press("Enter")
    expect(ana.page.locator("#q")).to_have_value("wombat from:ben ")
    keys.type("ha")
    expect(ana.page.get_by_role("option")).to_contain_text(["has:"])
    keys.press("Escape")
    for _ in "ha":
        keys.press("Backspace")
    keys.press("Enter")
    expect(ana.page.locator(".hit")).to_have_count(1)
    ana.page.locator("#q").focus()
    keys.press("ArrowDown")
    expect(ana.page.locator(".hit a")).to_be_focused()
    keys.press("ArrowUp")
    expect(ana.page.locator("#q")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(ana.page).to_have_url(re.compile(rf"message={wanted}$"))


def test_the_fields_write_the_query(told, visitor):
    house, _ = told
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/search?q=wombat")
    ana.page.get_by_text("Filters").click()
    ana.page.get_by_label("From").fill("ben")
    ana.page.get_by_label("In", exact=True).fill("#garden")
    ana.page.get_by_label("After").fill("2020-01-31")
    ana.page.get_by_role("button", name="Narrow").click()
    expect(ana.page.locator("#q")).to_have_value("wombat from:ben in:#garden after:2020-01-31")
    expect(ana.page.locator(".hit")).to_have_count(1)
    ana.page.get_by_text("Filters").click()
    ana.page.get_by_label("With").select_option("link")
    ana.page.get_by_role("button", name="Narrow").click()
    expect(ana.page.get_by_text("Nothing found")).to_be_visible()
    expect(ana.page.get_by_role("heading", name="What you can write")).to_be_visible()


def test_recent_searches_stay_here_until_signing_out(told, visitor):
    house, _ = told
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/search")
    expect(ana.page.get_by_text("Recent searches")).to_have_count(0)
    for text in ("wombat", "filler 7"):
        ana.page.locator("#q").fill(text)
        ana.page.locator("#q").press("Enter")
        expect(ana.page.locator(".hit").first).to_be_visible()
    ana.page.goto("/search")
    recent = ana.page.locator("section", has_text="Recent searches").get_by_role("link")
    expect(recent).to_have_text(["filler 7", "wombat"])
    recent.last.click()
    expect(ana.page.locator("#q")).to_have_value("wombat")
    ana.page.goto("/")
    ana.page.get_by_role("button", name="Sign out").click()
    expect(ana.page).to_have_url(house.url + "/signin")
    assert ana.page.evaluate("Object.keys(localStorage).filter(key => key.includes('search'))") == []
    ana.sign_in()
    ana.page.goto("/search")
    expect(ana.page.get_by_text("Recent searches")).to_have_count(0)


def test_messages_come_as_one_types(told, visitor):
    house, wanted = told
    ana = visitor(house, "ana").sign_in()
    asked = []
    ana.page.on("request", lambda request: asked.append(request.url) if "/search?" in request.url else None)
    ana.page.keyboard.press("Control+k")
    ana.page.keyboard.type("flowerb")
    option = ana.page.get_by_role("option", name="The wombat is in the flowerbed again")
    expect(option).to_be_visible()
    expect(option.locator("mark")).to_have_text("flowerb")
    assert len(asked) == 1, "a pause in typing is waited for"
    ana.page.keyboard.press("ArrowUp")
    expect(option).to_have_attribute("aria-selected", "true")
    ana.page.keyboard.press("Enter")
    expect(ana.page).to_have_url(re.compile(rf"message={wanted}$"))


def test_enter_leads_to_the_search_whatever_comes_meanwhile(told, visitor):
    house, _ = told
    ana = visitor(house, "ana").sign_in()
    ana.page.keyboard.press("Control+k")
    ana.page.keyboard.type("marsupial")
    expect(ana.page.get_by_role("option", name="wombats are marsupials")).to_be_visible()
    search = ana.page.get_by_role("option", name="Search messages for")
    expect(search).to_have_attribute("aria-selected", "true")
    ana.page.keyboard.press("Enter")
    expect(ana.page).to_have_url(re.compile("/search\\?q=marsupial"))
    expect(marks(ana).first).to_have_text("marsupial")


def test_what_is_hidden_is_not_offered(told, visitor):
    house, _ = told
    house.api("ana", "POST", "/channels", expect=201, json={"name": "secret", "private": True})
    house.post("ana", "quokka plans", room="secret")
    eve = visitor(house, "eve").sign_in()
    eve.page.keyboard.press("Control+k")
    eve.page.keyboard.type("quokka")
    with eve.page.expect_response(re.compile("/search")) as answer:
        pass
    assert answer.value.json()["messages"] == []
    expect(eve.page.get_by_role("option")).to_have_count(1)


def test_strangers_markup_is_text(told, visitor):
    house, _ = told
    house.post("ben", "koala <script>window.ran = 1</script> <img src=x onerror='window.ran = 1'> <mark>fake</mark>")
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/search?q=koala")
    expect(marks(ana)).to_have_text(["koala"])
    expect(ana.page.locator(".hit")).to_contain_text("<mark>fake</mark>")
    ana.page.keyboard.press("Control+k")
    ana.page.keyboard.type("koala")
    expect(ana.page.get_by_role("option", name="koala").first).to_be_visible()
    assert ana.page.evaluate("window.ran") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_small_screen_without_barriers(told, visitor, scheme):
    house, _ = told
    house.post("ben", "wombat" + "x" * 300)
    ana = visitor(house, "ana", viewport={"width": 320, "height": 640}, color_scheme=scheme, has_touch=True).sign_in()
    for path in ("/search", "/search?q=wombat", "/search?q=nowhere-to-be-found", "/search?q=a"):
        ana.page.goto(path)
        ana.page.get_by_text("Filters").click()
        wide = ana.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways"
        ana.check(f"{path} {scheme}")
    ana.page.goto("/search?q=wombat")
    ana.page.locator("#q").press("End")
    ana.page.locator("#q").press_sequentially(" in:")
    expect(ana.page.get_by_role("option").first).to_be_visible()
    ana.check(f"suggestions {scheme}")
    ana.page.keyboard.press("Control+k")
    ana.page.keyboard.type("wombat")
    expect(ana.page.get_by_role("option", name="marsupials")).to_be_visible()
    ana.check(f"switcher {scheme}")


def test_without_scripts(told, visitor):
    house, _ = told
    ana = visitor(house, "ana", java_script_enabled=False)
    ana.page.goto("/signin")
    ana.page.get_by_label("User name").fill("ana")
    ana.page.get_by_label("Password").fill(PASSWORD)
    ana.page.get_by_role("button", name="Sign in").click()
    ana.page.goto("/search")
    ana.page.locator("#q").fill("wombat")
    ana.page.locator("#q").press("Enter")
    expect(ana.page.locator(".hit")).to_have_count(2)
    ana.page.get_by_text("Filters").click()
    ana.page.get_by_label("From").fill("ben")
    ana.page.get_by_role("button", name="Narrow").click()
    expect(ana.page.locator(".hit")).to_have_count(1)
    ana.page.locator(".hit a").click()
    expect(ana.message("The wombat is in the flowerbed again")).to_be_visible()
