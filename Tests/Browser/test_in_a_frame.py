"""HomeChat in the frame of Home Assistant's page."""

import re

import pytest
from house import PASSWORD, eventually
from ingress import PREFIX, Ingress
from playwright.sync_api import expect


@pytest.fixture(params=[True, False], ids=["with the browser's Host", "with the add-on's Host"])
def ingress(house, request):
    with Ingress(house.port, keeps_host=request.param) as ingress:
        yield ingress


def test_a_person_signs_in_posts_hears_and_follows_a_mention(house, ingress, visitor):
    ana = visitor(house, "ana", base=ingress.url)
    ana.page.goto("/")
    frame = ana.page.frame_locator("iframe")
    frame.get_by_label("User name").fill("ana")
    frame.get_by_label("Password").fill(PASSWORD)
    frame.get_by_role("button", name="Sign in").click()
    composer = frame.locator("main message-composer textarea").first
    expect(composer).to_be_visible()

    composer.fill("from the frame")
    composer.press("Enter")
    expect(frame.locator("message-item .text", has_text="from the frame")).to_have_count(1)
    room = house.channel("ben")["id"]
    # It stands on the page before the server has it.
    said = eventually(lambda: [one["content"] for one in house.messages("ben", room) if one["user"]["username"] == "ana"])
    assert said == ["from the frame"]

    house.post("ben", "ask @eve, in #home")
    heard = frame.locator("message-item", has_text="ask @eve")
    expect(heard).to_have_count(1)
    expect(heard.locator(".channel-mention")).to_have_attribute("href", f"{PREFIX}/channels/{room}")
    heard.locator("a.mention").click()
    expect(frame.locator("main h1, main .channel-title").first).to_contain_text(re.compile("eve", re.I))

    inner = ana.page.frames[1]
    assert inner.url.startswith(ingress.address("/channels/")), inner.url
    composer = frame.locator("main message-composer textarea").first
    composer.fill("hello eve")
    composer.press("Enter")
    expect(frame.locator("message-item .text", has_text="hello eve")).to_have_count(1)
    outside = [path for path in ingress.asked if not path.startswith(PREFIX + "/")]
    assert set(outside) <= {"/", "/favicon.ico"}, outside


def test_another_site_may_not_frame_it(house, ingress, visitor):
    ana = visitor(house, "ana", base=ingress.url)
    refused = []
    ana.page.on("requestfailed", lambda request: refused.append(request.url))
    ana.complaints = []  # the refusal below is a complaint, and what is wanted
    ana.page.set_content(f'<iframe src="{ingress.address("/signin")}"></iframe>')
    ana.page.wait_for_timeout(500)
    assert not ana.page.frame_locator("iframe").get_by_label("User name").count()
    ana.complaints.clear()
