"""Files on the page, on their way: into a box, out of it again, into a message. With a slow line, a cut one, and none."""

import re
import sqlite3
import threading

from files_on_page import OUTPUT, attach, chips, is_loaded, pictures, png, said
from house import PASSWORD, Proxy, eventually
from ingress import PREFIX, Ingress
from playwright.sync_api import expect


class SlowLine(Proxy):
    """A line on which what goes up stops after so many bytes, until it is let go."""

    def __init__(self, port, after=200_000):
        self.after, self.gate = after, threading.Event()
        super().__init__(port)

    def let_go(self):
        self.gate.set()

    def hold(self):
        self.gate.clear()

    def _pump(self, source, sink):
        goes_up = sink.getpeername() == self.target
        super()._pump(Counted(source, self) if goes_up else source, sink)


class Counted:
    def __init__(self, source, line):
        self.source, self.line, self.count = source, line, 0

    def recv(self, size):
        if self.count > self.line.after:
            self.line.gate.wait(60)
        data = self.source.recv(min(size, 16_384))
        # Each request counts anew: a page keeps its connections.
        self.count = 0 if data[:4] in (b"GET ", b"POST", b"DELE") else self.count + len(data)
        return data

    def __getattr__(self, name):
        return getattr(self.source, name)

    def __hash__(self):
        return hash(self.source)

    def __eq__(self, other):
        return self.source == other


def stored(house):
    with sqlite3.connect(house.folder / "homechat.sqlite3") as database:
        return database.execute("SELECT COUNT(*) FROM files").fetchone()[0]


def test_by_button_with_words_and_the_other_one_sees_it_live_and_after_a_reload(house, visitor, made):
    ana, ben = visitor(house, "ana").sign_in(), visitor(house, "ben").sign_in()
    attach(ana, made("roses.png"), made("plan.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n"))
    expect(chips(ana, "done")).to_have_count(2)
    ana.say("The roses, and the **plan**")
    expect(chips(ana)).to_have_count(0)
    for person in (ana, ben):
        person.sees("The roses, and the plan")
        expect(pictures(person)).to_have_count(1)
        expect(person.page.locator(".attachment .file-name")).to_have_text("plan.pdf")
        expect(person.page.locator("message-item.pending")).to_have_count(0)
        eventually(lambda: is_loaded(pictures(person).first))
    assert pictures(ben).first.get_attribute("alt") == "roses.png"
    [message] = said(house)
    assert [file["filename"] for file in message["files"]] == ["roses.png", "plan.pdf"]
    before = [ben.page.locator(kind).evaluate("list => list.outerHTML") for kind in (".pictures", ".attachments")]
    ben.page.reload()
    expect(pictures(ben)).to_have_count(1)
    assert ben.page.evaluate("""before => before.every(html =>
        [...document.querySelectorAll(".pictures, .attachments")].some(list => list.isEqualNode(
            new DOMParser().parseFromString(html, "text/html").body.firstElementChild)))""", before), "the server and the script write the same"
    with ben.page.expect_download() as download:
        ben.page.get_by_role("link", name="Download plan.pdf").click()
    assert download.value.suggested_filename == "plan.pdf"


def test_without_words(house, visitor, made):
    ana, ben = visitor(house, "ana").sign_in(), visitor(house, "ben").sign_in()
    attach(ana, made("a.png"), made("b.png"))
    expect(chips(ana, "done")).to_have_count(2)
    ana.page.get_by_role("button", name="Send").click()
    expect(pictures(ben)).to_have_count(2)
    expect(ben.page.locator("#announcer")).to_have_text("ana: 2 photos")
    # Wherever it is spoken of there are words for it.
    assert house.channel("ben")["last_message"]["content"] == "2 photos"
    row = ben.page.locator("message-item").last
    row.focus()
    ben.page.keyboard.press("r")
    expect(ben.page.locator(".composer-context")).to_contain_text("2 photos")
    ben.say("lovely")
    for person in (ana, ben):
        expect(person.page.locator(".quote span")).to_have_text("2 photos")
    pending = ana.page.locator("message-item").first
    pending.focus()
    ana.page.keyboard.press("p")
    expect(pending.locator(".pin-mark")).to_be_visible()
    ana.page.goto(f"/channels/{house.channel('ana')['id']}/pins")
    expect(ana.page.locator(".card-message .picture img")).to_have_count(2)
    ana.check("a pin with pictures")


