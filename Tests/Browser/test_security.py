"""Passkeys with a virtual authenticator, the second step and what the pages of it look like."""

import re

import pyotp
from house import PASSWORD
from playwright.sync_api import expect


def authenticator(person):
    """Something like a telephone with a fingerprint, in this browser."""
    wire = person.context.new_cdp_session(person.page)
    wire.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}
    return wire, wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def test_a_passkey_signs_in_alone_and_as_second_step(house, visitor):
    base = f"http://localhost:{house.port}"
    ben = visitor(house, "ben", base)
    wire, device = authenticator(ben)
    ben.sign_in()
    ben.page.goto("/settings/security")
    ben.page.get_by_label("Name of the new one").fill("My telephone")
    ben.page.get_by_role("button", name="Add a passkey").click()
    expect(ben.page.get_by_text("The passkey can be used from now on.")).to_be_visible()
    expect(ben.page.get_by_text("My telephone")).to_be_visible()
    assert len(wire.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1

    ben.page.get_by_role("button", name="Sign out", exact=True).click()
    ben.page.get_by_role("button", name="Use a passkey").click()
    expect(ben.composer).to_be_visible()

    ben.page.goto("/settings/security")
    ben.page.get_by_role("button", name="Ask for a passkey after the password").click()
    expect(ben.page.locator(".backup-codes li")).to_have_count(10)
    ben.check("backup codes")
    ben.page.get_by_role("link", name="I have them").click()
    ben.page.get_by_role("button", name="Sign out", exact=True).click()
    ben.page.get_by_label("User name").fill("ben")
    ben.page.get_by_label("Password").fill(PASSWORD)
    ben.page.get_by_role("button", name="Sign in", exact=True).click()
    ben.check("second step")
    ben.page.get_by_role("button", name="Use a passkey").click()
    expect(ben.composer).to_be_visible()


def test_a_passkey_of_nobody_is_refused_in_words(house, visitor):
    base = f"http://localhost:{house.port}"
    ben = visitor(house, "ben", base)
    authenticator(ben)
    ben.page.goto("/signin")
    ben.page.get_by_role("button", name="Use a passkey").click()
    expect(ben.page.get_by_role("alert")).to_be_visible()


def test_an_app_as_second_step(house, visitor, tmp_path):
    ben = visitor(house, "ben").sign_in()
    ben.page.goto("/settings/security")
    ben.check("security")
    ben.page.get_by_role("button", name="Set up an app").click()
    ben.check("setting up an app")
    address = ben.page.get_by_role("link", name="Open the app").get_attribute("href")
    totp = pyotp.parse_uri(address)
    ben.page.get_by_label("Type the six digits").fill(totp.now())
    ben.page.get_by_role("button", name="Turn on").click()
    codes = ben.page.locator(".backup-codes code").all_inner_texts()
    assert len(codes) == 10
    ben.page.get_by_role("link", name="I have them").click()
    ben.page.get_by_role("button", name="Sign out", exact=True).click()
    ben.page.get_by_label("User name").fill("ben")
    ben.page.get_by_label("Password").fill(PASSWORD)
    ben.page.get_by_role("button", name="Sign in", exact=True).click()
    ben.page.get_by_label("Code").fill(codes[0])
    ben.page.get_by_role("button", name="Go on").click()
    expect(ben.composer).to_be_visible()


def test_an_admin_lets_people_in(house, visitor):
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/admin/settings")
    ana.page.get_by_label("Anybody, after an admin says yes").check()
    ana.page.get_by_role("button", name="Save").click()
    fay = visitor(house, "fay")
    fay.page.goto("/signup")
    fay.page.get_by_label("User name").fill("fay")
    fay.page.get_by_label("Password", exact=True).fill(PASSWORD)
    fay.page.get_by_label("The same password again").fill(PASSWORD)
    fay.page.get_by_role("button", name="Make account").click()
    expect(fay.page.get_by_text("An admin has to let you in")).to_be_visible()
    ana.page.goto("/admin/users")
    ana.check("people")
    ana.page.get_by_role("button", name="Let fay in").click()
    fay.sign_in()
    ana.page.get_by_label("For whom").fill("Grandma")
    ana.page.get_by_role("button", name="Make a link").click()
    link = ana.page.get_by_label("The new secret").input_value()
    assert re.match(rf"{house.url}/signup\?invitation=\w+$", link)
