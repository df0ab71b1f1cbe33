"""Files in a household, as they lie in its database and its folder (SQLite)."""

import contextlib
import hashlib
import io
import secrets
import sqlite3
import struct
import time
import wave
import zlib
from dataclasses import dataclass


def png(width=8, height=6, red=200):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([red, 40, 40]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def wav(seconds=1):
    whole = io.BytesIO()
    with wave.open(whole, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\x10" * 8000 * seconds)
    return whole.getvalue()


PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj
trailer<</Root 1 0 R>>
"""


@dataclass
class Sent:
    id: int
    key: str
    content: int
    name: str
    preview: str | None
    message: int | None


def place(house, name):
    return house.folder / "files" / name[:2] / name


def lay(house, data):
    """Bytes into the folder; returns what they are called there."""
    name = secrets.token_hex(16)
    path = place(house, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(data)
    path.chmod(0o600)
    return name


@contextlib.contextmanager
def database(house):
    connection = sqlite3.connect(house.folder / "homechat.sqlite3", timeout=20, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def send(house, name, data, filename="cat.png", type="image/png", room="home", preview=None, text="look", at=None):
    """A message with a file; with `room=None` a file that waits for its message."""
    message = house.post(name, text, room=room) if room else None
    user = house.api(name, "GET", "/me", expect=200).json()["id"]
    now = at or int(time.time() * 1000)
    stored, small = lay(house, data), lay(house, preview) if preview else None
    kind = type.split("/")[0]
    kind = kind if kind in ("image", "video", "audio") and type != "image/svg+xml" else "document"
    key, size = secrets.token_hex(16), (8, 6, 1) if kind == "image" else (None, None, None)
    with database(house) as tx:
        content, = tx.execute(
            """INSERT INTO file_contents (sha256, stored_as, content_type, byte_size, width, height, frames, preview_as,
                preview_width, preview_height, preview_bytes, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                RETURNING id""",
            (hashlib.sha256(data).hexdigest(), stored, type, len(data), *size, small, 4 if small else None,
             3 if small else None, len(preview or b""), now)).fetchone()
        file, = tx.execute(
            """INSERT INTO files (key, content_id, uploader_id, channel_id, message_id, name, kind, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
            (key, content, user, message and message["channel_id"], message and message["id"], filename, kind, now)).fetchone()
    return Sent(file, key, content, stored, small, message and message["id"])