def test_an_edit_keeps_the_files_and_may_take_the_words_away(house, visitor, made):
    ana, ben = visitor(house, "ana").sign_in(), visitor(house, "ben").sign_in()
    attach(ana, made("a.png"))
    ana.say("a rose")
    ben.sees("a rose")
    picture = pictures(ben).first.element_handle()
    ana.page.locator("message-item").last.focus()
    ana.page.keyboard.press("e")
    ana.page.get_by_label("Edit message").fill("two roses")
    ana.page.keyboard.press("Enter")
    ben.sees("two roses")
    assert picture.evaluate("one => one.isConnected"), "what has not changed stays as it is, loaded"
    expect(ana.page.get_by_label("Edit message")).to_have_count(0)
    ana.page.locator("message-item").last.focus()
    ana.page.keyboard.press("e")
    ana.page.get_by_label("Edit message").fill("")
    ana.page.keyboard.press("Enter")
    expect(ben.page.locator("message-item .text")).to_be_hidden()
    expect(pictures(ben)).to_have_count(1)


def test_pasted_and_dropped(house, visitor, made):
    ana = visitor(house, "ana")
    ana.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ana.sign_in()
    ana.page.evaluate("""async () => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 30, height: 20 });
        canvas.getContext("2d").fillRect(0, 0, 9, 9);
        const blob = await new Promise(resolve => canvas.toBlob(resolve));
        await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    }""")
    ana.composer.press("Control+v")
    expect(chips(ana, "done")).to_have_count(1)
    expect(chips(ana).locator(".chip-name")).to_have_text(re.compile(r"^Pasted \d{4}-\d\d-\d\d .*\.png$"))
    ana.page.evaluate("navigator.clipboard.writeText('only words')")
    ana.composer.press("Control+v")
    expect(ana.composer).to_have_value("only words")

    drag = ana.context.new_cdp_session(ana.page)

    def over(kind, x, y, *paths):
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        drag.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})

    two = made("one.png"), made("two.png")
    over("dragEnter", 700, 300, *two)
    over("dragOver", 700, 300, *two)
    expect(ana.page.locator("main > .drop-target")).to_contain_text("#home")
    ana.page.screenshot(path=OUTPUT / "drop.png")
    over("drop", 700, 300, *two)
    expect(ana.page.locator(".drop-target")).to_have_count(0)
    expect(chips(ana, "done")).to_have_count(3)
    # Beside a conversation nothing is taken, and the browser does not open the file instead of the page.
    over("dragEnter", 100, 300, *two)
    over("dragOver", 100, 300, *two)
    over("drop", 100, 300, *two)
    ana.page.get_by_role("button", name="Send").click()
    expect(pictures(ana)).to_have_count(3)
    assert [file["filename"] for file in said(house)[0]["files"]][1:] == ["one.png", "two.png"]


def test_five_at_once_three_on_their_way_one_cancelled(house, visitor, made):
    with SlowLine(house.port) as line:
        ana = visitor(house, "ana", base=line.url).sign_in()
        names = [f"{number}.png" for number in range(5)]
        attach(ana, *(made(name, png(32, 24, noise=9_000_000)) for name in names))
        expect(chips(ana, "running")).to_have_count(3)
        expect(chips(ana, "waiting")).to_have_count(2)
        bar = ana.page.get_by_role("progressbar", name="Upload of 0.png")
        eventually(lambda: 0 < float(bar.evaluate("bar => bar.value")) < 1)
        ana.page.screenshot(path=OUTPUT / "uploads.png")
        ana.check("uploads")
        ana.page.get_by_role("button", name="Cancel 1.png").click()
        expect(chips(ana)).to_have_count(4)
        expect(chips(ana, "running")).to_have_count(3)
        expect(ana.page.get_by_role("button", name="Cancel 2.png")).to_be_focused()
        line.let_go()
        expect(chips(ana, "done")).to_have_count(4)
        expect(ana.page.locator("#announcer")).to_have_text("Uploaded 4 files.")
        ana.page.get_by_role("button", name="Remove 3.png").click()
        eventually(lambda: stored(house) == 3)
        ana.say("three of five")
        expect(pictures(ana)).to_have_count(3)
    assert [file["filename"] for file in said(house)[0]["files"]] == ["0.png", "2.png", "4.png"]


