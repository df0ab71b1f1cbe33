"""The audit log as an admin uses it: asked, counted, copied, verified and shortened, beside a running server."""

import csv
import io
import json
import shutil
import sqlite3
import stat
import subprocess
import threading
import time

import pytest
import requests

from house import PASSWORD, eventually
from test_limits import at, signed_in


def entries(house, *arguments):
    lines = house.cli("audit", "list", "--json", *arguments).stdout.splitlines()
    return [json.loads(line) for line in lines]


def fail(house, address="127.0.0.1", name="ana", agent="guess/1.0"):
    body = {"username": name, "password": "wrong"}
    return at(address).post(house.url + "/api/v1/signin", json=body, headers={"User-Agent": agent}, timeout=20)


def sql(house, *statements):
    for statement in statements:
        subprocess.run(
            ["sqlite3", "-cmd", ".timeout 5000", house.folder / "homechat.sqlite3", statement], check=True, timeout=30)


@pytest.fixture
def busy(house):
    """Four failures from two addresses, a sign-in, and a token that asked twice."""
    house.tokens["admin"] = house.token("ana", "admin")
    for address in ["127.0.0.5", "127.0.0.5", "127.0.0.5", "127.0.0.6"]:
        assert fail(house, address).status_code == 401
    house.session = signed_in(house, "ana", "127.0.0.7")
    house.api("ben", "GET", "/me", expect=200)
    house.api("ben", "GET", "/me", expect=200)
    return house


def test_the_guides_questions_are_commands(busy):
    recent = entries(busy, "--action", "login", "--action", "login_failed", "--limit", "100")
    assert [entry["action"] for entry in recent] == ["login"] + ["login_failed"] * 4
    assert [entry["id"] for entry in recent] == sorted((entry["id"] for entry in recent), reverse=True)
    counted = busy.cli("audit", "count", "--action", "login_failed", "--by", "ip", "--json").stdout.splitlines()
    assert [(line["ip"], line["count"]) for line in map(json.loads, counted)] == [("127.0.0.5", 3), ("127.0.0.6", 1)]
    busy.stop()
    used = entries(busy, "--action", "api_request", "--since", "24h")
    assert [(entry["actor"], entry["times"], entry["details"]["route"]) for entry in used] == [("ben", 2, "GET /api/v1/me")]
    with sqlite3.connect(busy.folder / "homechat.sqlite3") as database:
        same = database.execute(
            "SELECT ip_address, COUNT(*) FROM audit_logs WHERE action = 'login_failed' GROUP BY 1 ORDER BY 2 DESC").fetchall()
    database.close()
    assert same == [("127.0.0.5", 3), ("127.0.0.6", 1)]
    table = busy.cli("audit", "list", "--action", "login_failed").stdout.splitlines()
    assert table[0].split() == ["TIME", "ACTION", "WHO", "ADDRESS", "TARGET", "DETAILS"] and len(table) == 5
    assert "intact" in busy.cli("audit", "verify").stdout


def test_an_entry_says_when_who_where_and_by_which_request(busy):
    answer = fail(busy, "127.0.0.9", "BEN", "guess/2.0")
    entry = entries(busy, "--limit", "1")[0]
    assert abs(time.time() - time.mktime(time.strptime(entry["created_at"][:19], "%Y-%m-%dT%H:%M:%S")) + time.timezone) < 5
    assert entry["created_at"][19] == "." and len(entry["created_at"]) == 24
    known = {key: entry[key] for key in ["action", "actor", "ip_address", "user_agent", "target", "details", "times"]}
    ben = entry["user_id"]
    assert known == {
        "action": "login_failed", "actor": "ben", "ip_address": "127.0.0.9", "user_agent": "guess/2.0",
        "target": f"user:{ben}", "details": {"door": "password"}, "times": 1}
    assert entry["request_id"] == answer.headers["X-Request-Id"]
    assert entries(busy, "--request-id", entry["request_id"]) == [entry]
    proxied = requests.post(
        busy.url + "/api/v1/signin", json={"username": "ben", "password": "no"},
        headers={"X-Forwarded-For": "2001:db8::5"}, timeout=20)
    assert proxied.status_code == 401
    assert entries(busy, "--ip", "2001:db8::/32")[0]["ip_address"] == "2001:db8::5"


