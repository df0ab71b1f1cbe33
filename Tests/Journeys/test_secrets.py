"""The master key and the sealed credentials from outside: what is refused, what is kept, and what nobody gets to see."""

import base64
import hashlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import time

import pytest
import requests
from house import PASSWORD, eventually
from outside import free_port
from test_accounts import Browser, database, enable_second_step, sign_in

CANARY = "canary-3f9c1e7a-in-clear"


def keep(house, value=CANARY, name="smtp.password"):
    house.cli("credentials", "set", name, stdin=value + "\n")


def key_id(house):
    return database(house).execute("SELECT value FROM settings WHERE key = 'master_key_id'").fetchone()[0]


def contents(folder):
    """Everything that must not change when a start is refused."""
    names = ["master.key*", "credentials.*", "homechat.yaml"]
    found = {path.name: path.read_bytes() for name in names for path in pathlib.Path(folder).glob(name)}
    return {name: hashlib.sha256(data).hexdigest() for name, data in found.items() if not name.endswith(".lock")}


def refused(house, *arguments, command="serve"):
    """Exit code 1 and one line, and every file as it was; returns the line."""
    before = contents(house.folder)
    result = house.cli(command, *(["--port", "0"] if command == "serve" else []), *arguments, check=False)
    assert result.returncode == 1, result.stderr
    assert result.stdout == "" and len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert contents(house.folder) == before
    return result.stderr.strip()


# Refusals

def without_key(house):
    (house.folder / "master.key").unlink()
    return r"master\.key is missing; put it back|master key [0-9a-f]{16} is missing; put .*master\.key back"


def with_another_key(house):
    (house.folder / "master.key").write_text(secrets.token_hex(32))
    return r"(belongs to|sealed with) the master key [0-9a-f]{16}, not (to|with) [0-9a-f]{16}"


def with_an_open_key(house):
    (house.folder / "master.key").chmod(0o644)
    return r"master\.key can be read by others; run: chmod 600 .*master\.key"


def with_a_cut_key(house):
    path = house.folder / "master.key"
    path.write_text(path.read_text()[:40])
    return r"master\.key holds no master key: it has to be 64 random hexadecimal digits"


def with_a_typed_variable(house):
    house.environment["HOMECHAT_MASTER_KEY"] = "0123456789abcdef" * 4
    return r"HOMECHAT_MASTER_KEY holds no master key"


def with_a_short_variable(house):
    house.environment["HOMECHAT_MASTER_KEY"] = "secret"
    return r"HOMECHAT_MASTER_KEY holds no master key"


def with_a_missing_file(house):
    house.environment["HOMECHAT_MASTER_KEY_FILE"] = str(house.folder / "nothing")
    return r"nothing: no such file"


def with_another_file(house):
    path = house.folder.parent / "other.key"
    path.write_text(secrets.token_hex(32))
    path.chmod(0o400)
    house.environment["HOMECHAT_MASTER_KEY_FILE"] = str(path)
    return r"(belongs to|sealed with) the master key"


@pytest.mark.parametrize("has_credentials", [False, True])
@pytest.mark.parametrize("spoil", [
    without_key, with_another_key, with_an_open_key, with_a_cut_key, with_a_typed_variable, with_a_short_variable,
    with_a_missing_file, with_another_file])
def test_a_key_that_does_not_fit_is_refused_and_nothing_is_overwritten(make_house, spoil, has_credentials):
    house = make_house()
    house.people("ana")
    if has_credentials:
        keep(house)
    expected = spoil(house)
    for command in (["serve"], ["user", "list"]):
        line = refused(house, command=command[0]) if command == ["serve"] else house.cli(*command, check=False).stderr
        assert re.search(expected, line), line
        assert CANARY not in line and "secret" not in line and "0123456789abcdef" not in line
    without = {"HOMECHAT_MASTER_KEY", "HOMECHAT_MASTER_KEY_FILE"}
    house.environment = {name: value for name, value in house.environment.items() if name not in without}
    assert contents(house.folder).keys() <= {"master.key", "credentials.sealed"}, "nothing was made in its place"


