"""Requests that two readers could take for different ones: each is refused and its connection closed, or read in one way only."""

import socket

import pytest

HIDDEN = b"GET /api/v1/server_info HTTP/1.1\r\nHost: hidden\r\n\r\n"
HEAD = b"POST /api/v1/signin HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


def answers(house, data, within=5):
    """The status of each answer until the connection is closed or nothing comes for a while."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=within) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while chunk := line.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


# Each is one request, and what follows in its bytes must not become a second one.
REFUSED = {
    "a length and chunks": HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks and a length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 53\r\n\r\n{}" + HIDDEN,
    "lengths in a list": HEAD + b"Content-Length: 2, 53\r\n\r\n{}" + HIDDEN,
    "a length with a sign": HEAD + b"Content-Length: +2\r\n\r\n{}" + HIDDEN,
    "a length in hexadecimal": HEAD + b"Content-Length: 0x2\r\n\r\n{}" + HIDDEN,
    "a length with a blank inside": HEAD + b"Content-Length: 1 2\r\n\r\n{}" + HIDDEN,
    "a length beyond all numbers": HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n{}" + HIDDEN,
    "a blank before the colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a name with a tab": HEAD + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "an encoding that is none": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked, and then something else": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two encodings in two fields": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a folded field": HEAD + b"X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + b"",
    "a bare line feed between fields": HEAD.replace(b"\r\n", b"\n") + b"Content-Length: 2\n\n{}" + HIDDEN,
    "a bare carriage return in a field": HEAD + b"X-A: b\rContent-Length: 53\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "NUL in a field": HEAD + b"X-A: b\0c\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "a chunk's size that overflows": HEAD + b"Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n" + HIDDEN,
    "a chunk's size that is negative": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" + HIDDEN,
    "a chunk's size in another form": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n" + HIDDEN,
    "a chunk that is longer than it says": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx\r\n0\r\n\r\n" + HIDDEN,
    "a chunk that ends in a line feed": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n" + HIDDEN,
    "two hosts": b"GET /up HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + HIDDEN,
    "a line break in the target": b"GET /up\r/x HTTP/1.1\r\nHost: a\r\n\r\n" + HIDDEN,
    "chunks in HTTP/1.0": HEAD.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "CONNECT": b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n" + HIDDEN,
    "an upgrade to nowhere": b"GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + HIDDEN,
}


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_is_smuggled(shared_house, name):
    found = answers(shared_house, REFUSED[name])
    assert len(found) <= 1, f"what follows was taken for a request: {found}"
    assert all(status < 500 or status == 501 for status in found), found
    assert shared_house.is_up()


def test_what_is_well_formed_is_read_once_and_in_order(shared_house):
    """So that the test above does not hold because nothing is ever answered twice."""
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;note=x\r\n{}\r\n0\r\n\r\n"
    assert answers(shared_house, chunked + HIDDEN) == [400, 200]
    assert answers(shared_house, HEAD + b"Content-Length: 2\r\n\r\n{}" + HIDDEN + HIDDEN) == [400, 200, 200]
    inside = HEAD + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN
    assert answers(shared_house, inside) == [400], "a body is a body, whatever it looks like"
    waits = HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
    assert [status for status in answers(shared_house, waits) if status != 100] == [400]
