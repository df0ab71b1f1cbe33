"""Files on the page, once they are there: in a message, in the light box, in the gallery; pictures, films and recordings."""

import re

import pytest
from files_on_page import OUTPUT, attach, chips, gif, is_loaded, pictures, png, said, webm
from house import eventually
from playwright.sync_api import expect
from sent_files import wav


def test_a_finger_goes_through_the_pictures(house, visitor, made):
    ana = visitor(house, "ana", viewport={"width": 390, "height": 844}, has_touch=True).sign_in()
    attach(ana, *(made(f"{name}.png") for name in "abc"))
    expect(chips(ana, "done")).to_have_count(3)
    ana.page.get_by_role("button", name="Send").tap()
    expect(pictures(ana)).to_have_count(3)
    pictures(ana).first.tap()
    image = ana.page.get_by_role("dialog").locator("img")
    expect(image).to_have_attribute("alt", "a.png")
    finger = ana.context.new_cdp_session(ana.page)

    def swipe(start, end):
        for kind, points in (("touchStart", [start]), ("touchMove", [end]), ("touchEnd", [])):
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    swipe((300, 400), (120, 410))
    expect(image).to_have_attribute("alt", "b.png")
    swipe((100, 400), (280, 390))
    expect(image).to_have_attribute("alt", "a.png")
    swipe((200, 300), (190, 600))
    expect(image).to_have_attribute("alt", "a.png")


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_the_gallery_leads_from_picture_to_picture_and_to_their_messages(house, visitor, made, width, scheme):
    OUTPUT.mkdir(exist_ok=True)
    ben = visitor(house, "ben").sign_in()
    for name in ("first", "second"):
        attach(ben, made(f"{name}.png"), made(f"{name}.txt", b"words"))
        expect(chips(ben, "done")).to_have_count(2)
        ben.say(f"the {name}")
        ben.sees(f"the {name}")
    for number in range(30):
        house.post("ben", f"and then {number}")
    ana = visitor(house, "ana", viewport={"width": width, "height": 800}, color_scheme=scheme).sign_in()
    ana.page.goto(f"/channels/{house.channel('ana')['id']}/files")
    ana.check(f"gallery {width} {scheme}")
    expect(ana.page.locator(".gallery-name")).to_have_count(4)
    ana.page.get_by_role("link", name="Pictures").click()
    expect(ana.page.locator(".gallery-name")).to_have_text(["second.png", "first.png"])
    eventually(lambda: is_loaded(ana.page.locator(".gallery-picture img").first))
    ana.page.screenshot(path=OUTPUT / f"gallery-{width}-{scheme}.png")
    ana.check(f"pictures {width} {scheme}")
    ana.page.locator(".gallery-name").first.press("Enter")
    box = ana.page.get_by_role("dialog")
    expect(box.locator("img")).to_have_attribute("alt", "second.png")
    expect(box).to_contain_text("1 of 2 · ben")
    ana.page.keyboard.press("ArrowRight")
    expect(box.locator("img")).to_have_attribute("alt", "first.png")
    ana.check(f"light box of the gallery {width} {scheme}")
    ana.page.keyboard.press("Escape")
    expect(ana.page.locator(".gallery-name").last).to_be_focused()
    ana.page.locator(".gallery-picture").last.click()
    box.get_by_role("link", name="Message").click()
    expect(ana.message("the first")).to_be_in_viewport()