def test_an_older_database_and_a_newer_key_are_refused_until_somebody_says_so(make_house):
    house = make_house()
    house.people("ana")
    keep(house)
    backup = house.folder.parent / "backup.sqlite3"
    database(house).execute("VACUUM INTO ?", (str(backup),))
    old = key_id(house)
    house.cli("credentials", "rotate-key")
    new = key_id(house)
    for name in ("homechat.sqlite3-wal", "homechat.sqlite3-shm"):
        (house.folder / name).unlink(missing_ok=True)
    shutil.copy(backup, house.folder / "homechat.sqlite3")
    line = refused(house)
    assert f"belongs to the master key {old}, not to {new}" in line and "homechat credentials rotate-key" in line
    done = json.loads(house.cli("credentials", "rotate-key", "--json").stdout)
    assert (done["from"], done["to"]) == (old, new)
    house.start()
    assert house.is_up() and house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY


@pytest.mark.parametrize("damage", [
    lambda data: data[:-20], lambda data: data.replace(b"credentials 1", b"credentials 2"), lambda data: b"",
    lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:]])
def test_damaged_credentials_are_refused_and_stay_as_they_are(make_house, damage):
    house = make_house()
    house.people("ana")
    keep(house)
    path = house.folder / "credentials.sealed"
    good = path.read_bytes()
    path.write_bytes(damage(good))
    line = refused(house)
    assert "credentials.sealed: is damaged" in line
    for command in (["show"], ["set", "setup.secret"], ["edit"]):
        before = contents(house.folder)
        result = house.cli("credentials", *command, stdin="x\n", check=False)
        assert result.returncode == 1 and "is damaged" in result.stderr and contents(house.folder) == before
    path.write_bytes(good)
    assert house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY


def test_production_refuses_root_and_a_key_that_could_be_published(make_house, tmp_path):
    house = make_house(environment={"HOMECHAT_PRODUCTION": "true"})
    house.people("ana")
    if os.geteuid() == 0:
        assert "this is root" in refused(house)
        house.environment["HOMECHAT_ALLOW_ROOT"] = "true"
    house.start().stop()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert f"lies in the git work tree {tmp_path}" in refused(house)
    del house.environment["HOMECHAT_PRODUCTION"]
    house.start()


# Credentials

def test_the_server_takes_what_is_kept_unless_the_environment_says_otherwise(make_house):
    house = make_house()
    keep(house, "open-sesame", "setup.secret")
    fields = {"site_name": "Home", "user[username]": "ana", "user[password]": PASSWORD}
    house.environment["HOMECHAT_SETUP_SECRET"] = "another-one"
    house.start()
    assert Browser(house).submit("/welcome", **fields, setup_secret="open-sesame").status_code == 422
    house.stop()
    del house.environment["HOMECHAT_SETUP_SECRET"]
    (house.folder / "homechat.yaml").write_text("setup: {secret: from-the-file}\n")
    house.start()
    assert Browser(house).submit("/welcome", **fields, setup_secret="from-the-file").status_code == 422
    assert Browser(house).submit("/welcome", **fields, setup_secret="open-sesame").status_code == 200


def test_the_database_itself_can_be_among_them_and_mended_without_it(make_house, postgres):
    house = make_house()
    house.environment["HOMECHAT_MASTER_KEY"] = secrets.token_hex(32)
    keep(house, postgres.url, "database_url")
    house.people("ana")
    assert postgres.run("SELECT username FROM users WHERE username <> 'system'") == "ana"
    house.cli("credentials", "set", "database_url", "--offline", stdin="postgres://nobody@127.0.0.1:1/nothing")
    broken = house.cli("credentials", "set", "database_url", stdin=postgres.url, check=False)
    assert broken.returncode == 1 and postgres.url not in broken.stderr
    house.cli("credentials", "set", "database_url", "--offline", stdin=postgres.url)
    house.start()
    assert house.is_up()


