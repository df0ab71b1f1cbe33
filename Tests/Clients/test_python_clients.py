"""Two clients that other people wrote, from PyPI."""

import asyncio
import json
import queue
import threading

import aioactioncable
import pytest
from actioncable.connection import Connection
from actioncable.message import Message
from actioncable.subscription import Subscription
from house import eventually


def hidden_channel(house):
    return house.api("ana", "POST", "/channels", json={"name": "family", "private": True}).json()["channel"]["id"]


# aioactioncable


def test_aioactioncable_subscribes_receives_and_performs_while_the_channel_is_busy(house):
    home = house.channel("ben")["id"]
    done = threading.Event()
    ids = []

    def talk():
        while not done.is_set():
            ids.append(house.post("ana", f"message {len(ids)}")["id"])

    talking = threading.Thread(target=talk)
    talking.start()
    eventually(lambda: ids)

    async def listen():
        async with aioactioncable.connect(f"ws://127.0.0.1:{house.port}/cable?token={house.tokens['ben']}") as cable:
            chat = await cable.subscribe({"channel": "ChatChannel", "channel_id": home})
            received = [json.loads(await chat.recv()) for _ in range(20)]
            typing = await cable.subscribe({"channel": "TypingChannel", "channel_id": home})
            await typing.send({"action": "typing", "typing": True})
            return received, json.loads(await typing.recv())

    try:
        received, typing = asyncio.run(asyncio.wait_for(listen(), 30))
    finally:
        done.set()
        talking.join()
    got = [payload["message"]["id"] for payload in received]
    first = ids.index(got[0])
    assert got == ids[first:first + 20]
    assert all(payload["type"] == payload["action"] == "message" for payload in received)
    assert (typing["type"], typing["username"]) == ("typing_start", "ben")


def test_aioactioncable_is_rejected_where_it_should_be(house):
    async def try_it(token, identifier):
        cable = await aioactioncable.connect(f"ws://127.0.0.1:{house.port}/cable?token={token}")
        if cable is None:
            return "not let in"
        subscription = await cable.subscribe(identifier)
        await cable.close()
        return "rejected" if subscription is None else "subscribed"

    eve, hidden = house.tokens["eve"], hidden_channel(house)
    assert asyncio.run(try_it(eve, {"channel": "ChatChannel"})) == "subscribed"
    assert asyncio.run(try_it(eve, {"channel": "ChatChannel", "channel_id": hidden})) == "rejected"
    assert asyncio.run(try_it("hc_wrong", {"channel": "ChatChannel"})) == "not let in"


# ActionCableZwei


@pytest.fixture
def zwei(house):
    connections = []

    def connect(token):
        connections.append(Connection(
            url=f"ws://127.0.0.1:{house.port}/cable", header={"Authorization": f"Bearer {token}"}))
        connections[-1].connect()
        return connections[-1]

    yield connect
    for connection in connections:
        connection.disconnect()


def test_zwei_subscribes_receives_and_performs(house, zwei):
    home = house.channel("ben")["id"]
    connection = zwei(house.tokens["ben"])
    received = queue.Queue()
    chat = Subscription(connection, identifier={"channel": "ChatChannel", "channel_id": home})
    typing = Subscription(connection, identifier={"channel": "TypingChannel", "channel_id": home})
    for subscription in (chat, typing):
        subscription.on_receive(received.put)
        subscription.create()
    eventually(lambda: chat.state == typing.state == "subscribed")
    message = house.post("ana", "hello")
    payload = received.get(timeout=10)
    assert (payload["type"], payload["message"]["id"]) == ("message", message["id"])
    typing.send(Message(action="typing", data={"typing": True}))
    assert received.get(timeout=10)["type"] == "typing_start"


def test_zwei_is_rejected_where_it_should_be(house, zwei):
    eve = zwei(house.tokens["eve"])
    subscription = Subscription(eve, identifier={"channel": "ChatChannel", "channel_id": hidden_channel(house)})
    subscription.create()
    eventually(lambda: subscription.state == "rejected")

    stranger = zwei("hc_wrong")
    subscription = Subscription(stranger, identifier={"channel": "ChatChannel"})
    subscription.create()
    eventually(lambda: stranger.websocket is not None and not stranger.connected)
    assert subscription.state != "subscribed"
