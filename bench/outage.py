#!/usr/bin/env python3
"""What becomes of deliveries while their target is away: posted, waiting and delivered, second by second, with one chart.

    bench/outage.py [--rate 20] [--before 5] [--away 30] [--after 30] [--kill]

The target goes away and comes back; with --kill the server is killed with SIGKILL in the middle and started again. Nothing may be
lost or come out of order, or the exit code is 1. Something may come twice, under the same id, after a kill.
"""

import argparse
import pathlib
import sys
import tempfile
import threading
import time

import requests

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "Tests"))

from house import PASSWORD, House  # noqa: E402
from sink import Sink  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in {"rate": 20, "before": 5, "away": 30, "after": 30}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--binary", default=str(ROOT / ".build/release/homechat"))
    return parser.parse_args()


class Poster(threading.Thread):
    """Ben, who goes on writing whatever happens; what was not acknowledged is written again."""

    def __init__(self, house, rate, seconds):
        super().__init__(daemon=True)
        self.house, self.rate, self.end = house, rate, time.monotonic() + seconds
        self.posted = 0

    def run(self):
        session = requests.Session()
        headers = {"Authorization": "Bearer " + self.house.tokens["ben"]}
        due = time.monotonic()
        while time.monotonic() < self.end:
            body = {"room": "home", "message": f"number {self.posted}", "nonce": f"n{self.posted}"}
            try:
                url = f"{self.house.url}/api/v1/messages"
                if session.post(url, headers=headers, json=body, timeout=5).status_code == 200:
                    self.posted += 1
            except requests.RequestException:
                time.sleep(0.05)
            due += 1 / self.rate
            time.sleep(max(0, due - time.monotonic()))


def furnish(folder, binary, sink):
    house = House(folder / "data", binary=binary, environment={"HOMEASSISTANT_URL": sink.url}).start()
    house.people("ana", "ben")
    owner = {"Authorization": "Bearer " + house.token("ana", "bots")}
    made = requests.post(
        f"{house.url}/api/v1/bots", headers=owner, json={"name": "house", "webhook_id": "ab" * 32}, timeout=10)
    made.raise_for_status()
    signed_in = requests.post(
        f"{house.url}/api/v1/signin", json={"username": "ben", "password": PASSWORD}, timeout=10)
    house.tokens["ben"] = signed_in.json()["token"]
    return house


def main():
    options = arguments()
    sink = Sink()
    with tempfile.TemporaryDirectory() as folder:
        house = furnish(pathlib.Path(folder), options.binary, sink)
        total = options.before + options.away + options.after
        poster = Poster(house, options.rate, options.before + options.away + 2)
        poster.start()
        print(f"{'second':>6} {'target':>8} {'posted':>7} {'arrived':>8} {'waiting':>8}")
        start, back, drained, rows = time.monotonic(), None, None, []
        for second in range(total):
            if second == options.before:
                sink.close()
            if options.kill and second == options.before + options.away // 2:
                house.kill()
                house.start(port=house.port)
            if second == options.before + options.away:
                sink.open()
                back = time.monotonic()
            time.sleep(max(0, start + second + 1 - time.monotonic()))
            arrived = len({request.id for request in sink.requests})
            is_away = options.before <= second < options.before + options.away
            rows.append((second, "away" if is_away else "there", poster.posted, arrived))
            waiting = poster.posted - arrived
            bar = "#" * round(40 * waiting / (options.rate * (options.away + 2)))
            print(f"{second:>6} {rows[-1][1]:>8} {poster.posted:>7} {arrived:>8} {waiting:>8} {bar}")
            if back and not waiting and not poster.is_alive():
                drained = time.monotonic() - back
                break
        house.stop()
    texts = list(dict.fromkeys(sink.texts))
    in_order = texts == [f"number {number}" for number in range(len(texts))]
    lost = poster.posted - len(texts)
    twice = len(sink.requests) - len({request.id for request in sink.requests})
    print(f"\nposted {poster.posted}, arrived {len(texts)}, lost {lost}, in order: {'yes' if in_order else 'NO'}, twice {twice}")
    if drained is not None:
        print(f"all there {drained:.0f} s after the target was back")
    return 0 if in_order and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
