"""A HomeChat server as a person runs it: the real binary, a folder, a port, and its command line."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import threading
import time
import uuid

import pytest
import requests

ROOT = pathlib.Path(__file__).parent.parent
BINARY = os.environ.get("HOMECHAT_TEST_BINARY", str(ROOT / ".build/debug/homechat"))
PASSWORD = "correct horse battery"
# A test of something else posts and signs in as often as it likes.
LIMITED = [
    "LOGIN", "API", "MESSAGE", "SIGNUP", "PAGE", "BAD_TOKEN", "RESET", "INVITE", "SEARCH", "TYPING", "WEBHOOK", "WEBHOOK_ADDRESS", "FILE",
    "UPLOAD",
]
NO_LIMITS = {f"HOMECHAT_RATE_LIMIT_{scope}_LIMIT": "off" for scope in LIMITED}
SCOPES = ["messages:read", "messages:write", "channels:read", "channels:write", "users:read"]


def routes():
    """(method, path with its names) of each route, page and API, wherever the table of one stands."""
    bases = {"router": "/", "api": "/api/v1/"}
    found = [
        (method.upper(), bases[router] + path.removeprefix("/"))
        for file in sorted((ROOT / "Sources/HomeChat/App").glob("*Routes.swift"))
        for router, method, path in re.findall(r'\b(router|api)\.(get|post|put|patch|delete)\("([^"]+)"', file.read_text())]
    assert len(found) >= 199, "a table has moved to where this does not look"
    return found


def eventually(condition, within=10, every=0.02):
    """Waits until the condition holds and returns what it returned."""
    deadline = time.monotonic() + within
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(every)


class House:
    def __init__(self, folder, environment=None, arguments=(), binary=BINARY, limits=False, trusting=True):
        """`limits`: with the real rate limits, which are lifted otherwise. `trusting`: whose certificates over TLS."""
        self.folder = pathlib.Path(folder)
        self.arguments = list(arguments)
        self.binary = binary
        self.trusting = trusting
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environment = kept | ({} if limits else NO_LIMITS) | (environment or {})
        self.process = None
        self.tokens = {}
        self.log_path = self.folder.parent / (self.folder.name + ".log")

    # Running

    def start(self, port=0):
        command = [self.binary, "serve", "--json", f"--data-dir={self.folder}", f"--port={port}", *self.arguments]
        self.log = self.log_path.open("ab")
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL, text=True
        )
        is_ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if is_ready else ""
        assert line, "the server did not start:\n" + self.log_text()
        self.ready = json.loads(line)
        self.port = self.ready["port"]
        self.url = f"{'https' if self.ready['secure'] else 'http'}://127.0.0.1:{self.port}"
        return self

    def stop(self, within=10):
        """SIGTERM; returns the exit code and how long it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(within)
        self._forget()
        return code, time.monotonic() - began

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self._forget()

    def _forget(self):
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # Its command line

    def cli(self, *arguments, stdin="", check=True):
        result = subprocess.run(
            [self.binary, *arguments, f"--data-dir={self.folder}"],
            env=self.environment, input=stdin, capture_output=True, text=True, timeout=60,
        )
        if check:
            assert result.returncode == 0, result.stderr
        return result

    def people(self, *names):
        """Makes accounts, the first an admin, each with a token."""
        for number, name in enumerate(names):
            role = "admin" if number == 0 and not self.tokens else "user"
            self.cli("user", "create", name, "--role", role, "--password-stdin", stdin=PASSWORD + "\n")
            self.tokens[name] = self.token(name, *SCOPES)

    def token(self, name, *scopes):
        options = [part for scope in scopes for part in ("--scope", scope)]
        unique = f"test {uuid.uuid4()}"
        return self.cli("token", "create", "--user", name, "--name", unique, *options, "--quiet").stdout.strip()

    # Its API

    def api(self, name, method, path, expect=None, **options):
        headers = {"Authorization": f"Bearer {self.tokens[name]}"} | options.pop("headers", {})
        answer = requests.request(
            method, f"{self.url}/api/v1{path}", headers=headers, timeout=20, verify=self.verify, **options)
        if expect:
            assert answer.status_code == expect, f"{answer.status_code} {answer.text}"
        return answer

    @property
    def verify(self):
        return str(self.trusting) if self.ready["secure"] else True

    def post(self, name, text, room="home", **more):
        """Posts a message and returns it as the server answered."""
        body = {"room": room, "message": text} | more
        return self.api(name, "POST", "/messages", expect=200, json=body).json()["message"]

    def channel(self, name, room="home"):
        channels = self.api(name, "GET", "/channels", expect=200).json()["channels"]
        return next(channel for channel in channels if channel["name"] == room)

    def messages(self, name, channel, after=0):
        """Every message after an id, oldest first, page by page."""
        found = []
        while True:
            query = f"/channels/{channel}/messages?limit=100&after={found[-1]['id'] if found else after}"
            page = self.api(name, "GET", query, expect=200).json()
            found += reversed(page["messages"])
            if not page["has_more"]:
                return found

    def is_up(self):
        return requests.get(f"{self.url}/up", timeout=5, verify=self.verify).status_code == 200


class Postgres:
    """A database of its own in the cluster that scripts/with-postgres started."""

    server = os.environ.get("HOMECHAT_TEST_DATABASE_URL")

    @classmethod
    def create(cls):
        if not cls.server:
            pytest.skip("NOT RUN: no PostgreSQL; run this with scripts/with-postgres")
        database = cls()
        database.name = "journey_" + uuid.uuid4().hex[:12]
        database.run(f"CREATE DATABASE {database.name}", on=cls.server)
        database.url = cls.server.rsplit("/", 1)[0] + "/" + database.name
        return database

    @property
    def environment(self):
        """For each node: the database, and the master key that it belongs to."""
        return {"DATABASE_URL": self.url, "HOMECHAT_MASTER_KEY": hashlib.sha256(self.name.encode()).hexdigest()}

    def run(self, sql, on=None):
        command = ["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", sql, on or self.url]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()

    def cut_listeners(self):
        """Ends the connections that wait for notices, and returns how many there were."""
        return int(self.run(
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity"
            f" WHERE datname = '{self.name}' AND query ILIKE 'listen%'"
        ))

    def drop(self):
        self.run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)", on=self.server)


class Proxy:
    """A line to the server that can be cut and mended, as a phone in a tunnel has it."""

    def __init__(self, port):
        self.target = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.sockets, self.is_cut = set(), False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.cut()

    def cut(self):
        self.is_cut = True
        for one in list(self.sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.is_cut = False

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if self.is_cut:
                    client.close()
                    continue
                server = socket.create_connection(self.target)
                self.sockets |= {client, server}
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            self.sockets.discard(one)
