"""What lies in the folder of files, looked at from the command line, by the doctor and by monitors."""

import hashlib
import json
import os
import re
import shutil

import pytest
import requests

from house import eventually
from outside import needs
from sent_files import database, lay, place, png, send


def check(house, *options):
    result = house.cli("files", "check", "--json", *options, check=False)
    return result.returncode, json.loads(result.stdout) if result.stdout else result.stderr


def later(house, tmp_path, hours=2):
    """The command line with a clock that is ahead; that of the disk stays."""
    if not shutil.which("faketime"):
        pytest.skip("NOT RUN: no faketime")
    script = tmp_path / "later"
    script.write_text(f'#!/bin/sh\nDONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 exec faketime -m -f +{hours}h {house.binary} "$@"\n')
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("is_running", [True, False])
def test_what_is_wrong_is_named_beside_a_server_and_without(house, is_running):
    sent = send(house, "ana", png(), preview=b"RIFFsmall")
    cut, changed = send(house, "ana", b"1234", "a.zip", "application/zip"), send(house, "ben", b"5678", "b.zip", "application/zip")
    if not is_running:
        house.stop()
    assert check(house) == (0, {
        "is_sound": True, "files": 3, "previews": 1, "bytes": len(png()) + 9 + 8, "strays": 0, "missing": 0,
        "wrong_sizes": 0, "wrong_hashes": 0, "removed": 0, "problems": []})
    place(house, sent.preview).unlink()
    place(house, cut.name).write_bytes(b"123")
    place(house, changed.name).write_bytes(b"5679")
    code, found = check(house)
    assert code == 1 and (found["missing"], found["wrong_sizes"], found["wrong_hashes"]) == (1, 1, 0)
    code, found = check(house, "--verify")
    assert code == 1 and found["wrong_hashes"] == 1 and not found["is_sound"]
    assert {(line["problem"], line["path"], *line["message_ids"]) for line in found["problems"]} == {
        ("missing", f"{sent.preview[:2]}/{sent.preview}", sent.message),
        ("wrong_size", f"{cut.name[:2]}/{cut.name}", cut.message),
        ("wrong_hash", f"{changed.name[:2]}/{changed.name}", changed.message)}
    text = house.cli("files", "check", "--verify", check=False)
    assert text.returncode == 1 and f"wrong hash  {changed.name[:2]}/{changed.name}  of message {changed.message}" in text.stdout
    assert text.stdout.endswith("not sound: 3 files and 1 previews, %d bytes\n" % (len(png()) + 9 + 8))


def test_strays_are_told_when_they_are_an_hour_old_and_removed_when_somebody_says_so(house, tmp_path):
    send(house, "ana", png())
    stray = lay(house, b"nobody's")
    assert check(house, "--remove-strays")[0] == 0 and place(house, stray).exists(), "it may be on its way in"
    house.binary = later(house, tmp_path)
    code, found = check(house)
    assert code == 1 and found["strays"] == 1 and found["problems"] == [
        {"problem": "stray", "path": f"{stray[:2]}/{stray}", "message_ids": []}]
    code, found = check(house, "--remove-strays")
    assert code == 0 and found["removed"] == 1 and found["is_sound"] and not place(house, stray).exists()


def test_a_stray_that_cannot_be_removed_is_not_counted_as_gone(house, tmp_path):
    stray, stuck = lay(house, b"nobody's"), lay(house, b"stuck")
    script, name = later(house, tmp_path), f"{stuck[:2]}/{stuck}"
    refusing = tmp_path / "refusing"
    refusing.write_text(
        f"#!/bin/sh\nexec {needs('strace')} -f -qq -o /dev/null -P {house.folder}/files/{name} -e trace=unlink,unlinkat"
        f' -e inject=unlink,unlinkat:error=EACCES {script} "$@"\n')
    refusing.chmod(0o755)
    house.binary = refusing
    code, found = check(house, "--remove-strays")
    assert code == 1 and not found["is_sound"] and (found["strays"], found["removed"]) == (2, 1)
    assert place(house, stuck).exists() and not place(house, stray).exists()


def test_deleting_a_message_takes_its_bytes_from_the_disk(house):
    first = send(house, "ana", png(), preview=b"RIFF")
    second = send(house, "ana", b"keep", "x.zip", "application/zip")
    house.api("ana", "DELETE", f"/messages/{first.message}", expect=200)
    eventually(lambda: not place(house, first.name).exists() and not place(house, first.preview).exists())
    assert place(house, second.name).exists() and check(house, "--verify")[0] == 0


def test_deleting_a_channel_takes_its_bytes_and_its_messages(house):
    channel = house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"}).json()["id"]
    file = send(house, "ben", png(), room="garden")
    house.api("ana", "DELETE", f"/channels/{channel}", expect=200)
    assert house.api("ben", "GET", f"/channels/{channel}").status_code == 404
    assert house.api("ben", "GET", f"/messages/{file.message}").status_code == 404
    eventually(lambda: not place(house, file.name).exists())
    with database(house) as tx:
        assert tx.execute("SELECT COUNT(*) FROM messages WHERE channel_id = ?", (channel,)).fetchone() == (0,)
        assert tx.execute("SELECT COUNT(*) FROM channels WHERE id = ?", (channel,)).fetchone() == (0,)


