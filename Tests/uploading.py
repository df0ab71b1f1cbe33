"""What the tests of uploads have in common: forms, and what lies on the disk afterwards."""

import contextlib
import pathlib
import sqlite3

import requests
from house import eventually
from sent_files import database

BOUNDARY = "----HomeChatTest"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(disposition, content, *lines):
    """One part of a form, exactly as it says."""
    head = "\r\n".join([f"--{BOUNDARY}", f"Content-Disposition: form-data; {disposition}", *lines])
    return head.encode() + b"\r\n\r\n" + (content if isinstance(content, bytes) else content.encode()) + b"\r\n"


def form(*parts):
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def file_part(name, content, field="files[]"):
    return part(f'name="{field}"; filename="{name}"', content, "Content-Type: application/octet-stream")


def send(house, who, path, body, headers=FORM, **options):
    """A form to the API, as bytes."""
    return house.api(who, "POST", path, data=body, headers=headers, **options)


def stored(house):
    """(bytes in the folder by their size, sorted; rows of contents; rows of files)"""
    folder = house.folder / "files"
    sizes = sorted(path.stat().st_size for path in folder.glob("??/*"))
    with contextlib.closing(sqlite3.connect(house.folder / "homechat.sqlite3", timeout=20)) as tx:
        counts = [tx.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("file_contents", "files")]
    return sizes, *counts


def incoming(house):
    folder = pathlib.Path(house.folder / "files/incoming")
    return list(folder.iterdir()) if folder.exists() else []


def require_nothing_left(house, before):
    """Nothing came of it: no bytes, no rows, and nothing half done."""
    # What was kept for a moment is swept away after its row.
    eventually(lambda: stored(house) == before and not incoming(house))


def waiting(house):
    with database(house) as tx:
        return tx.execute("SELECT COUNT(*) FROM files WHERE message_id IS NULL").fetchone()[0]


def fetch(house, who, file):
    return requests.get(house.url + file["url"], headers={"Authorization": f"Bearer {house.tokens[who]}"}, timeout=20)


def fetched(house, who, file):
    answer = fetch(house, who, file)
    assert answer.status_code == 200, answer.text
    return answer.content
