"""Clients that keep a connection by hardly using it, and crowds of them: others notice nothing, and all are given up in time."""

import contextlib
import re
import socket
import threading
import time

import requests
from house import eventually
from test_limits import at

# What the server promises (HTTPLimits): a head and the next part of a body within half a minute.
PATIENCE = 30


def line(house, data=b"", source="127.0.0.1"):
    made = socket.create_connection(("127.0.0.1", house.port), timeout=5, source_address=(source, 0))
    made.sendall(data)
    return made


def is_open(connection, wait=0.01):
    """Whether the server has not closed it; what it says meanwhile is thrown away."""
    connection.settimeout(wait)
    try:
        while data := connection.recv(65536):
            pass
        return data != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def test_whoever_trickles_is_given_up_and_harms_nobody(house):
    form = (
        f"POST /api/v1/messages HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {house.tokens['ben']}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n").encode()
    began = time.monotonic()
    crowd = {
        "heads": [line(house, b"GET / HTTP/1.1\r\nX-A: ") for _ in range(60)],
        "nothing at all": [line(house) for _ in range(20)],
        "bodies": [line(house, form + b"Content-Length: 5000\r\n\r\nroom=home&message=half") for _ in range(20)],
        "chunks": [
            line(house, form + b"Transfer-Encoding: chunked\r\n\r\n16\r\nroom=home&message=half\r\n") for _ in range(20)],
    }
    slowest, drops = 0, {"heads": b"x", "nothing at all": b"", "bodies": b"x", "chunks": b"1\r\nx\r\n"}
    while any(crowd.values()) and time.monotonic() - began < PATIENCE + 15:
        for kind, connections in crowd.items():
            crowd[kind] = [one for one in connections if is_open(one, 0.001)]
            for one in crowd[kind]:
                with contextlib.suppress(OSError):
                    one.sendall(drops[kind])
        asked = time.monotonic()
        assert house.api("ana", "GET", "/me").ok
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(2)
    assert {kind: len(left) for kind, left in crowd.items()} == dict.fromkeys(crowd, 0)
    assert time.monotonic() - began > PATIENCE - 5, "so they were not refused for another reason"
    assert slowest < 1
    # Half of a request is no request: nothing was posted, and a stranger's silence is no error of ours.
    assert house.messages("ana", house.channel("ana")["id"]) == []
    assert not re.search(r"\bERROR\b", house.log_text()), house.log_text()[-2000:]


def test_a_body_that_breaks_off_changes_nothing_and_is_no_error_of_ours(house):
    head = (
        f"POST /api/v1/messages HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {house.tokens['ben']}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n").encode()
    for framing in (b"Content-Length: 500\r\n\r\nroom=home&message=half",
                    b"Transfer-Encoding: chunked\r\n\r\n16\r\nroom=home&message=half\r\n",
                    b"Transfer-Encoding: chunked\r\n\r\n16\r\nroom=home&message=half\r\nzz\r\n"):
        for ending in ("close", "half-close", "reset"):
            connection = line(house, head + framing)
            time.sleep(0.05)  # so that the server has begun to read it
            if ending == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            if ending == "half-close":
                connection.shutdown(socket.SHUT_WR)
                assert b" 400 " in connection.recv(4096).split(b"\r\n")[0]
            connection.close()
    assert house.post("ana", "the only one")
    assert [message["content"] for message in house.messages("ana", house.channel("ana")["id"])] == ["the only one"]
    assert not re.search(r"\bERROR\b", house.log_text()), house.log_text()[-2000:]


def served(house, source):
    """A connection from there that gets an answer, or None."""
    connection = line(house, source=source)
    try:
        connection.sendall(b"GET /up HTTP/1.1\r\nHost: a\r\n\r\n")
        return connection if connection.recv(4096).startswith(b"HTTP/1.1 200") else None
    except OSError:
        return None


def test_an_address_has_so_many_connections_and_the_house_so_many_in_all(make_house):
    house = make_house(environment={"HOMECHAT_LIMITS_CONNECTIONS": "40", "HOMECHAT_LIMITS_CONNECTIONS_PER_ADDRESS": "15"}).start()
    flood = [served(house, "127.0.4.1") for _ in range(60)]
    assert len([one for one in flood if one]) == 15
    assert at("127.0.4.2").get(house.url + "/up", timeout=5).ok, "others come in"
    proxied = [served(house, "127.0.0.1") for _ in range(20)]
    assert all(proxied), "a trusted proxy speaks for many"
    full = [served(house, f"127.0.5.{n}") for n in range(1, 30)]
    assert len([one for one in full if one]) <= 5 and not full[-1]
    for one in filter(None, flood):
        one.close()
    eventually(lambda: at("127.0.4.1").get(house.url + "/up", timeout=5).ok if served(house, "127.0.4.9") else False)


def memory(house):
    """Megabytes that the server has in memory."""
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{house.process.pid}/status").read())[1]) // 1024


def test_readers_that_take_nothing_cost_others_nothing(house):
    """Slow read: many requests in a row, whose answers nobody takes."""
    page = requests.get(house.url + "/signin", timeout=5).text
    script = max(re.findall(r'"(/assets/[^"]+)"', page), key=lambda path: len(requests.get(house.url + path, timeout=5).content))
    request = f"GET {script} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    before, readers = memory(house), []
    for _ in range(50):
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.settimeout(0.2)
        reader.connect(("127.0.0.1", house.port))
        with contextlib.suppress(TimeoutError):
            reader.sendall(request * 2000)
        readers.append(reader)
    assert house.is_up()  # by now nothing more is made for them
    times = []
    for _ in range(50):
        began = time.monotonic()
        assert house.api("ben", "GET", "/me").ok
        times.append(time.monotonic() - began)
    grown = memory(house) - before
    print(f"50 readers that take nothing: {max(times):.3f} s for others, {grown} MB more")
    assert max(times) < 1 and grown < 48
    for reader in readers:
        reader.close()