WATCH = """
    window.shifts = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value; })
        .observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_how_it_looks_and_that_nothing_moves(make_house, visitor, made, width, scheme):
    OUTPUT.mkdir(exist_ok=True)
    house = make_house(environment={"HOMECHAT_FILES_TYPES": "*/*"}).start()
    house.people("ana", "ben")
    options = {"viewport": {"width": width, "height": 844 if width < 500 else 900}, "color_scheme": scheme}
    ben = visitor(house, "ben").sign_in()
    for count in (1, 2, 3, 4):
        attach(ben, *(made(f"{count} of {number}.png", png(400 + 100 * number, 500, red=60 * number)) for number in range(count)))
        expect(chips(ben, "done")).to_have_count(count)
        ben.say(f"{count} of them")
    attach(ben, made("moves.gif", gif()), made("A name that is a good deal longer than a phone is wide.txt", b"words"), made("a.wav", wav()))
    expect(chips(ben, "done")).to_have_count(3)
    ben.say("other kinds")
    ben.sees("other kinds")

    ana = visitor(house, "ana", **options)
    ana.context.add_init_script(WATCH)
    held, may_come = [], []
    ana.context.route(re.compile("/files/[0-9a-f]+"), lambda route: route.continue_() if may_come else held.append(route))
    ana.sign_in()
    ana.page.goto(f"/channels/{house.channel('ana')['id']}?before=100000")
    eventually(lambda: len(held) > 1)
    places = "[...document.querySelectorAll('message-item')].map(item => item.getBoundingClientRect().top)"
    before = ana.page.evaluate(places)
    may_come.append(True)
    for route in held:
        route.continue_()
    eventually(lambda: ana.page.evaluate("""() => {
        const seen = [...document.querySelectorAll(".picture img")].filter(image => {
            const { top, bottom } = image.getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
        });
        return seen.length > 0 && seen.every(image => image.complete && image.naturalWidth > 0);
    }"""))
    assert ana.page.evaluate(places) == pytest.approx(before, abs=1), "a picture that came moved what is read"
    assert ana.page.evaluate("window.shifts") <= 0.02
    ana.page.screenshot(path=OUTPUT / f"files-{width}-{scheme}.png")
    assert ana.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    ana.check(f"files {width} {scheme}")
    ana.page.evaluate("document.querySelector('message-list').scrollTop = 0")
    ana.page.screenshot(path=OUTPUT / f"files-end-{width}-{scheme}.png")
    ana.check(f"files at the end {width} {scheme}")
    small = ana.page.evaluate("""() => [...document.querySelectorAll('.picture a, .file-link, .attachment .icon-button, [data-tool=attach]')]
        .map(one => one.getBoundingClientRect()).filter(({ width, height }) => width && (width < 44 || height < 44)).length""")
    assert small == 0, "every target is as large as a fingertip"

    ana.page.locator(".picture a").first.click()
    box = ana.page.get_by_role("dialog")
    expect(box.locator("img")).to_be_visible()
    # The shape of the picture, within the screen, whether the small one stands there or the large one.
    assert eventually(lambda: ana.page.evaluate("""() => {
        const { width, height } = document.querySelector(".lightbox img").getBoundingClientRect();
        const { width: w, height: h } = document.querySelector(".picture a").dataset;
        return height && { fits: width <= innerWidth && height <= innerHeight, off: Math.abs(width / height - w / h) };
    }""")) == {"fits": True, "off": pytest.approx(0, abs=0.02)}
    ana.page.screenshot(path=OUTPUT / f"lightbox-{width}-{scheme}.png")
    ana.check(f"light box {width} {scheme}")


def test_whoever_wants_nothing_to_move_sees_the_first_frame(house, visitor, made):
    ana = visitor(house, "ana").sign_in()  # asks for reduced motion, as everybody in these tests
    attach(ana, made("moves.gif", gif()))
    expect(chips(ana, "done")).to_have_count(1)
    ana.page.get_by_role("button", name="Send").click()
    image = pictures(ana).first
    expect(image).to_be_visible()
    [file] = said(house)[0]["files"]
    assert file["animated"] is True
    eventually(lambda: image.evaluate("image => image.currentSrc").endswith("/thumbnail"))
    image.click()
    eventually(lambda: ana.page.locator(".lightbox img").evaluate("image => image.src").endswith(file["url"]))
    ana.page.keyboard.press("Escape")
    ana.page.emulate_media(reduced_motion="no-preference")
    eventually(lambda: image.evaluate("image => image.currentSrc").endswith(file["url"]))


def test_films_and_recordings_play_where_they_stand_and_go_on_when_the_message_changes(make_house, visitor, browser, made):
    OUTPUT.mkdir(exist_ok=True)
    house = make_house(environment={"HOMECHAT_FILES_TYPES": "video/*,audio/*"}).start()
    house.people("ana", "ben")
    ana, ben = visitor(house, "ana").sign_in(), visitor(house, "ben").sign_in()
    attach(ana, made("film.webm", webm(browser)), made("voice.wav", wav(3)))
    expect(chips(ana, "done")).to_have_count(2)
    ana.say("look and listen")
    for kind in ("video", "audio"):
        player = ben.page.locator(f".attachment {kind}")
        expect(player).to_have_attribute("preload", "metadata")
        eventually(lambda: player.evaluate("player => player.readyState >= 1"))
        assert player.evaluate("player => player.controls && !player.autoplay")
    sound = ben.page.locator(".attachment audio").element_handle()
    sound.evaluate("player => { player.muted = true; return player.play(); }")
    ana.page.locator("message-item").last.focus()
    ana.page.keyboard.press("1")
    expect(ben.page.locator(".reaction")).to_have_count(1)
    assert sound.evaluate("player => player.isConnected && !player.paused"), "a reaction stops no recording"
    ben.page.screenshot(path=OUTPUT / "films.png")
    ben.check("films and recordings")
