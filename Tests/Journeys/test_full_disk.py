"""A disk that is full while people write: a clear 503, nothing half done, and all is well once there is room again."""

import contextlib
import os
import sqlite3
import subprocess

import pytest
from house import PASSWORD, eventually
from test_accounts import Browser, sign_in

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: a small disk needs root")


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while filler.write(b"x" * size):
                    pass


def rows(folder, table):
    with contextlib.closing(sqlite3.connect(folder / "data/homechat.sqlite3")) as database:
        return database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]


def test_what_cannot_be_stored_is_refused_and_works_again_later(make_house, small_disk):
    house = make_house(folder=small_disk / "data").start()
    house.people("ana", "ben")
    ana = Browser(house)
    ana.sign_in("ana")
    first = house.post("ana", "before")["id"]
    acknowledged, refused = [first], 0
    fill(small_disk)
    for number in range(300):
        answer = house.api("ben", "POST", "/messages", json={"room": "home", "message": f"{number} " + "x" * 4000})
        if answer.status_code == 200:
            acknowledged.append(answer.json()["message"]["id"])
            continue
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0, answer.text
        assert answer.json()["success"] is False and "sqlite" not in answer.text.lower() and "disk" not in answer.text
        refused += 1
        if refused == 20:
            break
    assert refused == 20, "the disk was not full"

    # Every kind of change, by page: refused, or, where a page of the file was left for it, done with all that belongs to it.
    doors = {
        "users": ("/admin/users", {"username": "gus", "password": "a long enough one"}),
        "network_bans": ("/admin/bans", {"network": "203.0.113.9", "hours": "1"}),
        "api_tokens": ("/settings/tokens", {"name": "x", "scopes[]": "messages:read"}),
        "channels": ("/channels", {"name": "garden"}), "invitations": ("/admin/invitations", {"note": "x"}),
        "sessions": ("/signin", {"username": "ben", "password": PASSWORD}),
    }
    statuses = {}
    for table, (path, fields) in doors.items():
        before, written = rows(small_disk, table), rows(small_disk, "audit_logs")
        visitor = ana if table != "sessions" else Browser(house)
        statuses[table] = visitor.submit(path, on="/settings/security" if visitor is ana else None, **fields).status_code
        assert statuses[table] in (200, 503), (path, statuses[table])
        is_done = statuses[table] == 200
        assert rows(small_disk, table) == before + is_done, path
        assert rows(small_disk, "audit_logs") == written or is_done, path
    assert list(statuses.values()).count(503) >= 3, statuses
    assert sign_in(house, "ben").status_code == 503
    assert house.cli("user", "lock", "ben", check=False).returncode == 1
    # Reading goes on.
    assert house.api("ana", "GET", f"/messages/{first}", expect=200) and house.is_up()
    assert ana.get(f"{house.url}/settings/security", timeout=20).ok
    assert house.process.poll() is None

    (small_disk / "filler").unlink()
    after = eventually(lambda: house.api("ben", "POST", "/messages", json={"room": "home", "message": "after"}).json().get("message"))
    acknowledged.append(after["id"])
    assert sign_in(house, "ben").status_code == 200
    stored = [message["id"] for message in house.messages("ana", house.channel("ana")["id"])]
    assert stored == acknowledged, "what was acknowledged, once, and nothing else"
    house.stop()
    with contextlib.closing(sqlite3.connect(small_disk / "data/homechat.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_start_on_a_full_disk_is_refused_in_one_line(make_house, small_disk):
    house = make_house(folder=small_disk / "data")
    (small_disk / "data").mkdir()
    fill(small_disk)
    result = house.cli("serve", "--port", "0", check=False)
    assert result.returncode == 1 and len(result.stderr.strip().splitlines()) == 1, result.stderr
    (small_disk / "filler").unlink()
    house.start()
    assert house.is_up()
