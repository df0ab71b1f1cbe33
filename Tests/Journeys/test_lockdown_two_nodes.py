"""What an emergency ends at one node ends at the other, within a second: two servers on one PostgreSQL."""

import time

import pytest
from cable import Cable
from house import PASSWORD, eventually
from test_emergency import LAST, can_sign_in, closed, device, emergency, is_in, steps
from test_limits import at, signed_in


@pytest.fixture
def nodes(make_house, postgres):
    one, two = (make_house(environment=postgres.environment) for _ in range(2))
    one.start()
    one.people("ana", "ben", "eve")
    two.start()
    two.tokens = one.tokens
    return one, two


def test_a_lockdown_at_one_node_closes_the_cables_of_the_other(nodes):
    one, two = nodes
    app = device(two, "ben")
    cables = [Cable(two, "eve").welcomed() for _ in range(10)] + [Cable(two, token=app).welcomed() for _ in range(10)]
    assert steps(emergency(one, "lockdown"))["accounts"] == 2
    done = time.monotonic()
    for cable in cables:
        assert closed(cable, within=2) == LAST
    print(f"\n20 cables at the other node: the last was closed {time.monotonic() - done:.3f} s after the command ended")
    assert time.monotonic() - done < 1
    eventually(lambda: not is_in(two, app) and two.api("eve", "GET", "/me").status_code == 401, within=1)
    assert not can_sign_in(two, "ben")
    emergency(two, "lift")
    eventually(lambda: can_sign_in(one, "ben"), within=1)


@pytest.mark.parametrize("measure", [["revoke-tokens"], ["expire-sessions"], ["lock-users", "--for", "1h"]])
def test_each_step_reaches_the_other_node(nodes, measure):
    one, two = nodes
    by_token, by_session = Cable(two, "ben").welcomed(), Cable(two, token=device(two, "ben")).welcomed()
    emergency(one, *measure)
    if measure != ["expire-sessions"]:
        assert closed(by_token) == LAST
    if measure != ["revoke-tokens"]:
        assert closed(by_session) == LAST
    if measure == ["expire-sessions"]:
        assert by_token.subscribe("PresenceChannel")


def test_the_button_at_one_node_keeps_its_session_on_both(nodes):
    one, two = nodes
    ana = signed_in(one, "ana", "127.0.0.1")
    page = ana.get(one.url + "/admin/emergency/lockdown", timeout=10).text
    csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
    cable = Cable(two, "ben").welcomed()
    answer = ana.post(one.url + "/admin/emergency/lockdown", data={"csrf_token": csrf, "for": "1h"},
                      headers={"Origin": one.url}, timeout=10)
    assert "Locked down" in answer.text and closed(cable) == LAST
    # Cookies know no port, so both nodes see the same session.
    for node in nodes:
        assert ana.get(node.url + "/admin/users", timeout=10).status_code == 200


def test_a_revoked_session_and_a_lockout_count_on_the_other_node(nodes):
    one, two = nodes
    app = device(two, "ben")
    cable = Cable(two, token=app).welcomed()
    ben = signed_in(one, "ben", "127.0.0.1")
    page = ben.get(one.url + "/settings/security", timeout=10).text
    csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
    ben.post(one.url + "/settings/sessions/revocation", data={"csrf_token": csrf}, headers={"Origin": one.url}, timeout=10)
    assert closed(cable) == LAST
    eventually(lambda: not is_in(two, app), within=1)
    stranger = at("127.9.9.9")
    for node in (one, two, one, two, one):
        stranger.post(node.url + "/api/v1/signin", json={"username": "eve", "password": "wrong one"}, timeout=20)
    for node in nodes:
        answer = stranger.post(node.url + "/api/v1/signin", json={"username": "eve", "password": PASSWORD}, timeout=20)
        assert answer.status_code == 401, "five wrong guesses, whichever node they came to"
