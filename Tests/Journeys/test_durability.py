"""What was acknowledged is there: also when the server is killed in the middle of many senders."""

import http.client
import json
import sqlite3
import threading

from house import eventually

ROUNDS = 20
SENDERS = 64


class Sender(threading.Thread):
    """Posts one message after the other until the connection breaks."""

    def __init__(self, house, number, round_number, acknowledged):
        super().__init__(daemon=True)
        self.house, self.name_of, self.acknowledged = house, f"r{round_number}s{number}", acknowledged
        self.unanswered = None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.house.tokens['ana']}", "Content-Type": "application/json"}
        try:
            for count in range(1_000_000):
                self.unanswered = f"{self.name_of}n{count}"
                body = json.dumps({"room": "home", "message": self.unanswered, "nonce": self.unanswered})
                connection.request("POST", "/api/v1/messages", body, headers)
                answer = connection.getresponse()
                message = json.loads(answer.read())
                assert answer.status == 200, message
                self.acknowledged.append((self.unanswered, message["message"]["id"]))
        except (OSError, http.client.HTTPException):
            pass  # the server is dead, as it should be


def test_every_acknowledged_message_survives_a_kill_once_and_in_order(make_house):
    house = make_house()
    house.start()
    house.people("ana")
    home = house.channel("ana")["id"]
    port, last_id, total = house.port, 0, 0

    for round_number in range(ROUNDS):
        acknowledged = []
        senders = [Sender(house, number, round_number, acknowledged) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        # Another moment of the writing in each round.
        eventually(lambda: len(acknowledged) >= 100 + 7 * round_number, within=60)
        house.kill()
        for sender in senders:
            sender.join(30)

        house.start(port)
        stored = house.messages("ana", home, after=last_id)
        ids = [message["id"] for message in stored]
        assert ids == sorted(set(ids))
        by_nonce = {message["nonce"]: message["id"] for message in stored}
        assert len(by_nonce) == len(stored), "a message is there twice"
        lost = [nonce for nonce, id in acknowledged if by_nonce.get(nonce) != id]
        assert not lost, f"round {round_number}: {len(lost)} acknowledged messages are lost, e.g. {lost[:3]}"
        for sender in senders:
            own = [id for nonce, id in acknowledged if nonce.startswith(sender.name_of + "n")]
            assert own == sorted(own)

        # Whoever got no answer tries again with the same nonce, and it is there once.
        retry = senders[0].unanswered
        message = house.post("ana", retry, nonce=retry)
        assert message["id"] == by_nonce.get(retry, message["id"])
        assert house.post("ana", retry, nonce=retry)["id"] == message["id"]
        last_id = max([message["id"], *ids])
        total += len(acknowledged)

    house.stop()
    with sqlite3.connect(house.folder / "homechat.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    print(f"{total} acknowledged messages over {ROUNDS} kills, none lost")
