#!/usr/bin/env python3
"""Incoming webhooks at full speed over several connections, to a server whose limits are off: none lost, none doubled.

    bench/webhooks.py [--requests 10000] [--connections 8 16 32]

Each is signed, posted and stored before it is answered. A tenth is sent twice under one delivery id, as senders do that were
not sure. The exit code is 1 where a message is missing or there twice.
"""

import argparse
import collections
import hashlib
import hmac
import http.client
import json
import pathlib
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).parent.parent


class Result:
    def __init__(self, connections):
        self.connections, self.statuses, self.texts, self.times, self.seconds = connections, collections.Counter(), [], [], 0.0
        self.repeats = 0


def run(url, secret, requests, connections):
    """Sends them and returns what was answered; `texts` are those that have to be there afterwards, once each."""
    address, result, lock = urllib.parse.urlsplit(url), Result(connections), threading.Lock()
    numbers = iter(range(requests))

    def send(connection, text, delivery):
        body = json.dumps({"message": text}).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        began = time.perf_counter()
        connection.request("POST", address.path, body, {
            "Content-Type": "application/json", "X-HomeChat-Signature": "sha256=" + signature, "X-HomeChat-Delivery": delivery})
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - began

    def work():
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return connection.close()
            text = f"storm {connections} {number}"
            answers = [send(connection, text, text)]
            if number % 10 == 0:
                repeated, _ = send(connection, text, text)
                assert repeated == 200
            with lock:
                result.repeats += number % 10 == 0
                result.texts.append(text)
                for status, seconds in answers:
                    result.statuses[status] += 1
                    result.times.append(seconds)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - began
    return result


def table(results, there=None):
    lines = ["connections  webhooks  repeats  seconds  per second   median    99 %     lost  doubled"]
    for result in results:
        times = sorted(result.times)
        half, most = times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000
        found = [there[text] for text in result.texts] if there is not None else []
        lost = str(sum(count == 0 for count in found)) if found else "-"
        doubled = str(sum(count > 1 for count in found)) if found else "-"
        sent = len(result.times)
        lines.append(
            f"{result.connections:11}  {sent:8}  {result.repeats:7}  {result.seconds:7.1f}  {(sent + result.repeats) / result.seconds:10.0f}"
            f"  {half:5.1f} ms  {most:5.1f} ms  {lost:>6}  {doubled:>7}")
    return "\n".join(lines)


def main():
    sys.path.insert(0, str(ROOT / "Tests"))
    from house import House

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=10_000)
    options.add_argument("--connections", type=int, nargs="+", default=[8, 16, 32])
    options.add_argument("--binary", default=str(ROOT / ".build/release/homechat"))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        house = House(pathlib.Path(folder) / "data", binary=chosen.binary).start()
        try:
            house.people("ana")
            made = json.loads(house.cli("bot", "create", "storm", "--channel", "home", "--json").stdout)
            url = f"{house.url}/api/v1/webhooks/{made['webhook_id']}"
            results = [run(url, made["secret"], chosen.requests, connections) for connections in chosen.connections]
            messages = house.messages("ana", house.channel("ana")["id"])
        finally:
            house.kill()
    there = collections.Counter(message["content"] for message in messages)
    print(table(results, there))
    wrong = any(set(result.statuses) != {200} for result in results)
    missing = any(there[text] != 1 for result in results for text in result.texts)
    sys.exit(1 if wrong or missing else 0)


if __name__ == "__main__":
    main()
