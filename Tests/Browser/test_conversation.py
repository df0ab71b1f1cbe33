"""Two people with browsers and a script with curl talk; in the end everybody has seen the same."""

import subprocess

from house import Proxy, eventually
from playwright.sync_api import expect


def curl(house, text, name="ana", room="home"):
    """As in the README: a shell, a token, one line."""
    command = [
        "curl", "-sS", "-f", "-X", "POST", f"{house.url}/api/v1/messages", "-H", f"Authorization: Bearer {house.tokens[name]}",
        "-H", "Content-Type: application/json", "-d", f'{{"room":"{room}","message":"{text}"}}',
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_two_browsers_and_a_script(house, visitor):
    with Proxy(house.port) as line:
        ana = visitor(house, "ana").sign_in()
        ben = visitor(house, "ben", base=line.url).sign_in()

        ana.say("Dinner is **ready**")
        ben.sees("Dinner is ready")
        expect(ben.message("Dinner is ready").locator("strong")).to_have_text("ready")
        ben.say("On my way")
        ana.sees("On my way")
        curl(house, "**Doorbell**: someone is at the door")
        for person in (ana, ben):
            person.sees("Doorbell: someone is at the door")
            expect(person.page.locator("message-item.pending")).to_have_count(0)
        eventually(lambda: ana.transcript() == ben.transcript())

        # What was said is changed, reacted to, taken back: the other one sees it without a reload.
        mine = house.api("ben", "GET", "/messages?channel=home&limit=100").json()["messages"]
        on_my_way = next(message["id"] for message in mine if message["content"] == "On my way")
        ben.page.evaluate(f"id => {send('PATCH', '/messages/${id}', 'content: `On my way, five minutes`')}", on_my_way)
        ana.sees("On my way, five minutes")
        expect(ana.message("On my way, five minutes").locator(".edited")).to_be_visible()
        ana.page.evaluate(f"id => {send('POST', '/messages/${id}/reactions', 'emoji: `👍`')}", on_my_way)
        expect(ben.message("On my way, five minutes").locator(".reaction")).to_contain_text("👍")
        ana.say("Wrong room, sorry")
        ben.sees("Wrong room, sorry")
        wrong = ana.message("Wrong room, sorry").get_attribute("data-id")
        ana.page.evaluate(f"id => {send('DELETE', '/messages/${id}')}", wrong)
        expect(ben.message("Wrong room, sorry")).to_have_count(0)

        # Ben's line is cut. Life goes on, and he writes too; on his return all is there, once and in order.
        line.cut()
        ben.composer.fill("Written in the tunnel")
        ben.composer.press("Enter")
        expect(ben.message("Written in the tunnel")).to_have_count(1)
        for number in range(30):
            curl(house, f"missed {number}")
        ana.say("Where is Ben?")
        line.mend()
        ben.sees("missed 0")
        ben.sees("Where is Ben?")
        ana.sees("Written in the tunnel")
        eventually(lambda: ana.transcript() == ben.transcript(), within=20)

        # A reload changes nothing that was on the screen, once both have read to the end: it opens where one left off.
        for name in ("ana", "ben"):
            eventually(lambda: house.channel(name)["unread_count"] == 0)
        before = {person.name: person.transcript() for person in (ana, ben)}
        for person in (ana, ben):
            person.page.reload()
            person.sees("Written in the tunnel")
            assert person.transcript() == before[person.name]
        ids = [int(line[0]) for line in ana.transcript()]
        assert ids == sorted(set(ids))


def send(method, path, body=""):
    """A request of the page itself, as its own scripts make it."""
    return f"""fetch(document.body.dataset.base + `{path}`, {{method: "{method}", headers: {{"Accept": "application/json",
        "Content-Type": "application/json", "X-CSRF-Token": document.querySelector("meta[name=csrf-token]").content}},
        body: JSON.stringify({{{body}}})}}).then(answer => {{ if (!answer.ok) throw new Error(answer.status) }})"""


def test_answers_stay_where_they_can_be_found_when_what_they_answer_is_deleted(house, visitor):
    ana, ben = (visitor(house, name).sign_in() for name in ("ana", "ben"))
    root = house.post("ana", "Who was at the biscuits?")["id"]
    for text in ("Not me", "Nor me"):
        house.post("ben", text, thread_id=root)
    ana.page.locator(f"#message-{root} .thread-link").click()
    panel = ana.page.locator("side-panel")
    expect(panel.locator("message-item")).to_have_count(3)
    house.api("ana", "DELETE", f"/messages/{root}", expect=200)

    for reload in (False, True):
        for person in (ana, ben):
            if reload:
                person.page.reload()
            row = person.page.locator(f"#message-{root}")
            expect(row.locator(".text")).to_have_text("This message was deleted.")
            expect(row.locator(".byline")).to_be_hidden()
            expect(row.locator(".thread-link")).to_have_text("Replies")
            row.focus()
            person.page.keyboard.press("1")
            person.page.keyboard.press("Enter")
            expect(person.page.get_by_role("dialog")).to_have_count(0)
            expect(row.locator(".reaction, .message-tools")).to_have_count(0)
            person.check("a deleted message with answers")
        expect(panel.locator("message-item.erased")).to_have_count(1)
    panel.locator("textarea").fill("Crumbs do not lie")
    panel.locator("textarea").press("Enter")
    ben.page.locator(f"#message-{root} .thread-link").click()
    expect(ben.page.locator("side-panel message-item")).to_have_count(4)
    expect(ben.page.locator("side-panel")).to_contain_text("Crumbs do not lie")


def test_counts_typing_and_presence_move_by_themselves(house, visitor):
    house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"})
    garden = house.channel("ben", "garden")["id"]
    house.api("ben", "POST", f"/channels/{garden}/join", expect=200)
    ana = visitor(house, "ana").sign_in()
    ben = visitor(house, "ben").sign_in()

    house.post("ana", "The roses", room="garden")
    expect(ben.row("garden").locator(".count")).to_contain_text("1")
    house.post("ana", "@ben look", room="garden")
    expect(ben.row("garden").locator(".count.loud")).to_be_visible()
    ben.row("garden").click()
    ben.sees("The roses")
    expect(ben.page.locator(".new-line")).to_be_visible()
    expect(ben.row("garden").locator(".count")).to_be_hidden()

    ana.row("garden").click()
    ana.sees("The roses")
    ana.composer.press_sequentially("Hm", delay=20)
    expect(ben.page.locator("main typing-indicator").first).to_contain_text("ana", ignore_case=True)

    dot = ana.page.locator(f"[data-presence-of='{house.api('ben', 'GET', '/me').json()['id']}'][data-presence]").first
    ana.page.goto("/dm/ben")
    expect(dot).to_have_attribute("data-presence", "online")
    ben.context.close()
    expect(dot).not_to_have_attribute("data-presence", "online", timeout=15_000)


def test_an_open_page_is_closed_when_its_person_is_locked_out(house, visitor):
    ben = visitor(house, "ben").sign_in()
    house.cli("user", "lock", "ben")
    banner = ben.page.locator("connection-banner")
    expect(banner).to_contain_text("You are signed out")
    banner.get_by_role("link", name="Sign in").click()
    ben.page.wait_for_url("**/signin**")
