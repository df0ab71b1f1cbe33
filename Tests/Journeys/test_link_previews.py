"""Previews of linked pages: fetched by the server, from a site of the test's own on loopback, which an admin names."""

import contextlib
import io
import os
import socket
import sqlite3
import time

import pytest
import requests
from cable import Cable
from house import BINARY, eventually
from linked_site import HOUSE_NETWORKS, missing, page, picture, redirect, site  # noqa: F401
from PIL import Image


def endless(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    while True:
        handler.wfile.write(b"<p>" + b"x" * 4096)


def stalling(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    handler.wfile.write(b"<title>never")
    handler.wfile.flush()
    time.sleep(60)


@pytest.fixture
def house(make_house):
    house = make_house(environment=HOUSE_NETWORKS).start()
    house.people("ana", "ben", "eve")
    return house


def say(house, text, person="ben"):
    return house.post(person, text)["id"]


def previews(house, message, person="eve"):
    return house.api(person, "GET", f"/messages/{message}").json()["message"]["previews"]


def states(house):
    """Of all pages that were linked to, how many are in each state."""
    with contextlib.closing(sqlite3.connect(f"file:{house.folder}/homechat.sqlite3?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT state, COUNT(*) FROM linked_pages GROUP BY state").fetchall())


def shown(house, message):
    return eventually(lambda: previews(house, message))


def test_a_linked_page_is_shown_below_the_message_once_it_was_fetched(house, site):
    site.pages["/cake"] = page()
    message = say(house, f"look: {site.url}/cake#icing")
    (preview,) = shown(house, message)
    assert preview == {
        "id": preview["id"], "url": f"{site.url}/cake", "title": "A cake", "description": "Sweet & round",
        "site_name": "Kitchen", "image_url": None, "image_width": None, "image_height": None}

    (path, headers), = site.asked
    assert path == "/cake"
    assert not {"Cookie", "Authorization", "Referer", "X-Forwarded-For"} & set(headers), headers

    again = say(house, f"{site.url}/cake", person="ana")
    assert previews(house, again) or shown(house, again)
    assert len(site.asked) == 1, "fetched once for all"


def test_a_link_as_people_read_it_is_asked_for_as_browsers_ask(house, site):
    site.pages["/caf%C3%A9/@ana?s%C3%BC%C3%9F=ja"] = page()
    (preview,) = shown(house, say(house, f"{site.url}/café/@ana?süß=ja"))
    assert preview["title"] == "A cake"


@pytest.mark.parametrize("says, sent_as, letters", [
    (b"", "text/html; charset=ISO-8859-1", "latin-1"), (b"<meta charset='Shift_JIS'>", "text/html", "shift-jis"), (b"", "text/html; charset=GBK", "gbk"),
])
def test_a_page_in_letters_of_others_is_read_as_it_says(house, site, says, sent_as, letters):
    title = {"latin-1": "Käse für alle", "shift-jis": "東京ソ", "gbk": "你好"}[letters]
    site.pages["/letters"] = page(says + f"<title>{title}</title>".encode(letters), Content_Type=sent_as)
    (preview,) = shown(house, say(house, f"{site.url}/letters"))
    assert preview["title"] == title


def test_nothing_is_fetched_unless_an_admin_wants_it(make_house, site):
    house = make_house().start()
    house.people("ana", "ben", "eve")
    site.pages["/cake"] = page()
    with Cable(house, "eve").welcomed() as cable:
        assert cable.subscribe("ChatChannel", channel_id=house.channel("eve")["id"])
        message = say(house, f"{site.url}/cake")
        # By now whoever looked at links had heard of it.
        assert cable.payload("message")["message"]["id"] == message
    house.stop()
    assert not site.asked
    assert states(house) == {}


def test_a_member_leads_the_server_nowhere_inside(make_house, site):
    house = make_house(environment={"HOMECHAT_LINK_PREVIEWS": "true"}).start()
    house.people("ana", "ben", "eve")
    site.pages["/cake"] = page()
    port = site.server.server_port
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0x7f000001", "2130706433", "0.0.0.0",
                 "127。0。0。1", "①②⑦.0.0.1", "１２７.0.0.1"]:
        say(house, f"http://{host}:{port}/cake http://{host}/cake")
    say(house, "http://169.254.169.254/latest/meta-data/ http://192.168.1.1/ http://10.0.0.1:80/")
    eventually(lambda: set(states(house)) == {"failed"}, within=60)
    assert not site.asked


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "http://[::1]:{port}/secret", "http://10.0.0.1/", "file:///etc/passwd", "//192.168.0.1/"])
def test_a_page_cannot_send_the_server_on_to_where_it_may_not_go(house, site, target):
    site.pages["/start"] = redirect(target.format(port=site.server.server_port))
    site.pages["/secret"] = page()
    say(house, f"{site.url}/start")
    eventually(lambda: states(house) == {"failed": 1}, within=30)
    assert site.paths() == ["/start"]