def test_set_get_show_unset(make_house):
    house = make_house()
    house.people("ana")
    path = house.folder / "credentials.sealed"
    assert house.cli("credentials", "show").stdout.strip() == "NAME  VALUE"
    keep(house)
    keep(house, "other", "setup.secret")
    assert path.stat().st_mode & 0o777 == 0o600 and CANARY.encode() not in path.read_bytes()
    assert house.cli("credentials", "get", "smtp.password").stdout == CANARY + "\n"
    shown = [json.loads(line) for line in house.cli("credentials", "show", "--json").stdout.splitlines()]
    assert shown == [{"name": "setup.secret", "value": "other"}, {"name": "smtp.password", "value": CANARY}]
    house.cli("credentials", "unset", "setup.secret")
    for arguments, stdin, problem in [
        (["set", "smtp.pasword"], "x", 'did you mean "smtp.password"?'), (["get", "setup.secret"], "", "not found"),
        (["set", "host"], "x", "is no secret"), (["set", "smtp.password"], "", "missing"), (["unset", "setup.secret"], "", "not found"),
        (["set", "smtp.password"], "x" * 1001, "must have 1 to 1000"), (["set", "database_url"], "mysql://canary", "must be postgres"),
    ]:
        result = house.cli("credentials", *arguments, stdin=stdin, check=False)
        assert result.returncode == 1 and problem in result.stderr and "canary" not in result.stderr, result.stderr
    assert house.cli("credentials", "set", "smtp.password", "value", check=False).returncode == 2, "a value as an argument"
    entries = database(house).execute("SELECT target, details FROM audit_logs WHERE action = 'setting_changed'").fetchall()
    assert [target for target, _ in entries] == ["setting:smtp.password", "setting:setup.secret", "setting:setup.secret"]
    assert CANARY not in str(entries)


def test_many_at_once_lose_nothing(make_house):
    house = make_house()
    house.people("ana")
    commands = [("smtp.password", f"a{n}") for n in range(4)] + [("setup.secret", f"b{n}") for n in range(4)]
    running = [subprocess.Popen(
        [house.binary, "credentials", "set", name, f"--data-dir={house.folder}"], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, env=house.environment) for name, _ in commands]
    for process, (_, value) in zip(running, commands):
        process.communicate(value.encode(), timeout=60)
        assert process.returncode == 0
    shown = [json.loads(line)["name"] for line in house.cli("credentials", "show", "--json").stdout.splitlines()]
    assert shown == ["setup.secret", "smtp.password"]


# The editor

def editor(house, script):
    """Somebody's editor: a script that finds the file as $1, and what it saw in `seen`."""
    path = house.folder.parent / "editor"
    path.write_text(f'#!/bin/sh\nseen="{house.folder.parent}/seen"\n{script}\n')
    path.chmod(0o700)
    house.environment["EDITOR"] = str(path)
    return house.folder.parent / "seen"


def traces():
    return list(pathlib.Path("/dev/shm").glob("homechat-credentials-*"))


def test_the_editor_gets_a_private_file_and_no_key(make_house):
    house = make_house(environment={"HOMECHAT_MASTER_KEY": secrets.token_hex(32), "SECRET_KEY_BASE": "x" * 20})
    house.people("ana")
    keep(house)
    seen = editor(house, (
        'stat -c "%a %n" "$1" "$(dirname "$1")" >"$seen"; env >>"$seen"; cat "$1" >>"$seen"; cp "$1" "$1~"\n'
        "sed -i s/canary/edited/ \"$1\""))
    assert "Changed" in house.cli("credentials", "edit").stdout
    lines = seen.read_text().splitlines()
    assert lines[0].startswith("600 ") and lines[1].startswith("700 ")
    assert not pathlib.Path(lines[1].split()[1]).exists() and traces() == []
    assert f'smtp.password: "{CANARY}"' in lines
    assert house.environment["HOMECHAT_MASTER_KEY"] not in seen.read_text() and "x" * 20 not in seen.read_text()
    assert house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY.replace("canary", "edited")


