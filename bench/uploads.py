#!/usr/bin/env python3
"""What uploads cost: the server's memory while one streams in, and how long messages take to arrive beside many.

    make bench            or: bench/uploads.py [--uploads 100] [--megabytes 10] [--subscribers 50] [--seconds 10]

Memory is the proportional set size of the server's own process, sampled while 10 MB trickle in, after a warm-up; the processes that
look at files end after each. Deliveries are timed from the moment a message is posted to the moment each subscriber has it,
with nothing else going on and with all uploads at once. The exit code is 1 where memory grows by 2 MB or more, where the
99th percentile of deliveries more than doubles, or where an upload fails.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time

import bench

sys.path.insert(0, str(bench.ROOT / "Tests"))
from house import House  # noqa: E402

EDGE = "----bench"
RATE = 50  # messages a second


def frame(house, number, size):
    """The head of a request and of its file, and the end; between them stand `size` bytes."""
    start = (f"--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{number}.txt\"\r\n\r\n"
             f"{number} {os.urandom(8).hex()}\n").encode()
    end = f"\r\n--{EDGE}--\r\n".encode()
    head = (f"POST /api/v1/files HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {house.tokens['ana']}\r\nConnection: close\r\n"
            f"Content-Type: multipart/form-data; boundary={EDGE}\r\nContent-Length: {len(start) + size + len(end)}\r\n\r\n").encode()
    return head + start, end


def answered(line):
    answer = b""
    while part := line.recv(65536):
        answer += part
    return int(answer.split()[1])


def upload(house, number, content, pause=0.0):
    """One upload, in pieces of 64 KiB with a pause after each. Returns its status."""
    start, end = frame(house, number, len(content))
    with socket.create_connection(("127.0.0.1", house.port), timeout=60) as line:
        line.sendall(start)
        for at in range(0, len(content), 65536):
            line.sendall(content[at:at + 65536])
            time.sleep(pause)
        line.sendall(end)
        return answered(line)


def resident(process):
    text = pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))


def memory(house, rounds):
    """The most that one upload of 10 MB adds, in kilobytes, in each round."""
    content = b"all work and no play\n" * (10_400_000 // 21)
    assert all(upload(house, f"warm {n}", content) == 201 for n in range(5))
    growths = []
    for number in range(rounds):
        time.sleep(1)  # what ended before has been given back by then
        before = statistics.median(resident(house.process) for _ in range(5))
        samples, done = [], threading.Event()

        def sample():
            while not done.is_set():
                samples.append(resident(house.process))
                time.sleep(0.01)

        watch = threading.Thread(target=sample)
        watch.start()
        status = upload(house, f"measured {number}", content, pause=0.01)
        done.set()
        watch.join()
        assert status == 201, status
        growths.append(max(samples) - before)
    return growths


def send_all(house, count, size, report):
    """All at once. By sendfile and behind all others, as this client stands for other people's machines, and takes nothing of
    this one. Reports the statuses and seconds."""
    os.nice(10)
    with tempfile.TemporaryFile() as file:
        file.write(b"all work and no play\n" * (size // 21 + 1))
        file.truncate(size)
        file.flush()
        selector, statuses, began = selectors.EpollSelector(), [], time.monotonic()
        for number in range(count):
            line = socket.create_connection(("127.0.0.1", house.port))
            start, end = frame(house, f"{began} {number}", size)
            line.sendall(start)
            line.setblocking(False)
            selector.register(line, selectors.EVENT_WRITE, {"at": 0, "end": end, "answer": b""})
        while selector.get_map():
            for key, _ in selector.select():
                line, state = key.fileobj, key.data
                if key.events == selectors.EVENT_READ:
                    if part := line.recv(65536):
                        state["answer"] += part
                        continue
                    statuses.append(int(state["answer"].split()[1]) if state["answer"] else 0)
                    selector.unregister(line)
                    line.close()
                elif state["at"] < size:
                    state["at"] += os.sendfile(line.fileno(), file.fileno(), state["at"], min(262_144, size - state["at"]))
                else:
                    line.sendall(state["end"])
                    selector.modify(line, selectors.EVENT_READ, state)
        report.put((statuses, time.monotonic() - began))


def deliveries(subscribers, poster, first, is_over):
    """Posts at a steady rate until it is over, and returns how long each message took to each subscriber, in seconds."""
    selector = selectors.EpollSelector()
    for one in [*subscribers, poster]:
        selector.register(one.socket, selectors.EVENT_READ, one)
    posted, took, number, due = {}, [], first, time.monotonic()
    last = None
    while True:
        now = time.monotonic()
        if last is None and is_over():
            last = now
        if last is None and poster.began is None and now >= due:
            posted[number] = now
            poster.post(number)
            number, due = number + 1, max(due + 1 / RATE, now)
        if last is not None and (len(took) == len(posted) * len(subscribers) or now - last > 10):
            break
        for key, _ in selector.select(0.005):
            if key.data is poster:
                poster.read()
            elif count := key.data.read():
                took += [time.monotonic() - posted[seen] for seen in key.data.seen[-count:]]
    lost = len(posted) * len(subscribers) - len(took)
    return sorted(took), lost, number


def figures(name, took, lost):
    at = {share: round(took[min(int(len(took) * share), len(took) - 1)] * 1e3, 1) for share in (0.5, 0.99)}
    print(json.dumps({"deliveries": name, "count": len(took), "p50_ms": at[0.5], "p99_ms": at[0.99], "most_ms": round(took[-1] * 1e3, 1), "lost": lost}))
    return at[0.99]


def beside(house, options):
    channel = house.channel("ana")["id"]
    subscribe = {"command": "subscribe", "identifier": json.dumps({"channel": "ChatChannel", "channel_id": channel})}
    subscribers = [bench.Subscriber(house.port, f"/cable?token={house.tokens['ana']}", subscribe) for _ in range(options.subscribers)]
    poster = bench.Poster(house.port, channel, house.tokens["ana"])
    end = time.monotonic() + 1
    _, _, number = deliveries(subscribers, poster, 0, lambda: time.monotonic() > end)
    end = time.monotonic() + options.seconds
    took, lost, number = deliveries(subscribers, poster, number, lambda: time.monotonic() > end)
    alone = figures("alone", took, lost)
    report = multiprocessing.Queue()
    sender = multiprocessing.Process(target=send_all, args=(house, options.uploads, (options.megabytes << 20) - 1024, report))  # a line of its own comes first
    sender.start()
    took, more, _ = deliveries(subscribers, poster, number, lambda: not sender.is_alive())
    statuses, seconds = report.get(timeout=10)
    sender.join()
    crowded = figures("beside uploads", took, more)
    print(json.dumps({"uploads": len(statuses), "stored": statuses.count(201), "others": sorted(set(statuses) - {201}), "seconds": round(seconds, 1),
                      "megabytes_per_second": round(options.uploads * options.megabytes / seconds, 1)}))
    return alone, crowded, lost + more, statuses.count(201) == options.uploads


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=100)
    parser.add_argument("--megabytes", type=int, default=10, help="of each")
    parser.add_argument("--subscribers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10, help="of deliveries with nothing else going on")
    parser.add_argument("--rounds", type=int, default=5, help="of the upload whose memory is measured")
    parser.add_argument("--binary", default=str(bench.HOMECHAT))
    options = parser.parse_args()
    caps = {f"HOMECHAT_LIMITS_CABLES{name}": "100000" for name in ("", "_PER_USER", "_PER_ADDRESS")}
    caps |= {f"HOMECHAT_LIMITS_CONNECTIONS{name}": "100000" for name in ("", "_PER_ADDRESS")}
    with tempfile.TemporaryDirectory() as folder:
        house = House(pathlib.Path(folder) / "data", binary=options.binary, environment=caps).start()
        try:
            house.people("ana")
            growths = memory(house, options.rounds)
            print(json.dumps({"memory": "one upload of 10 MB", "grows_kilobytes": growths, "pss_kilobytes": resident(house.process)}))
            alone, crowded, lost, is_stored = beside(house, options)
        finally:
            house.kill()
    growth = statistics.median(growths)
    print(f"one upload adds {growth / 1024:.1f} MB; 99 % of deliveries within {alone} ms alone, {crowded} ms beside {options.uploads} uploads")
    sys.exit(1 if growth >= 2048 or crowded > 2 * alone or lost or not is_stored else 0)


if __name__ == "__main__":
    main()
