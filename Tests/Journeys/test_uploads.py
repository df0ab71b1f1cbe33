"""Files come in: by each door that takes them, from clients as they are, and what becomes of them."""

import concurrent.futures
import json
import re
import socket
import subprocess

import pytest
import requests
from house import SCOPES, eventually
from outside import needs
from sent_files import PDF, database, place, png
from test_accounts import Browser
from test_incoming_webhooks import Bot, refused, said
from uploading import FORM, fetch, fetched, file_part, form, incoming, part, require_nothing_left, send, stored, waiting

TEXT = b"Eggs, milk, and something for the cat.\n"


def home(house, who="ana", room="home"):
    return house.channel(who, room)["id"]


def last(house, room="home", who="ana"):
    return house.messages(who, home(house, who, room))[-1]


def upload(house, who, *files, expect=201):
    """Files that wait, as the API answers."""
    named = [("file", (name, content)) for name, content in files]
    return house.api(who, "POST", "/files", expect=expect, files=named).json()


@pytest.mark.parametrize("field", ["files[]", "files", "file", "message[files][]"])
def test_a_message_with_files_by_form(shared_house, field):
    house = shared_house
    picture = png(40, 30)
    answer = house.api(
        "ana", "POST", f"/channels/{home(house)}/messages", expect=200, data={"content": f"for you, as {field}"},
        files=[(field, ("list.txt", TEXT, "image/jpeg")), (field, ("cat.png", picture, "text/html"))])
    message = answer.json()["message"]
    assert message["content"] == f"for you, as {field}"
    text, cat = message["files"]
    assert (text["filename"], text["content_type"], text["byte_size"]) == ("list.txt", "text/plain", len(TEXT))
    assert (cat["filename"], cat["content_type"], cat["width"], cat["height"]) == ("cat.png", "image/png", 40, 30)
    assert fetched(house, "ben", text) == TEXT and fetched(house, "ben", cat).startswith(b"\x89PNG")
    assert last(house)["files"] == message["files"] and not incoming(house) and waiting(house) == 0


def test_a_message_may_be_files_alone_and_none_is_nothing(shared_house):
    house, path = shared_house, f"/channels/{home(shared_house)}/messages"
    message = house.api("ana", "POST", path, expect=200, files={"file": ("a.txt", TEXT)}).json()["message"]
    assert message["content"] == "" and len(message["files"]) == 1
    for body in (form(part('name="content"', "  ")), form(part('name="file"; filename=""', ""))):
        assert send(house, "ana", path, body).status_code in (400, 422)
    assert send(house, "ana", path, form(part('name="content"', "words"), part('name="file"; filename=""', ""))).ok
    assert last(house)["content"] == "words" and last(house)["files"] == []


def test_the_other_doors_of_the_api(shared_house):
    house = shared_house
    ids = {name: house.api(name, "GET", "/me", expect=200).json()["id"] for name in ("ana", "ben")}
    file = {"files[]": ("a.txt", TEXT)}
    posted = house.api("ana", "POST", "/messages", expect=200, data={"room": "garden", "message": "soil"}, files=file).json()
    assert posted["message"]["channel"] == "garden" and len(posted["message"]["files"]) == 1
    for path, field in ((f"/users/{ids['ben']}/messages", "message"), (f"/direct_messages/{ids['ben']}", "content")):
        sent = house.api("ana", "POST", path, expect=200, data={field: "between us"}, files=file).json()["data"]
        talk = house.api("ben", "GET", f"/direct_messages/{ids['ana']}", expect=200).json()
        assert talk["messages"][0]["id"] == sent["id"] and fetched(house, "ben", talk["messages"][0]["files"][0]) == TEXT
        key = talk["messages"][0]["files"][0]["url"]
        assert fetch(house, "eve", {"url": key}).status_code == 404