def test_what_was_typed_is_not_lost_when_it_does_not_fit(make_house):
    house = make_house()
    house.people("ana")
    keep(house)
    editor(house, "sed -i 's/smtp.password:/smtp.pasword:/' \"$1\"; echo 'setup.secret: typed-with-care' >>\"$1\"")
    wrong = house.cli("credentials", "edit", check=False)
    assert wrong.returncode == 1 and 'did you mean "smtp.password"?' in wrong.stderr and "typed" not in wrong.stderr
    assert house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY, "as it was"
    draft = house.folder / "credentials.draft"
    assert draft.stat().st_mode & 0o777 == 0o600 and b"typed" not in draft.read_bytes()
    house.cli("credentials", "rotate-key")
    editor(house, "sed -i 's/smtp.pasword:/smtp.password:/' \"$1\"")
    house.cli("credentials", "edit")
    assert house.cli("credentials", "get", "setup.secret").stdout.strip() == "typed-with-care"
    assert not draft.exists() and traces() == []
    for script, problem in [("exit 3", "failed"), ('rm "$1"', "left no text")]:
        editor(house, script)
        result = house.cli("credentials", "edit", check=False)
        assert result.returncode == 1 and problem in result.stderr and traces() == []


def test_an_edit_does_not_undo_what_was_set_meanwhile(make_house):
    house = make_house()
    house.people("ana")
    keep(house)
    command = f'printf meanwhile | env -u EDITOR {house.binary} credentials set setup.secret --data-dir={house.folder}'
    editor(house, f"{command} >/dev/null; sed -i s/canary/edited/ \"$1\"")
    result = house.cli("credentials", "edit", check=False)
    assert result.returncode == 1 and "changed meanwhile" in result.stderr
    assert house.cli("credentials", "get", "setup.secret").stdout.strip() == "meanwhile"
    assert house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY


def test_an_edit_that_is_killed_is_wiped_by_the_next(make_house):
    house = make_house()
    house.people("ana")
    keep(house)
    seen = editor(house, 'echo here >"$seen"; exec sleep 60')
    process = subprocess.Popen(
        [house.binary, "credentials", "edit", f"--data-dir={house.folder}"], env=house.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    eventually(seen.exists)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(20)
    assert traces() == [], "told to stop, it wipes"
    seen.unlink()
    process = subprocess.Popen(process.args, env=house.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    eventually(seen.exists)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)
    assert len(traces()) == 1
    editor(house, "true")
    house.cli("credentials", "edit")
    assert traces() == []


NOBODY = 65534
SHARED = pathlib.Path("/dev/shm")


def trap_link(folder, target):
    folder.symlink_to(target)


def trap_foreign(folder, target):
    folder.mkdir(0o700)
    (folder / "huge").touch()
    os.truncate(folder / "huge", 1 << 50)
    (folder / "link").symlink_to(target / "file")
    os.link(target / "file", folder / "hard")
    os.chown(folder, NOBODY, NOBODY)


def trap_open(folder, target):
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "file").write_text("keep")


def trap_pipe(folder, target):
    """Even one of our own cannot hold the next edit up, or make it write a file without end."""
    folder.mkdir(0o700)
    os.mkfifo(folder / "pipe")
    (folder / "huge").touch()
    os.truncate(folder / "huge", 1 << 50)
    (folder / "link").symlink_to(target / "file")
    (folder / "deep/deeper").mkdir(parents=True)
    (folder / "deep/deeper/file").write_text(CANARY)


@pytest.mark.parametrize("ending", ["", "-Abc123"])
@pytest.mark.parametrize("trap", [trap_link, trap_foreign, trap_open, trap_pipe])
def test_what_others_put_where_the_editor_works_is_not_touched(make_house, tmp_path_factory, trap, ending):
    if trap is trap_foreign and os.geteuid() != 0:
        pytest.skip("only root can make what is another's")
    house = make_house()
    house.people("ana")
    keep(house)
    target = tmp_path_factory.mktemp("target", numbered=True) if trap is not trap_foreign else SHARED / f"target-{os.getpid()}"
    target.mkdir(exist_ok=True)
    (target / "file").write_text("of somebody else")
    gone = subprocess.Popen(["true"])
    gone.wait()
    folder = SHARED / f"homechat-credentials-{gone.pid}{ending}"
    trap(folder, target)
    try:
        editor(house, "true")
        result = subprocess.run(
            [house.binary, "credentials", "edit", f"--data-dir={house.folder}"], env=house.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        assert result.returncode == 0, result.stderr
        assert (target / "file").read_text() == "of somebody else"
        assert os.path.lexists(folder) == (trap is not trap_pipe), "its own is swept, however it looks"
        if trap is trap_foreign:
            assert len(os.listdir(folder)) == 3
        if trap is trap_open:
            assert (folder / "file").read_text() == "keep"
        assert [path for path in traces() if path != folder] == []
    finally:
        folder.unlink() if folder.is_symlink() else shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)