@pytest.mark.parametrize("arguments, problem", [
    (["--action", "logins"], "action must be"), (["--since", "yesterday"], "since must be"), (["--ip", "1.2.3"], "ip must be"),
    (["--since", "20261125"], "since must be"), (["--since", "24"], "since must be"), (["--since", "99999999999d"], "since must be"),
    (["--since", "0d0d"], "since must be"), (["--until", "292278994-08-17T07:12:55Z"], "until must be"),
    (["--until", "x"], "until must be"), (["--user", "nobody"], "user is not known"), (["--target", "x" * 201], "target must"),
])
def test_a_question_that_makes_no_sense_is_refused_in_one_line(shared_house, arguments, problem):
    result = shared_house.cli("audit", "list", *arguments, check=False)
    assert result.returncode == 1 and problem in result.stderr and len(result.stderr.splitlines()) == 1


def test_however_long_ago_is_an_answer(busy):
    failed = entries(busy, "--action", "login_failed")
    assert failed and entries(busy, "--action", "login_failed", "--since", "1000000d") == failed
    assert entries(busy, "--until", "1000000d") == [] and entries(busy, "--action", "login_failed", "--since", "0s") == []
    found = busy.api("admin", "GET", "/audit?action=login_failed&since=1000000d&limit=1", expect=200).json()
    assert found["entries"] == failed[:1]


def test_wrong_usage_is_exit_code_2(shared_house):
    for arguments in [["list", "--limit", "0"], ["count"], ["count", "--by", "moon"], ["prune"], ["prune", "--older-than", "old"],
                      ["prune", "--older-than", "90"], ["prune", "--older-than", "99999999999d"],
                      ["export", "--format", "pdf", "--output", "x"], ["tail", "-n", "-1"]]:
        assert shared_house.cli("audit", *arguments, check=False).returncode == 2, arguments


def test_the_api_answers_the_same_and_refuses_everybody_else(busy):
    def ask(path, **options):
        return busy.api("admin", "GET", "/audit" + path, expect=200, **options).json()

    first = ask("?action=login&action=login_failed&limit=2")
    assert [entry["action"] for entry in first["entries"]] == ["login", "login_failed"] and first["has_more"]
    then = ask(f"?action=login&action=login_failed&limit=2&before={first['next_before']}")
    assert [entry["id"] for entry in then["entries"]] == [first["next_before"] - 1, first["next_before"] - 2]
    assert ask("?ip=127.0.0.0/29&actor=ana&since=1h&limit=500")["entries"] == entries(
        busy, "--ip", "127.0.0.0/29", "--actor", "ana", "--since", "1h")
    assert [(line["value"], line["count"]) for line in ask("/count?by=ip&action=login_failed")["counts"]] == [
        ("127.0.0.5", 3), ("127.0.0.6", 1)]
    assert ask("/verification")["intact"] is True
    copied = busy.api("admin", "POST", "/audit/export", expect=200, json={"format": "jsonl", "action": ["login_failed"]})
    assert [json.loads(line)["ip_address"] for line in copied.text.splitlines()] == ["127.0.0.5"] * 3 + ["127.0.0.6"]
    for path, status in [("?action=x", 422), ("?limit=0", 422), ("?before=x", 422), ("/count", 400), ("/count?by=x", 422),
                         ("?ip=%00", 422), ("?since=%ff", 400), ("?since=99999999999d", 422), ("?since=20261125", 422),
                         ("?until=99999999999999999999d", 422), ("?until=292278994-08-17T07:12:55Z", 422)]:
        assert busy.api("admin", "GET", "/audit" + path).status_code == status, path
    busy.tokens["member"] = busy.token("ben", "messages:read")
    for who in ["member", "ana"]:
        for method, path in [("GET", ""), ("GET", "/count?by=ip"), ("GET", "/verification"), ("POST", "/export")]:
            assert busy.api(who, method, "/audit" + path, json={"format": "csv"}).status_code == 403, (who, path)
    for method in ["DELETE", "PUT", "PATCH", "POST"]:
        assert busy.api("admin", method, "/audit").status_code == 405


