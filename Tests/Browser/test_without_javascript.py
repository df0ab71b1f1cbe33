"""The page works before any script has run: sign in, read, send, search, sign out."""

from house import PASSWORD
from playwright.sync_api import expect


def test_sign_in_read_send_and_search(house, visitor):
    house.post("ben", "The *roses* are in bloom")
    ana = visitor(house, "ana", java_script_enabled=False)
    ana.page.goto("/")
    ana.page.get_by_label("User name").fill("ana")
    ana.page.get_by_label("Password").fill(PASSWORD)
    ana.page.get_by_role("button", name="Sign in").click()
    ana.sees("The roses are in bloom")

    ana.composer.fill("Lovely, I come and **look**")
    ana.page.get_by_role("button", name="Send").click()
    ana.sees("Lovely, I come and look")
    assert [message["content"] for message in house.messages("ben", house.channel("ben")["id"])] == [
        "The *roses* are in bloom", "Lovely, I come and **look**"]

    ana.page.get_by_role("link", name="Find").click()
    ana.page.get_by_role("searchbox").fill("roses")
    ana.page.get_by_role("searchbox").press("Enter")
    expect(ana.page.locator("main")).to_contain_text("The roses are in bloom")
    ana.page.goto("/")
    ana.page.get_by_role("button", name="Sign out").click()
    expect(ana.page).to_have_url(house.url + "/signin")
