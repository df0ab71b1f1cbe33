"""A household with an AI bot, and the model's server that it asks."""

import sqlite3

import pytest
from house import SCOPES, eventually
from openai_server import Model

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def model():
    with Model() as model:
        yield model


class Place:
    """A household with an AI bot that an admin made."""

    def __init__(self, house):
        self.house = house
        house.tokens["admin"] = house.token("ana", "admin", "bots", *SCOPES)
        self.home = house.channel("ben")["id"]

    def bot(self, server, name="Max", member=True, **ai):
        ai = {"endpoint": server.endpoint, "model": "tiny", "networks": LOOPBACK} | ai
        made = self.house.api("admin", "POST", "/bots", expect=200, json={"name": name, "bot_type": "ai", "ai": ai}).json()["bot"]
        if member:
            self.house.api("ana", "POST", f"/channels/{self.home}/invite", expect=200, json={"username": made["username"]})
        return made

    def messages(self, bot, channel=None, name="ben"):
        found = self.house.messages(name, channel or self.home)
        return [message for message in found if message["user"]["id"] == bot["user_id"]]

    def answer(self, bot, channel=None, name="ben", count=1, within=15):
        """The newest answer, once there are so many and it has stopped growing."""
        eventually(lambda: len(self.messages(bot, channel, name)) >= count and not self.open(), within=within)
        found = self.messages(bot, channel, name)
        assert len(found) == count, [message["content"] for message in found]
        return found[-1]

    def rows(self, sql):
        with sqlite3.connect(self.house.folder / "homechat.sqlite3", timeout=20) as connection:
            return connection.execute(sql).fetchall()

    def open(self):
        return self.rows("SELECT id FROM ai_requests WHERE state IN ('waiting', 'working', 'approved', 'doing')")

    def ask(self, model, bot, text="@max how are you?", name="ben", count=1, within=15, **more):
        self.house.post(name, text, **more)
        return self.answer(bot, count=count, within=within)
