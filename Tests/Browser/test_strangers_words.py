"""What people write stays words: in every place where it is shown, in a real browser, with nothing run and no rule of ours broken."""

import pytest
from playwright.sync_api import expect

RUN = "window.hacked=(window.hacked||0)+1"
PAYLOADS = [
    f"<script>{RUN}</script>", f"<img src=x onerror={RUN}>", f"<svg/onload={RUN}>", f'"><script>{RUN}</script>', f"'-{RUN}-'",
    f"</title><script>{RUN}</script>", f"</textarea><img src=x onerror={RUN}>", f"</template><script>{RUN}</script>",
    f"[x](javascript:{RUN})", f"[x](JaVaScRiPt:{RUN})", f"[x](&#106;avascript:{RUN})", f"[x](data:text/html,<script>{RUN}</script>)",
    f"![x](x\" onerror=\"{RUN})", f"<a href='javascript:{RUN}'>x</a>", f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>", f"`</code><script>{RUN}</script>`",
    f"```html\n</code></pre><script>{RUN}</script>\n```", "{{constructor.constructor('x')()}}", "{{{html}}}", "<%= 7*7 %>${7*7}",
    f"<details open ontoggle={RUN}>", f"<style>@import 'javascript:{RUN}'</style>", f"<base href=//evil.example/><x onclick={RUN}>",
    f"<input autofocus onfocus={RUN}>", "<meta http-equiv=refresh content='0;url=//evil.example'>", f"<!--><script>{RUN}</script>-->",
    f"@ana\"><script>{RUN}</script>", f"#home\"><script>{RUN}</script>", f"https://x.example/\"onmouseover=\"{RUN}", "\u2028<script>",
]
SHORT = [f'"><img src=x onerror={RUN}>'[:50], "<script>hacked=1</script>", "{{{x}}}</title>"]


@pytest.fixture
def written(house):
    """A house in which Ben has written all of it wherever he could."""
    for text in PAYLOADS:
        house.post("ben", text)
    root = house.post("ben", PAYLOADS[1])["id"]
    home = house.channel("ben")["id"]
    house.api("ben", "POST", f"/channels/{home}/messages", expect=200, json={"message": PAYLOADS[0], "thread_id": root, "reply_to_id": root})
    for number, text in enumerate(SHORT):
        house.api("ben", "POST", "/channels", json={"name": text[:45] + str(number), "description": PAYLOADS[number]})
    house.api("ben", "POST", "/dm/start", expect=200, json={"username": "ana"})
    house.cli("ban", "add", "203.0.113.9", "--reason", PAYLOADS[1])
    house.cli("user", "invite", "--note", SHORT[1])
    return house


def test_nothing_that_people_write_runs_anywhere(written, visitor):
    house = written
    ben = visitor(house, "ben").sign_in()
    ben.page.goto("/settings/profile")
    ben.page.locator("[name=display_name]").fill(SHORT[0])
    ben.page.locator("main form button").first.click()
    ben.page.goto("/settings/tokens")
    ben.page.locator("main [name=name]").first.fill(SHORT[1])

    ana = visitor(house, "ana").sign_in()
    strangers = []
    ana.page.on("dialog", lambda dialog: (strangers.append(dialog.message), dialog.dismiss()))
    ana.page.on("request", lambda request: strangers.append(request.url) if "evil.example" in request.url else None)
    home = house.channel("ana")["id"]
    ids = [channel["id"] for channel in house.api("ben", "GET", "/channels").json()["channels"]]
    places = [
        f"/channels/{home}", "/channels", "/search?q=script", "/search?q=" + "%3Cimg%20src%3Dx%20onerror%3D" + RUN, "/switcher",
        f"/channels/{home}/members", f"/channels/{home}/pins", "/admin/users", "/admin/channels", "/admin/network", "/admin/tokens",
        "/signin?return_to=javascript:" + RUN, "/dm/ben", *(f"/channels/{one}" for one in ids)]
    for place in places:
        ana.page.goto(place)
        ana.page.wait_for_timeout(100)  # for what would run late
        assert ana.page.evaluate("window.hacked") is None, place
        found = ana.page.evaluate("""() => ({
            scripts: [...document.scripts].filter(one => !one.src && one.type !== 'application/json').length,
            handlers: [...document.querySelectorAll('*')].filter(one => [...one.attributes].some(a => /^on/i.test(a.name))).length,
            links: [...document.querySelectorAll('[href], [src], [action]')].map(one => one.getAttribute('href') || one.getAttribute('src')
                || one.getAttribute('action') || '').filter(to => /^\\s*(javascript|data|vbscript):/i.test(to)),
            frames: document.querySelectorAll('main iframe, main object, main embed, main base, main meta, main style').length,
            bare: [...document.querySelectorAll('.text a[href^=http]')].filter(
                one => !/noopener/.test(one.rel) || !/noreferrer/.test(one.rel)).length })""")
        assert found == {"scripts": 0, "handlers": 0, "links": [], "frames": 0, "bare": 0}, (place, found)
    # And what comes over the cable, into a page that is open.
    ana.page.goto(f"/channels/{home}")
    for text in PAYLOADS[:6]:
        house.post("ben", text + " live")
    expect(ana.page.locator("message-item", has_text="live").last).to_be_visible()
    assert ana.page.evaluate("window.hacked") is None and strangers == []


def test_words_that_turn_or_tower_stay_in_their_place(house, visitor):
    """Direction marks, blanks that are none, marks piled upon marks, and words without an end, on a narrow screen."""
    texts = {
        "turned": "\u202eevil \u202dname\u202e <- here", "isolated": "\u2067\u2067\u2067 never closed", "hidden": "in\u200bvi\u200dsi\u2060ble\ufeff",
        "towering": "z" + "\u0351\u0352\u0353" * 400, "endless": "w" * 3000, "wide": "\ufdfd" * 60}
    for text in texts.values():
        house.post("ben", text)
    house.post("ben", "the last one")
    ana = visitor(house, "ana", viewport={"width": 320, "height": 640}).sign_in()
    ana.sees("the last one")
    assert ana.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert ana.page.evaluate("""() => [...document.querySelectorAll('message-item .text')].filter(one =>
        !/clip|hidden/.test(getComputedStyle(one).overflowY) || one.getBoundingClientRect().right > 320).map(one => one.innerText.slice(0, 9))""") == []
    # The time beside a name and the words of the next message are where they would be otherwise.
    assert ana.page.evaluate("""() => [...document.querySelectorAll('.author a')].every(one => getComputedStyle(one).unicodeBidi === 'isolate')""")
