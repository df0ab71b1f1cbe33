"""@rails/actioncable itself (Debian's ruby-actioncable), under node."""

import json
import pathlib
import queue
import subprocess
import threading

import pytest

BASE = "/usr/share/nodejs"


class RailsClient:
    def __init__(self, house, token):
        script = pathlib.Path(__file__).parent / "rails_client.js"
        url = f"ws://127.0.0.1:{house.port}/cable?token={token}"
        self.process = subprocess.Popen(
            ["node", str(script), BASE, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def send(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def next(self, kind, within=10):
        while True:
            event = self.events.get(timeout=within)
            if kind in event:
                return event[kind]

    def close(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def rails(house):
    clients = []

    def make(token):
        clients.append(RailsClient(house, token))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_subscribes_receives_and_performs(house, rails):
    home = house.channel("ben")["id"]
    ben = rails(house.tokens["ben"])
    ben.send(subscribe={"channel": "ChatChannel", "channel_id": home})
    assert ben.next("connected") == "ChatChannel"
    message = house.post("ana", "hello **Ben**")
    received = ben.next("received")
    assert (received["type"], received["channel_id"]) == ("message", home)
    assert received["message"]["id"] == message["id"]
    assert received["message"]["user"]["username"] == received["user"]["username"] == "ana"

    ben.send(subscribe={"channel": "TypingChannel", "channel_id": home})
    assert ben.next("connected") == "TypingChannel"
    ben.send(perform={"index": 1, "action": "typing", "data": {"typing": True}})
    typing = ben.next("received")
    assert (typing["type"], typing["username"]) == ("typing_start", "ben")


def test_is_rejected_where_it_should_be(house, rails):
    hidden = house.api("ana", "POST", "/channels", json={"name": "family", "private": True}).json()["channel"]["id"]
    eve = rails(house.tokens["eve"])
    for parameters in ({"channel": "ChatChannel", "channel_id": hidden}, {"channel": "NoSuchChannel"}):
        eve.send(subscribe=parameters)
        assert eve.next("rejected") == parameters["channel"]


def test_a_wrong_token_is_not_let_in_and_does_not_try_again(house, rails):
    stranger = rails("hc_00000000_wrong")
    stranger.send(subscribe={"channel": "ChatChannel"})
    assert stranger.next("disconnected") == {"willAttemptReconnect": False}


def test_comes_back_by_itself_after_a_restart(house, rails):
    port = house.port
    ben = rails(house.tokens["ben"])
    ben.send(subscribe={"channel": "ChatChannel"})
    ben.next("connected")
    house.stop()
    assert ben.next("disconnected") == {"willAttemptReconnect": True}
    house.start(port)
    ben.next("connected", within=30)
    message = house.post("ana", "back again")
    assert ben.next("received")["message"]["id"] == message["id"]