def test_media_as_home_assistant_sends_it(shared_house):
    """Wire contract, 2.3: the type first and always image/jpeg, the name percent-encoded, no caption where there is none."""
    house, path = shared_house, f"/channels/{home(shared_house)}/media"
    picture = (
        f"--{FORM['Content-Type'].split('=')[1]}\r\nContent-Type: image/jpeg\r\n"
        'Content-Disposition: form-data; name="files[]"; filename="my%20snap%20%281%29.png"\r\n\r\n').encode() + png() + b"\r\n"
    caption = part('name="caption"', "The door", "Content-Type: text/plain; charset=utf-8")
    answer = send(house, "ben", path, form(picture, caption), expect=200).json()
    assert answer["success"] is True and isinstance(answer["message"], str)
    message = last(house)
    assert answer["data"] == {"id": message["id"], "channel_id": message["channel_id"], "files": ["my snap (1).png"]}
    assert answer["files"] == message["files"] and message["files"][0]["content_type"] == "image/png"
    assert message["content"] == "The door"
    assert send(house, "ben", path, form(picture), expect=200).ok and last(house)["content"] == "Attachment"
    none = send(house, "ben", path, form(caption), expect=400).json()
    assert "files[]" in none["error"]


def test_files_wait_for_their_message_and_are_named_by_id(shared_house):
    house, path = shared_house, f"/channels/{home(shared_house)}/messages"
    answer = upload(house, "ana", ("a.txt", TEXT), ("b.pdf", PDF))
    assert answer["success"] is True
    first, second = answer["files"]
    assert fetched(house, "ana", first) == TEXT
    assert fetch(house, "ben", first).status_code == 404, "it is nobody else's yet"
    ids = [second["id"], first["id"]]
    assert house.api("ben", "POST", path, expect=422, json={"content": "mine?", "file_ids": ids}).json()["errors"]
    message = house.api("ana", "POST", path, expect=200, json={"file_ids": ids}).json()["message"]
    assert [file["id"] for file in message["files"]] == ids and message["content"] == ""
    assert fetched(house, "ben", first) == TEXT
    for again in (ids, ids[:1], [999999]):
        assert "file_ids" in house.api("ana", "POST", path, expect=422, json={"content": "again", "file_ids": again}).json()["error"]
    assert house.api("ana", "DELETE", f"/files/{first['id']}").status_code == 404, "it has its message now"


@pytest.mark.parametrize("kind", ["json", "repeated", "list", "text", "form"])
def test_ids_in_each_kind_of_body(shared_house, kind):
    house, path = shared_house, f"/channels/{home(shared_house)}/messages"
    ids = [file["id"] for file in upload(house, "ana", ("a.txt", TEXT), ("b.txt", TEXT + b"b"))["files"]]
    bodies = {
        "json": {"json": {"content": "x", "file_ids": [str(one) for one in ids]}},
        "repeated": {"data": [("content", "x")] + [("file_ids", one) for one in ids]},
        "list": {"data": [("content", "x")] + [("file_ids[]", one) for one in ids]},
        "text": {"data": {"content": "x", "file_ids": ",".join(map(str, ids))}},
        "form": {"data": [("content", "x")] + [("file_ids", one) for one in ids], "files": {"file": ("c.txt", b"one more")}},
    }
    message = house.api("ana", "POST", path, expect=200, **bodies[kind]).json()["message"]
    names = [file["filename"] for file in message["files"]]
    assert names == (["c.txt"] if kind == "form" else []) + ["a.txt", "b.txt"]


def test_what_waits_can_be_taken_back_by_whoever_sent_it(house):
    before = stored(house)
    kept = upload(house, "ana", ("a.txt", TEXT))["files"][0]
    assert house.api("ben", "DELETE", f"/files/{kept['id']}").status_code == 404
    assert house.api("ana", "DELETE", f"/files/{kept['id']}", expect=200).json()["success"] is True
    assert house.api("ana", "DELETE", f"/files/{kept['id']}").status_code == 404
    assert fetch(house, "ana", kept).status_code == 404
    require_nothing_left(house, before)