def test_a_copy_is_the_owners_alone_and_no_program_obeys_it(busy, tmp_path):
    fail(busy, agent="=cmd|' /C calc'!A1")
    fail(busy, agent="@SUM(1+1),\x9b2Jx")
    target = tmp_path / "log.csv"
    printed = busy.cli("audit", "export", "--format", "csv", "--action", "login_failed", "--output", str(target)).stdout
    assert "6 entries" in printed
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert [row["user_agent"] for row in rows[-2:]] == ["'=cmd|' /C calc'!A1", "'@SUM(1+1),\ufffd2Jx"]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    again = busy.cli("audit", "export", "--format", "csv", "--output", str(target), check=False)
    assert again.returncode == 1 and "File exists" in again.stderr and len(list(csv.reader(target.open()))) == 7
    assert entries(busy, "--action", "audit_exported")[0]["details"] == {"filter": "action=login_failed", "format": "csv"}
    # Whoever writes to the table past the server gets no obedience either.
    sql(busy, "UPDATE audit_logs SET actor = '=1+1' || char(27) || '[2J', user_agent = char(155) || char(8238) WHERE id = 1")
    for output in [busy.cli("audit", "list", "--limit", "1000").stdout, busy.cli("audit", "list", "--json").stdout,
                   busy.cli("audit", "tail", "-n", "500").stdout]:
        assert not set("\x1b\x9b\u202e") & set(output)


def test_tail_follows(busy):
    command = [busy.binary, "audit", "tail", "--follow", "--json", "-n", "1", "--action", "login_failed", f"--data-dir={busy.folder}"]
    with subprocess.Popen(command, env=busy.environment, stdout=subprocess.PIPE, text=True) as tail:
        try:
            assert json.loads(tail.stdout.readline())["ip_address"] == "127.0.0.6"
            fail(busy, "127.0.0.77")
            assert json.loads(tail.stdout.readline())["ip_address"] == "127.0.0.77"
        finally:
            tail.kill()


@pytest.mark.parametrize("damage, words", [
    ("UPDATE audit_logs SET ip_address = '127.0.0.8' WHERE id = 8", "entry 8 was changed"),
    ("DELETE FROM audit_logs WHERE id = 8", "entry 8 was removed"),
    ("DELETE FROM audit_logs WHERE id <= 2", "entries 1 to 2 were removed"),
    ("DELETE FROM audit_logs WHERE id = (SELECT MAX(id) FROM audit_logs)", "entry {last} was removed"),
    ("DELETE FROM audit_logs; DELETE FROM audit_chain", "the record of where the log begins and ends was changed or removed"),
    ("INSERT INTO audit_logs SELECT id + 1, created_at, action, user_id, actor, ip_address, user_agent, target, details, request_id,"
     " hash, times FROM audit_logs ORDER BY id DESC LIMIT 1", "entry {next} was inserted"),
])
def test_what_somebody_did_to_the_file_is_named_while_the_server_runs(busy, damage, words):
    assert "intact" in busy.cli("audit", "verify").stdout
    last = entries(busy, "--limit", "1")[0]["id"]
    sql(busy, damage)
    wanted = words.format(last=last, next=last + 1)
    result = busy.cli("audit", "verify", check=False)
    assert result.returncode == 1 and result.stdout == "" and result.stderr == f"homechat: broken: {wanted}\n"
    answer = json.loads(busy.cli("audit", "verify", "--json", check=False).stdout)
    assert (answer["intact"], answer["problem"]) == (False, wanted)
    # The chat goes on, and what it writes hides nothing.
    assert fail(busy).status_code == 401
    signed_in(busy, "ben", "127.0.0.1")
    assert busy.cli("audit", "verify", check=False).returncode == 1


def test_an_old_log_put_back_is_found_out_by_a_noted_head(busy):
    head = busy.cli("audit", "verify").stdout.split()[-1]
    assert busy.cli("audit", "verify", "--head", head).returncode == 0
    number, seal = head.split(":")
    for wrong in [f"{number}:{'0' * len(seal)}", f"{int(number) + 5}:{seal}"]:
        assert busy.cli("audit", "verify", "--head", wrong, check=False).returncode == 1


def test_pruning_keeps_a_log_that_can_be_verified(busy):
    old = entries(busy, "--limit", "1")[0]["id"]
    assert "Nothing is that old" in busy.cli("audit", "prune", "--older-than", "90d").stdout
    assert f"up to entry {old}" in busy.cli("audit", "prune", "--older-than", "0s").stdout
    rest = entries(busy)
    assert [entry["action"] for entry in rest] == ["audit_pruned"]
    assert rest[0]["details"]["count"] == str(old) and rest[0]["details"]["by"] == "hand"
    fail(busy)
    assert "intact: 2 entries" in busy.cli("audit", "verify").stdout


