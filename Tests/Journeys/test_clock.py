"""What time ends, and clocks that jump: the real server under libfaketime, whose wall clock the test moves."""

import pathlib
import re
import time

import pytest
import requests
from cable import Cable
from house import PASSWORD, eventually
from test_accounts import Browser, database, sign_in
from test_sessions import SESSION, is_signed_in

LIBRARY = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.fixture
def clock(make_house, tmp_path):
    """A house whose clock is `clock.set` seconds ahead; timers stay as they are."""
    assert LIBRARY, "libfaketime is missing: scripts/bootstrap test installs it"
    file = tmp_path / "clock"
    file.write_text("+0")
    house = make_house(environment={
        "LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
        # Anything: else the library sets it, which moves the environment, beside which Swift looks for its arguments.
        "FAKETIME_SHARED": "/none /none"})

    def move(seconds):
        file.write_text(f"{seconds:+}")
        house.moved = seconds

    command = house.cli

    def cli(*arguments, check=True, **options):
        """Again where the library, and not the program, gave up: its own semaphore goes and comes with each process."""
        for _ in range(5):
            result = command(*arguments, check=False, **options)
            if "ft_shm_init" not in result.stderr:
                break
        assert not check or result.returncode == 0, result.stderr
        return result

    move(0)
    house.set, house.cli = move, cli
    house.start()
    house.people("ana", "ben", "eve")
    return house


def last_seen(house):
    with database(house) as rows:
        return dict(rows.execute("SELECT id, last_seen_at FROM sessions ORDER BY id"))


def test_a_session_ends_after_two_idle_weeks_and_after_thirty_days_in_any_case(clock):
    idle, used, other = ([one := Browser(clock), one.sign_in("ben"), one.cookies[SESSION]][2] for _ in range(3))
    _, number, _ = last_seen(clock)
    # Before the clock is moved: what is written down together gets one time.
    began = max(last_seen(clock).values())
    eventually(lambda: min(last_seen(clock).values()) > began, within=15, every=0.2)

    def use(moment):
        clock.set(moment)
        began = time.time() + moment
        assert is_signed_in(clock, used)
        # That it was used is written down a few seconds later.
        eventually(lambda: last_seen(clock)[number] / 1000 >= began, within=15, every=0.2)

    # An hour more or less: the seconds that this test takes itself move nothing over an edge.
    use(13 * DAY)
    clock.set(14 * DAY - HOUR)
    assert is_signed_in(clock, other)
    clock.set(14 * DAY + HOUR)
    assert not is_signed_in(clock, idle), "nobody used it for two weeks"
    use(26 * DAY)
    clock.set(30 * DAY - HOUR)
    assert is_signed_in(clock, used)
    clock.set(30 * DAY + MINUTE)
    assert not is_signed_in(clock, used), "thirty days are the end, however often it was used"


def fail(house, times):
    for _ in range(times):
        assert sign_in(house, "ben", "wrong password").status_code == 401


def test_five_ten_and_fifteen_failures_lock_for_half_an_hour_two_hours_and_a_day(clock):
    began = 0
    for length in (30 * MINUTE, 2 * HOUR, 24 * HOUR):
        fail(clock, 5)
        assert sign_in(clock, "ben").status_code == 401
        clock.set(began + length - MINUTE)
        assert sign_in(clock, "BEN").status_code == 401, "still locked, however the name is spelled"
        began += length + MINUTE
        clock.set(began)
    assert sign_in(clock, "ben").status_code == 200
    # It made good for all: four more do not lock.
    fail(clock, 4)
    assert sign_in(clock, "ben").status_code == 200


def test_links_steps_and_proofs_end_in_time(clock):
    link = clock.cli("user", "reset-link", "ben").stdout.strip()
    invitation = clock.cli("user", "invite").stdout.strip()
    ana = Browser(clock)
    ana.sign_in("ana")
    clock.set(9 * MINUTE)
    assert ana.submit("/admin/invitations", on="/admin/users", note="x").status_code == 200
    clock.set(11 * MINUTE)
    refused = ana.submit("/admin/invitations", on="/admin/users", note="x")
    assert "/settings/confirm" in refused.url or "/settings/confirm" in refused.text, "the password is asked for again"
    clock.set(2 * HOUR - MINUTE)
    assert requests.get(clock.url + link, timeout=20).status_code == 200
    clock.set(2 * HOUR + MINUTE)
    assert requests.get(clock.url + link, timeout=20).status_code == 404
    body = {"password": "a whole new password", "reset_token": link.split("key=")[1]}
    assert requests.patch(f"{clock.url}/api/v1/password_reset", json=body, timeout=20).status_code == 404
    clock.set(7 * DAY + MINUTE)
    secret = invitation.split("invitation=")[1]
    ana.sign_in("ana")
    ana.submit("/admin/settings", on="/admin/settings", site_name="Home", signup_mode="invitation")
    answer = requests.post(
        f"{clock.url}/api/v1/signup", json={"username": "gus", "password": PASSWORD, "invitation": secret}, timeout=20)
    assert answer.status_code == 403


def test_a_clock_that_jumps_frees_nobody_and_breaks_nothing(clock):
    home = clock.channel("ben")["id"]
    before = clock.post("ana", "before")["id"]
    secret = [b := Browser(clock), b.sign_in("ben"), b.cookies[SESSION]][2]
    fail(clock, 5)
    clock.set(-400 * DAY)
    assert sign_in(clock, "ben").status_code == 401, "a lock does not end because the clock is wrong"
    for name in ("ana", "ben"):
        clock.post(name, f"in the past, by {name}")
    listed = clock.cli("token", "list", "--user", "eve").stdout.splitlines()[1].split()[0]
    assert clock.api("eve", "GET", "/me").status_code == 200
    clock.set(-401 * DAY)
    clock.cli("token", "revoke", listed)
    assert clock.api("eve", "GET", "/me").status_code == 401, "also where somebody remembered it until a time to come"
    with Cable(clock, "ben") as cable:
        cable.welcomed()
        assert cable.subscribe("ChatChannel", channel_id=home)
        clock.set(0)
        after = clock.post("ana", "after")["id"]
        assert cable.payload("message")["message"]["id"] == after
    ids = [message["id"] for message in clock.messages("ben", home)]
    assert ids == sorted(ids) and ids[0] == before and ids[-1] == after and len(ids) == 4
    assert is_signed_in(clock, secret)
    assert sign_in(clock, "ben").status_code == 401
    assert clock.is_up() and not re.search(r"\bERROR\b|Fatal", clock.log_text())
