"""Looking back: signs of compromise are told, a report tells what happened, and evidence is what it says it is."""

import datetime
import hashlib
import json
import re
import secrets
import shlex
import stat
import subprocess
import tarfile

import requests
from house import ROOT, eventually
from test_accounts import Browser
from test_emergency import can_sign_in, device, told
from test_limits import at, form, signed_in


def report(house, *options):
    return house.cli("incident", "report", *options).stdout


def section(text, title):
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


# The four signs, each driven from outside and heard of in #security


def test_a_sign_in_from_a_new_network_and_device_is_told(house):
    signed_in(house, "ben", "127.0.0.1")
    signed_in(house, "ben", "127.9.9.9")
    assert any(text.startswith("**Sign-in from a new device and network**\n`ben` from `127.9.9.9`") for text in told(house))


def test_a_token_used_from_a_new_network_is_told(house):
    house.api("ben", "GET", "/me", expect=200)
    eventually(lambda: "127.0.0.1" in house.cli("token", "list", "--user", "ben", "--json").stdout, within=15)
    headers = {"Authorization": "Bearer " + house.tokens["ben"]}
    assert at("127.9.9.9").get(house.url + "/api/v1/me", headers=headers, timeout=10).status_code == 200
    eventually(lambda: any("**Token used from a new network**" in text and "127.9.9.9" in text for text in told(house)),
               within=15, every=0.5)


def test_a_spike_of_failed_sign_ins_is_told_once_and_counted(house):
    client = at("127.9.9.9")
    for number in range(15):
        client.post(house.url + "/api/v1/signin", json={"username": f"guess{number}", "password": "x"}, timeout=20)
    found = [text for text in told(house) if "**Many failed sign-ins**" in text]
    assert len(found) == 1 and "from `127.9.9.9`" in found[0]


def test_what_an_admin_does_is_told_to_the_others(house):
    house.cli("user", "set-role", "ben", "admin")
    ana = signed_in(house, "ana", "127.0.0.1")
    assert form(house, ana, "/admin/settings", site_name="Other", signup_mode="off").ok
    said = told(house)
    assert any(text.startswith("**Role changed**") and "on the server itself" in text for text in said)
    assert any(text.startswith("**Setting changed**") and "`ana`" in text for text in said)


def test_what_is_done_to_others_from_the_console_is_told_to_the_admins(house):
    house.cli("user", "create", "mallory", "--role", "admin")
    for command in ("reset-2fa", "reset-link", "reset-password"):
        house.cli("user", command, "ben")
    tokens = [json.loads(line) for line in house.cli("token", "list", "--user", "ben", "--json").stdout.splitlines()]
    house.cli("token", "rotate", str(tokens[0]["id"]))
    house.cli("token", "revoke", str(tokens[0]["id"]))
    said = [text.split("\n")[0] for text in told(house) if "\nby `console`, on the server itself" in text]
    owned = f"token `{tokens[0]['name']}` of `ben`"
    for line in (
            "**Account made**: `mallory`", "**Second step and passkeys taken away**: `ben`",
            "**Link for a new password made**: `ben`", "**Password set**: `ben`", f"**Token's secret renewed**: {owned}",
            f"**Token revoked**: {owned}"):
        assert line in said, line
    assert "**Account made**: `ana`" not in said, "there was nobody to tell"


# The report


def test_the_report_says_who_with_what_and_from_where_and_never_what_was_written(house):
    house.post("ben", "a secret about Aunt Ada")
    signed_in(house, "ben", "127.0.0.1")
    for _ in range(3):
        at("127.9.9.9").post(house.url + "/api/v1/signin", json={"username": "eve", "password": "x"}, timeout=20)
    house.cli("emergency", "lockdown")
    text = report(house, "--since", "1h")
    assert text.startswith("# Incident report: HomeChat\n")
    assert "- Lockdown since " in section(text, "In force") and "Accounts locked by it: 2" in section(text, "In force")
    assert section(text, "Failed sign-ins").strip() == "3, from 1 address."
    accounts = section(text, "Affected accounts")
    assert re.search(r"\| eve \| user \| \d+ \| 0 \| 3 \|.*\| locked until ", accounts)
    assert re.search(r"\| 127\.9\.9\.9 \| 3 \| 0 \| 3 \| \S+Z \| \S+Z \|", section(text, "Addresses"))
    assert re.search(r"\| test .* \| ben \| .*messages:read .* \| \S+Z \|$", section(text, "Affected tokens"), re.MULTILINE)
    timeline = section(text, "Timeline")
    assert "emergency\\_action" in timeline and timeline.index("login\\_failed") < timeline.index("emergency\\_action")
    assert "login\\_failed | 3" in section(text, "What was written down")
    assert "Ada" not in text and "## To be written by hand" in text
    parsed = json.loads(report(house, "--json"))
    assert parsed["state"]["locked_users"] == 2 and parsed["addresses"][0]["address"] == "127.9.9.9"
    house.stop()
    assert section(report(house), "Failed sign-ins") == section(text, "Failed sign-ins"), "the same without a server"


