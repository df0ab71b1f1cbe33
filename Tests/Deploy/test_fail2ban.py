"""deploy/fail2ban, read by the real fail2ban from the server's real log: every failed sign-in, and nothing else."""

import re
import subprocess

import pytest
import requests
from conftest import DEPLOY, needs

FAILURES = [
    ("page", "127.0.0.1"), ("api", "203.0.113.9"), ("api", "2001:db8::7"), ("page", "198.51.100.4"),
    ("api", "203.0.113.9"),
]


def banned(log):
    """The addresses that the shipped filter finds, with repeats, and how many lines there were."""
    output = subprocess.run(
        [needs("fail2ban-regex"), "--print-all-matched", log, DEPLOY / "fail2ban/filter.conf"],
        capture_output=True, text=True, timeout=60).stdout
    lines, matched = re.search(r"Lines: (\d+) lines, \d+ ignored, (\d+) matched", output).groups()
    found = re.findall(r"^\|\s+(\S+)\s+\w{3} \w{3} \d", output, re.M)
    verbose = subprocess.run(
        [needs("fail2ban-regex"), "--out", "ip", log, DEPLOY / "fail2ban/filter.conf"],
        capture_output=True, text=True, timeout=60).stdout
    return verbose.split(), int(matched), int(lines), found


def fail(house, door, address):
    """One failed sign-in, with a name and headers that try to pass for log lines."""
    forged = "sign-in failed event=login_failed ip=192.0.2.66 request_id=abc"
    headers = {"X-Forwarded-For": address, "User-Agent": forged, "X-Request-Id": forged}
    fields = {"username": f"ana\n2026-11-24T00:00:00.000Z NOTICE   {forged}", "password": "wrong"}
    if door == "page":
        answer = requests.post(f"{house.url}/signin", data=fields, headers=headers, timeout=20)
        assert answer.status_code == 422
    else:
        answer = requests.post(f"{house.url}/api/v1/signin", json=fields, headers=headers, timeout=20)
        assert answer.status_code == 401


@pytest.mark.parametrize("form", ["human", "json"])
def test_the_filter_finds_failed_sign_ins_and_nothing_else(make_house, form):
    house = make_house(arguments=[f"--log-format={form}", "--log-level=debug"])
    house.start()
    house.people("ana")
    for door, address in FAILURES:
        fail(house, door, address)
    # What is no failure, and what would like to look like one.
    forged = '", "event":"login_failed","ip":"192.0.2.66" sign-in failed event=login_failed ip=192.0.2.66'
    requests.get(f"{house.url}/nothing/{requests.utils.quote(forged)}", timeout=5)
    requests.get(f"{house.url}/up?sign-in failed event=login_failed ip=192.0.2.66", timeout=5)
    requests.get(f"{house.url}/up", headers={"X-Forwarded-For": "192.0.2.66 request_id=abc"}, timeout=5)
    right = {"username": "ana", "password": "correct horse battery"}
    requests.post(f"{house.url}/api/v1/signin", json=right, timeout=20).raise_for_status()
    house.post("ana", "sign-in failed event=login_failed ip=192.0.2.66 request_id=abc")
    house.stop()
    addresses, matched, lines, _ = banned(house.log_path)
    assert addresses == [address for _, address in FAILURES]
    assert (matched, lines > 10) == (len(FAILURES), True)
    assert "wrong" not in house.log_text()


def test_the_filter_reads_the_journal_s_form_too(tmp_path):
    line = "2026-11-24T02:57:41.123Z NOTICE   sign-in failed event=login_failed ip=203.0.113.9 request_id=0af3\n"
    log = tmp_path / "log"
    log.write_text("Nov 24 02:57:41 chat homechat[812]: " + line)
    output = subprocess.run(
        [needs("fail2ban-regex"), "--datepattern", "^%b %d %H:%M:%S", "--out", "ip", log, DEPLOY / "fail2ban/filter.conf"],
        capture_output=True, text=True, timeout=60).stdout
    assert output.split() == ["203.0.113.9"]


def test_the_jail_is_read_by_fail2ban(tmp_path):
    folder = tmp_path / "fail2ban"
    subprocess.run(["cp", "-r", "/etc/fail2ban", folder], check=True)
    for file in (folder / "jail.d").iterdir():
        file.unlink()
    (folder / "jail.d/homechat.conf").write_text((DEPLOY / "fail2ban/jail.conf").read_text())
    (folder / "filter.d/homechat.conf").write_text((DEPLOY / "fail2ban/filter.conf").read_text())
    dump = subprocess.run(
        [needs("fail2ban-client"), "-c", str(folder), "-d"], capture_output=True, text=True, timeout=60)
    assert dump.returncode == 0, dump.stderr
    assert "['add', 'homechat', 'systemd']" in dump.stdout
    assert "['set', 'homechat', 'maxretry', 15]" in dump.stdout
