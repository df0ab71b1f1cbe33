"""Another master key under running servers, and under commands that are killed."""

import itertools
import json
import os
import random
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time

import pyotp
import requests
from house import eventually
from test_accounts import Browser, database, enable_second_step, sign_in
from test_secrets import CANARY, keep, key_id


def rotate(house, *arguments):
    return json.loads(house.cli("credentials", "rotate-key", "--json", *arguments).stdout)


class Person:
    """Somebody with a session, a device that is known, an app and paper."""

    def __init__(self, house, name):
        self.name = name
        self.browser = Browser(house)
        self.browser.sign_in(name)
        self.totp, self.codes = enable_second_step(self.browser)
        self.device = {cookie.name: cookie.value for cookie in self.browser.cookies if "device" in cookie.name}
        assert self.device
        self.used = self.totp.now()

    def still_gets_in(self, house):
        """By the session, by a code of the app and by one from paper."""
        at = requests.get(house.url + "/settings/security", cookies=self.browser.cookies, timeout=20, allow_redirects=False)
        assert at.status_code == 200 and "backup codes left" in at.text
        paper = sign_in(house, self.name, otp_code=self.codes.pop())
        assert paper.status_code == 200, paper.text
        # A code is taken once, so it is the next one that counts.
        now = next(code for code in (self.totp.now(), self.totp.at(time.time() + 30)) if code != self.used)
        self.used = now
        app = sign_in(house, self.name, otp_code=now)
        assert app.status_code == 200, app.text

    def gets_in_by_page(self, house, cookies):
        browser = Browser(house)
        browser.cookies.update(cookies)
        step = re.search(r'name="step" value="([^"]*)"', browser.sign_in(self.name).text)
        return bool(step) and browser.submit("/signin/code", step=step[1], otp_code=self.codes.pop()).ok


def works(house, people):
    for person in people:
        person.still_gets_in(house)
    assert "error" not in house.log_text().lower()


def test_a_running_server_goes_on(make_house):
    house = make_house().start()
    house.people("ana", "ben", "eve")
    keep(house)
    ben = Person(house, "ben")
    old = key_id(house)
    began = time.monotonic()
    done = rotate(house)
    assert done["from"] == old and done["to"] == key_id(house) and done["values"] == 5
    works(house, [ben])
    assert time.monotonic() - began < 10
    eventually(lambda: "the master key was rotated" in house.log_text(), within=1)
    # What is sealed now is sealed with the new key, by the same process.
    Person(house, "eve")
    sealed = [row[0] for row in database(house).execute("SELECT secret FROM second_factors")]
    assert len(sealed) == 2 and {value[1:9].hex() for value in sealed} == {done["to"]}
    assert house.api("ana", "GET", "/me").status_code == 200
    # A lock that strangers caused does not concern a device that was known before the rotation.
    for _ in range(6):
        sign_in(house, "ben", "wrong")
    assert not ben.gets_in_by_page(house, {}) and ben.gets_in_by_page(house, ben.device)
    assert rotate(house)["from"] == done["to"]
    house.cli("audit", "verify")
    assert house.stop()[0] == 0
    house.start()
    works(house, [])
    assert house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY


def test_people_notice_nothing_while_it_happens(make_house):
    """A page that opens a sealed value, asked for again and again by four at once under six rotations."""
    house = make_house().start()
    house.people("ana", "ben")
    ben = Browser(house)
    ben.sign_in("ben")
    ben.submit("/settings/second-factor", on="/settings/security")
    cookies, answers, is_over = ben.cookies.get_dict(), [], threading.Event()

    def look():
        while not is_over.is_set():
            page = requests.get(house.url + "/settings/second-factor", cookies=cookies, timeout=20)
            answers.append((page.status_code, "otpauth://" in page.text))

    threads = [threading.Thread(target=look) for _ in range(4)]
    [thread.start() for thread in threads]
    for _ in range(6):
        rotate(house)
    is_over.set()
    [thread.join() for thread in threads]
    assert len(answers) > 20 and set(answers) == {(200, True)}