def test_what_a_kill_left_half_done_is_finished_by_the_next_start(house):
    channel = house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"}).json()["id"]
    file = send(house, "ben", png(), room="garden")
    house.kill()
    with database(house) as tx:  # as the channel is once its deletion is durable, with everything still to go
        tx.execute("DELETE FROM memberships WHERE channel_id = ?", (channel,))
        tx.execute("UPDATE channels SET type = 'private', name_key = ?, owner_id = NULL, deleted_at = 1 WHERE id = ?",
                   (f"\n{channel}", channel))
    house.start()
    eventually(lambda: not place(house, file.name).exists())


def test_the_doctor_looks_at_the_folder(house):
    file = send(house, "ana", png())

    def uploads():
        report = json.loads(house.cli("doctor", "--json", check=False).stdout)
        return next(line for line in report["checks"] if line["id"] == "uploads")

    assert uploads()["status"] == "pass", uploads()
    place(house, file.name).chmod(0o644)
    assert uploads()["status"] == "fail" and file.name in uploads()["evidence"] and "chmod" in uploads()["fix"]
    place(house, file.name).chmod(0o600)
    place(house, file.name).parent.chmod(0o755)
    assert uploads()["status"] == "fail"
    place(house, file.name).parent.chmod(0o700)
    house.stop()
    house.environment["HOMECHAT_FILES_KEEP_FREE"] = str(1 << 50)
    house.start()
    assert uploads()["status"] == "fail" and "keep_free" in uploads()["fix"]


def test_metrics_tell_of_files_and_the_disk(house):
    token = house.token("ana", "admin")
    send(house, "ana", png(), preview=b"RIFF")
    again = send(house, "ana", b"1234", "a.zip", "application/zip")
    house.api("ana", "DELETE", f"/messages/{again.message}", expect=200)
    eventually(lambda: not place(house, again.name).exists())
    headers = {"Authorization": f"Bearer {token}"}
    text = requests.get(house.url + "/api/v1/metrics", headers=headers | {"Accept": "text/plain"}, timeout=10).text
    values = dict(re.findall(r"^(homechat_\w+) (\d+)$", text, re.M))
    assert values["homechat_files"] == "1" and values["homechat_files_bytes"] == str(len(png()))
    assert values["homechat_files_total"] == "2" and values["homechat_file_previews_bytes"] == "4"
    assert int(values["homechat_disk_free_bytes"]) > 0 and int(values["homechat_database_bytes"]) > 100_000
    disk = requests.get(house.url + "/api/v1/metrics", headers=headers, timeout=10).json()["disk"]
    assert disk["files"] == len(png()) and disk["previews"] == 4 and disk["free"] > 0


def test_everything_in_the_folder_is_for_the_server_alone(house):
    send(house, "ana", png())
    for folder, _, names in os.walk(house.folder / "files"):
        for path in [folder, *(os.path.join(folder, name) for name in names)]:
            assert os.stat(path).st_mode & 0o077 == 0, path


def test_two_nodes_share_a_folder(make_house, postgres, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o700)
    nodes = []
    for number in range(2):
        folder = tmp_path / f"node{number}"
        folder.mkdir(mode=0o700)
        (folder / "files").symlink_to(shared)
        nodes.append(make_house(folder=folder, environment=postgres.environment).start())
    nodes[0].people("ana")
    nodes[1].tokens = nodes[0].tokens
    files = [shared_file(nodes[0], postgres, b"file %d" % number) for number in range(20)]
    for number, (message, _, _) in enumerate(files[:15]):
        nodes[number % 2].api("ana", "DELETE", f"/messages/{message}", expect=200)
    eventually(lambda: not any(place(nodes[0], name).exists() for _, name, _ in files[:15]))
    eventually(lambda: postgres.run("SELECT COUNT(*) FROM file_contents") == "5")
    for node in nodes:
        for number, (_, _, key) in list(enumerate(files))[15:]:
            answer = requests.get(f"{node.url}/files/{key}", headers={"Authorization": "Bearer " + node.tokens["ana"]}, timeout=10)
            assert answer.content == b"file %d" % number
        assert node.cli("files", "check", "--verify").returncode == 0
        assert "could not be swept" not in node.log_text()


def shared_file(house, postgres, data):
    """A message with a file, on PostgreSQL: its id, what its bytes are called, and the key of its address."""
    message, name = house.post("ana", "look"), lay(house, data)
    key = hashlib.md5(data).hexdigest()
    postgres.run(
        "WITH content AS (INSERT INTO file_contents (sha256, stored_as, content_type, byte_size, created_at) VALUES"
        f" ('{hashlib.sha256(data).hexdigest()}', '{name}', 'application/zip', {len(data)}, 0) RETURNING id)"
        " INSERT INTO files (key, content_id, uploader_id, channel_id, message_id, name, kind, created_at)"
        f" SELECT '{key}', id, {message['user']['id']}, {message['channel_id']}, {message['id']}, 'a.zip', 'document', 0 FROM content")
    return message["id"], name, key