def test_a_token_for_some_channels_has_what_came_by_it_and_nothing_else(house):
    """What its owner uploads meanwhile may be for another channel, and numbers are easily guessed."""
    options = [f"--scope={scope}" for scope in ("messages:read", "messages:write")] + ["--channel=home"]
    for token in ("doorbell", "camera"):
        house.tokens[token] = house.cli(
            "token", "create", "--user", "ben", "--name", token, *options, "--quiet").stdout.strip()
    elsewhere = upload(house, "ben", ("plan.txt", TEXT))["files"][0]
    other = upload(house, "camera", ("camera.txt", TEXT))["files"][0]
    path = f"/channels/{home(house)}/messages"
    for file in (elsewhere, other):
        posted = house.api("doorbell", "POST", path, json={"content": "x", "file_ids": [file["id"]]})
        assert posted.status_code == 422 and "not yours" in posted.text
        assert house.api("doorbell", "DELETE", f"/files/{file['id']}").status_code == 404
        assert fetch(house, "doorbell", file).status_code == 404
        assert fetch(house, "ben", file).status_code == 200, "its owner has all of them"
    own, more = upload(house, "doorbell", ("a.txt", TEXT), ("b.txt", TEXT))["files"]
    assert fetch(house, "doorbell", own).status_code == 200
    house.api("doorbell", "DELETE", f"/files/{more['id']}", expect=200)
    house.api("doorbell", "POST", path, expect=200, json={"content": "x", "file_ids": [own["id"]]})
    house.api("ben", "POST", path, expect=200, json={"content": "x", "file_ids": [elsewhere["id"], other["id"]]})
    assert [file["filename"] for file in last(house)["files"]] == ["plan.txt", "camera.txt"]
    assert fetch(house, "doorbell", elsewhere).status_code == 200, "by the rule of its message now"


def test_the_page_uploads_and_sends_without_scripts(house):
    ben, path = Browser(house), f"/channels/{home(house)}"
    ben.sign_in("ben")
    token = re.search(r'name="csrf_token" value="([^"]*)"', ben.page(path))[1]
    fields, file = [("csrf_token", token), ("message[content]", "from a form")], ("message[files][]", ("list.txt", TEXT))
    answer = ben.post(f"{house.url}{path}/messages", data=fields, files=[file, ("message[files][]", ("", b""))],
                      headers={"Accept": "text/html"}, timeout=20, allow_redirects=False)
    assert answer.status_code == 303 and answer.headers["Location"] == path
    message = last(house)
    assert message["content"] == "from a form" and [one["filename"] for one in message["files"]] == ["list.txt"]
    refused = ben.post(f"{house.url}{path}/messages", data=fields, files=[("message[files][]", ("a.zip", b"PK\3\4" + b"\0" * 30))],
                       headers={"Accept": "text/html"}, timeout=20)
    assert refused.status_code == 415 and "a.zip" in refused.text and "<html" in refused.text
    assert last(house)["id"] == message["id"] and waiting(house) == 0


def test_the_page_takes_files_only_with_its_own_token(house):
    ben, before = Browser(house), stored(house)
    ben.sign_in("ben")
    token = re.search(r'name="csrf_token" value="([^"]*)"', ben.page("/channels/1"))[1]
    url, file = f"{house.url}/files", {"file": ("a.txt", TEXT)}
    kept = ben.post(url, files=file, headers={"X-CSRF-Token": token, "Accept": "application/json"}, timeout=20)
    assert kept.status_code == 201 and kept.json()["files"][0]["filename"] == "a.txt"
    gone = ben.delete(f"{url}/{kept.json()['files'][0]['id']}", headers={"X-CSRF-Token": token}, timeout=20)
    assert gone.status_code == 200
    assert ben.post(url, files=file, timeout=20).status_code == 403
    assert ben.post(url, files=file, headers={"X-CSRF-Token": token[:-1] + "x"}, timeout=20).status_code == 403
    # Before the files, so that nothing is written for a form that is not ours.
    body = form(file_part("a.txt", TEXT), part('name="csrf_token"', token))
    assert ben.post(url, data=body, headers=FORM, timeout=20).status_code == 403
    early = form(part('name="csrf_token"', token), file_part("a.txt", TEXT))
    assert ben.post(url, data=early, headers=FORM, timeout=20).status_code == 201
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert ben.post(url, data=early, headers=FORM | elsewhere, timeout=20).status_code == 403
    assert requests.post(url, files=file, headers={"Accept": "application/json"}, timeout=20).status_code == 401
    assert stored(house)[2] == before[2] + 1


