"""`make fuzz` would tell: a parser that crashes fails it, and the input is kept."""

import os
import pathlib
import subprocess

import pytest
from house import ROOT

BINARY = ROOT / ".build-fuzz/debug/homechat-fuzz"


def test_a_crash_is_seen_and_its_input_kept(tmp_path):
    if not BINARY.exists():
        pytest.skip("NOT RUN: make fuzz has not built it yet")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/near").write_bytes(b"boo")
    result = subprocess.run(
        [BINARY, "canary", "-max_total_time=60", f"-artifact_prefix={tmp_path}/", str(tmp_path / "corpus")],
        env=os.environ | {"SWIFT_BACKTRACE": "enable=no"}, capture_output=True, text=True, timeout=90)
    assert result.returncode != 0 and "the canary fell" in result.stderr
    (crash,) = tmp_path.glob("crash-*")
    assert crash.read_bytes().startswith(b"boom")


def test_each_parser_has_inputs_to_begin_with():
    corpus = ROOT / "fuzz/corpus"
    names = {path.name for path in corpus.iterdir()}
    listed = {
        line.split('"')[1] for file in (ROOT / "fuzz/Targets").glob("*.swift") for line in file.read_text().splitlines()
        if "FuzzTarget(name:" in line}
    assert names == listed
    assert sum(path.stat().st_size for path in pathlib.Path(corpus).rglob("*") if path.is_file()) < 2 << 20
