"""Uploads that are no uploads, too much, or not what they seem: a clear answer, nothing half-stored, and the server goes on."""

import concurrent.futures
import contextlib
import http.client
import io
import json
import os
import socket
import struct
import subprocess
import time
import zipfile
import zlib

import pytest
import requests
from house import BINARY, eventually
from sent_files import PDF, database, png
from test_full_disk import fill, small_disk  # noqa: F401
from test_tls import with_files
from test_uploads import TEXT, home, upload
from uploading import BOUNDARY, FORM, file_part, form, incoming, part, require_nothing_left, send, stored, waiting

END = f"--{BOUNDARY}--\r\n".encode()
WHOLE = form(part('name="content"', "hi"), file_part("a.txt", TEXT))
ONE = f"--{BOUNDARY}\r\nContent-Disposition: form-data; "

# name, body, statuses, what the error names
BROKEN = [
    ("nothing", b"", {400}, "breaks off"),
    ("no form", b"hello", {400}, "breaks off"),
    ("another boundary", b"--other\r\n\r\n--other--", {400}, ""),
    ("no end", WHOLE[:-len(END)], {400}, "breaks off"),
    ("half an end", WHOLE[:-4], {400}, "breaks off"),
    ("an end in the file", WHOLE.replace(TEXT, TEXT + b"\r\n" + END), {200, 400}, ""),
    ("cut in the file", WHOLE[:WHOLE.index(TEXT) + 9], {400}, "breaks off"),
    ("cut in a header", WHOLE[:WHOLE.index(b"filename") + 4], {400}, "breaks off"),
    ("bare line feeds", WHOLE.replace(b"\r\n", b"\n"), {400}, ""),
    ("bare line feeds in a header", WHOLE.replace(b'.txt"\r\n', b'.txt"\n'), {400}, "CRLF"),
    ("no header", f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + END, {400}, "name"),
    ("no name", ONE.encode() + b'filename="a.txt"\r\n\r\nx\r\n' + END, {400}, "name"),
    ("two names", ONE.encode() + b'name="a"; name="file"; filename="a.txt"\r\n\r\nx\r\n' + END, {400}, "name"),
    ("a NUL in a name", ONE.encode() + b'name="fi\0le"; filename="a.txt"\r\n\r\nx\r\n' + END, {400}, ""),
    ("an open quote", ONE.encode() + b'name="file; filename=a.txt\r\n\r\nx\r\n' + END, {400}, ""),
    ("not UTF-8", ONE.encode() + b'name="file"; filename="\xff\xfe.txt"\r\n\r\nx\r\n' + END, {400}, "UTF-8"),
    ("a long header", ONE.encode() + b'name="file"; filename="' + b"a" * 10_000 + b'.txt"\r\n\r\nx\r\n' + END, {400}, "header"),
    ("many headers", ONE.encode() + b'name="file"\r\n' + b"X-A: b\r\n" * 2000 + b"\r\nx\r\n" + END, {400}, "header"),
    ("base64", ONE.encode() + b'name="file"; filename="a.txt"\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n' + END, {400}, "encoded"),
    ("something behind a boundary", WHOLE.replace(BOUNDARY.encode() + b"\r\n", BOUNDARY.encode() + b"x\r\n", 1), {400}, ""),
    ("something behind the end", WHOLE[:-2] + b"x\r\n" + WHOLE, {400}, "something else"),
    ("a second form behind the end", WHOLE + WHOLE, {400}, "goes on"),
    ("a line feed behind the end", WHOLE[:-2] + b"\n", {400}, "something else"),
    ("blanks behind the end", WHOLE[:-2] + b" \t", {200}, ""),
    ("a word behind the last line", WHOLE + b"from a gateway\r\n", {200}, ""),
    ("much before", b"x" * 5000 + b"\r\n" + WHOLE, {400}, ""),
    ("much after", WHOLE + b"x" * 5000, {400}, ""),
    ("a mixed part", form(part('name="content"', "hi"), part('name="file"', "--y\r\n\r\n--y--", "Content-Type: multipart/mixed; boundary=y")),
     {422}, "file"),
    ("a field that is a file", form(part('name="content"; filename="a.txt"', "hi")), {422}, "content"),
    ("a file that is a field", form(part('name="files[]"', "hi")), {422}, "files[]"),
    ("an unknown file", form(file_part("a.txt", TEXT, "photo")), {422}, "photo"),
    ("an empty file", form(file_part("a.txt", b"")), {422}, "a.txt"),
    ("a long field", form(part('name="content"', "x" * (200 << 10))), {422}, "content"),
    ("a field that is not UTF-8", form(part('name="content"', b"\xff")), {400}, "UTF-8"),
    ("too many files", form(*[file_part(f"{n}.txt", TEXT + b"%d" % n) for n in range(11)]), {422}, "10"),
    ("a million parts", part('name="a"', "") * 20_000 + END, {400}, "parts"),
    ("a million files", file_part("a.txt", b"x") * 5000 + END, {422}, "10"),
    ("fields without end", part('name="a"', "x" * 100_000) * 30 + END, {413}, ""),
]


