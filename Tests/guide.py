"""A guide of docs/ as its reader follows it: every example in it is run, in order, on one live server, and must do what the
guide says.

    ```console      each `$` line is run, and must print what stands below it
    ```sh           is run as a whole; what it sets is there for the blocks that follow
    ```python       is run as a program
    ```text         directly below one of the last two: what it prints
    ```json         the same where it prints JSON: every key that is shown is there, with that value; there may be more

`…` stands for anything within a line or a value, and a line of its own for any lines. After ```python background the program
goes on beside the rest: its first line of text is waited for, the others when everything else has been done. Blocks of other
languages are not run: a test takes them by `blocks` and does what they are for.

To have a guide run: `follow(Guide("docs/x.md"), Reader(house, tmp_path))`, with what its reader has already as `environment`. `elsewhere` says where
the other servers of the guide really are, by the address that it names.
"""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time

from house import ROOT

FENCE = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", re.M | re.S)
ADDRESS = "localhost:3000"
WITHIN = 60


@dataclasses.dataclass
class Step:
    line: int
    language: str
    command: str
    answer_language: str = "text"
    answer: str | None = None
    is_background: bool = False


class Guide:
    def __init__(self, path):
        self.path = path
        self.text = (ROOT / path).read_text()

    def blocks(self, language):
        return [found.group(3) for found in FENCE.finditer(self.text) if found.group(1) == language]

    def steps(self):
        steps, end = [], None
        for found in FENCE.finditer(self.text):
            language, more, content = found.groups()
            line = self.text.count("\n", 0, found.start()) + 2
            if language == "console":
                steps += self._console(content, line)
            elif language in ("sh", "python"):
                steps.append(Step(line, language, content, is_background=more.strip() == "background"))
            elif language in ("json", "text"):
                follows = end is not None and not self.text[end:found.start()].strip()
                assert follows, f"{self.path}, line {line}: this stands below nothing that could print it"
                steps[-1].answer_language, steps[-1].answer = language, content
            end = found.end() if language in ("sh", "python") else None
        return steps

    def _console(self, block, number):
        for part in re.split(r"^(?=\$ )", block, flags=re.M):
            lines = part.splitlines()
            if not lines:
                continue
            assert lines[0].startswith("$ "), f"{self.path}, line {number}: a console block begins with a command"
            length = 1
            while lines[length - 1].endswith("\\"):
                length += 1
            command = "\n".join([lines[0][2:], *lines[1:length]])
            yield Step(number, "console", command, answer="".join(line + "\n" for line in lines[length:]))
            number += len(lines)


class Reader:
    """Somebody with a shell beside the server."""

    def __init__(self, house, folder, environment=None, elsewhere=None):
        self.port, self.folder = house.port, folder
        self.variables = folder / "variables"
        self.variables.touch()
        programs = folder / "bin"
        programs.mkdir()
        (programs / "homechat").symlink_to(os.path.realpath(house.binary))
        # With the packages that a guide says to install.
        (programs / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (programs / "python3").chmod(0o755)
        self.environment = house.environment | {
            "HOMECHAT_DATA_DIR": str(house.folder), "PATH": f"{programs}:{house.environment['PATH']}",
            "PYTHONUNBUFFERED": "1"} | (environment or {})
        self.beside = []
        self.addresses = {ADDRESS: f"localhost:{self.port}"} | (elsewhere or {})

    def run(self, step):
        """What it printed."""
        with self._start(step, subprocess.PIPE) as process:
            try:
                return self._ours(process.communicate(timeout=WITHIN)[0])
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise

    def run_beside(self, step):
        file = self.folder / f"line-{step.line}.txt"
        with file.open("w") as output:
            self.beside.append((step, file, self._start(step, output)))
        self._eventually(self.beside[-1], step.answer.splitlines(keepends=True)[0])

    def finish(self):
        """What runs beside has printed all that the guide says by now, or soon."""
        for program in self.beside:
            self._eventually(program, program[0].answer)

    def stop(self):
        for _, _, process in self.beside:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, step, output):
        text = step.command
        for told, real in self.addresses.items():
            text = text.replace(told, real)
        if step.language == "python":
            file = self.folder / f"line-{step.line}.py"
            file.write_text(text)
            text = f"exec python3 {file}"
        if step.language == "sh":
            text += f"\nstatus=$?; export -p > {self.variables}; exit $status"
        script = f". {self.variables}; set -a\n{text}"
        return subprocess.Popen(
            ["bash", "-o", "pipefail", "-c", script], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def _ours(self, printed):
        return printed.replace("\r\n", "\n").replace(f"localhost:{self.port}", ADDRESS)

    def _eventually(self, program, expected):
        """It may go on and print more."""
        step, file, process = program
        deadline = time.monotonic() + WITHIN
        while not pattern(expected).match(printed := self._ours(file.read_text())):
            goes_on = process.poll() is None and time.monotonic() < deadline
            assert goes_on, f"line {step.line}: printed\n{printed}\nand not\n{expected}"
            time.sleep(0.05)


def follow(guide, reader):
    """Runs the whole guide.
    - Returns: how many examples it has."""
    steps = guide.steps()
    try:
        for step in steps:
            if step.is_background:
                reader.run_beside(step)
                continue
            printed = reader.run(step)
            assert answers(step, printed), (
                f"{guide.path}, line {step.line}: {step.command}\nprinted\n{printed}\nand not\n{step.answer}")
        reader.finish()
    finally:
        reader.stop()
    return len(steps)


def answers(step, printed):
    if step.answer is None:
        return True
    if step.answer_language == "json":
        return is_like(json.loads(step.answer), json.loads(printed))
    ending = "" if printed.endswith("\n") or not printed else "\n"
    return pattern(step.answer).fullmatch(printed + ending) is not None


def pattern(expected):
    """The columns of a table are as wide as what is in them, so runs of spaces are alike."""
    parts = []
    for line in expected.splitlines():
        if line.strip() == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            words = re.split(r" +", line.rstrip())
            parts.append(" +".join(re.escape(word).replace("…", ".*") for word in words) + r" *\n")
    return re.compile("".join(parts))


def is_like(shown, real):
    """Whether an answer has all that the guide shows of it."""
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(name in real and is_like(value, real[name]) for name, value in shown.items())
    if isinstance(shown, list):
        if shown[-1:] == ["…"]:
            shown, real = shown[:-1], real[:len(shown) - 1]
        return isinstance(real, list) and len(shown) == len(real) and all(map(is_like, shown, real))
    if isinstance(shown, str) and "…" in shown:
        return re.fullmatch(re.escape(shown).replace("…", ".*"), real if isinstance(real, str) else json.dumps(real)) is not None
    return shown == real
