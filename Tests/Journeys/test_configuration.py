"""How the server starts, and when it refuses to."""

import json
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess

import pytest
import requests
from cable import Cable


def refused(house, *arguments):
    result = house.cli("serve", "--port", "0", *arguments, check=False)
    assert result.stdout == "" and len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result.returncode, result.stderr.strip()


@pytest.mark.parametrize("text, problem", [
    ("prot: 1", r"homechat\.yaml:1: unknown setting \"prot\"; did you mean \"port\"\?"),
    ("rate_limit: {login: {safelist: 10.0.0.0/8}}", r"homechat\.yaml:1: unknown setting .*; guessing is limited for everybody"),
    ("host: a\nlog: {level: loud}", r"homechat\.yaml:2: must be one of trace, .*, not \"loud\""),
    ("csp:\n  img_src: 'x;y'", r"homechat\.yaml:2: img-src may not hold x;y"),
    ("port: [", r"homechat\.yaml:\d: "),
])
def test_a_bad_file_is_refused_with_its_line(make_house, text, problem):
    house = make_house()
    house.folder.mkdir()
    (house.folder / "homechat.yaml").write_text(text)
    code, message = refused(house)
    assert code == 1
    assert re.search(problem, message), message


@pytest.mark.parametrize("name, value", [
    ("HOMECHAT_PROT", "1"), ("PORT", "http"), ("DATABASE_URL", "mysql://db"), ("HOMECHAT_LOG_FORMAT", "xml"),
])
def test_a_bad_variable_is_refused_by_name(make_house, name, value):
    code, message = refused(make_house(environment={name: value}))
    assert code == 1
    assert name in message


def test_an_address_that_is_taken_is_refused(house, make_house):
    result = make_house().cli("serve", "--port", str(house.port), check=False)
    assert result.returncode == 1
    assert "in use" in result.stderr.lower() and str(house.port) in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_database_of_a_newer_version_is_refused(house):
    house.stop()
    with sqlite3.connect(house.folder / "homechat.sqlite3") as database:
        last, = database.execute("SELECT MAX(position) FROM schema_migrations").fetchone()
        database.execute("INSERT INTO schema_migrations VALUES ('9999 from the future', ?, 0)", [last + 1])
    database.close()
    code, message = refused(house)
    assert code == 1
    assert "newer" in message


def test_listens_on_this_machine_only_and_says_how_to_open_it(make_house):
    house = make_house()
    command = [house.binary, "serve", "--port", "0", "--data-dir", str(house.folder)]
    process = subprocess.Popen(command, env=house.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline()
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)", line)[1])
        assert "--host 0.0.0.0" in line
        assert requests.get(f"http://127.0.0.1:{port}/up", timeout=5).ok
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", port), timeout=2)
    finally:
        process.terminate()
    assert process.wait(10) == 0
    assert process.stdout.read() == ""
    process.stdout.close()


def test_opened_to_the_household_it_says_where_it_is(make_house):
    house = make_house(arguments=["--host", "0.0.0.0"]).start()
    assert house.ready["host"] == "0.0.0.0"
    assert "0.0.0.0" not in house.ready["url"]
    assert house.is_up()


def test_what_it_makes_is_for_its_own_account_only(house):
    assert stat.S_IMODE(house.folder.stat().st_mode) == 0o700
    for path in house.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_one_file_can_be_copied_elsewhere(make_house, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    binary = make_house().binary
    house = make_house(binary=shutil.copy(binary, elsewhere / "chat")).start()
    page = requests.get(house.url, timeout=5)
    assert page.status_code == 200
    for asset in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
        assert requests.get(house.url + asset, timeout=5).status_code == 200, asset
    assert "/assets/" in page.text


def test_older_names_work_and_an_unused_secret_is_mentioned_once(make_house):
    house = make_house(environment={
        "LOG_LEVEL": "info", "SITE_NAME": "Villa", "ALLOW_SIGNUPS": "false", "RAILS_MASTER_KEY": "0123", "RAILS_ENV": "production",
        "WEB_CONCURRENCY": "2",
    })
    house.start()
    house.people("ana")
    assert "Villa" in requests.get(house.url + "/signin", timeout=5).text
    signup = requests.post(house.url + "/api/v1/signup", json={"username": "gus", "password": "long enough for it"}, timeout=5)
    assert signup.status_code == 403
    assert house.log_text().count("RAILS_MASTER_KEY") == 1
    assert "0123" not in house.log_text()


def test_the_log_has_lines_of_json_and_no_secret(make_house):
    house = make_house(environment={"HOMECHAT_LOG_FORMAT": "json", "HOMECHAT_LOG_LEVEL": "trace"})
    house.start()
    house.people("ana", "ben")
    house.post("ana", "the cat is called Minka")
    token = house.tokens["ben"]
    with Cable(house, token=token) as cable:
        cable.welcomed()
    requests.get(f"{house.url}/cable?token={token}", timeout=5)
    answer = requests.post(f"{house.url}/api/v1/signin", json={"username": "ana", "password": "Wrong-Passw0rd"}, timeout=5)
    house.stop()
    lines = [json.loads(line) for line in house.log_text().splitlines()]
    assert any(answer.json()["request_id"] in line.values() for line in lines)
    for secret in (token, house.tokens["ana"], token.split("_")[2], "Minka", "Wrong-Passw0rd", "correct horse"):
        assert secret not in house.log_text()


def test_a_log_that_nobody_reads_any_more_ends_nothing(make_house):
    house = make_house(environment={"HOMECHAT_LOG_LEVEL": "debug"})
    reader, writer = os.pipe()
    command = [house.binary, "serve", "--json", f"--data-dir={house.folder}", "--port=0"]
    process = subprocess.Popen(command, env=house.environment, stdout=subprocess.PIPE, stderr=writer, text=True)
    try:
        os.close(writer)
        port = json.loads(process.stdout.readline())["port"]
        process.stdout.close()
        os.close(reader)
        for _ in range(5):
            assert requests.get(f"http://127.0.0.1:{port}/up", timeout=5).ok
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