def test_other_peoples_words_stay_in_their_cells(house):
    house.cli("token", "create", "--user", "ben", "--name", "a | b <script>`x` [y](http://evil.example) @ana *z*", "--scope",
              "messages:read")
    text = report(house)
    line = next(line for line in text.splitlines() if "evil.example" in line and line.startswith("| a "))
    assert "a \\| b \\<script\\>\\`x\\` \\[y\\](http://evil.example) &#64;ana \\*z\\*" in line
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) in (3, 7, 8, 9) for line in rows)


def test_a_report_goes_to_a_file_of_its_owner_alone_and_over_none(house, tmp_path):
    path = tmp_path / "incident.md"
    assert json.loads(report(house, "--output", str(path), "--json")) == {"report": str(path)}
    assert path.read_text().startswith("# Incident report") and stat.S_IMODE(path.stat().st_mode) == 0o600
    again = house.cli("incident", "report", "--output", str(path), check=False)
    assert again.returncode == 1 and len(again.stderr.splitlines()) == 1
    assert house.cli("incident", "report", "--since", "ever", check=False).returncode == 2
    assert house.cli("incident", "report", "--log", "x", check=False).returncode == 2


# The evidence


def unpacked(path, into):
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        assert all(member.isfile() and member.mode == 0o600 and ".." not in member.name for member in members)
        archive.extractall(into, filter="data")
    (folder,) = into.iterdir()
    return folder


