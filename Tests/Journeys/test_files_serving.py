"""What people sent, on its way out: to whom, how much of it, and as what."""

import hashlib
import uuid

import pytest
import requests

from house import PASSWORD
from ingress import Ingress
from sent_files import PDF, place, png, send, wav

DATA = bytes(range(256)) * 1000


def get(house, name, path, method="GET", **headers):
    who = {"Authorization": f"Bearer {house.tokens[name]}"} if name else {}
    return requests.request(
        method, house.url + path, headers=who | headers, timeout=20, allow_redirects=False)


@pytest.fixture(scope="module")
def sent(shared_house):
    return send(shared_house, "ana", DATA, "données 1.bin", "application/octet-stream")


def test_a_file_comes_as_it_was_sent(shared_house, sent):
    answer = get(shared_house, "ben", f"/files/{sent.key}")
    assert answer.status_code == 200 and answer.content == DATA
    headers = answer.headers
    assert headers["Content-Type"] == "application/octet-stream" and headers["Content-Length"] == "256000"
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"donn_es 1.bin\"; filename*=UTF-8''donn%C3%A9es%201.bin")
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'")
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-cache", "everybody here may read #home"
    assert sent.name not in str(headers), "where it lies is nobody's business"


def test_a_head_is_the_answer_without_the_bytes(shared_house, sent):
    whole, head = get(shared_house, "ben", f"/files/{sent.key}"), get(shared_house, "ben", f"/files/{sent.key}", "HEAD")
    assert head.status_code == 200 and head.content == b""
    for name in ("Content-Length", "Content-Type", "Content-Disposition", "ETag", "Content-Security-Policy", "Cache-Control"):
        assert head.headers[name] == whole.headers[name], name
    part = get(shared_house, "ben", f"/files/{sent.key}", "HEAD", Range="bytes=0-9")
    assert part.status_code == 200 and part.headers["Content-Length"] == "256000"


@pytest.mark.parametrize("wanted, first, last", [
    ("bytes=0-9", 0, 9), ("bytes=255990-", 255_990, 255_999), ("bytes=-10", 255_990, 255_999),
    ("bytes=131000-131100", 131_000, 131_100), ("bytes=255999-999999999999", 255_999, 255_999)])