@pytest.fixture
def silent_resolver(tmp_path):
    """A homechat whose name server takes questions and never answers; how often it was asked."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.153", 53))
        (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.153\noptions timeout:30 attempts:1\n")
        wrapped = tmp_path / "homechat"
        wrapped.write_text(f"""#!/bin/sh
exec unshare -m sh -c 'mount --bind {tmp_path}/resolv.conf {os.path.realpath("/etc/resolv.conf")} && exec "$0" "$@"' {BINARY} "$@"
""")
        wrapped.chmod(0o755)
        yield str(wrapped), server


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: a name server of its own needs root")
def test_a_name_server_that_is_silent_holds_up_nobody_else(make_house, silent_resolver):
    binary, server = silent_resolver
    house = make_house(binary=binary, environment={"HOMECHAT_LINK_PREVIEWS": "true"}).start()
    house.people("ana", "ben")
    file = house.api("ben", "POST", "/files", files={"file": ("a.txt", b"hello")}).json()["files"][0]
    say(house, " ".join(f"http://slow{number}.example.net/" for number in range(3)))
    server.settimeout(30)
    for _ in range(2):
        server.recv(512)
    began = time.monotonic()
    answer = requests.get(house.url + file["url"], headers={"Authorization": f"Bearer {house.tokens['ben']}"}, timeout=60)
    assert answer.content == b"hello" and time.monotonic() - began < 4
    eventually(lambda: states(house) == {"failed": 3}, within=60)


def test_redirects_are_followed_a_few_times(house, site):
    for step in range(5):
        site.pages[f"/{step}"] = redirect(f"/{step + 1}")
    site.pages["/5"] = page()
    assert shown(house, say(house, f"{site.url}/0"))[0]["title"] == "A cake"
    site.pages["/round"] = redirect("/round")
    say(house, f"{site.url}/round")
    eventually(lambda: states(house).get("failed") == 1)
    assert site.paths().count("/round") == 6


@pytest.mark.parametrize("answer", [
    missing, page(status=500), page(Content_Type="application/pdf"), page(Content_Encoding="gzip"), page(b"<p>no head"),
    page(Content_Type="text/html; charset=iso-2022-jp"), stalling,
    page(Content_Type="image/png"), page(b"\x89PNG\r\n\x1a\nbroken", Content_Type="image/png"),
], ids=["missing", "500", "pdf", "gzip", "untitled", "unreadable", "stalling", "html-as-image", "broken-image"])
def test_what_is_no_page_is_given_up_and_nobody_waits_for_it(house, site, answer):
    site.pages["/x"] = answer
    message = say(house, f"{site.url}/x")
    say(house, "meanwhile")
    eventually(lambda: states(house) == {"failed": 1}, within=30)
    assert previews(house, message) == []


def test_of_an_endless_page_the_head_is_enough(house, site):
    def head_without_end(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.wfile.write(b"<title>Long</title>")
        while True:
            handler.wfile.write(b"<p>" + b"x" * 4096)

    site.pages["/long"] = head_without_end
    site.pages["/none"] = endless
    assert shown(house, say(house, f"{site.url}/long"))[0]["title"] == "Long"
    say(house, f"{site.url}/none")
    eventually(lambda: states(house).get("failed") == 1, within=30)


def test_those_who_listen_are_told_when_the_preview_is_there(house, site):
    site.pages["/cake"] = page()
    with Cable(house, "eve").welcomed() as cable:
        assert cable.subscribe("ChatChannel", channel_id=house.channel("eve")["id"])
        message = say(house, f"{site.url}/cake")
        update = cable.payload("message_updated")
    assert update["message"]["id"] == message
    assert [preview["title"] for preview in update["message"]["previews"]] == ["A cake"]


def test_those_who_listen_are_told_what_becomes_of_a_link_that_is_known(house, site):
    site.pages["/cake"] = page()
    shown(house, say(house, f"{site.url}/cake"))
    with Cable(house, "eve").welcomed() as cable:
        assert cable.subscribe("ChatChannel", channel_id=house.channel("eve")["id"])
        message = say(house, f"again {site.url}/cake")

        def told(kind, titles):
            while True:
                frame = cable.payload(kind)["message"]
                if frame["id"] == message and [preview["title"] for preview in frame["previews"]] == titles:
                    return frame

        assert told("message", [])
        told("message_updated", ["A cake"])
        house.api("ben", "PATCH", f"/messages/{message}", json={"content": "no link any more"}, expect=200)
        told("message_updated", [])


def test_whoever_was_away_hears_of_a_preview_that_was_taken_away(house, site):
    site.pages["/cake"] = page()
    message = say(house, f"{site.url}/cake")
    (preview,) = shown(house, message)
    changes = f"{house.url}/channels/{house.channel('eve')['id']}/changes"

    def missed(since):
        return requests.get(
            changes, params={"after": message, "since": since},
            headers={"Authorization": f"Bearer {house.tokens['eve']}", "Accept": "application/json"}).json()

    since = "2020-01-01T00:00:00Z"
    while (news := missed(since))["updated"]:
        since = news["now"]
    house.api("ben", "DELETE", f"/messages/{message}/previews/{preview['id']}", expect=200)
    (updated,) = missed(since)["updated"]
    assert updated["id"] == message and updated["previews"] == []


def test_the_picture_of_a_page_is_made_anew_and_comes_from_this_server(house, site):
    site.pages["/cake"] = page(b'<title>Cake</title><meta property="og:image" content="/cake.jpg">')
    site.pages["/cake.jpg"] = page(picture("JPEG"), Content_Type="image/jpeg")
    message = say(house, f"{site.url}/cake")
    (preview,) = shown(house, message)
    assert (preview["image_width"], preview["image_height"]) == (800, 400)
    assert preview["image_url"] == f"/messages/{message}/previews/{preview['id']}/image"

    def get(name, **headers):
        return requests.get(house.url + preview["image_url"], headers={"Authorization": f"Bearer {house.tokens[name]}"} | headers, timeout=20)

    answer = get("eve")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"canary" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (800, 400)
    assert get("eve", **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert requests.get(house.url + preview["image_url"], headers={"Accept": "application/json"}, timeout=20).status_code == 401

    house.api("ben", "DELETE", f"/messages/{message}", expect=200)
    assert get("eve").status_code == 404


def test_where_files_are_at_their_bound_a_preview_has_words_alone(make_house, site):
    house = make_house(environment=HOUSE_NETWORKS | {"HOMECHAT_FILES_SERVER_QUOTA": "1M"}).start()
    house.people("ana", "ben", "eve")
    site.pages["/cake"] = page(b'<title>Cake</title><meta property="og:image" content="/cake.png">')
    site.pages["/cake.png"] = page(picture(), Content_Type="image/png")
    house.api("ben", "POST", "/files", files={"file": ("a.txt", b"x" * (1 << 20))}, expect=201)
    (preview,) = shown(house, say(house, f"{site.url}/cake"))
    assert preview["title"] == "Cake" and preview["image_url"] is None


def test_a_linked_picture_shows_itself(house, site):
    site.pages["/garden.png"] = page(picture(), Content_Type="image/png")
    (preview,) = shown(house, say(house, f"{site.url}/garden.png"))
    assert (preview["title"], preview["site_name"], preview["image_width"]) == ("garden.png", "127.0.0.1", 800)


def test_a_page_whose_picture_is_none_is_shown_in_words(house, site):
    for number, answer in enumerate([missing, page(b"<svg/>", Content_Type="image/svg+xml"), page(b"x" * (6 << 20), Content_Type="image/png"), redirect("http://169.254.169.254/")]):
        site.pages[f"/{number}"] = page(b'<title>Words</title><meta property="og:image" content="/%d.png">' % number)
        site.pages[f"/{number}.png"] = answer
        (preview,) = shown(house, say(house, f"{site.url}/{number}"))
        assert (preview["title"], preview["image_url"]) == ("Words", None)


def test_its_author_takes_the_preview_away_and_others_cannot(house, site):
    site.pages["/cake"] = page()
    message = say(house, f"{site.url}/cake")
    (preview,) = shown(house, message)
    path = f"/messages/{message}/previews/{preview['id']}"
    assert house.api("eve", "DELETE", path).status_code == 403
    assert house.api("ben", "DELETE", path).json()["message"]["previews"] == []
    assert house.api("ben", "DELETE", path).status_code == 404
    assert previews(house, message) == []


def test_no_address_that_somebody_sent_is_in_the_log(house, site):
    site.pages["/canary-cake"] = page()
    shown(house, say(house, f"{site.url}/canary-cake"))
    say(house, f"{site.url}/canary-missing")
    eventually(lambda: states(house).get("failed") == 1)
    assert "canary" not in house.log_text()
