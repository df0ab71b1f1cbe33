"""What linked pages are, below the messages that link to them."""

import pathlib

import pytest
from linked_site import HOUSE_NETWORKS, page, picture, site  # noqa: F401
from playwright.sync_api import expect

OUTPUT = pathlib.Path(__file__).parent / "output"
CAKE = b"""<title>Plain</title><meta property="og:title" content="A cake for a <b>rainy</b> Sunday">
<meta name="description" content="Butter, sugar, four eggs, and an hour of patience &amp; tea."><meta property="og:site_name" content="Kitchen notes">
<meta property="og:image" content="/cake.png">"""


@pytest.fixture
def house(make_house, site):  # noqa: F811
    site.pages["/cake"] = page(CAKE)
    site.pages["/cake.png"] = page(picture(), Content_Type="image/png")
    house = make_house(environment=HOUSE_NETWORKS).start()
    house.people("ana", "ben", "eve")
    return house


def card(person):
    return person.page.locator("main message-item .link-preview")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_a_linked_page_appears_for_everybody_and_stays_after_a_reload(house, site, visitor, width, scheme):  # noqa: F811
    ben = visitor(house, "ben", viewport={"width": width, "height": 800}, color_scheme=scheme).sign_in()
    eve = visitor(house, "eve", viewport={"width": width, "height": 800}, color_scheme=scheme).sign_in()
    ben.say(f"Tomorrow: {site.url}/cake")
    for reader in (ben, eve):
        expect(card(reader)).to_have_count(1)
        expect(card(reader).locator(".preview-title")).to_have_text("A cake for a <b>rainy</b> Sunday")
        expect(card(reader).locator(".preview-site")).to_have_text("Kitchen notes")
        expect(card(reader).locator("img")).to_have_js_property("complete", True)
        assert card(reader).locator("img").evaluate("image => image.naturalWidth") == 800
        assert card(reader).locator("a").get_attribute("rel") == "noopener noreferrer nofollow"
        reader.check(f"a preview at {width}, {scheme}")
    live = card(eve).inner_html()
    eve.page.screenshot(path=OUTPUT / f"preview-{width}-{scheme}.png")
    eve.page.reload()
    expect(card(eve)).to_have_count(1)
    assert card(eve).inner_html() == live
    assert not ben.complaints and not eve.complaints


def test_its_author_takes_it_away_by_keyboard_and_others_have_no_way_to(house, site, visitor):  # noqa: F811
    ben, eve = visitor(house, "ben").sign_in(), visitor(house, "eve").sign_in()
    ben.say(f"{site.url}/cake")
    expect(card(eve)).to_have_count(1)
    eve.message("/cake").focus()
    eve.page.keyboard.press("v")
    expect(card(ben)).to_have_count(1)
    ben.message("/cake").focus()
    ben.page.keyboard.press("v")
    expect(card(ben)).to_have_count(0)
    expect(card(eve)).to_have_count(0)


def test_without_scripts_it_is_there_and_can_be_taken_away(house, site, visitor):  # noqa: F811
    house.post("ben", f"{site.url}/cake")
    eve = visitor(house, "eve").sign_in()
    expect(card(eve)).to_have_count(1)
    ben = visitor(house, "ben", java_script_enabled=False)
    ben.page.goto("/signin")
    ben.sign_in()
    expect(card(ben)).to_have_count(1)
    card(ben).get_by_role("button", name="Remove preview").click()
    expect(card(ben)).to_have_count(0)
    expect(card(eve)).to_have_count(0)