def test_a_cut_line_loses_nothing(house, visitor, made):
    with SlowLine(house.port) as line:
        ana = visitor(house, "ana", base=line.url).sign_in()
        attach(ana, made("a.png", png(32, 24, noise=3_000_000)))
        expect(chips(ana, "running")).to_have_count(1)
        line.cut()
        expect(chips(ana, "stuck")).to_contain_text("The line was cut")
        ana.page.get_by_role("button", name="Try a.png again").click()
        expect(chips(ana, "stuck")).to_have_count(1)
        line.let_go()
        line.mend()
        expect(chips(ana, "done")).to_have_count(1, timeout=40_000)  # by itself, when the page has found the server again
        ana.say("after the tunnel")
        expect(pictures(ana)).to_have_count(1)
    assert len(said(house)) == 1 and stored(house) == 1


def test_what_is_sent_too_early_waits_where_it_will_stand(house, visitor, made):
    ben = visitor(house, "ben").sign_in()
    with SlowLine(house.port) as line:
        ana = visitor(house, "ana", base=line.url).sign_in()
        attach(ana, made("a.png", png(32, 24, noise=3_000_000)), made("b.png"))
        expect(chips(ana, "done")).to_have_count(1)
        ana.say("two of them")
        expect(chips(ana)).to_have_count(0)
        waiting = ana.page.locator("message-item.pending")
        expect(waiting.locator(".chip")).to_have_count(2)
        expect(waiting).to_contain_text("Goes out when its files are uploaded")
        ana.check("a message that waits")
        ana.say("and what I say next")
        expect(ana.page.locator("message-item.pending")).to_have_count(2)
        line.let_go()
        ben.sees("and what I say next")
        expect(pictures(ben)).to_have_count(2)
        expect(ana.page.locator("message-item.pending")).to_have_count(0)
        expect(ana.page.locator(".chip, .failure")).to_have_count(0)
    assert [message["content"] for message in said(house)] == ["two of them", "and what I say next"]


def test_a_message_that_waits_can_be_given_up_or_sent_without(house, visitor, made):
    with SlowLine(house.port) as line:
        ana = visitor(house, "ana", base=line.url).sign_in()
        for text in ("given up", "without"):
            attach(ana, made("a.png", png(32, 24, noise=3_000_000)))
            ana.say(text)
        ana.message("given up").get_by_role("button", name="Discard").click()
        expect(ana.message("given up")).to_have_count(0)
        ana.message("without").get_by_role("button", name="Cancel a.png").click()
        expect(ana.page.locator("message-item:not(.pending)", has_text="without")).to_have_count(1)
    assert [(message["content"], message["files"]) for message in said(house)] == [("without", [])]


def test_after_a_reload_what_was_there_is_there_and_the_rest_is_asked_for_again(house, visitor, made):
    with SlowLine(house.port) as line:
        ana = visitor(house, "ana", base=line.url).sign_in()
        ana.page.on("dialog", lambda dialog: dialog.accept())
        large = made("large.png", png(32, 24, noise=3_000_000))
        attach(ana, made("small.png"), large)
        expect(chips(ana, "done")).to_have_count(1)
        ana.say("both, please")
        expect(ana.page.locator("message-item.pending .chip[data-state=running]")).to_have_count(1)
        ana.page.reload()
        waiting = ana.page.locator("message-item.pending")
        expect(waiting.locator(".chip[data-state=done]")).to_contain_text("small.png")
        expect(waiting.locator(".chip[data-state=lost]")).to_contain_text("Choose it again")
        expect(waiting.locator(".failure")).to_contain_text("“large.png” is missing")
        ana.check("a file to be chosen again")
        line.let_go()
        with ana.page.expect_file_chooser() as chooser:
            waiting.get_by_role("button", name="Choose large.png again").click()
        chooser.value.set_files(str(large))
        expect(pictures(ana)).to_have_count(2)
    assert [[file["filename"] for file in message["files"]] for message in said(house)] == [["small.png", "large.png"]]