def test_nothing_of_the_old_key_is_left_in_the_database(make_house):
    house = make_house()
    house.people("ana")
    old = key_id(house)
    rotate(house)
    connection = database(house)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'")]
    found = []
    for table in tables:
        for row in connection.execute(f'SELECT * FROM "{table}"'):
            found += [(table, value) for value in row if isinstance(value, bytes) and bytes.fromhex(old) in value]
    assert found == []


def test_two_nodes_with_folders_of_their_own_go_on(make_house, postgres):
    one, two = (make_house(environment={"DATABASE_URL": postgres.url}) for _ in range(2))
    one.start()
    two.folder.mkdir()
    shutil.copy(one.folder / "master.key", two.folder / "master.key")
    keep(two)
    two.start()
    one.people("ana", "ben", "eve")
    two.tokens = one.tokens
    ben, eve = Person(one, "ben"), Person(two, "eve")
    done = rotate(one)
    new = (one.folder / "master.key").read_text()
    eventually(lambda: (two.folder / "master.key").read_text() == new, within=1)
    for house in (two, one):
        works(house, [])
    ben.still_gets_in(two)
    eve.still_gets_in(one)
    assert (two.folder / f"master.key.old-{done['from']}").stat().st_mode & 0o777 == 0o600
    assert two.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY
    assert postgres.run("SELECT COUNT(*) FROM audit_logs WHERE action = 'key_rotated'") == "1"
    # And from the other side, with both started anew between.
    two.stop()
    two.start()
    rotate(two)
    eventually(lambda: (one.folder / "master.key").read_text() == (two.folder / "master.key").read_text(), within=1)
    assert sign_in(one, "ben", otp_code=ben.codes.pop()).status_code == 200
    assert sign_in(two, "ben", otp_code=ben.codes.pop()).status_code == 200


def test_a_node_that_missed_it_says_so_and_comes_after_its_file(make_house, postgres):
    one, two = (make_house(environment={"DATABASE_URL": postgres.url}) for _ in range(2))
    one.start()
    two.folder.mkdir()
    shutil.copy(one.folder / "master.key", two.folder / "master.key")
    two.start()
    one.people("ana", "ben")
    ben = Person(one, "ben")
    two.process.send_signal(signal.SIGSTOP)
    postgres.cut_listeners()
    one_is_listening = "SELECT COUNT(*) FROM pg_stat_activity WHERE query ILIKE 'listen%'"
    eventually(lambda: postgres.run(one_is_listening) == "1")
    rotate(one)
    two.process.send_signal(signal.SIGCONT)
    eventually(lambda: "start this server with that one" in two.log_text(), within=20)
    assert sign_in(two, "ben", otp_code=ben.totp.now()).status_code == 503
    assert sign_in(one, "ben", otp_code=ben.codes.pop()).status_code == 200
    shutil.copy(one.folder / "master.key", two.folder / "master.key")
    postgres.cut_listeners()  # what makes a node look again; otherwise it does every minute
    eventually(lambda: "the master key was rotated" in two.log_text(), within=20)
    assert sign_in(two, "ben", otp_code=ben.codes.pop()).status_code == 200


