"""An empty installation: the first page makes the admin and #home, the next person signs up."""

from house import PASSWORD
from playwright.sync_api import expect


def test_the_first_person_is_the_admin_and_the_second_is_not(make_house, visitor):
    house = make_house().start()
    ana = visitor(house, "ana")
    ana.page.goto("/")
    expect(ana.page).to_have_url(house.url + "/welcome")
    ana.page.get_by_label("Name of this server").fill("Villa Kunterbunt")
    fill_account(ana.page, "ana", "Ana Lindgren")
    ana.page.get_by_role("button", name="Start").click()
    expect(ana.composer).to_be_visible()
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("home")
    expect(ana.page.locator(".sidebar .brand")).to_contain_text("Villa Kunterbunt")
    expect(ana.page.get_by_role("link", name="Administration")).to_be_visible()

    ben = visitor(house, "ben")
    ben.page.goto("/welcome")
    expect(ben.page).to_have_url(house.url + "/signin")
    ben.page.get_by_role("link", name="Make an account").click()
    fill_account(ben.page, "ben", "Ben")
    ben.page.get_by_role("button", name="Make account").click()
    expect(ben.composer).to_be_visible()
    expect(ben.page.get_by_role("link", name="Administration")).to_have_count(0)
    ana.say("Welcome, @ben")
    ben.sees("Welcome, @ben")

    ben.page.get_by_role("button", name="Sign out").click()
    expect(ben.page).to_have_url(house.url + "/signin")
    ben.sign_in()


def test_a_mistake_is_told_and_nothing_typed_is_lost(make_house, visitor):
    house = make_house().start()
    ana = visitor(house, "ana")
    ana.page.goto("/welcome")
    ana.page.get_by_label("Name of this server").fill("Villa")
    fill_account(ana.page, "ana", "Ana", again="something else")
    ana.page.get_by_role("button", name="Start").click()
    expect(ana.page.get_by_role("alert")).to_be_visible()
    expect(ana.page.get_by_label("User name")).to_have_value("ana")
    expect(ana.page.get_by_label("Name of this server")).to_have_value("Villa")


def fill_account(page, name, display_name, again=PASSWORD):
    page.get_by_label("User name").fill(name)
    page.get_by_label("Your name").fill(display_name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(again)
