"""What people sent, as a browser shows it: the list of a channel, and each file by itself."""

import base64
import pathlib

import pytest
from playwright.sync_api import expect

from house import eventually
from sent_files import PDF, png, send, wav

OUTPUT = pathlib.Path(__file__).parent / "output"
LONG = "a very long name without any sense " * 3 + "x" * 60 + ".pdf"


def furnish(house):
    for number in range(7):
        send(house, "ana", png(64, 48, 30 * number + 5), f"garden {number}.png", preview=png(64, 48, 30 * number + 5), text="look")
    send(house, "ben", PDF, LONG, "application/pdf", text="the plan")
    send(house, "ben", wav(), "bell.wav", "audio/wav", text="listen")
    send(house, "ben", b"words", "notes <b>.txt", "text/plain", text="notes")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_files_of_a_channel(house, visitor, width, scheme):
    OUTPUT.mkdir(exist_ok=True)
    furnish(house)
    ana = visitor(house, "ana", viewport={"width": width, "height": 800}, color_scheme=scheme).sign_in()
    channel = house.channel("ana")["id"]
    ana.page.goto(f"/channels/{channel}")
    ana.page.locator("summary[aria-label=More]").click()
    ana.page.get_by_role("link", name="Files").click()
    expect(ana.page.get_by_role("heading", level=1)).to_have_text("Files in #home")
    expect(ana.page.locator(".gallery-file")).to_have_count(10)
    expect(ana.page.locator(".gallery-file").first).to_contain_text("notes <b>.txt")
    ana.check(f"gallery {width} {scheme}")
    ana.page.screenshot(path=OUTPUT / f"gallery-{width}-{scheme}.png", full_page=True)
    wide = ana.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "it scrolls sideways"
    ana.page.get_by_role("link", name="Documents").click()
    expect(ana.page.locator(".gallery-file")).to_have_count(2)
    expect(ana.page.get_by_role("link", name="Documents")).to_have_attribute("aria-current", "page")
    ana.page.get_by_role("link", name="Videos").click()
    expect(ana.page.locator("main")).to_contain_text("There are no videos here.")
    ana.check(f"nothing {width} {scheme}")
    ana.page.get_by_role("link", name="Pictures").click()
    ana.page.locator(".gallery-file", has_text="garden 3").locator("a[href*='message=']").click()
    expect(ana.page.locator("message-item:target, message-item:focus, message-list")).to_be_visible()
    assert "message=" in ana.page.url


def test_older_files_are_a_page_further(house, visitor):
    for number in range(52):
        send(house, "ana", b"%d" % number, f"{number}.zip", "application/zip")
    ana = visitor(house, "ana").sign_in()
    channel = house.channel("ana")["id"]
    ana.page.goto(f"/channels/{channel}/files?type=document")
    expect(ana.page.locator(".gallery-file")).to_have_count(50)
    ana.page.get_by_role("link", name="Older files").click()
    expect(ana.page.locator(".gallery-name")).to_have_text(["1.zip", "0.zip"])
    expect(ana.page.get_by_role("link", name="Older files")).to_have_count(0)
    expect(ana.page.get_by_role("link", name="Documents")).to_have_attribute("aria-current", "page")


def test_each_kind_shows_by_itself_and_runs_nothing(house, visitor):
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/about")
    video = base64.b64decode(ana.page.evaluate(RECORDING))
    picture = send(house, "ana", png(64, 48))
    sound, film = send(house, "ana", wav(), "b.wav", "audio/wav"), send(house, "ana", video, "b.webm", "video/webm")
    plan = send(house, "ana", PDF, "plan.pdf", "application/pdf")
    ana.page.goto(f"/files/{picture.key}")
    assert ana.page.evaluate("document.images[0].naturalWidth") == 64
    assert ana.page.evaluate("origin") == "null", "it belongs to no origin"
    for file in (sound, film):
        ana.page.goto(f"/files/{file.key}")
        ana.page.wait_for_function("document.querySelector('video').readyState >= 2")
        assert ana.page.evaluate("document.querySelector('video').error") is None
    ana.page.goto(f"/files/{plan.key}")
    eventually(lambda: ana.page.wait_for_timeout(50) or any(
        frame.url.startswith("chrome-extension://") for frame in ana.page.frames))


def test_what_could_run_is_saved_and_not_opened(house, visitor):
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/about")
    for name, type, data in [("x.html", "text/html", b"<script>parent.pwned = true; pwned = true</script>"),
                             ("x.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='pwned = true'/>")]:
        file = send(house, "ana", data, name, type)
        with ana.page.expect_download() as download:
            ana.page.evaluate("address => { location = address }", f"/files/{file.key}")
        assert download.value.suggested_filename == name
        assert pathlib.Path(download.value.path()).read_bytes() == data
        # In a frame of our own page it is no page either.
        with ana.page.expect_download() as download:
            ana.page.evaluate("address => { const f = document.createElement('iframe'); f.src = address; document.body.append(f) }",
                              f"/files/{file.key}")
        assert download.value.suggested_filename == name
    assert ana.page.evaluate("typeof pwned") == "undefined" and ana.page.url.endswith("/about")


def test_a_name_is_the_one_that_it_was_sent_with(house, visitor):
    ana = visitor(house, "ana").sign_in()
    ana.page.goto("/about")
    for name in ["Übergröße 100%.zip", "日本語.zip", "a'b (1).zip", "👍.zip"]:
        file = send(house, "ana", name.encode(), name, "application/zip")
        with ana.page.expect_download() as download:
            ana.page.evaluate("address => { location = address }", f"/files/{file.key}")
        assert download.value.suggested_filename == name


RECORDING = """async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 64; canvas.height = 48;
    const pen = canvas.getContext("2d"), parts = [];
    const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: "video/webm" });
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let frame = 0; frame < 10; frame++) {
        pen.fillStyle = frame % 2 ? "red" : "blue";
        pen.fillRect(0, 0, 64, 48);
        await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 50)));
    }
    const stopped = new Promise((done) => { recorder.onstop = done; });
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
}"""