def test_a_key_from_the_environment_takes_two_steps(make_house, postgres, tmp_path):
    one, two = (make_house(environment=postgres.environment) for _ in range(2))
    for house in (one, two):
        house.start()
    one.people("ana", "ben")
    keep(one)
    keep(two)
    ben = Person(one, "ben")
    result = one.cli("credentials", "rotate-key", check=False)
    assert result.returncode == 1 and len(result.stderr.strip().splitlines()) == 1
    assert "HOMECHAT_MASTER_KEY, which only you can change" in result.stderr and "--new-key-file FILE" in result.stderr
    new = tmp_path / "new.key"
    new.write_text(secrets.token_hex(32))
    assert "chmod 600" in one.cli("credentials", "rotate-key", "--new-key-file", str(new), check=False).stderr
    new.chmod(0o600)
    done = rotate(one, "--new-key-file", str(new))
    assert done["put_new_key_into"] == "HOMECHAT_MASTER_KEY" and "old_key_file" not in done
    for house in (one, two):
        eventually(lambda house=house: "give this server the new master key" in house.log_text(), within=1)
        assert sign_in(house, "ben", otp_code=ben.codes.pop()).status_code == 200
        assert not list(house.folder.glob("master.key*[!k]"))
    one.stop()
    early = one.cli("serve", "--port", "0", check=False)
    assert early.returncode == 1 and f"{done['to']}, not with {done['from']}" in early.stderr
    two.stop()
    for house in (one, two):
        house.environment["HOMECHAT_MASTER_KEY"] = new.read_text()
        house.start()
        assert sign_in(house, "ben", otp_code=ben.codes.pop()).status_code == 200
        assert house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY


# Kills

def is_whole(house):
    """After a kill: one key for everything, and a command or start comes through. Returns the key's id."""
    assert house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY
    house.cli("user", "list")  # which ends what is to be ended
    connection = database(house)
    ids = {row[0][1:9].hex() for row in connection.execute("SELECT value FROM sealed_secrets UNION ALL SELECT secret FROM second_factors")}
    connection.close()
    assert ids == {key_id(house)}
    assert house.cli("credentials", "get", "smtp.password").stdout.strip() == CANARY
    return ids.pop()


def prepared(make_house):
    house = make_house().start()
    house.people("ana", "ben")
    keep(house)
    ben = Person(house, "ben")
    house.stop()
    return house, ben


def after(house, ben, first, ids):
    house.start()
    assert sign_in(house, "ben", otp_code=ben.codes.pop()).status_code == 200
    assert sign_in(house, "ben", otp_code=pyotp.TOTP(ben.totp.secret).at(time.time() + 30)).status_code == 200
    rotations = database(house).execute("SELECT COUNT(*) FROM audit_logs WHERE action = 'key_rotated'").fetchone()[0]
    changes = [one for one, _ in itertools.groupby([first, *ids])]
    assert rotations == len(changes) - 1, "one entry for each rotation that came about, and no other"
    done = rotate(house)
    left = {path.name for path in house.folder.iterdir() if path.name.startswith(("master.key", "credentials"))}
    old = {f"master.key.old-{one}" for one in {first, *ids, done["from"]}}
    assert left == {"master.key", "master.key.lock", "credentials.sealed"} | old, "and no draft with a key in it"


def test_killed_at_any_time_nothing_is_lost(make_house):
    house, ben = prepared(make_house)
    command = [house.binary, "credentials", "rotate-key", f"--data-dir={house.folder}"]
    began = time.monotonic()
    first = key_id(house)
    subprocess.run(command, env=house.environment, check=True, capture_output=True)
    length = time.monotonic() - began
    ids = [is_whole(house)]
    dice = random.Random(8)
    for _ in range(25):
        process = subprocess.Popen(command, env=house.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.3, 1.1) * length)
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        ids.append(is_whole(house))
    assert len(set(ids)) > 1
    after(house, ben, first, ids)


def test_killed_at_each_step_on_disk_nothing_is_lost(make_house):
    """strace kills the command as it makes its n-th call of a kind, for each n until it comes to its end."""
    house, ben = prepared(make_house)
    first, ids, kills = key_id(house), [], 0
    for call in ("rename", "fsync", "fdatasync", "pwrite64", "unlink", "flock"):
        for number in itertools.count(1):
            result = subprocess.run(
                ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}",
                 house.binary, "credentials", "rotate-key", f"--data-dir={house.folder}"],
                env=house.environment, capture_output=True, timeout=120)
            ids.append(is_whole(house))
            if result.returncode == 0:
                break
            kills += 1
            assert number < 60, call
    assert kills >= 12
    print(f"{kills} kills, {len(set(ids))} keys")
    after(house, ben, first, ids)