@pytest.mark.parametrize("name, body, statuses, names", BROKEN, ids=[case[0] for case in BROKEN])
def test_a_broken_form_is_a_clear_4xx_and_nothing_more(shared_house, name, body, statuses, names):
    house, before = shared_house, stored(shared_house)
    messages = house.messages("ana", home(house))
    answer = send(house, "ana", f"/channels/{home(house)}/messages", body)
    assert answer.status_code in statuses, answer.text
    if answer.status_code != 200:
        error = answer.json()
        assert error["success"] is False and names in error["error"], error
        assert house.messages("ana", home(house)) == messages and waiting(house) == 0
        require_nothing_left(house, before)
    assert house.is_up() and not incoming(house)


@pytest.mark.parametrize("kind", [
    "multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'a' * 71}",
    'multipart/form-data; boundary="a', "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary=\xe4"])
def test_a_boundary_that_is_none(shared_house, kind):
    answer = send(shared_house, "ana", "/files", WHOLE, {"Content-Type": kind.encode("latin1")})
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=a", "multipart/related; boundary=a", "application/zip", "application/json"])
def test_files_come_in_a_form_or_not_at_all(shared_house, kind):
    assert send(shared_house, "ana", "/files", WHOLE, {"Content-Type": kind}).status_code == 415


@pytest.mark.parametrize("field", ["file", "file[]", "files", "files[]", "message[files][]"])
@pytest.mark.parametrize("kind", ["json", "data"])
def test_a_file_that_is_named_where_none_can_be_is_not_lost_in_silence(shared_house, kind, field):
    house, path = shared_house, f"/channels/{home(shared_house)}/messages"
    messages = house.messages("ana", home(house))
    for value in [7, "a.txt"] + ([[7], {"id": 7}] if kind == "json" else []):
        answer = house.api("ana", "POST", path, **{kind: {"content": "hi", field: value}})
        assert answer.status_code == 422 and "file_ids" in answer.text and field.removesuffix("[]") in answer.json()["errors"][0], answer.text
    assert house.messages("ana", home(house)) == messages
    for nothing in [""] + ([None, []] if kind == "json" else []):
        house.api("ana", "POST", path, expect=200, **{kind: {"content": "hi", field: nothing}})