def test_the_archive_holds_what_it_lists_and_its_hashes_are_right(house, tmp_path):
    house.post("ben", "a secret about Aunt Ada")
    log = house.log_path
    path, into = tmp_path / "evidence.tar", tmp_path / "out"
    into.mkdir()
    made = json.loads(report(house, "--evidence", str(path), "--log", str(log), "--json"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listed = subprocess.run(["tar", "-tf", path], capture_output=True, text=True, check=True).stdout.split()
    folder = unpacked(path, into)
    names = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert names == {file["name"] for file in made["files"]} and len(listed) == len(names)
    assert {"report.md", "audit.jsonl", "audit-verification.txt", "configuration.txt", "SHA256SUMS", f"logs/1-{log.name}"} == names
    assert subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True).returncode == 0
    for file in made["files"]:
        content = (folder / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    entries = [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]
    assert [entry["id"] for entry in entries] == list(range(1, len(entries) + 1))
    assert entries[-1]["action"] == "audit_exported" and entries[-1]["details"]["what"] == "evidence"
    assert all(len(entry["hash"]) == 64 for entry in entries)
    said = (folder / "audit-verification.txt").read_text()
    assert said.startswith(f"intact: {len(entries)} entries, head {len(entries)}:{entries[-1]['hash']}")
    everything = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert b"Ada" not in everything and (house.folder / "master.key").read_bytes().strip() not in everything
    assert all(token.encode() not in everything for token in house.tokens.values())


def test_the_configuration_in_it_names_no_secret(make_house, tmp_path):
    key = secrets.token_hex(32)
    house = make_house(environment={
        "HOMECHAT_SMTP_URL": "smtp://127.0.0.1:25", "HOMECHAT_SMTP_PASSWORD": "sesame-opens", "HOMECHAT_SMTP_FROM": "a@b.example",
        "HOMECHAT_SETUP_SECRET": "set-up-sesame", "HOMECHAT_MASTER_KEY": key})
    path, into = tmp_path / "evidence.tar", tmp_path / "out"
    into.mkdir()
    result = house.cli("incident", "report", "--evidence", str(path))
    text = (unpacked(path, into) / "configuration.txt").read_text()
    assert "# smtp.password is left out\n" in text and "smtp.url: smtp://127.0.0.1:25\n" in text
    for secret in ("sesame", key):
        assert secret not in path.read_bytes().decode(errors="replace")
    assert "not in it: server log" in result.stdout or "journal.log" in result.stdout


def test_an_archive_is_written_over_nothing_and_through_no_link(house, tmp_path):
    target, link = tmp_path / "victim", tmp_path / "link"
    link.symlink_to(target)
    (tmp_path / "there").write_text("mine")
    for path in (link, tmp_path / "there", tmp_path / "no" / "folder", house.folder):
        result = house.cli("incident", "report", "--evidence", str(path), check=False)
        assert result.returncode == 1 and len(result.stderr.splitlines()) == 1, path
    assert not target.exists() and (tmp_path / "there").read_text() == "mine"
    missing = house.cli("incident", "report", "--evidence", str(tmp_path / "new.tar"), "--log", "/nonexistent", check=False)
    assert missing.returncode == 1 and "cannot read the log" in missing.stderr and not (tmp_path / "new.tar").exists()


def test_an_archive_that_could_not_be_completed_is_in_nobodys_way(house, tmp_path):
    path, folder = tmp_path / "evidence.tar", tmp_path / "folder"
    folder.mkdir()
    broken = house.cli("incident", "report", "--evidence", str(path), "--log", str(folder), check=False)
    assert broken.returncode == 1 and broken.stderr == f"homechat: cannot read the log {folder}\n"
    assert not path.exists()
    report(house, "--evidence", str(path), "--log", str(house.log_path))
    assert tarfile.is_tarfile(path)


# The runbook


RUNBOOK = """
homechat emergency lockdown --for 24h --dry-run
homechat emergency lockdown --for 24h
homechat ban add 203.0.113.0/24 --for 7d --reason "incident"
homechat user lock mallory
homechat emergency status
homechat audit verify
homechat audit count --action login_failed --by ip --since 24h
homechat audit list --action login --since 24h
homechat incident report --since 24h
homechat incident report --since 24h --evidence {folder}/evidence.tar --log {log}
homechat emergency read-only on
homechat emergency reset-passwords
homechat user reset-password ben
homechat user reset-2fa ben
homechat credentials rotate-key
homechat token list
homechat emergency read-only off
homechat emergency lift
homechat user unlock ben
homechat token create --user ana --name "Home Assistant" --scope messages:write
homechat doctor --json
homechat incident report --since 24h --output {folder}/incident.md
"""


def test_the_runbook_works_from_its_first_line_to_its_last(house, tmp_path):
    """Contain, investigate, eradicate, recover, document: the commands of docs/hardening.md in their order."""
    house.people("mallory")
    app = device(house, "ben")
    printed = {}
    for line in RUNBOOK.strip().format(folder=tmp_path, log=house.log_path).splitlines():
        result = house.cli(*shlex.split(line)[1:], check=False)
        assert result.returncode == 0 or "doctor" in line, f"{line}: {result.stderr}"
        printed[line.split(" --")[0].split("homechat ")[1]] = result.stdout
        print(f"$ {line}\n{result.stdout}")
    assert requests.get(house.url + "/api/v1/me", headers={"Authorization": "Bearer " + app}, timeout=10).status_code == 401
    assert not can_sign_in(house, "mallory") and not can_sign_in(house, "ben")
    new = printed["user reset-password ben"].split("shown only now: ")[1].strip()
    assert can_sign_in(house, "ben", new), "an admin gave it, so nothing more is asked for"
    eve = Browser(house)
    assert "Choose a new password" in eve.sign_in("eve").text
    text = (tmp_path / "incident.md").read_text()
    for done in ("lockdown", "read-only-on", "reset-passwords", "read-only-off", "lift"):
        assert f"emergency:{done}" in text


def test_what_the_guide_says_to_do_can_be_done_in_its_order(house, tmp_path):
    text = (ROOT / "docs/hardening.md").read_text()
    commands = re.findall(r"(?m)^\$ homechat (.+)$", text.split("## When something happened")[1])
    assert len(commands) > 10 and commands[0] == "emergency lockdown --dry-run"
    for command in commands:
        arguments = [str(tmp_path / word) if word.endswith(".tar") else word for word in shlex.split(command)]
        result = house.cli(*arguments, check=False)
        assert result.returncode == 0 and result.stdout, f"{command}: {result.stderr}"


# Whom to tell


def test_security_txt_holds_to_its_rfc(make_house):
    """RFC 9116: one Expires, in the future and in less than a year; at least one Contact that is a URI; one field a line."""
    bare = make_house().start()
    assert requests.get(bare.url + "/.well-known/security.txt", timeout=10).status_code == 404
    house = make_house(environment={"HOMECHAT_SECURITY_CONTACT": "https://home.example/contact"}).start()
    answer = requests.get(house.url + "/.well-known/security.txt", timeout=10)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = [line.split(": ", 1) for line in answer.text.splitlines() if line and not line.startswith("#")]
    names = [name for name, _ in fields]
    assert names.count("Expires") == 1 and names.count("Preferred-Languages") <= 1
    assert set(names) <= {"Contact", "Expires", "Preferred-Languages", "Canonical", "Policy", "Encryption"}
    values = dict(fields)
    assert re.match(r"(https|mailto|tel):", values["Contact"])
    left = datetime.datetime.fromisoformat(values["Expires"]) - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(days=30) < left < datetime.timedelta(days=365)
    assert answer.text.endswith("\n") and "\r" not in answer.text
    refused = make_house(environment={"HOMECHAT_SECURITY_CONTACT": "ana at home"})
    assert refused.cli("emergency", "status", check=False).returncode == 1