def test_a_part(shared_house, sent, wanted, first, last):
    answer = get(shared_house, "ben", f"/files/{sent.key}", Range=wanted)
    assert answer.status_code == 206 and answer.content == DATA[first:last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/256000"
    assert answer.headers["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("wanted", ["bytes=0-0,5-5", "bytes=" + "0-," * 500 + "1-", "bytes=9-1", "lines=1-2", "bytes=x"])
def test_what_is_no_single_range_gives_the_whole_once(shared_house, sent, wanted):
    answer = get(shared_house, "ben", f"/files/{sent.key}", Range=wanted)
    assert answer.status_code == 200 and answer.content == DATA


@pytest.mark.parametrize("wanted", ["bytes=256000-", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_range_behind_the_end(shared_house, sent, wanted):
    answer = get(shared_house, "ben", f"/files/{sent.key}", Range=wanted)
    assert answer.status_code == 416 and answer.headers["Content-Range"] == "bytes */256000"


def test_conditions(shared_house, sent):
    tag = get(shared_house, "ben", f"/files/{sent.key}").headers["ETag"]
    assert tag == '"' + hashlib.sha256(DATA).hexdigest()[:32] + '"'
    for condition in (tag, "W/" + tag, f'"other", {tag}', "*"):
        kept = get(shared_house, "ben", f"/files/{sent.key}", **{"If-None-Match": condition})
        assert kept.status_code == 304 and kept.content == b"" and kept.headers["ETag"] == tag
        assert kept.headers["Cache-Control"] == "private, no-cache"
        assert "sandbox" in kept.headers["Content-Security-Policy"]
    assert get(shared_house, "ben", f"/files/{sent.key}", **{"If-None-Match": '"other"'}).status_code == 200
    assert get(shared_house, "ben", f"/files/{sent.key}", **{"If-Match": '"other"'}).status_code == 412
    assert get(shared_house, "ben", f"/files/{sent.key}", **{"If-Match": tag}).status_code == 200
    part = {"Range": "bytes=0-9", "If-Range": tag}
    assert get(shared_house, "ben", f"/files/{sent.key}", **part).status_code == 206
    for other in ('"other"', "W/" + tag, "Thu, 26 Nov 2026 08:00:00 GMT"):
        whole = get(shared_house, "ben", f"/files/{sent.key}", **part | {"If-Range": other})
        assert whole.status_code == 200 and len(whole.content) == 256_000


@pytest.mark.parametrize("headers, status, words", [
    ({"If-Match": '"other"'}, 412, "changed"), ({"Range": "bytes=256000-"}, 416, "before the part")])
def test_who_reads_a_page_is_told_what_does_not_fit(shared_house, sent, headers, status, words):
    page = get(shared_house, "ben", f"/files/{sent.key}", Accept="text/html", **headers)
    assert page.status_code == status and words in page.text and "not your fault" not in page.text
    script = get(shared_house, "ben", f"/files/{sent.key}", **headers)
    assert script.status_code == status and script.json()["success"] is False and script.json()["error"]


def test_a_script_with_a_wrong_token_is_not_sent_to_sign_in(shared_house, sent):
    """`curl -L` would keep the page as the file."""
    for path in (f"/files/{sent.key}", f"/files/{sent.key}/thumbnail", "/messages/1/previews/1/image"):
        for header in ({"Authorization": "Bearer nonsense"}, {"X-API-Key": "nonsense"}):
            answer = get(shared_house, None, path, **header)
            assert answer.status_code == 401 and answer.json()["success"] is False, (path, header, answer.text)
        person = get(shared_house, None, path, Accept="text/html,*/*")
        assert person.status_code == 303 and "/signin" in person.headers["Location"]
    assert get(shared_house, "ben", "/files/none").json()["success"] is False


def test_an_empty_file(shared_house):
    empty = send(shared_house, "ana", b"", "empty.txt", "text/plain")
    answer = get(shared_house, "ben", f"/files/{empty.key}")
    assert answer.status_code == 200 and answer.content == b"" and answer.headers["Content-Length"] == "0"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert get(shared_house, "ben", f"/files/{empty.key}", Range="bytes=0-").status_code == 416
    assert get(shared_house, "ben", f"/files/{empty.key}", Range="bytes=-5").status_code == 200


SHOWN = [("image/png", png()), ("image/jpeg", b"\xff\xd8"), ("image/gif", b"GIF89a"), ("image/webp", b"RIFF"),
         ("application/pdf", PDF), ("video/mp4", b"mp4"), ("audio/mpeg", b"mp3")]
SAVED = [("image/svg+xml", b"<svg onload='alert(1)'/>"), ("text/html", b"<script>alert(1)</script>"),
         ("application/xhtml+xml", b"<html/>"), ("text/plain", b"words"), ("application/zip", b"PK"), ("image/tiff", b"II*"),
         ("application/javascript", b"alert(1)"), ("text/xml", b"<a/>")]


@pytest.mark.parametrize("type, data", SHOWN)
def test_what_browsers_show_is_shown_unless_somebody_wants_to_keep_it(shared_house, type, data):
    file = send(shared_house, "ana", data + uuid.uuid4().bytes, "x.bin", type)
    answer = get(shared_house, "ben", f"/files/{file.key}")
    assert answer.headers["Content-Disposition"].startswith("inline;") and answer.headers["Content-Type"] == type
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    # Safari shows nothing of a sandboxed PDF.
    assert ("sandbox" in answer.headers["Content-Security-Policy"]) == (type != "application/pdf")
    assert "script" not in answer.headers["Content-Security-Policy"]
    kept = get(shared_house, "ben", f"/files/{file.key}?download=1")
    assert kept.headers["Content-Disposition"].startswith("attachment;")
    assert kept.headers["Content-Security-Policy"].endswith("sandbox; frame-ancestors 'self'")
    assert get(shared_house, "ben", f"/files/{file.key}?download=perhaps").status_code == 422


@pytest.mark.parametrize("type, data", SAVED)
def test_everything_else_is_only_saved(shared_house, type, data):
    file = send(shared_house, "ana", data + uuid.uuid4().bytes, "x.bin", type)
    for path in (f"/files/{file.key}", f"/files/{file.key}?download=0"):
        answer = get(shared_house, "ben", path)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].endswith("sandbox; frame-ancestors 'self'")


def test_a_small_picture_has_a_life_of_its_own(shared_house):
    file = send(shared_house, "ana", png(red=3), preview=b"RIFFsmall")
    whole, small = get(shared_house, "ben", f"/files/{file.key}"), get(shared_house, "ben", f"/files/{file.key}/thumbnail")
    assert small.content == b"RIFFsmall" and small.headers["Content-Type"] == "image/webp"
    assert small.headers["Content-Disposition"].startswith('inline; filename="cat.png.webp"')
    assert small.headers["ETag"] != whole.headers["ETag"] and file.preview not in str(small.headers)
    path = f"/files/{file.key}/thumbnail"
    assert get(shared_house, "ben", path, **{"If-None-Match": small.headers["ETag"]}).status_code == 304
    assert get(shared_house, "ben", path, **{"If-None-Match": whole.headers["ETag"]}).status_code == 200
    assert get(shared_house, "ben", path, Range="bytes=0-3").content == b"RIFF"
    without = send(shared_house, "ana", png(red=4))
    assert get(shared_house, "ben", f"/files/{without.key}/thumbnail").status_code == 404


def test_who_may_not_read_the_channel_gets_what_nobody_has(house):
    made = house.api("ana", "POST", "/channels", expect=201, json={"name": "family", "private": True}).json()
    house.api("ana", "POST", f"/channels/{made['id']}/invite", expect=200, json={"username": "ben"})
    file = send(house, "ana", png(), room="family", preview=b"RIFF")
    tag = get(house, "ben", f"/files/{file.key}").headers["ETag"]
    for path in (f"/files/{file.key}", f"/files/{file.key}/thumbnail"):
        mine = get(house, "ben", path)
        assert mine.status_code == 200 and mine.headers["Cache-Control"] == "no-store"
        missing = get(house, "eve", "/files/" + "0" * 32, Accept="application/json")
        for headers in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"}, {"Range": "bytes=0-0"}):
            other = get(house, "eve", path, Accept="application/json", **headers)
            assert other.status_code == 404 and other.json() | {"request_id": 0} == missing.json() | {"request_id": 0}
    # Whoever is put out has no longer what they had.
    ben = house.api("ben", "GET", "/me").json()["id"]
    page = requests.Session()
    sign_in(page, house, "ana")
    members = f"{house.url}/channels/{made['id']}/members/{ben}/removal"
    assert page.post(members, headers={"X-CSRF-Token": csrf(page, house)}, timeout=10).status_code == 200
    assert get(house, "ben", f"/files/{file.key}").status_code == 404
    assert get(house, "ben", f"/files/{file.key}/thumbnail").status_code == 404
    assert get(house, "ana", f"/files/{file.key}").status_code == 200


def sign_in(page, house, name):
    page.post(f"{house.url}/signin", data={"username": name, "password": PASSWORD},
              headers={"Origin": house.url}, timeout=10)


def csrf(page, house):
    return page.get(f"{house.url}/settings", timeout=10).text.split('name="csrf_token" value="')[1].split('"')[0]


def test_tokens_reach_as_far_as_their_scopes_and_channels(house):
    file = send(house, "ana", png())
    made = house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"}).json()
    elsewhere = send(house, "ana", png(red=9), room="garden")
    house.tokens["bare"] = house.token("ben", "channels:read", "messages:write", "users:read")
    house.tokens["narrow"] = house.cli("token", "create", "--user", "ben", "--name", "narrow", "--channel", "home",
                                       "--scope", "messages:read", "--quiet").stdout.strip()
    assert get(house, "ben", f"/files/{elsewhere.key}").status_code == 200 and made["id"]
    assert get(house, "bare", f"/files/{file.key}").status_code == 403
    assert get(house, "bare", "/files/" + "0" * 32).status_code == 403
    assert get(house, "narrow", f"/files/{file.key}").status_code == 200
    assert get(house, "narrow", f"/files/{elsewhere.key}").status_code == 404


def test_who_is_not_signed_in_does_that_first(house):
    file = send(house, "ana", png())
    for path in (f"/files/{file.key}", f"/files/{file.key}/thumbnail", "/files/" + "0" * 32):
        page = get(house, None, path, Accept="text/html", **{"If-None-Match": "*"})
        assert page.status_code == 303 and page.headers["Location"].startswith("/signin?return_to=/files/")
        assert get(house, None, path, Accept="application/json").status_code == 401
    person = requests.Session()
    sign_in(person, house, "ben")
    assert person.get(f"{house.url}/files/{file.key}", timeout=10).content == png()


def test_what_waits_for_its_message_is_for_whoever_sent_it(house):
    file = send(house, "ben", png(), room=None)
    mine = get(house, "ben", f"/files/{file.key}")
    assert mine.status_code == 200 and mine.headers["Cache-Control"] == "no-store"
    assert get(house, "ana", f"/files/{file.key}").status_code == 404, "an admin has no right to it either"


def test_with_the_message_the_file_is_gone(house):
    file = send(house, "ana", png(), preview=b"RIFF")
    assert get(house, "ben", f"/files/{file.key}").status_code == 200
    house.api("ana", "DELETE", f"/messages/{file.message}", expect=200)
    for path in (f"/files/{file.key}", f"/files/{file.key}/thumbnail"):
        assert get(house, "ana", path).status_code == 404
        assert get(house, "ana", path, **{"If-None-Match": "*"}).status_code == 404


def test_bytes_that_are_not_there_are_missing_and_noted_once(house):
    gone, short = send(house, "ana", png(), preview=b"RIFF"), send(house, "ana", DATA, "x", "application/zip")
    place(house, gone.name).unlink()
    place(house, gone.preview).unlink()
    place(house, short.name).write_bytes(DATA[:-1])
    for _ in range(3):
        for path in (f"/files/{gone.key}", f"/files/{gone.key}/thumbnail", f"/files/{short.key}"):
            for headers in ({}, {"Range": "bytes=0-3"}):
                assert get(house, "ana", path, **headers).status_code in (404, 206)
        assert get(house, "ana", f"/files/{gone.key}").status_code == 404
        assert get(house, "ana", f"/files/{short.key}").status_code == 404
    assert house.log_text().count("the bytes of a file are not there") == 3


@pytest.mark.parametrize("path", [
    "/files/../homechat.sqlite3", "/files/..%2fhomechat.sqlite3", "/files/%2e%2e/master.key", "/files/..%5cmaster.key",
    "/files/incoming", "/files/{stored}", "/files/{start}/{stored}", "/files/{key}%00", "/files/{key}/../{key}/thumbnail/..",
    "/files/{key}/preview", "/files/%2Fetc%2Fpasswd"])
def test_nothing_else_of_the_folder_is_to_be_had(shared_house, sent, path):
    path = path.format(stored=sent.name, start=sent.name[:2], key=sent.key)
    session = requests.Session()
    request = requests.Request("GET", shared_house.url, headers={"Authorization": "Bearer " + shared_house.tokens["ana"]}).prepare()
    request.url = shared_house.url + path  # as it is, where a client would tidy it up
    assert session.send(request, timeout=10, allow_redirects=False).status_code in (400, 404)


def test_below_a_path_and_through_ingress(make_house):
    house = make_house(environment={"HOMECHAT_BASE_PATH": "/chat"}).start()
    house.people("ana")
    file = send(house, "ana", png())
    message = house.api("ana", "GET", f"/messages/{file.message}", expect=200).json()["message"]
    assert message["files"][0]["url"] == f"/chat/files/{file.key}"
    assert get(house, "ana", f"/chat/files/{file.key}").content == png()
    house.stop()
    with Ingress(house.start().port) as ingress:
        headers = {"Authorization": "Bearer " + house.tokens["ana"]}
        answer = requests.get(ingress.address(f"/files/{file.key}"), headers=headers, timeout=10)
        assert answer.status_code == 200 and answer.content == png()


def test_a_page_full_of_pictures_does_not_use_up_the_page(make_house):
    house = make_house(limits=True, environment={
        "HOMECHAT_RATE_LIMIT_PAGE_LIMIT": "20", "HOMECHAT_RATE_LIMIT_API_LIMIT": "off", "HOMECHAT_RATE_LIMIT_FILE_LIMIT": "60"}).start()
    house.people("ana")
    file = send(house, "ana", png())
    assert {get(house, "ana", f"/files/{file.key}").status_code for _ in range(60)} == {200}
    assert get(house, "ana", f"/files/{file.key}").status_code == 429
    assert requests.get(house.url + "/about", timeout=10).status_code == 200


def test_sound_is_sound(shared_house):
    file = send(shared_house, "ana", wav(), "bell.wav", "audio/wav")
    answer = get(shared_house, "ben", f"/files/{file.key}", Range="bytes=0-")
    assert answer.status_code == 206 and answer.content == wav()
    assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