def bomb():
    """A picture of 50,000 by 50,000 in a few kilobytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(b"\0" * 6251) for _ in range(1000)) + rows.flush()
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zip_bomb():
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("zeros", b"\0" * (64 << 20))
    return whole.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
# name, bytes, status
UNFIT = [
    ("bomb.png", bomb(), 422), ("archive.zip", zip_bomb(), 415), ("page.html", b"<!doctype html><script>alert(1)</script>", 415),
    ("drawing.svg", SVG, 415), ("drawing.png", SVG, 415), ("drawing.txt", b"\xef\xbb\xbf \n" + SVG, 415),
    ("cut.png", png(400, 300)[:200], 422), ("cut.gif", b"GIF89a\x10\0\x10\0\x80\0\0", 422), ("noise.jpg", b"\xff\xd8\xff\xe0" + os.urandom(2000), 422),
    ("program", b"\x7fELF\x02\x01\x01" + b"\0" * 60, 415), ("noise.txt", os.urandom(3000), 415), ("zeros.txt", b"\0" * 1000, 415)]


@pytest.mark.parametrize("name, content, status", UNFIT, ids=[case[0] for case in UNFIT])
def test_what_is_not_what_it_seems_is_refused_by_its_name(shared_house, name, content, status):
    house, before = shared_house, stored(shared_house)
    began = time.monotonic()
    answer = house.api("ana", "POST", "/files", files={"file": (name, content, "image/png")})
    assert answer.status_code == status and name in answer.json()["error"], answer.text
    if status == 415:
        assert "image/png" in answer.json()["error"], "what is taken instead"
    assert time.monotonic() - began < 10
    require_nothing_left(house, before)


def test_two_kinds_in_one_file_are_what_they_begin_as(shared_house):
    """A picture with a page or an archive behind it is cleaned of that, or is never served as anything but a picture."""
    house = shared_house
    for name, content in {"a.html": png() + b"<script>alert(1)</script>", "b.zip": png() + zip_bomb()}.items():
        kept = upload(house, "ana", (name, content))["files"][0]
        assert kept["content_type"] == "image/png" and kept["filename"] == f"{name}.png"
        answer = requests.get(house.url + kept["url"], headers={"Authorization": f"Bearer {house.tokens['ana']}"}, timeout=20)
        assert answer.headers["Content-Type"] == "image/png" and answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    kept = upload(house, "ana", ("c.html", PDF + b"<script>"))["files"][0]
    assert kept["content_type"] == "application/pdf" and kept["filename"] == "c.html.pdf"


@pytest.mark.parametrize("sent, shown", [
    ("../../../etc/passwd", "passwd"), ("C:\\\\Users\\\\ana\\\\list.txt", "list.txt"), ("%2e%2e%2f%2e%2e%2fx.txt", "x.txt"),
    ("a%00b.txt", "ab.txt"), ("invoice\u202etxt.exe", "invoicetxt.exe"), ("\u202e", "file"), ("..", "file"), ("%22quoted%22.txt", '"quoted".txt'),
    ("ü日.txt", "ü日.txt"), ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"), ("con.txt:stream", "con.txt:stream"),
    ("a" * 5000 + ".txt", "a" * 251 + ".txt"), ("a" + "\u0301" * 3500 + ".txt", "á" + "\u0301" * 124 + ".txt")])
def test_names_are_words_and_never_places(shared_house, sent, shown):
    house = shared_house
    answer = send(house, "ana", "/files", form(part(f'name="file"; filename="{sent}"', TEXT)), expect=201).json()
    assert answer["files"][0]["filename"] == shown
    assert {path.name for path in house.folder.glob("files/*")} <= {"incoming"} | {f"{n:02x}" for n in range(256)}


# Sizes

def limited_house(make_house, **environment):
    house = make_house(environment={f"HOMECHAT_FILES_{name}": value for name, value in environment.items()}).start()
    house.people("ana", "ben")
    return house


def test_a_file_may_be_as_large_as_it_may_be(make_house):
    house = limited_house(make_house, MAXIMUM_SIZE="1M", PER_MESSAGE="2")
    most = b"x" * (1 << 20)
    assert upload(house, "ana", ("a.txt", most))["files"][0]["byte_size"] == 1 << 20
    before = stored(house)
    for path in ("/files", f"/channels/{home(house)}/messages"):
        answer = house.api("ana", "POST", path, files=[("file", ("first.txt", TEXT)), ("file", ("holiday.txt", most + b"x"))])
        assert answer.status_code == 413
        assert "holiday.txt" in answer.json()["error"] and "1 MB" in answer.json()["error"]
    require_nothing_left(house, before)
    assert house.api("ana", "POST", "/files", files=[("file", (f"{n}.txt", TEXT)) for n in range(3)]).status_code == 422
    assert house.api("ana", "POST", "/messages", json={"message": "x", "room": "home", "file_ids": [1, 2, 3]}).status_code == 422
    # Without a length, only what comes can be counted.
    chunks = (most[:65536] for _ in range(64))
    answer = send(house, "ana", "/files", (piece for piece in [form(file_part("a.txt", b""))[:-len(END) - 2], *chunks]))
    assert answer.status_code == 413
    require_nothing_left(house, before)


def test_what_a_person_may_keep_is_counted_while_it_comes_and_when_it_is_kept(make_house):
    house = limited_house(make_house, USER_QUOTA="1M")
    upload(house, "ana", ("a.txt", b"a" * 600_000))
    before = stored(house)
    answer = house.api("ana", "POST", "/files", files={"file": ("b.txt", b"b" * 600_000)})
    assert answer.status_code == 422 and "1 MB" in answer.json()["error"], answer.text
    require_nothing_left(house, before)
    # The same bytes count for each of one's files: what one person may keep is no way to find out what others have.
    assert house.api("ana", "POST", "/files", files={"file": ("a.txt", b"a" * 600_000)}).status_code == 422
    upload(house, "ben", ("a.txt", b"a" * 600_000))
    upload(house, "ana", ("c.txt", b"c" * 400_000))

    def race(number):
        return house.api("ben", "POST", "/files", files={"file": (f"{number}.txt", b"%d" % number * 200_000)}).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(race, range(8)))
    assert statuses.count(201) <= 2 and set(statuses) <= {201, 422}
    with database(house) as tx:
        sums = tx.execute("SELECT SUM(byte_size) FROM files JOIN file_contents ON file_contents.id = content_id GROUP BY uploader_id").fetchall()
    assert all(total <= 1 << 20 for total, in sums)
    assert house.post("ana", "words cost nothing")["id"]
    assert house.api("ana", "POST", f"/channels/{home(house)}/messages", files={"content": (None, "a form, too")}).ok


def test_what_the_server_may_keep_counts_bytes_once(make_house):
    house = limited_house(make_house, SERVER_QUOTA="1M")
    upload(house, "ana", ("a.txt", b"a" * 600_000))
    upload(house, "ben", ("same.txt", b"a" * 300_000))
    before = stored(house)
    answer = house.api("ben", "POST", "/files", files={"file": ("b.txt", b"b" * 300_000)})
    assert answer.status_code == 507 and "room" in answer.json()["error"]
    require_nothing_left(house, before)


def test_the_rest_of_the_disk_is_left_alone(make_house):
    house = limited_house(make_house, KEEP_FREE="1000000G")
    upload_ = house.api("ana", "POST", "/files", files={"file": ("a.txt", TEXT)})
    assert upload_.status_code == 507
    assert stored(house) == ([], 0, 0) and not incoming(house)


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: a small disk needs root")
def test_a_disk_that_fills_in_the_middle(make_house, small_disk):  # noqa: F811
    house = make_house(folder=small_disk / "data", environment={"HOMECHAT_FILES_KEEP_FREE": "0"}).start()
    house.people("ana")
    first = upload(house, "ana", ("a.txt", TEXT))["files"][0]
    before = stored(house)
    statuses = {house.api("ana", "POST", "/files", files={"file": ("b.txt", os.urandom(8).hex().encode() * 640_000)}).status_code
                for _ in range(3)}
    assert 507 in statuses and statuses <= {201, 507, 503}
    fill(small_disk)
    answer = house.api("ana", "POST", "/files", files={"file": ("c.txt", TEXT * 1000)})
    assert answer.status_code in (507, 503) and "sqlite" not in answer.text.lower()
    assert not incoming(house) and house.is_up()
    (small_disk / "filler").unlink()
    assert requests.get(house.url + first["url"], headers={"Authorization": f"Bearer {house.tokens['ana']}"}, timeout=20).content == TEXT
    kept, contents, files = stored(house)
    assert len(kept) == contents == files >= before[2]
    upload(house, "ana", ("d.txt", TEXT + b"d"))


# Lines that break, and clients that have to be told

def half(house, path="/files", length=None, sent=b"x" * 300_000, first=b""):
    """A line on which half of a form has come."""
    line = socket.create_connection(("127.0.0.1", house.port), timeout=20)
    body = first + form(file_part("half.txt", b""))[:-len(END) - 2] + sent
    framing = f"Content-Length: {length or len(body) + 1_000_000}"
    line.sendall((f"POST /api/v1{path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {house.tokens['ana']}\r\n{framing}\r\n"
                  f"Content-Type: {FORM['Content-Type']}\r\n\r\n").encode() + body)
    return line


@pytest.mark.parametrize("ending", ["closed", "reset", "shut"])
def test_a_line_that_breaks_leaves_no_file(house, ending):
    before = stored(house)
    line = half(house)
    eventually(lambda: incoming(house))
    if ending == "reset":
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if ending == "shut":
        line.shutdown(socket.SHUT_WR)
        assert b" 400 " in line.recv(4096).split(b"\r\n")[0]
    line.close()
    eventually(lambda: not incoming(house))
    require_nothing_left(house, before)


def test_what_one_form_brings_lies_in_one_folder(house):
    before, whole = stored(house), file_part("whole.txt", TEXT) * 2
    with half(house, first=whole):
        [folder] = eventually(lambda: incoming(house))
        eventually(lambda: sorted(path.stat().st_size for path in folder.glob("*/upload"))[:2] == [len(TEXT)] * 2 and len(list(folder.iterdir())) == 3)
        assert incoming(house) == [folder]
    require_nothing_left(house, before)


def test_a_server_that_stops_or_dies_meanwhile_leaves_no_file(house):
    line = half(house)
    eventually(lambda: incoming(house))
    code, took = house.stop(within=15)
    assert (code, incoming(house)) == (0, []) and took < 10
    assert "CancellationError" not in house.log_text()
    line.close()
    house.start()
    with half(house):
        eventually(lambda: incoming(house))
        house.kill()
    house.start()
    assert stored(house) == ([], 0, 0)
    upload(house, "ana", ("a.txt", TEXT))


def test_many_lines_that_break_leave_nothing_open(house):
    before = len(os.listdir(f"/proc/{house.process.pid}/fd"))
    for _ in range(60):
        half(house, sent=b"x" * 20_000).close()
    eventually(lambda: not incoming(house))
    eventually(lambda: len(os.listdir(f"/proc/{house.process.pid}/fd")) <= before + 3)
    assert stored(house) == ([], 0, 0)


SIZES = {"large": 11, "very large": 60}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_curl_hears_why(house, tmp_path, size):
    (tmp_path / "holiday.txt").write_bytes(b"x" * (size << 20))
    for options in ([], ["-H", "Expect:"], ["-H", "Transfer-Encoding: chunked", "-H", "Expect:"], ["-H", "Connection: close", "-H", "Expect:"]):
        answer = subprocess.run(
            ["curl", "-sS", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {house.tokens['ana']}", *options,
             "-F", f"files[]=@{tmp_path}/holiday.txt", f"{house.url}/api/v1/channels/{home(house)}/messages"],
            capture_output=True, text=True, timeout=60)
        assert answer.returncode == 0 and answer.stdout.endswith("\n413"), (options, answer.stdout, answer.stderr)
        assert "holiday.txt" in json.loads(answer.stdout[:-4])["error"]
    assert not incoming(house)


def test_a_large_file_is_sent_at_once_to_a_client_that_asks_first(house, tmp_path):
    """curl waits a second for a word before it sends more than a megabyte, unless it gets one."""
    (tmp_path / "a.txt").write_bytes(b"x" * (3 << 20))
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{time_total}", "-H", f"Authorization: Bearer {house.tokens['ana']}",
               "-F", f"file=@{tmp_path}/a.txt", f"{house.url}/api/v1/files"]
    code, seconds = subprocess.check_output(command, text=True, timeout=30).split()
    assert code == "201" and float(seconds) < 1


@pytest.mark.parametrize("who", ["requests", "http.client"])
def test_python_hears_why(house, who):
    body = form(file_part("holiday.txt", b"x" * (30 << 20)))
    if who == "requests":
        answer = send(house, "ana", "/files", body)
        status, text = answer.status_code, answer.text
    else:
        line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
        with contextlib.closing(line):
            line.request("POST", "/api/v1/files", body, FORM | {"Authorization": f"Bearer {house.tokens['ana']}"})
            answer = line.getresponse()
            status, text = answer.status, answer.read().decode()
    assert status == 413 and "holiday.txt" in json.loads(text)["error"]


def test_over_http2(make_house, authority, tmp_path):
    house = make_house(environment=with_files(authority, tmp_path / "pem"), trusting=authority.file).start()
    house.people("ana")
    (tmp_path / "a.txt").write_bytes(TEXT)
    (tmp_path / "holiday.txt").write_bytes(b"x" * (30 << 20))
    for name, wanted in (("a.txt", "201 2"), ("holiday.txt", "413 2")):
        answer = subprocess.run(
            ["curl", "-sS", "--cacert", house.verify, "--http2", "-w", "\n%{http_code} %{http_version}",
             "-H", f"Authorization: Bearer {house.tokens['ana']}", "-F", f"file=@{tmp_path}/{name}", f"{house.url}/api/v1/files"],
            capture_output=True, text=True, timeout=60)
        assert answer.returncode == 0 and answer.stdout.endswith(wanted) and name in answer.stdout, (answer.stdout, answer.stderr)
    assert not incoming(house)


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: hiding a library needs root")
@pytest.mark.parametrize("library, refused, taken", [("libvips", "cat.png", "a.txt"), ("libmagic", "a.txt", None)])
def test_without_a_library_the_server_says_which_is_missing(make_house, tmp_path, library, refused, taken):
    found = subprocess.check_output(["ldconfig", "-p"], text=True)
    path = next(line.split()[-1] for line in found.splitlines() if line.strip().startswith(f"{library}.so.") and "x86-64" in line)
    hidden = tmp_path / "homechat"
    hidden.write_text(f"""#!/bin/sh
exec unshare -m sh -c 'mount --bind /dev/null {os.path.realpath(path)} && exec "$0" "$@"' {BINARY} "$@"
""")
    hidden.chmod(0o755)
    house = make_house(binary=str(hidden)).start()
    house.people("ana")
    contents = {"cat.png": png(), "a.txt": TEXT}
    answer = house.api("ana", "POST", "/files", files={"file": (refused, contents[refused])})
    assert answer.status_code == 503 and library in answer.json()["error"] and int(answer.headers["Retry-After"]) > 0
    assert stored(house) == ([], 0, 0) and not incoming(house)
    if taken:
        upload(house, "ana", (taken, contents[taken]))
    assert house.post("ana", "words go on")["id"]