# Copies of the key

def test_a_copy_is_asked_for_and_its_date_is_told(make_house):
    house = make_house()
    house.people("ana")
    key = (house.folder / "master.key").read_text().strip()

    def doctor():
        report = json.loads(house.cli("doctor", "--json", check=False).stdout)
        return next(check for check in report["checks"] if check["id"] == "master_key")["evidence"]

    wrong = house.cli("credentials", "backup-key", stdin="00000000\n", check=False)
    assert wrong.returncode == 1 and "nothing was noted" in wrong.stderr
    assert "copied on" not in doctor()
    shown = house.cli("credentials", "backup-key", stdin=key[-8:] + "\n").stdout
    assert shown.count(key) == 1 and "█" in shown and "Noted" in shown
    into_nothing = f"{house.binary} credentials backup-key --yes --data-dir={house.folder} | true; exit ${{PIPESTATUS[0]}}"
    broken = subprocess.run(["bash", "-c", into_nothing], env=house.environment, capture_output=True, timeout=60)
    assert broken.returncode in (0, 1, 141), "it ends, and does not crash"
    silent = json.loads(house.cli("credentials", "backup-key", "--yes", "--json").stdout)
    assert silent["master_key"] == key and silent["acknowledged_at"]
    count = database(house).execute("SELECT COUNT(*) FROM audit_logs WHERE action = 'key_backed_up'").fetchone()[0]
    assert count >= 2 and key not in str(database(house).execute("SELECT * FROM audit_logs").fetchall())
    if not pathlib.Path("/.dockerenv").exists() and not pathlib.Path("/run/.containerenv").exists():
        assert f"copied on {time.strftime('%Y-%m-%d', time.gmtime())}" in doctor()
        house.cli("credentials", "rotate-key")
        assert "is of the key before it" in doctor()


def test_the_doctor_sees_how_the_key_lies(make_house):
    house = make_house().start()
    house.people("ana")
    house.tokens["ana"] = house.token("ana", "admin")
    key = house.folder / "master.key"

    def check():
        report = house.api("ana", "GET", "/doctor", expect=200).json()
        found = next(check for check in report["checks"] if check["id"] == "master_key")
        return found["status"], found["evidence"], found["fix"]

    key.chmod(0o644)
    assert check() == ("fail", f"{key} has mode 644", f"chmod 600 {key}")
    # Every other command is refused that key; this one is there to tell.
    assert f"{key} has mode 644" in house.cli("doctor", check=False).stdout
    assert house.cli("user", "list", check=False).returncode == 1
    key.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(key, 65534, 0)
        assert check()[1] == f"{key} belongs to user 65534, the data to user 0"
        os.chown(key, 0, 0)
    subprocess.run(["git", "init", "-q", str(house.folder.parent)], check=True)
    assert check()[:2] == ("fail", f"{key} lies in the git work tree {house.folder.parent}")
    shutil.rmtree(house.folder.parent / ".git")
    key.rename(house.folder / "elsewhere")
    assert check()[0] == "fail" and "is not there" in check()[1]


# What nobody gets to see

