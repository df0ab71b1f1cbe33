"""Two servers on one PostgreSQL deliver to each other's sockets, also when the listening connection is cut."""

import threading
import time

import requests
from cable import Cable
from house import eventually
from test_accounts import Browser, sign_in


class Follower(threading.Thread):
    """A client as the page is one: listens, and after a reconnect asks for what it missed."""

    def __init__(self, house, name, channel):
        super().__init__(daemon=True)
        self.house, self.name_of, self.channel = house, name, channel
        self.ids, self.reconnects, self.is_done = [], -1, False
        self.listening = threading.Event()

    def run(self):
        while not self.is_done:
            with Cable(self.house, self.name_of) as cable:
                cable.welcomed()
                assert cable.subscribe("ChatChannel", channel_id=self.channel)
                self.reconnects += 1
                last = self.ids[-1] if self.ids else 0
                for message in self.house.messages(self.name_of, self.channel, after=last):
                    self.ids.append(message["id"])
                self.listening.set()
                while not self.is_done:
                    try:
                        payload = cable.payload("message", within=0.2)
                    except TimeoutError:
                        continue
                    if payload is None:
                        break
                    if payload["message"]["id"] not in self.ids[-500:]:  # what the catching up had already
                        self.ids.append(payload["message"]["id"])


def test_a_message_posted_at_one_node_arrives_at_the_other_in_order(make_house, postgres):
    one, two = (make_house(environment=postgres.environment) for _ in range(2))
    one.start()
    one.people("ana", "ben")
    two.start()
    two.tokens = one.tokens
    home = one.channel("ben")["id"]
    follower = Follower(two, "ben", home)
    follower.start()
    assert follower.listening.wait(10)

    posted = []
    post_from_both(one, two, posted, 200)
    eventually(lambda: set(posted) <= set(follower.ids), within=20)
    assert follower.ids == sorted(follower.ids)
    assert follower.reconnects == 0

    # The connection that waits for notices dies while people write.
    writers = threading.Thread(target=post_from_both, args=(one, two, posted, 200))
    writers.start()
    eventually(lambda: len(posted) > 250)
    assert postgres.cut_listeners() >= 2
    writers.join(60)
    eventually(lambda: set(posted) <= set(follower.ids), within=20)
    follower.is_done = True
    follower.join(10)
    assert len(follower.ids) == len(set(follower.ids)), "something arrived twice"
    assert sorted(follower.ids) == sorted(posted)
    assert one.is_up() and two.is_up()


def test_what_ends_at_one_node_ends_at_the_other(make_house, postgres):
    one, two = (make_house(environment=postgres.environment) for _ in range(2))
    one.start()
    one.people("ana", "ben")
    two.start()
    two.tokens = one.tokens
    cable = Cable(two, "ben").welcomed()
    one.cli("user", "lock", "ben")
    while cable.frame(within=5) is not None:
        pass
    assert cable.disconnect["reason"] == "unauthorized"
    assert two.api("ben", "GET", "/me").status_code == 401


def test_locks_and_ended_sessions_count_at_every_node(make_house, postgres):
    one, two = (make_house(environment=postgres.environment) for _ in range(2))
    one.start()
    one.people("ana", "ben")
    two.start()
    two.tokens = one.tokens
    # Guesses at both nodes in turns are counted together.
    for number in range(5):
        assert sign_in((one, two)[number % 2], "ben", "wrong password", source="127.60.0.1").status_code == 401
    for house in (one, two):
        assert sign_in(house, "ben", source="127.60.0.2").status_code == 401
    # A session that ends here, with its socket, ends there.
    here, there = Browser(one), Browser(two)
    here.sign_in("ana"), there.sign_in("ana")
    cookie = f"homechat_session={there.cookies['homechat_session']}"
    for house in (one, two):
        assert requests.get(house.url + "/channels", headers={"Cookie": cookie, "Accept": "application/json"}, timeout=20).ok
    with Cable(two, origin=two.url, headers={"Cookie": cookie}) as cable:
        cable.welcomed()
        here.submit("/settings/sessions/revocation", on="/settings/security")
        began = time.monotonic()
        while cable.frame(within=5) is not None:
            pass
        assert time.monotonic() - began < 1 and cable.disconnect["reason"] == "unauthorized"
    answer = requests.get(two.url + "/channels", headers={"Cookie": cookie, "Accept": "application/json"}, timeout=20)
    assert answer.status_code == 401


def post_from_both(one, two, posted, count):
    def send(house, own):
        for number in range(count // 4):
            posted.append(house.post("ana", f"{own} {number}")["id"])

    threads = [threading.Thread(target=send, args=(house, n)) for n, house in enumerate([one, two, one, two])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