def ask(house, who, path, length, **headers):
    """Says what it would send, and waits for a word before it does."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as line:
        head = {"Host": "h", "Authorization": f"Bearer {house.tokens[who]}", "Content-Length": length,
                "Expect": "100-continue"} | FORM | headers
        line.sendall(f"POST /api/v1{path} HTTP/1.1\r\n".encode() + b"".join(f"{k}: {v}\r\n".encode() for k, v in head.items()) + b"\r\n")
        return int(line.recv(4096).split()[1])


def test_who_may_not_is_told_before_anything_is_sent(house):
    house.tokens["reader"] = house.token("ana", "messages:read", "channels:read")
    secret = house.api("ana", "POST", "/channels", expect=201, json={"name": "family", "private": True}).json()["id"]
    me = house.api("ana", "GET", "/me", expect=200).json()["id"]
    length, own = 5 << 20, f"/channels/{home(house)}/messages"
    assert ask(house, "ana", own, length) == 100
    assert ask(house, "reader", own, length) == 403
    assert ask(house, "reader", "/files", length) == 403
    for door in ("messages", "media"):
        assert ask(house, "ben", f"/channels/{secret}/{door}", length) == 404
        assert ask(house, "ben", f"/channels/999/{door}", length) == 404
    assert ask(house, "ana", "/users/999/messages", length) == 404
    assert ask(house, "ana", f"/users/{me}/messages", length) == 400
    assert ask(house, "ana", own, 200 << 20) == 413, "more than ten files of ten megabytes"
    assert ask(house, "ana", own, length, **{"Content-Encoding": "gzip"}) == 415
    assert ask(house, "ana", own, length, **{"Content-Type": "multipart/form-data"}) == 400
    house.tokens["nobody"] = "hc_nothing"
    assert ask(house, "nobody", own, length) == 401
    assert ask(house, "ana", "/webhooks/none", length) == 404
    assert not incoming(house)


def test_a_room_by_name_is_settled_before_its_files(house):
    secret = house.api("ana", "POST", "/channels", expect=201, json={"name": "secret", "private": True}).json()["id"]
    length = 5 << 20
    assert ask(house, "ben", "/messages?room=secret", length) == 403
    assert ask(house, "ben", f"/messages?channel_id={secret}", length) == 404
    assert ask(house, "ana", "/messages?room=secret", length) == ask(house, "ben", "/messages?room=not-made-yet", length) == 100
    assert ask(house, "ben", "/messages", length) == 100
    for fields in ([part('name="room"', "secret")], [part('name="channel_id"', str(secret))]):
        with socket.create_connection(("127.0.0.1", house.port), timeout=20) as line:
            begun = form(*fields, file_part("a.txt", TEXT))[:-20]
            line.sendall(f"POST /api/v1/messages HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {house.tokens['ben']}\r\nContent-Length: {length}\r\n"
                         f"Content-Type: {FORM['Content-Type']}\r\n\r\n".encode() + begun)
            assert line.recv(4096).split()[1] in (b"403", b"404"), "with most of it still to come"
    # Behind the files it is looked at with the message.
    answer = send(house, "ben", "/messages", form(file_part("a.txt", TEXT), part('name="room"', "secret")))
    assert answer.status_code == 403
    rooms = [channel["name"] for channel in house.api("ana", "GET", "/channels", expect=200).json()["channels"]]
    assert "not-made-yet" not in rooms
    require_nothing_left(house, ([], 0, 0))


def test_limits_are_asked_before_too(make_house):
    house = make_house(limits=True, environment={"HOMECHAT_RATE_LIMIT_UPLOAD_LIMIT": "3"}).start()
    house.people("ana", "ben")
    upload(house, "ana", ("a.txt", TEXT), ("b.txt", TEXT))
    upload(house, "ana", ("a.txt", TEXT))
    answer = house.api("ana", "POST", "/files", files={"file": ("a.txt", TEXT)})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0 and '"upload"' in answer.headers["RateLimit"]
    assert ask(house, "ana", "/files", 5 << 20) == 429
    upload(house, "ben", ("a.txt", TEXT))
    assert house.post("ana", "words go on")["content"] == "words go on"


def test_trying_again_with_a_nonce_keeps_no_second_file(house):
    path = f"/channels/{home(house)}/messages"
    options = {"data": {"content": "once", "nonce": "n1"}, "files": {"file": ("a.txt", TEXT)}}
    first = house.api("ana", "POST", path, expect=200, **options).json()["message"]
    before = stored(house)
    assert house.api("ana", "POST", path, expect=200, **options).json()["message"] == first
    require_nothing_left(house, before)


@pytest.mark.parametrize("fields, status", [
    ({"content": "x" * 10_001}, 422), ({"content": "a\0b"}, 422), ({"thread_id": "999"}, 422), ({"nonce": "ä"}, 422),
    ({"file_ids": "999"}, 422), ({"file_ids": "x"}, 422)])
def test_the_files_of_a_refused_message_are_taken_back(house, fields, status):
    before = stored(house)
    answer = house.api("ana", "POST", f"/channels/{home(house)}/messages", data=fields, files={"file": ("a.txt", TEXT)})
    assert answer.status_code == status and next(iter(fields)) in answer.json()["error"].replace("message", "content")
    require_nothing_left(house, before)


def test_a_caption_may_say_something_by_a_command_and_do_nothing(house):
    ben, path = Browser(house), f"{house.url}/channels/{home(house)}/messages"
    ben.sign_in("ben")
    token = re.search(r'name="csrf_token" value="([^"]*)"', ben.page("/channels/1"))[1]
    ben.headers.update({"X-CSRF-Token": token, "Accept": "application/json"})

    def say(text):
        return ben.post(path, data={"content": text}, files={"message[files][]": ("a.txt", TEXT)}, timeout=20)

    assert say("/shrug").status_code == 201 and len(last(house)["files"]) == 1 and "ツ" in last(house)["content"]
    assert say("//literally").json()["message"]["content"] == "/literally" and len(last(house)["files"]) == 1
    before = stored(house)
    for text in ("/status busy", "/help", "/nonsense"):
        assert say(text).status_code == 422
    require_nothing_left(house, before)


def test_the_next_state_of_a_card_brings_its_own_files(house):
    card = {"room": "home", "message": "camera", "key": "camera"}
    for content in (b"first", b"second"):
        house.api("ana", "POST", "/messages", expect=200, data=card, files={"file": ("view.txt", content)})
    messages = [one for one in house.messages("ana", home(house)) if one["key"] == "camera"]
    assert len(messages) == 1 and fetched(house, "ben", messages[0]["files"][0]) == b"second"
    eventually(lambda: stored(house)[1:] == (1, 1))


def test_the_same_bytes_from_many_at_once_lie_there_once(house):
    picture, path = png(300, 200), f"/channels/{home(house)}/messages"

    def post(number):
        who = ("ana", "ben", "eve")[number % 3]
        return house.api(who, "POST", path, data={"content": f"{number}"}, files={"file": (f"{number}.png", picture)})

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(post, range(12)))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    files = [answer.json()["message"]["files"][0] for answer in answers]
    assert len({file["url"] for file in files}) == 12
    assert {fetched(house, "ana", file) for file in files} == {fetched(house, "ana", files[0])}
    eventually(lambda: stored(house)[1:] == (1, 12) and len(stored(house)[0]) == 2)  # with its preview
    for folder in (house.folder / "files", *(house.folder / "files").glob("*")):
        assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (house.folder / "files").glob("??/*"))


def test_limited_accounts_send_files_and_nobody_does_while_all_is_read_only(house):
    house.cli("user", "create", "kim", "--role", "limited", "--channel", "home", "--password-stdin", stdin="correct horse battery\n")
    house.tokens["kim"] = house.token("kim", *SCOPES)
    kept = upload(house, "kim", ("a.txt", TEXT))["files"]
    path = f"/channels/{home(house)}/messages"
    house.api("kim", "POST", path, expect=200, json={"content": "mine", "file_ids": [kept[0]["id"]]})
    assert house.api("kim", "POST", path, data={"content": "[x](https://example.org)"}, files={"file": ("a.txt", TEXT)}).status_code == 422
    before = stored(house)
    house.cli("emergency", "read-only", "on")
    for where in ("/files", path):
        answer = house.api("ana", "POST", where, files={"file": ("a.txt", TEXT)})
        assert answer.status_code == 503 and answer.json()["read_only"] is True
    require_nothing_left(house, before)


# Bots

def webhook(bot, fields=(), files=(), headers=None, url=None):
    parts = [(name, (None, text)) for name, text in fields] + list(files)
    prepared = requests.Request("POST", url or bot.url, files=parts).prepare()
    body = prepared.body
    signed = {"X-HomeChat-Signature": bot.signature(body)} if headers is None else headers
    return requests.post(url or bot.url, data=body, headers={"Content-Type": prepared.headers["Content-Type"]} | signed, timeout=30)


FILE = ("files[]", ("door.png", png()))


def test_a_webhook_takes_pictures_with_its_signature(house):
    bot = Bot(house, "camera")
    answer = webhook(bot, {"message": "Somebody is there", "room": "home"}.items(), [FILE, ("file", ("log.txt", TEXT))])
    assert answer.status_code == 200, answer.text
    message = last(house)
    assert message["id"] == answer.json()["message_id"] and message["message_type"] == "bot"
    assert message["content"] == "Somebody is there" and [one["filename"] for one in message["files"]] == ["door.png", "log.txt"]
    assert webhook(bot, {"room": "home", "sender": "Porch"}.items(), [FILE]).status_code == 200
    assert last(house)["content"] == "" and last(house)["label"] == "Porch" and len(last(house)["files"]) == 1
    assert webhook(bot, {"payload": json.dumps({"message": "as JSON", "room": "home"})}.items(), [FILE]).status_code == 200
    assert last(house)["content"] == "as JSON" and len(last(house)["files"]) == 1
    assert webhook(bot, {"message": "a form without files", "room": "home"}.items()).status_code == 200
    assert last(house)["content"] == "a form without files"


def test_the_bearer_secret_and_the_secret_address_take_files_too(house):
    bearer = Bot(house, "bearer", credential="bearer")
    proof = {"Authorization": f"Bearer {bearer.secret}"}
    assert webhook(bearer, {"message": "b", "room": "home"}.items(), [FILE], headers=proof).status_code == 200
    hidden = Bot(house, "hidden", credential="url")
    answer = webhook(hidden, {"text": "u", "channel": "home"}.items(), [FILE], headers={}, url=hidden.secret_url)
    assert answer.status_code == 200 and answer.text == "ok"
    assert said(house, "home")[-2:] == ["b", "u"] and len(last(house)["files"]) == 1


def test_what_does_not_prove_itself_leaves_nothing(house):
    bot, bearer = Bot(house, "door"), Bot(house, "bearer", credential="bearer")
    before, written = stored(house), len(refused(house))
    fields = {"message": "forged", "room": "home"}.items()
    wrong = [
        webhook(bot, fields, [FILE], headers={}), webhook(bot, fields, [FILE], headers={"X-HomeChat-Signature": "sha256=" + "0" * 64}),
        webhook(bearer, fields, [FILE], headers={"Authorization": "Bearer " + "0" * 64}),
        webhook(bot, fields, [FILE], headers={"X-HomeChat-Signature": bot.signature(b""), "X-HomeChat-Timestamp": "1"})]
    assert [answer.status_code for answer in wrong] == [401] * 4
    assert len(refused(house)) == written + 4
    assert webhook(bot, fields, [FILE], headers={}, url=f"{house.url}/hooks/{'0' * 64}").status_code == 404
    # One byte of the picture is another one than was signed.
    prepared = requests.Request("POST", bot.url, data=list(fields), files=[FILE]).prepare()
    body = bytearray(prepared.body)
    signature = bot.signature(bytes(body))
    body[body.index(b"IDAT") + 9] ^= 1
    answer = requests.post(bot.url, data=bytes(body), timeout=20, headers={
        "Content-Type": prepared.headers["Content-Type"], "X-HomeChat-Signature": signature})
    assert answer.status_code == 401
    require_nothing_left(house, before)
    assert "forged" not in said(house, "home")


def test_a_signed_time_counts_for_forms_too(house):
    bot = Bot(house, "clock")
    prepared = requests.Request("POST", bot.url, data={"message": "now", "room": "home"}, files=[FILE]).prepare()
    for time, status in ((str(int(subprocess.check_output(["date", "+%s"]))), 200), ("1600000000", 401)):
        headers = {"Content-Type": prepared.headers["Content-Type"], "X-HomeChat-Timestamp": time,
                   "X-HomeChat-Signature": bot.signature(time.encode() + b"." + prepared.body)}
        assert requests.post(bot.url, data=prepared.body, headers=headers, timeout=20).status_code == status


def test_a_delivery_that_is_repeated_or_refused_keeps_no_file(house):
    bot, fields = Bot(house, "door"), {"message": "once", "room": "home"}
    prepared = requests.Request("POST", bot.url, data=fields, files=[FILE]).prepare()
    headers = {"Content-Type": prepared.headers["Content-Type"], "X-HomeChat-Signature": bot.signature(prepared.body),
               "X-HomeChat-Delivery": "d1"}
    assert requests.post(bot.url, data=prepared.body, headers=headers, timeout=20).json()["message"] == "posted"
    before = stored(house)
    assert "before" in requests.post(bot.url, data=prepared.body, headers=headers, timeout=20).json()["message"]
    for fields in ({"action": "command", "command": "ping"}, {"message": "x", "channel_id": "999"}, {"message": "x", "key": "ä ö"}):
        assert webhook(bot, fields.items(), [FILE]).status_code == 422
    assert webhook(bot, {"message": "x"}.items(), [("photo", ("a.png", png()))]).status_code == 422
    assert webhook(bot, {"message": "x"}.items(), [("files[]", ("a.zip", b"PK\3\4" + b"\0" * 30))]).status_code == 415
    require_nothing_left(house, before)


def test_a_bot_with_a_token_answers_with_a_file(house):
    house.tokens["bots"] = house.token("ana", "bots", *SCOPES)
    made = house.api("bots", "POST", "/bots", expect=200, json={"name": "painter", "bot_type": "api"}).json()["bot"]
    house.tokens["painter"] = made["token"]
    house.api("ana", "POST", f"/channels/{home(house)}/invite", json={"username": "painter"})
    asked = house.post("ana", "a picture, please")
    channel = asked["channel_id"]
    answer = house.api("painter", "POST", f"/channels/{channel}/messages", data={"content": "here", "reply_to_id": asked["id"]},
                       files={"file": ("art.png", png())})
    assert answer.status_code == 200, answer.text
    assert last(house)["user"]["username"] == "painter" and last(house)["reply_to"]["id"] == asked["id"]
    assert len(last(house)["files"]) == 1


def test_bytes_are_known_by_what_they_are_when_written_down(house):
    with database(house) as tx:
        assert tx.execute("SELECT COUNT(*) FROM file_contents").fetchone() == (0,)
    upload(house, "ana", ("a.txt", TEXT))
    with database(house) as tx:
        (name, digest), = tx.execute("SELECT stored_as, sha256 FROM file_contents").fetchall()
    assert place(house, name).read_bytes() == TEXT
    assert subprocess.check_output(["sha256sum", place(house, name)]).split()[0].decode() == digest


def test_a_new_folder_is_on_the_disk_before_a_row_names_what_is_in_it(house, tmp_path):
    house.stop()
    trace, traced = tmp_path / "trace", tmp_path / "traced"
    traced.write_text(f"#!/bin/sh\nexec {needs('strace')} -D -f -qq -o {trace} -P {house.folder}/files -e trace=fsync {house.binary} \"$@\"\n")
    traced.chmod(0o755)
    house.binary = traced
    house.start()
    upload(house, "ana", *((f"{number}.txt", b"%d" % number) for number in range(5)))
    house.stop()
    assert trace.read_text().count("fsync(") == len(list(house.folder.glob("files/??")))
