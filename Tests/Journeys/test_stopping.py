"""SIGTERM: what was accepted is finished, sockets are told to come back, and it takes less than ten seconds."""

import threading

import requests
from cable import Cable


def test_sockets_are_told_to_reconnect_and_accepted_requests_finish(house):
    home = house.channel("ben")["id"]
    cables = [Cable(house, "ben").welcomed() for _ in range(20)]
    for cable in cables:
        assert cable.subscribe("ChatChannel", channel_id=home)
    acknowledged, begun = [], threading.Event()

    def send():
        try:
            for count in range(100_000):
                acknowledged.append(house.post("ana", f"message {count}")["id"])
                begun.set()
        except (requests.RequestException, AssertionError):
            pass  # refused or cut off once the server leaves

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    assert begun.wait(10)
    code, took = house.stop()
    sender.join(20)

    assert code == 0
    assert took < 10
    for cable in cables:
        while cable.frame() is not None:
            pass
        assert cable.disconnect == {"type": "disconnect", "reason": "server_restart", "reconnect": True}
    house.start()
    stored = {message["id"] for message in house.messages("ana", home)}
    assert set(acknowledged) <= stored


def test_a_second_server_on_the_same_data_is_refused_and_the_first_goes_on(house, make_house):
    result = house.cli("serve", "--port", "0", check=False)
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert house.is_up()
