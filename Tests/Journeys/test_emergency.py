"""An incident contained: by command, by button and by request, on a running server and on a stopped one."""

import json
import sqlite3
import time

import pytest
import requests
from cable import Cable
from house import PASSWORD, eventually
from test_limits import form, signed_in

LAST = {"type": "disconnect", "reason": "unauthorized", "reconnect": False}


def emergency(house, *arguments, check=True):
    result = house.cli("emergency", *arguments, "--json", check=check)
    return json.loads(result.stdout) if check else result


def steps(receipt):
    return {step["step"]: step["count"] for step in receipt["steps"]}


def state(house):
    return emergency(house, "status")


def device(house, name):
    """Somebody's app: the token of a session of its own."""
    answer = requests.post(house.url + "/api/v1/signin", json={"username": name, "password": PASSWORD}, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()["token"]


def is_in(house, secret):
    answer = requests.get(house.url + "/api/v1/me", headers={"Authorization": "Bearer " + secret}, timeout=10)
    return answer.status_code == 200


def closed(cable, within=1):
    """How the server said goodbye; fails when it did not in time."""
    began = time.monotonic()
    while cable.frame(within=5) is not None:
        pass
    assert time.monotonic() - began < within
    return cable.disconnect


def can_sign_in(house, name, password=PASSWORD):
    body = {"username": name, "password": password}
    return requests.post(house.url + "/api/v1/signin", json=body, timeout=20).status_code == 200


def told(house):
    """What #security says; an admin's new token reads it, since the others may be revoked."""
    house.tokens["reader"] = house.token("ana", "messages:read", "channels:read")
    channels = house.api("reader", "GET", "/channels", expect=200).json()["channels"]
    found = [channel["id"] for channel in channels if channel["name"] == "security"]
    return [message["content"] for channel in found for message in house.messages("reader", channel)]


def test_every_token_is_revoked_within_a_second(house):
    script, app = Cable(house, "ben").welcomed(), Cable(house, token=device(house, "ben")).welcomed()
    receipt = emergency(house, "revoke-tokens")
    assert closed(script) == LAST
    assert receipt["action"] == "revoke-tokens" and steps(receipt) == {"tokens": 3} and not receipt["dry_run"]
    for name in ("ana", "ben", "eve"):
        assert house.api(name, "GET", "/me").status_code == 401, "an admin's token too"
    assert app.subscribe("UserChannel"), "whoever is signed in stays"
    assert "**Emergency: revoke-tokens**\n3 API tokens revoked\nby `console`, on the server itself" in told(house)


def test_everybody_but_admins_is_locked_until_it_is_lifted(house):
    ben, ana = device(house, "ben"), device(house, "ana")
    cable, admin = Cable(house, token=ben).welcomed(), Cable(house, token=ana).welcomed()
    house.cli("user", "lock", "eve")
    receipt = emergency(house, "lock-users", "--for", "24h")
    assert closed(cable) == LAST and steps(receipt) == {"accounts": 1}, "Eve is locked for longer already"
    assert not is_in(house, ben) and is_in(house, ana) and admin.subscribe("UserChannel")
    assert not can_sign_in(house, "ben") and can_sign_in(house, "ana")
    assert state(house)["locked_users"] == 1
    lifted = emergency(house, "lift")
    assert steps(lifted)["accounts"] == 1
    assert is_in(house, ben), "the sessions were kept"
    assert not can_sign_in(house, "eve"), "her lock is none of the emergency's"


def test_every_session_ends_and_tokens_go_on(house):
    ben, browser = device(house, "ben"), signed_in(house, "ana", "127.0.0.1")
    cables = [Cable(house, token=ben).welcomed() for _ in range(3)]
    assert steps(emergency(house, "expire-sessions"))["sessions"] == 2
    assert {tuple(closed(cable).items()) for cable in cables} == {tuple(LAST.items())}
    assert not is_in(house, ben)
    assert browser.get(house.url + "/settings", timeout=10).url.startswith(house.url + "/signin")
    house.api("ben", "GET", "/me", expect=200)
    assert can_sign_in(house, "ben")


def test_a_lockdown_does_all_of_it_and_lifting_undoes_what_can_be_undone(house):
    ben, ana = device(house, "ben"), device(house, "ana")
    cables = [Cable(house, token=ben).welcomed(), Cable(house, token=ana).welcomed(), Cable(house, "eve").welcomed()]
    receipt = emergency(house, "lockdown")
    for cable in cables:
        assert closed(cable) == LAST
    assert steps(receipt) == {"tokens": 3, "accounts": 2, "sessions": 2, "sign_ups": 1}
    assert can_sign_in(house, "ana") and not can_sign_in(house, "ben")
    new = {"username": "mallory", "password": "another long one"}
    assert requests.post(house.url + "/api/v1/signup", json=new, timeout=20).status_code == 403
    found = state(house)
    assert found["lockdown"]["by"] == "console" and found["closed_sign_ups"] and found["locked_users"] == 2
    again = emergency(house, "lockdown")
    assert steps(again)["sign_ups"] == 0 and state(house)["lockdown"] == found["lockdown"]
    lifted = emergency(house, "lift")
    assert steps(lifted) == {"accounts": 2, "sign_ups": 1}
    assert any("stay revoked" in note for note in lifted["notes"])
    assert can_sign_in(house, "ben") and not is_in(house, ben)
    assert house.api("eve", "GET", "/me").status_code == 401
    assert requests.post(house.url + "/api/v1/signup", json=new, timeout=20).status_code == 201
    assert state(house) | {"sessions": 0, "tokens": 0} == {
        "closed_sign_ups": False, "locked_users": 0, "passwords_to_renew": 0, "sessions": 0, "tokens": 0}


def test_lifting_leaves_what_an_admin_decided_meanwhile(house):
    ana = signed_in(house, "ana", "127.0.0.1")
    form_of = {"site_name": "Home", "signup_mode": "off"}
    assert form(house, ana, "/admin/settings", **form_of).ok, "sign-ups were closed before"
    emergency(house, "lockdown")
    house.cli("user", "unlock", "ben")
    house.cli("user", "lock", "eve")
    receipt = emergency(house, "lift")
    assert steps(receipt) == {"accounts": 0, "sign_ups": 0}
    assert can_sign_in(house, "ben") and not can_sign_in(house, "eve")
    assert requests.get(house.url + "/signup", timeout=10).text.count("closed") >= 1


def test_a_lock_that_ends_sooner_comes_back_when_it_is_lifted(house):
    emergency(house, "lock-users", "--for", "1h")
    first = state(house)["locked_until"]
    emergency(house, "lock-users", "--for", "24h")
    assert state(house)["locked_until"] > first
    assert steps(emergency(house, "lift"))["accounts"] == 2
    assert can_sign_in(house, "ben") and can_sign_in(house, "eve")


def test_a_new_password_is_asked_for_at_the_next_sign_in(house):
    ben = device(house, "ben")
    assert steps(emergency(house, "reset-passwords")) == {"passwords": 3}
    assert is_in(house, ben), "nobody is signed out by it"
    body = {"username": "ben", "password": PASSWORD}
    answer = requests.post(house.url + "/api/v1/signin", json=body, timeout=20)
    assert answer.status_code == 401 and answer.json()["must_change_password"]
    session = requests.Session()
    page = session.post(house.url + "/signin", data=body, timeout=20)
    step = page.text.split('name="step" value="')[1].split('"')[0]
    new = {"step": step, "password": "a new one of mine", "password_confirmation": "a new one of mine"}
    assert session.post(house.url + "/signin/password", data=new, timeout=20).ok
    assert can_sign_in(house, "ben", "a new one of mine") and not can_sign_in(house, "ben")


@pytest.mark.parametrize("measure", [
    ["revoke-tokens"], ["lock-users"], ["expire-sessions"], ["lockdown"], ["lift"], ["reset-passwords"], ["read-only", "on"],
])
def test_a_dry_run_tells_what_would_be_and_changes_nothing(house, measure):
    ben = device(house, "ben")
    cable = Cable(house, token=ben).welcomed()
    before, entries = state(house), audited(house)
    receipt = emergency(house, *measure, "--dry-run")
    assert receipt["dry_run"] and receipt["steps"]
    assert state(house) == before and audited(house) == entries
    assert is_in(house, ben) and cable.subscribe("UserChannel")
    house.post("ben", "still here")
    assert "nothing is changed" in house.cli("emergency", *measure, "--dry-run").stdout


def audited(house, action="emergency_action"):
    report = json.loads(house.cli("incident", "report", "--json").stdout)
    return next((line["count"] for line in report["actions"] if line["action"] == action), 0)


def test_each_works_on_a_stopped_server_and_holds_when_it_starts(house):
    ben = device(house, "ben")
    house.stop()
    for measure in (["lockdown"], ["reset-passwords"], ["read-only", "on"]):
        emergency(house, *measure)
    house.start()
    assert not is_in(house, ben) and house.api("ben", "GET", "/me").status_code == 401
    assert not can_sign_in(house, "ben")
    found = state(house)
    assert found["lockdown"] and found["read_only"] and found["passwords_to_renew"] == 3
    house.stop()
    emergency(house, "lift")
    emergency(house, "read-only", "off")
    house.start()
    assert state(house)["locked_users"] == 0 and "read_only" not in state(house)


def test_each_measure_is_in_the_audit_log_and_in_the_channel(house):
    measures = [["revoke-tokens"], ["lock-users", "--for", "1h"], ["expire-sessions"], ["lockdown"], ["lift"],
                ["reset-passwords"], ["read-only", "on"], ["read-only", "off"]]
    for measure in measures:
        emergency(house, *measure)
    assert audited(house) == len(measures)
    said = "\n".join(told(house))
    for name in ("revoke-tokens", "lock-users", "expire-sessions", "lockdown", "lift", "reset-passwords", "read-only-on",
                 "read-only-off"):
        assert f"**Emergency: {name}**" in said


def test_admins_hear_of_it_before_they_are_signed_out(house):
    emergency(house, "lift")  # makes the channel
    cable = Cable(house, token=device(house, "ana")).welcomed()
    assert cable.subscribe("ChatChannel")
    emergency(house, "lockdown")
    assert "**Emergency: lockdown**" in cable.payload("message", within=1)["message"]["content"]
    assert closed(cable) == LAST


@pytest.mark.parametrize("arguments, code, problem", [
    (["lock-users", "--for", "soon"], 2, "soon"), (["lock-users", "--for", "1s"], 1, "for must be from 1m to 365d"),
    (["lockdown", "--for", "999999d"], 1, "for must be"), (["read-only", "maybe"], 2, "maybe"), (["panic"], 2, "Usage: homechat emergency"),
])
def test_what_does_not_fit_is_refused_in_one_line(shared_house, arguments, code, problem):
    result = emergency(shared_house, *arguments, check=False)
    assert result.returncode == code and problem in result.stderr and not result.stdout
    assert code == 2 or len(result.stderr.splitlines()) == 1


def test_the_api_does_the_same_for_admins_alone(house):
    house.tokens["admin"] = house.token("ana", "admin")
    for name, status in (("ben", 403), ("ana", 403)):
        assert house.api(name, "POST", "/emergency/lockdown").status_code == status, "role and scope are both needed"
    assert requests.post(house.url + "/api/v1/emergency/lockdown", timeout=10).status_code == 401
    for length in ("0s", "24", "1000000d", "99999999999d"):
        house.api("admin", "POST", "/emergency/lockdown", expect=422, json={"dry_run": True, "for": length})
    rehearsal = house.api("admin", "POST", "/emergency/lockdown", expect=200, json={"dry_run": True, "for": "2h"}).json()
    assert rehearsal["dry_run"] and steps(rehearsal)["tokens"] == 4
    for path, body, field in (("lock_users", {"for": "soon"}, "for"), ("lock_users", {"for": "1s"}, "for"),
                              ("lock_users", {"for": []}, "for"), ("read_only", {"on": "perhaps"}, "on")):
        answer = house.api("admin", "POST", "/emergency/" + path, expect=422, json=body)
        assert answer.json()["errors"][0].startswith(field + " ")
    assert house.api("admin", "POST", "/emergency/read_only", expect=400, json={}).json()["error"] == "on is missing"
    receipt = house.api("admin", "POST", "/emergency/lockdown", expect=200).json()
    assert "The token that asked for this is revoked too." in receipt["notes"]
    assert house.api("admin", "GET", "/emergency").status_code == 401
    session = {"Authorization": "Bearer " + device(house, "ana")}
    receipt = requests.post(house.url + "/api/v1/emergency/expire_sessions", headers=session, timeout=10).json()
    assert "The session that asked for this goes on." in receipt["notes"]
    assert requests.get(house.url + "/api/v1/emergency", headers=session, timeout=10).json()["lockdown"]["by"] == "ana"


def test_a_session_proves_itself_again_before_the_api_acts(make_house):
    house = make_house().start()
    house.people("ana")
    secret = device(house, "ana")
    with sqlite3.connect(house.folder / "homechat.sqlite3", timeout=10) as database:
        database.execute("UPDATE sessions SET proven_at = 0")
    headers = {"Authorization": "Bearer " + secret}
    answer = requests.post(house.url + "/api/v1/emergency/lockdown", headers=headers, timeout=10)
    assert answer.status_code == 403 and answer.json()["requires_proof"] and is_in(house, secret)


def test_the_admin_who_presses_the_button_keeps_her_session(house):
    ana, other = signed_in(house, "ana", "127.0.0.1"), device(house, "ana")
    ben = Cable(house, token=device(house, "ben")).welcomed()
    question = ana.get(house.url + "/admin/emergency/lockdown", timeout=10).text
    assert "2 accounts locked until" in question and "Lock down now" in question
    answer = form(house, ana, "/admin/emergency/lockdown", **{"for": "24h"})
    assert answer.status_code == 200 and "Locked down" in answer.text and "2 accounts locked" in answer.text
    assert closed(ben) == LAST and not is_in(house, other)
    assert ana.get(house.url + "/admin/users", timeout=10).status_code == 200
    assert "Lift" in ana.get(house.url + "/admin/emergency", timeout=10).text
    assert "2 accounts unlocked" in form(house, ana, "/admin/emergency/lift").text
    assert can_sign_in(house, "ben")


def test_the_button_asks_for_the_password_again(house):
    ana, ben = signed_in(house, "ana", "127.0.0.1"), signed_in(house, "ben", "127.0.0.1")
    assert ben.get(house.url + "/admin/emergency", timeout=10).status_code == 403
    assert ben.get(house.url + "/admin/emergency/lockdown", timeout=10).status_code == 403
    page = ben.get(house.url + "/settings", timeout=10).text
    fields = {"password": PASSWORD, "csrf_token": page.split('name="csrf-token" content="')[1].split('"')[0]}
    forced = ben.post(house.url + "/admin/emergency/lockdown", data=fields, headers={"Origin": house.url}, timeout=10)
    assert forced.status_code == 403 and "lockdown" not in state(house)
    assert ana.get(house.url + "/admin/emergency/panic", timeout=10).status_code == 404
    with sqlite3.connect(house.folder / "homechat.sqlite3", timeout=10) as database:
        database.execute("UPDATE sessions SET proven_at = 0")
    assert 'name="password"' in ana.get(house.url + "/admin/emergency/lockdown", timeout=10).text
    refused = form(house, ana, "/admin/emergency/lockdown")
    assert refused.status_code == 422 and "password" in refused.text and "lockdown" not in state(house)
    wrong = form(house, ana, "/admin/emergency/lockdown", password="not this one")
    assert wrong.status_code == 422 and "lockdown" not in state(house)
    assert "Locked down" in form(house, ana, "/admin/emergency/lockdown", password=PASSWORD).text
    assert state(house)["lockdown"]["by"] == "ana"


def test_many_open_cables_are_closed_soon(make_house):
    """The figure of the closing note; generous, because the machine may have other things to do."""
    people, each = 20, 10
    house = make_house(environment={"HOMECHAT_LIMITS_CABLES_PER_ADDRESS": "1000"}).start()
    house.people("ana", *(f"user{number}" for number in range(people)))
    cables = []
    for number in range(people):
        app = device(house, f"user{number}")
        cables += [Cable(house, token=app).welcomed() for _ in range(each // 2)]
        cables += [Cable(house, f"user{number}").welcomed() for _ in range(each // 2)]
    began = time.monotonic()
    house.cli("emergency", "lockdown")
    done = time.monotonic()
    for cable in cables:
        assert closed(cable, within=20) == LAST
    ended = time.monotonic()
    print(f"\n{len(cables)} cables: the command took {done - began:.2f} s, the last was closed {ended - done:.3f} s later,"
          f" {ended - began:.2f} s after it was given")
    assert len(cables) == 200 and ended - done < 5
    eventually(lambda: not any(house.api(f"user{number}", "GET", "/me").ok for number in range(people)), within=2)
