#!/usr/bin/env python3
"""Fan-out over real sockets: 1 channel, 1000 subscribers, messages posted and stored; beside SwiftNIO's bare broadcaster.

    make bench            or: bench/bench.py [--subscribers 1000] [--messages 500] [--window 8] [--rounds 3]

What counts is the server's CPU time per million deliveries (/proc/PID/stat), so the speed of this client does not matter.
Nothing may be lost, doubled or reordered, or the exit code is 1.
"""

import argparse
import base64
import contextlib
import json
import os
import pathlib
import re
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent
HOMECHAT = ROOT / ".build/release/homechat"
NIOBLAST = ROOT / "bench/.build/release/nioblast"
MARK = re.compile(rb"HC:(\d+);")


class Subscriber:
    """One WebSocket: takes frames apart and remembers the numbers of the messages in the order of their coming."""

    def __init__(self, port, path, subscribe=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        self.buffer, self.seen, self.bytes = b"", [], 0
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(4096)
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        assert b" 101 " in head.split(b"\r\n")[0], head
        if subscribe:
            self.send(json.dumps(subscribe).encode())
            while b"confirm_subscription" not in self.buffer:
                self.buffer += self.socket.recv(4096)
        self.socket.setblocking(False)

    def send(self, payload):
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
        self.socket.sendall(b"\x81" + length + b"\0\0\0\0" + payload)  # a mask of zeros is a mask

    def read(self):
        """Returns how many messages came."""
        self.buffer += self.socket.recv(1 << 20)
        count, start, end = 0, 0, len(self.buffer)
        while end - start >= 4:
            length, head = self.buffer[start + 1], 2
            if length == 126:
                length, head = int.from_bytes(self.buffer[start + 2:start + 4], "big"), 4
            if end - start < head + length:
                break
            if mark := MARK.search(self.buffer, start + head, start + head + length):
                self.seen.append(int(mark[1]))
                self.bytes += length
                count += 1
            start += head + length
        self.buffer = self.buffer[start:]
        return count


class Poster:
    """Posts over HTTP, one request after the other on its connection."""

    def __init__(self, port, channel, token):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.head = (
            f"POST /api/v1/channels/{channel}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: ")
        self.buffer, self.began = b"", None

    def post(self, number):
        body = json.dumps({"content": text(number)})
        self.began = time.monotonic()
        self.socket.sendall(f"{self.head}{len(body)}\r\n\r\n{body}".encode())

    def read(self):
        """The seconds that the answer took, or None while it is not there yet."""
        self.buffer += self.socket.recv(1 << 16)
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or len(body) < int(re.search(rb"(?i)content-length: (\d+)", head)[1]):
            return None
        assert b" 200 " in head.split(b"\r\n")[0], self.buffer
        self.buffer, took, self.began = b"", time.monotonic() - self.began, None
        return took


def text(number):
    return f"HC:{number}; " + "what somebody says is about this long " * 3


def drive(subscribers, messages, window, post, posters=()):
    """Keeps a window of messages under way until all have reached everybody. Returns seconds taken and the posts' latencies."""
    selector = selectors.EpollSelector()
    for one in [*subscribers, *posters]:
        selector.register(one.socket, selectors.EVENT_READ, one)
    wanted, delivered, posted, latencies = messages * len(subscribers), 0, 0, []
    began, progress = time.monotonic(), time.monotonic()
    while delivered < wanted and time.monotonic() - progress < 30:
        while posted < messages and posted - delivered // len(subscribers) < window and post(posted):
            posted += 1
        for key, _ in selector.select(1):
            if isinstance(key.data, Poster):
                if took := key.data.read():
                    latencies.append(took)
            elif count := key.data.read():
                delivered += count
                progress = time.monotonic()
    return time.monotonic() - began, latencies


def cpu(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(name, process, before, subscribers, messages, seconds, latencies):
    wanted = list(range(messages))
    used, deliveries = cpu(process) - before, messages * len(subscribers)
    lost = sum(messages - len(set(one.seen)) for one in subscribers)
    doubled = sum(len(one.seen) - len(set(one.seen)) for one in subscribers)
    order = subscribers[0].seen
    # Posts that are under way together have no order of their own; what counts is that all see the same one.
    reordered = sum(one.seen != order for one in subscribers)
    if name == "nioblast":
        reordered = sum(one.seen != wanted for one in subscribers)
    result = {
        "server": name, "cpu_seconds_per_million": round(used / deliveries * 1e6, 3), "cpu_seconds": round(used, 2),
        "deliveries": deliveries, "bytes_each": round(sum(one.bytes for one in subscribers) / max(deliveries, 1)), "per_second": round(deliveries / seconds), "lost": lost, "doubled": doubled, "reordered": reordered,
    }
    if latencies:
        latencies.sort()
        result |= {"post_p50_ms": round(latencies[len(latencies) // 2] * 1e3, 1), "post_p99_ms": round(latencies[len(latencies) * 99 // 100] * 1e3, 1)}
    print(json.dumps(result), flush=True)
    return result


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)


def homechat(count, messages, window):
    with tempfile.TemporaryDirectory() as folder:
        def cli(*arguments):
            command = [HOMECHAT, *arguments, "--data-dir", folder]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

        command = [HOMECHAT, "serve", "--json", "--port", "0", "--data-dir", folder, "--log-level", "warning", "--event-loops", "1",
                   "--rate-limit-message-limit", "off", "--rate-limit-api-limit", "off", "--limits-cables-per-user", "1000000",
                   "--limits-cables-per-address", "1000000", "--limits-cables", "1000000"]
        with running(command, stdout=subprocess.PIPE, text=True) as process:
            port = json.loads(process.stdout.readline())["port"]
            cli("user", "create", "ana", "--role", "admin")
            scopes = ["--scope=messages:write", "--scope=messages:read", "--scope=channels:read"]
            token = cli("token", "create", "--user", "ana", "--name", "bench", *scopes, "--quiet")
            channel = json.loads(cli("channel", "list", "--json").splitlines()[0])["id"]
            subscribe = {"command": "subscribe", "identifier": json.dumps({"channel": "ChatChannel", "channel_id": channel})}
            subscribers = [Subscriber(port, f"/cable?token={token}", subscribe) for _ in range(count)]
            posters = [Poster(port, channel, token) for _ in range(window)]

            def post(number):
                free = next((one for one in posters if one.began is None), None)
                if free:
                    free.post(number)
                return free is not None

            before = cpu(process)
            seconds, latencies = drive(subscribers, messages, window, post, posters)
            return report("homechat", process, before, subscribers, messages, seconds, latencies)


def nioblast(count, messages, window):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running([NIOBLAST, str(port), "1"]) as process:
        while True:
            with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
                break
        subscribers = [Subscriber(port, "/ws/1") for _ in range(count)]
        frame = envelope()
        before = cpu(process)

        def post(number):
            subscribers[0].send(frame.replace(b"HC:0; ", f"HC:{number}; ".encode()))
            return True

        seconds, latencies = drive(subscribers, messages, window, post)
        return report("nioblast", process, before, subscribers, messages, seconds, latencies)


def envelope():
    """A frame as HomeChat sends it, so that both carry as many bytes."""
    user = {"id": 1, "username": "ana", "display_name": "ana", "avatar_url": None, "avatar_initials": "AN", "avatar_color_index": 3,
            "role": "admin", "created_at": "2026-01-01T00:00:00Z"}
    message = {"id": 1000, "content": text(0), "html": f"<p>{text(0)}</p>\n", "created_at": "2026-01-01T00:00:00Z", "edited_at": None,
               "user": user, "channel_id": 1, "channel": "home", "message_type": "api", "label": None, "files": [], "nonce": None,
               "reply_to": None, "thread_id": None, "thread": None, "reactions": [], "pinned_at": None, "mentions": [], "mentions_everyone": False}
    identifier = json.dumps({"channel": "ChatChannel", "channel_id": 1})
    payload = {"type": "message", "action": "message", "message": message, "user": user, "channel_id": 1}
    return json.dumps({"identifier": identifier, "message": payload}, separators=(",", ":")).encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--window", type=int, default=8, help="messages that may be under way at once; 1: no server can bundle")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    results = [run(options.subscribers, options.messages, options.window) for _ in range(options.rounds) for run in (homechat, nioblast)]
    ours, bare = (statistics.median(one["cpu_seconds_per_million"] for one in results if one["server"] == name) for name in ("homechat", "nioblast"))
    print(f"homechat {ours:.2f}, bare SwiftNIO {bare:.2f} CPU-seconds per million deliveries; ratio {ours / bare:.2f}")
    sys.exit(any(one["lost"] or one["doubled"] or one["reordered"] for one in results))


if __name__ == "__main__":
    main()