def test_a_second_window_leaves_the_first_ones_uploads_alone(house, visitor, made):
    with SlowLine(house.port) as line:
        ana = visitor(house, "ana", base=line.url).sign_in()
        attach(ana, made("a.png", png(32, 24, noise=3_000_000)))
        ana.say("from the first window")
        expect(ana.message("from the first window").locator(".chip")).to_have_count(1)
        second = ana.context.new_page()
        second.goto(f"/channels/{house.channel('ana')['id']}")
        waiting = second.locator("message-item.pending")
        expect(waiting).to_contain_text("Goes out when its files are uploaded")
        second.wait_for_timeout(800)  # for the answer that it asked the other window for
        expect(waiting.locator(".chip")).to_have_count(0)
        expect(waiting).not_to_contain_text("missing")
        line.let_go()
        for page in (ana.page, second):
            expect(page.locator("message-item .picture img")).to_have_count(1)
            expect(page.locator("message-item.pending")).to_have_count(0)
    assert len(said(house)) == 1


def test_without_a_server_a_message_keeps_its_files(house, visitor, made):
    with Proxy(house.port) as line:
        ana = visitor(house, "ana", base=line.url).sign_in()
        attach(ana, made("a.png"))
        expect(chips(ana, "done")).to_have_count(1)
        line.cut()
        ana.say("from the tunnel")
        failure = ana.message("from the tunnel").locator(".failure")
        expect(failure).to_contain_text("Not sent yet")
        expect(ana.message("from the tunnel").locator(".picture")).to_have_count(1)
        line.mend()
        ana.page.reload()
        expect(pictures(ana)).to_have_count(1)
        expect(ana.page.locator("message-item.pending")).to_have_count(0)
    [message] = said(house)
    assert (message["content"], len(message["files"])) == ("from the tunnel", 1)


def test_a_refused_message_that_is_given_up_takes_its_files_along(house, visitor, made):
    ana = visitor(house, "ana").sign_in()
    attach(ana, made("a.png"), made("b.png"))
    expect(chips(ana, "done")).to_have_count(2)
    ana.say("/nope at all")
    expect(ana.page.locator(".failure")).to_contain_text("no command")
    assert stored(house) == 2
    ana.page.get_by_role("button", name="Discard").click()
    expect(ana.page.locator("message-item.pending")).to_have_count(0)
    eventually(lambda: stored(house) == 0)


def test_what_does_not_fit_is_said_on_its_chip_and_the_rest_goes(make_house, visitor, made):
    house = make_house(environment={"HOMECHAT_FILES_MAXIMUM_SIZE": "100K", "HOMECHAT_FILES_PER_MESSAGE": "2"}).start()
    house.people("ana")
    ana = visitor(house, "ana").sign_in()
    attach(ana, made("large.png", png(32, 24, noise=120_000)), made("empty.txt", b""), made("program.exe", b"MZ\0\0" * 200), made("a.png"), made("b.png"))
    problems = chips(ana, "refused")
    expect(problems).to_have_count(4)
    expect(problems.nth(0)).to_contain_text("Larger than 100 KB.")
    expect(problems.nth(1)).to_contain_text("This file is empty.")
    expect(problems.nth(3)).to_contain_text("A message has at most 2 files.")
    expect(problems.nth(2).locator(".chip-state")).to_have_text("Not a kind that is taken here: only JPEG, PNG, GIF, WEBP, PDF or text.")
    expect(ana.page.locator("#announcer")).to_contain_text("program.exe: ")
    ana.check("refused files")
    ana.say("what is left")
    expect(pictures(ana)).to_have_count(1)
    expect(problems).to_have_count(4)
    assert [len(message["files"]) for message in said(house)] == [1]
    for _ in range(4):
        problems.first.get_by_role("button", name="Remove").click()
    expect(ana.composer).to_be_focused()