def test_no_secret_shows_anywhere(make_house):
    """Canaries in every place that takes a secret, looked for in everything that comes out."""
    port = free_port()
    house = make_house(environment={
        "HOMECHAT_LOG_LEVEL": "trace", "HOMECHAT_SETUP_SECRET": CANARY + "-setup", "HOMECHAT_SMTP_URL": "smtp://127.0.0.1:1",
        "HOMECHAT_SMTP_FROM": "home@example.org", "HOMECHAT_OPENID_ISSUER": "http://127.0.0.1:1",
        "HOMECHAT_OPENID_CLIENT_ID": "home", "HOMECHAT_PUBLIC_URL": f"http://127.0.0.1:{port}"})
    keep(house)
    keep(house, CANARY + "-openid", "openid.client_secret")
    house.start(port)
    house.people("ana", "ben")
    house.tokens["ana"] = house.token("ana", "admin")
    ben = Browser(house)
    ben.sign_in("ben")
    totp, codes = enable_second_step(ben)
    assert sign_in(house, "ben", otp_code=codes[0]).status_code == 200
    sign_in(house, "ben", CANARY)
    house.cli("credentials", "rotate-key")
    answers = [requests.get(house.url + path, timeout=5).text for path in ("/signin", "/signin/openid", "/up", "/nope", "/api/v1/health")]
    answers += [house.api("ana", "GET", path).text for path in ("/metrics", "/doctor", "/me", "/nope")]
    answers.append(house.api("ana", "GET", "/metrics", headers={"Accept": "text/plain"}).text)
    answers.append(house.cli("serve", "--port", str(house.port), check=False).stderr)
    pid = house.process.pid
    processes = subprocess.run(["ps", "axeww"], capture_output=True, text=True).stdout
    answers += [processes] + [pathlib.Path(f"/proc/{pid}/{name}").read_text(errors="replace") for name in ("cmdline", "environ")]
    house.stop()
    keys = [path.read_text().strip() for path in house.folder.glob("master.key*") if not path.name.endswith(".lock")]
    assert len(keys) == 2
    wanted = [CANARY, totp.secret, *keys, *codes]
    raw = [bytes.fromhex(key) for key in keys]
    raw.append(base64.b32decode(totp.secret))
    for text in [*answers, house.log_text()]:
        shown = [text[max(text.index(secret) - 60, 0):][:80] for secret in wanted if secret in text]
        assert shown == []
    for path in house.folder.iterdir():
        if path.is_file() and not path.name.startswith("master.key"):
            data = path.read_bytes()
            assert not any(secret.encode() in data for secret in wanted), path.name
            assert not any(secret in data for secret in raw), path.name


def test_no_look_into_the_process(make_house, tmp_path):
    house = make_house(environment={"HOMECHAT_MASTER_KEY": secrets.token_hex(32), "DATABASE_URL": "", "RAILS_MASTER_KEY": CANARY})
    house.start()
    proc = pathlib.Path(f"/proc/{house.process.pid}")
    limits = next(line for line in (proc / "limits").read_text().splitlines() if line.startswith("Max core file size"))
    assert limits.split()[4:6] == ["0", "0"]
    environment = (proc / "environ").read_bytes()
    assert house.environment["HOMECHAT_MASTER_KEY"].encode() not in environment and CANARY.encode() not in environment
    assert b"PATH=" in environment
    assert house.log_text().count("RAILS_MASTER_KEY") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: needs root, to become somebody else")
def test_not_even_its_own_account_can_look_into_it(make_house, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    for parent in tmp_path.parents:
        if parent.name.startswith("pytest"):
            parent.chmod(0o755)
    tmp_path.chmod(0o755)
    house = make_house(folder=folder)
    binary = shutil.copy(house.binary, tmp_path / "homechat")
    process = subprocess.Popen(
        [binary, "serve", "--port=0", f"--data-dir={folder}"], env=house.environment, user=65534, group=65534,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert "ready" in process.stdout.readline()
        assert os.stat(f"/proc/{process.pid}/environ").st_uid == 0, "it belongs to root while nobody may look"
        for name in ("environ", "mem", "maps"):
            looked = subprocess.run(["cat", f"/proc/{process.pid}/{name}"], capture_output=True, user=65534, group=65534)
            assert looked.returncode != 0 and b"denied" in looked.stderr, name
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
