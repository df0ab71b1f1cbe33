"""What makes a memory bug in the binary hard to use, read from the file itself (HARD-4)."""

import re
import subprocess

from conftest import ROOT, needs
from house import BINARY


def elf(*options):
    return subprocess.run([needs("readelf"), "--wide", *options, BINARY], check=True, capture_output=True, text=True).stdout


def segment(name):
    line = next(line for line in elf("--program-headers").splitlines() if line.split()[:1] == [name])
    return line


def test_it_lies_at_another_address_each_time():
    assert re.search(r"Type:\s+DYN \(Position-Independent Executable", elf("--file-header"))


def test_no_memory_can_be_written_and_run():
    assert " RWE " not in elf("--program-headers") and " RW " in segment("GNU_STACK")


def test_its_tables_are_closed_once_it_runs():
    """`now`, which closes all of them, is asked for in the release build (Makefile)."""
    assert segment("GNU_RELRO")
    assert "-z -Xlinker relro -Xlinker -z -Xlinker now" in (ROOT / "Makefile").read_text()
    if "/release/" in BINARY:
        assert re.search(r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW", elf("--dynamic"))


def test_what_is_written_in_c_guards_its_stack():
    assert "__stack_chk_fail" in elf("--dyn-syms")


def test_it_looks_for_libraries_nowhere_that_others_can_write():
    paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", elf("--dynamic"))
    for path in ":".join(paths).split(":"):
        assert path == "" or path.startswith(("$ORIGIN", "/usr/")) or "/release/" not in BINARY, path