def test_a_file_stays_with_its_box(house, visitor, made):
    house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"})
    root = house.post("ana", "a thread begins here")
    ana = visitor(house, "ana").sign_in()
    attach(ana, made("for home.png"))
    expect(chips(ana, "done")).to_have_count(1)
    ana.row("garden").click()
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("garden")
    expect(chips(ana)).to_have_count(0)
    expect(ana.row("home").locator(".draft-mark")).to_be_visible()
    ana.say("nothing comes with this")
    ana.sees("nothing comes with this")
    ana.row("home").click()
    expect(chips(ana, "done")).to_contain_text("for home.png")

    # A thread beside it has a box of its own; closed and opened again it has what it had.
    ana.page.locator(f"message-item[data-id='{root['id']}']").focus()
    ana.page.keyboard.press("t")
    panel = ana.page.locator("side-panel")
    with ana.page.expect_file_chooser() as chooser:
        panel.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(str(made("for the thread.png")))
    expect(panel.locator(".chip[data-state=done]")).to_contain_text("for the thread.png")
    panel.get_by_role("link", name="Close thread").click()
    ana.page.locator(f"message-item[data-id='{root['id']}']").focus()
    ana.page.keyboard.press("t")
    expect(panel.locator(".chip[data-state=done]")).to_contain_text("for the thread.png")
    panel.locator("textarea").fill("in here")
    panel.locator("textarea").press("Enter")
    expect(panel.locator(".picture img")).to_have_count(1)
    expect(chips(ana, "done")).to_contain_text("for home.png")
    ana.page.get_by_role("button", name="Send").first.click()
    expect(ana.page.locator("main message-item:not(.pending) .picture")).to_have_count(1)
    found = {message["content"]: [file["filename"] for file in message["files"]] for message in said(house)}
    assert found == {"a thread begins here": [], "in here": ["for the thread.png"], "": ["for home.png"]}


def test_leaving_with_an_upload_running_asks_first(house, visitor, made):
    with SlowLine(house.port) as line:
        ana = visitor(house, "ana", base=line.url).sign_in()
        asked = []
        ana.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        attach(ana, made("a.png", png(32, 24, noise=3_000_000)))
        expect(chips(ana, "running")).to_have_count(1)
        ana.page.evaluate("location.reload()")
        eventually(lambda: asked == ["beforeunload"])
        expect(chips(ana, "running")).to_have_count(1)
        line.let_go()
        expect(chips(ana, "done")).to_have_count(1)
        ana.page.reload()
        expect(chips(ana, "done")).to_have_count(1)
        assert asked == ["beforeunload"]


def test_by_keyboard_alone(house, visitor, made):
    ana = visitor(house, "ana").sign_in()
    keys = ana.page.keyboard
    expect(ana.composer).to_be_focused()
    with ana.page.expect_file_chooser() as chooser:
        keys.press("Control+u")
    chooser.value.set_files([str(made(f"{name}.png")) for name in "abc"])
    expect(chips(ana, "done")).to_have_count(3)
    expect(ana.composer).to_be_focused()
    keys.press("Shift+Tab")
    expect(ana.page.get_by_role("button", name="Remove c.png")).to_be_focused()
    keys.press("Enter")
    expect(ana.page.get_by_role("button", name="Remove b.png")).to_be_focused()
    keys.press("Tab")
    expect(ana.composer).to_be_focused()
    keys.press("Enter")
    expect(pictures(ana)).to_have_count(2)
    expect(ana.page.locator("message-item.pending")).to_have_count(0)

    ana.page.locator("message-item").last.focus()
    keys.press("Tab")
    while not ana.page.evaluate("document.activeElement.matches('.picture a')"):
        keys.press("Tab")
    first = ana.page.evaluate("document.activeElement.dataset.name")
    keys.press("Enter")
    box = ana.page.get_by_role("dialog")
    expect(box).to_be_visible()
    expect(box.locator("img")).to_have_attribute("alt", first)
    keys.press("ArrowRight")
    expect(box.locator("img")).to_have_attribute("alt", "b.png")
    expect(box).to_contain_text("2 of 2")
    keys.press("ArrowRight")
    expect(box.locator("img")).to_have_attribute("alt", "a.png")
    keys.press("End")
    expect(box.locator("img")).to_have_attribute("alt", "b.png")
    keys.press("Escape")
    expect(box).to_have_count(0)
    expect(ana.page.locator("[data-picture][data-name='b.png']")).to_be_focused()