def test_what_is_older_than_its_days_goes_by_itself(busy, tmp_path):
    """A later start has a clock that is ninety-one days ahead."""
    if not shutil.which("faketime"):
        pytest.skip("NOT RUN: no faketime")
    busy.stop()
    later = tmp_path / "later"
    later.write_text(f'#!/bin/sh\nDONT_FAKE_MONOTONIC=1 exec faketime -m -f +91d {busy.binary} "$@"\n')
    later.chmod(0o755)
    busy.binary, binary = later, busy.binary
    busy.start()
    busy.binary = binary
    gone = eventually(lambda: entries(busy, "--action", "audit_pruned"), within=20)
    assert gone[0]["details"]["by"] == "retention"
    eventually(lambda: not entries(busy, "--action", "login_failed"), within=20)
    assert len(entries(busy, "--action", "audit_pruned")) == 1
    assert "intact" in busy.cli("audit", "verify").stdout


def test_retention_can_be_off_but_not_nought(make_house):
    house = make_house(arguments=["--audit-retention-days=0"])
    with pytest.raises(AssertionError, match="audit-retention-days: must be a whole number from 1 to 36500, or off"):
        house.start()
    make_house(arguments=["--audit-retention-days=off"]).start()


def test_uses_of_tokens_can_be_left_out(make_house):
    house = make_house(environment={"HOMECHAT_AUDIT_API_REQUESTS": "false"}).start()
    house.people("ana")
    house.api("ana", "GET", "/me", expect=200)
    house.stop()
    assert entries(house, "--action", "api_request") == []


def test_on_two_nodes_there_is_one_chain(make_house, postgres):
    one, two = (make_house(environment=postgres.environment) for _ in range(2))
    one.start()
    one.people("ana", "ben")
    two.start()
    threads = [threading.Thread(target=lambda node=node: [fail(node, name="ben") for _ in range(8)]) for node in (one, two) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = entries(one, "--limit", "1000")
    assert [entry["id"] for entry in found] == list(range(len(found), 0, -1))
    assert sum(entry["action"] == "login_failed" for entry in found) == 32
    assert "intact" in two.cli("audit", "verify").stdout
    assert json.loads(two.cli("audit", "count", "--action", "login_failed", "--by", "user", "--json").stdout)["name"] == "ben"
    postgres.run("UPDATE audit_logs SET actor = 'eve' WHERE id = 9")
    assert "entry 9 was changed" in one.cli("audit", "verify", check=False).stderr
    one.cli("audit", "prune", "--older-than", "0s", "--force")
    assert "intact" in two.cli("audit", "verify").stdout


def test_the_page_needs_an_admin_and_a_copy_the_password(busy):
    def fields(page):
        return {"csrf_token": page.text.split('name="csrf-token" content="')[1].split('"')[0]}

    ana, ben = busy.session, signed_in(busy, "ben", "127.0.0.1")
    page = ana.get(busy.url + "/admin/audit?action=login_failed", timeout=10)
    assert page.status_code == 200 and page.text.count('class="entry"') == 4 and "127.0.0.5" in page.text
    assert ana.get(busy.url + "/admin/audit?since=x", timeout=10).status_code == 422
    for path in ["", "/verification"]:
        assert ben.get(busy.url + "/admin/audit" + path, timeout=10).status_code == 403
    for path in ["/verification", "/export"]:
        token = fields(ben.get(busy.url + "/settings", timeout=10)) | {"format": "csv"}
        assert ben.post(busy.url + "/admin/audit" + path, data=token, headers={"Origin": busy.url}, timeout=10).status_code == 403
        assert ana.post(busy.url + "/admin/audit" + path, data={"format": "csv"}, headers={"Origin": busy.url}, timeout=10).status_code == 403
    assert ana.get(busy.url + "/admin/audit/export", timeout=10).status_code == 405
    headers = {"Origin": busy.url}
    verified = ana.post(busy.url + "/admin/audit/verification", data=fields(page), headers=headers, timeout=10)
    assert "entries are as they were written" in verified.text
    data = fields(page) | {"format": "csv", "action": "login_failed"}
    copied = ana.post(busy.url + "/admin/audit/export", data=data, headers=headers, timeout=10)
    assert copied.headers["Content-Type"].startswith("text/csv") and "attachment" in copied.headers["Content-Disposition"]
    assert len(list(csv.reader(io.StringIO(copied.text)))) == 5
    assert entries(busy, "--action", "audit_exported")[0]["actor"] == "ana"
    sql(busy, "UPDATE sessions SET proven_at = 0")
    asked = ana.post(busy.url + "/admin/audit/export", data=data, headers=headers, timeout=10, allow_redirects=False)
    assert asked.status_code == 303 and "/settings/confirm?return_to=/admin/audit" in asked.headers["Location"]
    assert PASSWORD not in page.text
