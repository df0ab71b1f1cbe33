#!/usr/bin/env python3
"""Finding messages over HTTP among a million in 200 channels, as one types and by whole words, beside the pages of a channel.

    make bench            or: bench/search.py [--messages 1000000] [--channels 200] [--requests 1000] [--keep FOLDER]

The rows are written into SQLite by this script, and taken into the index by the server: that is measured too. The reader may read
20 of the channels, one of which holds half of all messages, so that it has a ten-thousandth page; a guest of the house may read
none. The server has one core, this client another. The exit code is 1 where a goal is missed.
"""

import argparse
import bisect
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import random
import sqlite3
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "Tests"))

from house import House  # noqa: E402

READABLE, PAGE = 20, 50
BEGAN = 1_700_000_000_000


class Language:
    """Words made of syllables; how often each comes falls with its rank, as in every language."""

    def __init__(self, seed, consonants, vowels, words, longest):
        chance = random.Random(seed)
        syllables = [c + v for c in consonants for v in vowels] + [c + v + end for c in consonants for v in vowels for end in consonants[:6]]
        chance.shuffle(syllables)
        weights = [1 / (rank + 1) for rank in range(len(syllables))]
        made = set()
        while len(made) < words:
            word = "".join(chance.choices(syllables, weights, k=chance.choice((1, 1, 2, 2, 2, 3, 3, 4, longest))))
            made.add(word)
        self.words = sorted(made, key=lambda word: len(word) + chance.random() * 4)
        self.sums = list(itertools.accumulate(1 / (rank + 1) ** 0.95 for rank in range(words)))

    def word(self):
        return self.words[bisect.bisect(self.sums, random.random() * self.sums[-1])]


class Speech:
    """What people say: several languages, serial numbers, links."""

    def __init__(self):
        self.languages = [
            Language(1, "bcdfghklmnprstvw", "aeiou", 30_000, 4), Language(2, "nrstlbdfghkmpwz", "aeiouäöü", 30_000, 7),
            Language(3, "нрстлбвгдкмп", "аеиоуы", 20_000, 5)]
        self.han = [chr(code) for code in range(0x4E00, 0x4E00 + 1500)] + [chr(code) for code in range(0x3042, 0x3090)] * 30

    def text(self):
        if random.random() < 0.05:
            return "".join(random.choices(self.han, k=random.randint(5, 40)))
        language = random.choices(self.languages, (60, 25, 10))[0]
        words = [language.word() for _ in range(min(60, max(1, int(random.lognormvariate(2.2, 0.7)))))]
        if random.random() < 0.05:
            words.append(f"{random.choice('ABCDEFGH')}{random.choice('KLMN')}-{random.randint(1000, 99999)}/{random.randint(0, 9)}")
        if random.random() < 0.08:
            words.append(f"https://example.org/{language.word()}/{random.randint(1, 9999)}")
        text = " ".join(words)
        return text[0].upper() + text[1:] + random.choice(".!?") if random.random() < 0.5 else text


def furnish(house, speech, messages, channels):
    """Returns the ids of the channels: the first READABLE are the reader's, and the first of all is the large one."""
    with contextlib.closing(sqlite3.connect(house.folder / "homechat.sqlite3")) as rows:
        rows.execute("PRAGMA synchronous = OFF")
        people = dict(rows.execute("SELECT username, id FROM users"))
        for number in range(60):
            rows.execute("INSERT INTO users (username, name_key, display_name, role, created_at) VALUES (?1, ?1, ?1, 'user', ?2)",
                         (f"person{number}", BEGAN))
        authors = [one for one, in rows.execute("SELECT id FROM users")]
        ids = []
        for number in range(channels):
            name = f"room-{number}"
            ids.append(rows.execute(
                "INSERT INTO channels (type, name, name_key, created_at) VALUES ('private', ?1, ?1, ?2)", (name, BEGAN)).lastrowid)
            members = [people["wide"]] + ([people["reader"]] if number < READABLE else [])
            rows.executemany("INSERT INTO memberships (channel_id, user_id, joined_at, level) VALUES (?, ?, ?, 'all')",
                             [(ids[-1], member, BEGAN) for member in members])
        half = messages // 2 + 10 * PAGE
        places = [ids[0]] * half + [ids[1 + number % (channels - 1)] for number in range(messages - half)]
        random.shuffle(places)

        def made():
            readable = set(ids[:READABLE])
            for number, place in enumerate(places):
                text = speech.text()
                if place not in readable and random.random() < 0.3:
                    text += " hiddenword"
                moment = BEGAN + number * 60_000
                yield place, random.choice(authors), text, moment, moment

        rows.executemany(
            "INSERT INTO messages (channel_id, author_id, content, search_text, message_type, created_at, updated_at)"
            " VALUES (?, ?, ?, '', 'chat', ?, ?)", made())
        rows.commit()
    return ids