def test_without_javascript(house, visitor, made):
    ana = visitor(house, "ana", java_script_enabled=False)
    ana.page.goto("/signin")
    ana.page.get_by_label("User name").fill("ana")
    ana.page.get_by_label("Password").fill(PASSWORD)
    ana.page.get_by_role("button", name="Sign in").click()
    ana.composer.fill("By a plain form")
    ana.page.get_by_label("Files", exact=True).set_input_files([str(made("a.png")), str(made("b.png"))])
    ana.page.get_by_role("button", name="Send").click()
    ana.sees("By a plain form")
    expect(pictures(ana)).to_have_count(2)
    ana.page.get_by_label("Files", exact=True).set_input_files(str(made("c.png")))
    ana.page.get_by_role("button", name="Send").click()
    expect(pictures(ana)).to_have_count(3)
    ana.composer.fill("And still words alone")
    ana.page.get_by_role("button", name="Send").click()
    ana.sees("And still words alone")
    assert [len(message["files"]) for message in said(house)] == [2, 1, 0]
    ana.page.locator(".picture a").first.click()
    assert ana.page.evaluate("document.images.length || document.contentType") in (1, "image/png")


def test_below_another_path(make_house, visitor, made):
    house = make_house(environment={"HOMECHAT_BASE_PATH": "/chat"}).start()
    house.url += "/chat"
    house.people("ana", "ben")
    ana, ben = (visitor(house, name) for name in ("ana", "ben"))
    for person in (ana, ben):
        person.page.goto(house.url + "/signin")
        person.page.get_by_label("User name").fill(person.name)
        person.page.get_by_label("Password").fill(PASSWORD)
        person.page.get_by_role("button", name="Sign in").click()
        expect(person.composer).to_be_visible()
    attach(ana, made("a.png"))
    ana.say("below a path")
    for person in (ana, ben):
        expect(pictures(person)).to_have_count(1)
        eventually(lambda: is_loaded(pictures(person).first))
    assert pictures(ben).first.get_attribute("src").startswith("/chat/files/")


def test_in_the_frame_of_home_assistant(house, visitor, made):
    with Ingress(house.port) as ingress:
        ana = visitor(house, "ana", base=ingress.url)
        ana.page.goto("/")
        frame = ana.page.frame_locator("iframe")
        frame.get_by_label("User name").fill("ana")
        frame.get_by_label("Password").fill(PASSWORD)
        frame.get_by_role("button", name="Sign in").click()
        with ana.page.expect_file_chooser() as chooser:
            frame.get_by_role("button", name="Attach files").click()
        chooser.value.set_files(str(made("a.png")))
        expect(frame.locator(".chip[data-state=done]")).to_have_count(1)
        frame.get_by_role("button", name="Send").click()
        image = frame.locator("message-item:not(.pending) .picture img")
        expect(image).to_have_attribute("src", re.compile(f"^{re.escape(PREFIX)}/files/"))
        eventually(lambda: is_loaded(image))
        # What somebody outside the frame sends comes with addresses of outside.
        ben = visitor(house, "ben").sign_in()
        attach(ben, made("b.png"), made("b.txt", b"words"))
        ben.say("from outside")
        image = frame.locator("message-item", has_text="from outside").locator(".picture img")
        expect(image).to_have_attribute("src", re.compile(f"^{re.escape(PREFIX)}/files/"))
        eventually(lambda: is_loaded(image))
        expect(frame.get_by_role("link", name="Download b.txt")).to_have_attribute("href", re.compile(f"^{re.escape(PREFIX)}/files/"))
        image.click()
        eventually(lambda: is_loaded(frame.locator(".lightbox img")))
        assert {path for path in ingress.asked if not path.startswith(PREFIX + "/")} <= {"/", "/favicon.ico"}


def test_the_first_view_stays_light(house, visitor):
    for number in range(40):
        house.post("ben", f"message number {number}, with some words in it")
    ben = visitor(house, "ben").sign_in()
    eventually(lambda: house.channel("ben")["last_read_id"] == said(house, "ben")[-1]["id"])
    line = ben.context.new_cdp_session(ben.page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    paths, sizes = {}, {}
    line.on("Network.requestWillBeSent", lambda event: paths.setdefault(event["requestId"], event["request"]["url"].removeprefix(house.url)))
    line.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    ben.page.reload(wait_until="networkidle")
    view = {paths[one]: size for one, size in sizes.items() if one in paths}
    first = {path: size for path, size in view.items() if path.endswith((".js", ".css", ".svg")) or re.search(r"/channels/\d+$", path)}
    assert sum(size for path, size in first.items() if path.endswith(".js")) <= 35 * 1024, first
    assert sum(first.values()) <= 60 * 1024, first
    assert len(view) <= 8, view
