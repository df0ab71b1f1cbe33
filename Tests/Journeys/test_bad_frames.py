"""A malformed frame closes its own socket, with the right code, and never the server."""

import json
import socket
import struct

import pytest
from cable import Cable


def masked(opcode, payload, final=True, reserved=0, mask=b"\1\2\3\4"):
    head = bytes([(0x80 if final else 0) | reserved | opcode])
    length = len(payload)
    if length < 126:
        head += bytes([0x80 | length])
    else:
        head += bytes([0x80 | 126]) + struct.pack(">H", length) if length < 65536 else bytes([0xFF]) + struct.pack(">Q", length)
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


FRAMES = [
    ("without a mask", b"\x81\x02{}", 1002),
    ("with a reserved bit", masked(1, b"{}", reserved=0x40), 1002),
    ("with an unknown opcode", masked(3, b"{}"), 1002),
    ("a ping in pieces", masked(9, b"a", final=False), 1002),
    ("a ping that is too long", masked(9, b"a" * 126), 1002),
    ("a continuation of nothing", masked(0, b"{}"), 1002),
    ("text that is no UTF-8", masked(1, b'{"command":"\xff\xfe"}'), 1007),
    ("a message that is too long", masked(1, b'{"command":"' + b"a" * 70_000 + b'"}'), 1009),
    ("pieces that are too long together", b"".join(masked(0 if n else 1, b"a" * 8000, final=False) for n in range(10)), 1009),
    ("a close code that is none", masked(8, struct.pack(">H", 999)), 1002),
]


@pytest.mark.parametrize("name, data, code", FRAMES, ids=[frame[0] for frame in FRAMES])
def test_closes_its_socket_with_the_right_code(shared_house, name, data, code):
    with Cable(shared_house, "ben") as other:
        other.welcomed()
        assert close_code(shared_house, data) == code
        assert other.subscribe("PresenceChannel")
    assert shared_house.is_up()


def close_code(house, data):
    """Opens a socket by hand, sends the bytes, and returns the code that it is closed with."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as connection:
        connection.sendall((
            "GET /cable HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Authorization: Bearer {house.tokens['ana']}\r\n\r\n"
        ).encode())
        stream = connection.makefile("rb")
        while stream.readline() != b"\r\n":
            pass
        connection.sendall(data)
        while True:
            opcode, length = (byte & 0x7F for byte in stream.read(2))
            if length == 126:
                length, = struct.unpack(">H", stream.read(2))
            payload = stream.read(length)
            if opcode & 0xF == 8:
                return struct.unpack(">H", payload[:2])[0]


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", "1", '"subscribe"', "{}", '{"command":"dance"}', '{"command":"subscribe"}',
    '{"command":"subscribe","identifier":7}', '{"command":"subscribe","identifier":"not json"}',
    '{"command":"subscribe","identifier":"{}"}', '{"command":"message","identifier":"{}","data":"{}"}',
    '{"command":"message","identifier":"{\\"channel\\":\\"ChatChannel\\"}","data":"["}',
    "[" * 60_000,
    json.dumps({"command": "subscribe", "identifier": json.dumps({"channel": "ChatChannel", "channel_id": 2**63})}),
    json.dumps({"command": "subscribe", "identifier": json.dumps({"channel": "ChatChannel", "channel_id": {}})}),
    json.dumps({"command": "subscribe", "identifier": json.dumps({"channel": "NoSuchChannel"})}),
], ids=range(18))
def test_junk_commands_do_no_harm(shared_house, text):
    with Cable(shared_house, "ana") as cable:
        cable.welcomed()
        cable.socket.send(text)
        if cable_is_open(cable):
            assert cable.subscribe("PresenceChannel")
    assert shared_house.is_up()


def cable_is_open(cable):
    """Whether the server still answers a ping."""
    try:
        return cable.socket.ping().wait(2)
    except Exception:
        return False


@pytest.mark.parametrize("channel", ["ChatChannel", "TypingChannel"])
def test_a_hidden_channel_is_rejected_as_one_that_does_not_exist(shared_house, channel):
    created = shared_house.api("ana", "POST", "/channels", json={"name": f"secret {channel}", "private": True}).json()
    with Cable(shared_house, "eve") as cable:
        cable.welcomed()
        assert not cable.subscribe(channel, channel_id=created["channel"]["id"])
        assert not cable.subscribe(channel, channel_id=999_999)


def test_who_has_no_right_to_come_in_is_told_so(shared_house):
    with Cable(shared_house, token="hc_wrong") as cable:
        assert cable.frame() == {"type": "disconnect", "reason": "unauthorized", "reconnect": False}
        assert cable.frame() is None