class Client:
    """One person, one connection."""

    def __init__(self, house, name):
        self.connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
        self.used = 0.0
        self.headers = {"Authorization": f"Bearer {house.tokens[name]}"}

    def get(self, path):
        if time.monotonic() - self.used > 5:
            self.connection.close()
        self.used = time.monotonic()
        began = time.perf_counter()
        self.connection.request("GET", "/api/v1" + path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - began
        assert answer.status == 200, body
        return took * 1000, json.loads(body)

    def search(self, text, limit, sort="newest"):
        query = urllib.parse.urlencode({"q": text, "type": "messages", "sort": sort, "limit": limit})
        took, found = self.get("/search?" + query)
        return took, len(found["messages"])


def measure(name, requests, goal, ask):
    """`goal`: what the median and the 99th percentile may be, in ms. Returns whether they are."""
    for _ in range(10):
        ask()
    answers = [ask() for _ in range(requests)]
    times = sorted(took for took, _ in answers)
    median, late = times[len(times) // 2], times[min(len(times) * 99 // 100, len(times) - 1)]
    is_met = all(limit is None or value < limit for value, limit in zip((median, late), goal))
    wanted = " / ".join("-" if limit is None else f"{limit:g}" for limit in goal)
    hits = sum(count for _, count in answers) / len(answers)
    print(f"{name:52} {median:8.2f} {late:8.2f} {hits:8.1f}   {wanted:>9} {'' if is_met else 'MISSED'}", flush=True)
    return is_met


def all_measures(house, ids, words, requests):
    reader, nobody, wide = (Client(house, name) for name in ("reader", "nobody", "wide"))
    common, rare = words[:200], words[-4000:]

    def prefix(pool):
        word = random.choice([one for one in random.choices(pool, k=50) if len(one) > 2] or pool)
        return word[:random.randint(2, max(2, min(12, len(word))))]

    def middle(pool):
        word = random.choice([one for one in random.choices(pool, k=50) if len(one) > 4] or ["kitchen"])
        length = random.randint(3, min(12, len(word) - 1))
        start = random.randint(1, len(word) - length)
        return word[start:start + length]

    def phrase(pool):
        return f'"{random.choice(pool)}"'

    print(f"\n{'':52} {'median':>8} {'99 %':>8} {'hits':>8}   {'goal, ms':>9}")
    typing, whole, free = (10, 50), (None, 5), (None, None)
    rows = [
        ("who one is, to compare with: no search at all", free, lambda: (nobody.get("/me")[0], 0)),
        ("as you type, beginnings of common words", typing, lambda: reader.search(prefix(common), 5)),
        ("as you type, beginnings of rare words", typing, lambda: reader.search(prefix(rare), 5)),
        ("as you type, middles of common words", typing, lambda: reader.search(middle(words[:2000]), 5)),
        ("as you type, middles of rare words", typing, lambda: reader.search(middle(rare), 5)),
        ("as you type, serial numbers", typing, lambda: reader.search(f"{random.randint(100, 999)}/", 5)),
        ("as you type, letters that no message has", typing, lambda: reader.search("".join(random.choices("qxzjw", k=6)), 5)),
        ("as you type, who may read nothing", typing, lambda: nobody.search(prefix(common), 5)),
        ("as you type, who may read all channels", free, lambda: wide.search(prefix(common), 5)),
        ("as you type, middles, who may read all channels", free, lambda: wide.search(middle(rare), 5)),
        ("whole words by newest, common", whole, lambda: reader.search(phrase(common), 10)),
        ("whole words by newest, rare", whole, lambda: reader.search(phrase(rare), 10)),
        ("whole words by newest, absent", whole, lambda: reader.search('"nosuchwordatall"', 10)),
        ("whole words by newest, common where one may not read", whole, lambda: reader.search('"hiddenword"', 10)),
        ("whole words by newest, who may read nothing", whole, lambda: nobody.search(phrase(common), 10)),
        ("whole words by newest, who may read all channels", free, lambda: wide.search(phrase(common), 10)),
        ("two whole words by newest", whole, lambda: reader.search(f"{phrase(common)} {phrase(words[:2000])}", 10)),
        ("by relevance, common", free, lambda: reader.search(random.choice(common), 10, "relevance")),
        ("by relevance, rare", free, lambda: reader.search(random.choice(rare), 10, "relevance")),
        ("by relevance, two words", free, lambda: reader.search(f"{random.choice(common)} {random.choice(common)}", 10, "relevance")),
        ("a common word in an old month", free, lambda: reader.search(f"{phrase(common)} before:2023-12", 10)),
        ("from somebody, with a link", free, lambda: reader.search(f"from:person{random.randint(0, 59)} has:link", 10)),
    ]
    results = [measure(name, requests, goal, ask) for name, goal, ask in rows]

    def page(before=None):
        took, found = reader.get(f"/channels/{ids[0]}/messages?limit={PAGE}" + (f"&before={before}" if before else ""))
        return took, len(found["messages"])

    with contextlib.closing(sqlite3.connect(house.folder / "homechat.sqlite3")) as rows:
        far, = rows.execute("SELECT id FROM messages WHERE channel_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?", (ids[0], 9_999 * PAGE)).fetchone() or [2]
    results.append(measure("the first page of a channel", requests, (2, None), page))
    results.append(measure("its ten-thousandth page", requests, (2, None), lambda: page(far)))
    return all(results)


def index(house):
    """Waits until the server has taken all in. Returns seconds, and the server's own CPU seconds."""
    began, before = time.monotonic(), cpu(house)
    with contextlib.closing(sqlite3.connect(house.folder / "homechat.sqlite3", timeout=60)) as rows:
        while rows.execute(
                "SELECT 1 FROM messages WHERE search_generation = 0 AND deleted_at IS NULL AND message_type <> 'system' LIMIT 1").fetchone():
            time.sleep(0.5)
    return time.monotonic() - began, cpu(house) - before


def posting(house, texts, ids):
    """The server's CPU for a message that is posted, in microseconds."""
    client = Client(house, "reader")
    client.headers["Content-Type"] = "application/json"
    before = cpu(house)
    for text in texts:
        client.connection.request("POST", f"/api/v1/channels/{ids[1]}/messages", json.dumps({"content": text}), client.headers)
        answer = client.connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    return (cpu(house) - before) / len(texts) * 1e6


def inserting(folder, speech, count):
    """SQLite alone, a transaction and a savepoint for each message: microseconds without the index, and with it."""
    with contextlib.closing(sqlite3.connect(folder / "homechat.sqlite3", isolation_level=None)) as rows:
        rows.execute("PRAGMA synchronous = OFF")
        channel, author = rows.execute("SELECT channel_id, author_id FROM messages ORDER BY id DESC LIMIT 1").fetchone()

        def run(terms):
            spent = 0
            for _ in range(count):
                text = speech.text()
                keys = " ".join({f"g{text[at:at + 3]}\u00a0{channel}".lower() for at in range(len(text) - 2) if text[at:at + 3].isalnum()})
                began = time.process_time()
                rows.execute("BEGIN IMMEDIATE")
                rows.execute("SAVEPOINT write")
                last = rows.execute(
                    "INSERT INTO messages (channel_id, author_id, content, search_text, message_type, created_at, updated_at)"
                    " VALUES (?, ?, ?, '', 'chat', 0, 0)", (channel, author, text)).lastrowid
                if terms:
                    rows.execute("INSERT INTO messages_fts (rowid, terms) VALUES (?, ?)", (last, keys))
                    if last % 8 == 0:
                        rows.execute("INSERT INTO messages_fts (messages_fts, rank) VALUES ('merge', 16)")
                rows.execute("RELEASE SAVEPOINT write")
                rows.execute("COMMIT")
                spent += time.process_time() - began
            return spent / count * 1e6

        return run(False), run(True)


def cpu(house):
    fields = pathlib.Path(f"/proc/{house.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def size(house):
    return sum(file.stat().st_size for file in house.folder.glob("homechat.sqlite3*")) / 1e6


def start(house):
    """The server on the first core, this client on the last."""
    house.start()
    cores = sorted(os.sched_getaffinity(0))
    for thread in os.listdir(f"/proc/{house.process.pid}/task"):
        os.sched_setaffinity(int(thread), {cores[0]})
    os.sched_setaffinity(0, {cores[-1]} if len(cores) > 1 else set(cores))


def run(folder, options):
    cores = os.sched_getaffinity(0)
    house = House(folder / "data", binary=options.binary, arguments=["--log-level=warning", "--event-loops=1"]).start()
    try:
        house.people("ana", "reader", "nobody", "wide")
        house.stop()
        random.seed(5)
        speech = Speech()
        ids = furnish(house, speech, options.messages, options.channels)
        before = size(house)
        start(house)
        seconds, used = index(house)
        house.stop()
        after = size(house)
        print(f"{options.messages} messages in {options.channels} channels, {before:.0f} MB; taken into the index in {seconds:.0f} s"
              f" ({used:.0f} s of CPU), {after - before:.0f} MB more")
        os.sched_setaffinity(0, cores)
        start(house)
        words = [word for word in speech.languages[0].words if len(word) > 1]
        is_met = all_measures(house, ids, words, options.requests)
        spoken, least = (posting(house, texts, ids) for texts in ([speech.text() for _ in range(2000)], ["a"] * 2000))
        print(f"\na message posted over HTTP: {spoken:.0f} us of the server's CPU; one of a single letter {least:.0f} us")
        house.stop()
    finally:
        house.kill()
        os.sched_setaffinity(0, cores)
    plain, indexed = inserting(house.folder, speech, 5000)
    print(f"a message inserted, SQLite alone: {plain:.0f} us of CPU without the index, {indexed:.0f} us with it")
    return is_met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--channels", type=int, default=200)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/homechat"))
    parser.add_argument("--keep", help="a new folder for the data, which stays")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(options.keep or folder)
        place.mkdir(exist_ok=True)
        is_met = run(place, options)
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()
