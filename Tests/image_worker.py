"""`homechat image-worker`, started in a folder as the server does it, and what it cost."""

import dataclasses
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from house import BINARY
from PIL import Image


@dataclasses.dataclass
class Outcome:
    answer: dict | None  # the last line; None where there is none
    code: int  # negative: the signal that ended it
    seconds: float
    megabytes: float  # the most it had in memory
    clean: bytes
    preview: bytes

    @property
    def found(self):
        assert self.code == 0 and self.answer, self
        assert "examination" in self.answer, self.answer
        return self.answer["examination"]

    @property
    def problem(self):
        assert self.code == 0 and self.answer and "problem" in self.answer, self
        return next(iter(self.answer["problem"]))

    @property
    def picture(self):
        return Image.open(io.BytesIO(self.clean))


# Between us and the worker, since a process begins with the memory that its parent had. It ends as its child does.
MEASURE = """
import os, signal, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], {})
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss))
code = os.waitstatus_to_exitcode(status)
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


def look_at(upload, *arguments, milliseconds=60_000, before=()):
    """`before`: a program that runs the worker in its turn, as strace."""
    with tempfile.TemporaryDirectory(prefix="image-worker-") as name:
        folder = pathlib.Path(name)
        (folder / "upload").write_bytes(upload)
        memory = folder.parent / (folder.name + ".memory")
        command = [
            sys.executable, "-IS", "-c", MEASURE, memory, *before, BINARY, "image-worker", "--milliseconds", str(milliseconds),
            *arguments]
        began = time.monotonic()
        result = subprocess.run(
            list(map(str, command)), cwd=folder, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=milliseconds / 1000 + 30)
        seconds = time.monotonic() - began
        megabytes = int(memory.read_text()) / 1024
        memory.unlink()
        lines = result.stdout.decode().split("\n")[:-1]
        files = [(folder / file).read_bytes() if (folder / file).exists() else b"" for file in ("clean", "preview.webp")]
        return Outcome(
            json.loads(lines[-1]) if lines else None, result.returncode, seconds, megabytes, *files)


def bytes_of(picture, kind, **options):
    output = io.BytesIO()
    picture.save(output, kind, **options)
    return output.getvalue()
