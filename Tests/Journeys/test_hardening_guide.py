"""docs/hardening.md as its reader follows it: each `$` line of its console blocks is run, in order, on one live server, and
must print what stands below it. `…` stands for anything within a line, and a line of its own for any lines."""

import os
import re
import subprocess

import pytest

from house import PASSWORD, ROOT

GUIDE = ROOT / "docs/hardening.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def steps():
    """(line number, command, expected output) of each command."""
    text = GUIDE.read_text()
    for block in BLOCK.finditer(text):
        number = text.count("\n", 0, block.start(1)) + 1
        for part in re.split(r"^(?=\$ )", block.group(1), flags=re.M):
            lines = part.splitlines()
            if not lines:
                continue
            assert lines[0].startswith("$ "), f"line {number}: a console block begins with a command"
            length = 1
            while lines[length - 1].endswith("\\"):
                length += 1
            command = "\n".join([lines[0][2:], *lines[1:length]])
            yield number, command, lines[length:]
            number += len(lines)


def pattern(expected):
    """The columns of a table are as wide as what is in them, so runs of spaces are alike."""
    parts = []
    for line in expected:
        if line.strip() == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            words = re.split(r" +", line.rstrip())
            parts.append(" +".join(re.escape(word).replace("…", ".*") for word in words) + r" *\n")
    return re.compile("".join(parts))


@pytest.fixture
def shell(make_house, tmp_path):
    house = make_house(limits=True).start()
    house.cli("user", "create", "ana", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "homechat").symlink_to(os.path.realpath(house.binary))
    environment = house.environment | {
        "HOMECHAT_DATA_DIR": str(house.folder), "PATH": f"{programs}:{house.environment['PATH']}",
    }

    def run(command):
        command = command.replace("localhost:3000", f"localhost:{house.port}")
        result = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )
        return result.stdout.replace("\r\n", "\n").replace(f"localhost:{house.port}", "localhost:3000")

    return run


def test_each_command_of_the_guide_prints_what_the_guide_says(shell):
    ran = 0
    for number, command, expected in steps():
        printed = shell(command)
        ending = "" if printed.endswith("\n") or not printed else "\n"
        assert pattern(expected).fullmatch(printed + ending), (
            f"docs/hardening.md, line {number}: {command}\nprinted\n{printed}\nand not\n" + "\n".join(expected)
        )
        ran += 1
    assert ran >= 20
