"""Sign-in through an OpenID provider, as a person with a browser sees it."""

import socket

import pytest
from openid_provider import Provider
from playwright.sync_api import expect


@pytest.fixture
def provider():
    with Provider() as one:
        one.asks = True
        yield one


@pytest.fixture
def house(make_house, provider):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    house = make_house(environment={
        "HOMECHAT_PUBLIC_URL": f"http://127.0.0.1:{port}", "HOMECHAT_OPENID_ISSUER": provider.issuer, "HOMECHAT_OPENID_NAME": "Nest ID",
        "HOMECHAT_OPENID_CLIENT_ID": provider.client_id, "HOMECHAT_OPENID_CLIENT_SECRET": provider.client_secret})
    house.start(port)
    house.people("ana", "ben")
    return house


def narrow(person):
    """Nothing sticks out of a small telephone's screen."""
    person.page.set_viewport_size({"width": 320, "height": 640})
    assert person.page.evaluate("document.documentElement.scrollWidth") <= 320
    person.page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize("scripts", [True, False])
def test_the_button_leads_there_and_back(house, visitor, scripts):
    fay = visitor(house, java_script_enabled=scripts)
    fay.page.goto("/settings/profile")
    if scripts:
        fay.check("sign-in")
        narrow(fay)
    fay.page.get_by_role("link", name="Sign in with Nest ID").click()
    fay.page.get_by_role("link", name="Allow").click()
    expect(fay.page).to_have_url(house.url + "/settings/profile")
    expect(fay.page.get_by_label("Your name")).to_have_value("Fay")


def test_connecting_confirming_and_disconnecting(house, visitor, provider):
    ben = visitor(house, "ben").sign_in()
    ben.page.goto("/settings/security")
    ben.page.get_by_role("button", name="Connect").click()
    ben.page.get_by_role("link", name="Allow").click()
    expect(ben.page.get_by_text("Connected. You can sign in that way")).to_be_visible()
    ben.check("security")
    narrow(ben)
    ben.page.goto("/settings/confirm?return_to=/settings/security")
    ben.check("confirmation")
    ben.page.get_by_role("button", name="Show it at Nest ID").click()
    ben.page.get_by_role("link", name="Allow").click()
    expect(ben.page).to_have_url(house.url + "/settings/security")
    ben.page.get_by_role("button", name="Disconnect").click()
    ben.page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(ben.page.get_by_text("Removed.")).to_be_visible()


def test_a_problem_is_a_page_with_a_way_out(house, visitor, provider):
    provider.mood, provider.asks = "wrong nonce", False
    fay = visitor(house)
    fay.page.goto("/signin")
    fay.page.get_by_role("link", name="Sign in with Nest ID").click()
    expect(fay.page.get_by_text("does not hold")).to_be_visible()
    fay.check("problem")
    narrow(fay)
    fay.page.get_by_role("link", name="Sign in another way").click()
    expect(fay.page.get_by_label("Password")).to_be_visible()
