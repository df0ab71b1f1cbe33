"""What strangers' files can cost, and what a parser could do that one of them took over (UP-1, DOS)."""

import json
import os
import pathlib
import random
import re
import signal
import struct
import subprocess
import tempfile
import zlib

import pytest
from house import BINARY
from image_worker import bytes_of, look_at
from outside import needs
from PIL import Image, ImageDraw
from test_image_worker import exif, frames, marked, photograph

# `HOMECHAT_TEST_MUTATIONS` says how many of each kind.
MUTATIONS = int(os.environ.get("HOMECHAT_TEST_MUTATIONS", "15"))


def part(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, before=b"", rows=None, bits=8, colours=2, interlaced=0):
    """`rows`: compressed."""
    rows = zlib.compress(b"\0" + bytes(3 * width)) if rows is None else rows
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + before + part(b"IDAT", rows) + part(b"IEND", b"")


def zeros(megabytes):
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def gif(width, height, count, frame=None):
    frame_width, frame_height = frame or (width, height)
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    picture = b"!\xf9\4\0\1\0\0\0," + struct.pack("<HHHHB", 0, 0, frame_width, frame_height, 0) + b"\x02\x02\x44\x01\0"
    return head + picture * count + b";"


def jpeg(width, height):
    """Of a small picture, with another size in its head."""
    data = bytearray(bytes_of(marked(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5:at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp(width, height):
    data = bytearray(bytes_of(marked(), "WEBP", lossless=True))
    at = data.index(b"VP8L") + 9
    rest = struct.unpack("<I", data[at:at + 4])[0] >> 28
    data[at:at + 4] = struct.pack("<I", width - 1 | height - 1 << 14 | rest << 28)
    return bytes(data)


@pytest.mark.parametrize("upload", [
    pytest.param(png(65_535, 65_535), id="png"), pytest.param(png(50_000_001, 1, rows=zeros(1)), id="png-one-line"),
    pytest.param(png(1, 65_536, rows=zeros(1)), id="png-one-column"), pytest.param(png(65_536, 1, rows=zeros(1)), id="png-wide"),
    pytest.param(png(7_072, 7_072), id="png-just-too-large"),
    pytest.param(jpeg(65_500, 65_500), id="jpeg"), pytest.param(webp(16_383, 16_383), id="webp"),
    pytest.param(gif(1, 1, 1, (65_535, 65_535)), id="gif-frame"), pytest.param(gif(1, 1, 1_000_000), id="gif-million-frames"),
    pytest.param(gif(1, 1, 1_001), id="gif-1001-frames"), pytest.param(gif(1_000, 1_000, 201), id="gif-all-pixels"),
])
def test_a_bomb_is_refused_by_its_head(upload):
    outcome = look_at(upload)
    assert outcome.problem in ("tooManyPixels", "unreadable")
    assert outcome.seconds < 10 and outcome.megabytes < 150
    assert not outcome.clean and not outcome.preview


def test_what_is_just_small_enough_is_taken():
    assert look_at(gif(2, 2, 1_000)).found["image"]["frames"] == 1_000
    row = b"\0" + bytes(3 * 7_071)
    outcome = look_at(png(7_071, 7_071, rows=zlib.compress(row * 7_071, 1)))
    assert outcome.found["image"] == {"width": 7_071, "height": 7_071, "frames": 1}
    assert outcome.found["preview"] == {"width": 800, "height": 800}


SMALL = zlib.compress((b"\0" + bytes([9, 8, 7] * 10)) * 10)


@pytest.mark.parametrize("upload", [
    pytest.param(png(10, 10, rows=zeros(1_000)), id="pixels"),
    pytest.param(png(10, 10, part(b"zTXt", b"Comment\0\0" + zeros(1_000)), SMALL), id="text"),
    pytest.param(png(10, 10, part(b"iTXt", b"Comment\0\1\0\0\0" + zeros(1_000)), SMALL), id="text-unicode"),
    pytest.param(png(10, 10, part(b"iCCP", b"x\0\0" + zeros(1_000)), SMALL), id="profile"),
    pytest.param(png(10, 10, part(b"tEXt", b"Comment\0a") * 200_000, SMALL), id="many-texts"),
])
def test_what_is_packed_into_a_small_png_is_not_unpacked_into_memory(upload):
    outcome = look_at(upload)
    assert outcome.code == 0 and outcome.answer
    assert outcome.seconds < 20 and outcome.megabytes < 150


LONG = gif(400, 500, 1_000)  # all that is allowed


def test_time_is_bounded_by_the_clock():
    outcome = look_at(LONG, milliseconds=700)
    assert outcome.code == -signal.SIGALRM and outcome.seconds < 3


def test_memory_is_bounded():
    row = b"\0" + bytes(8 * 15_000)
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(row) for _ in range(15_000)) + packer.flush()
    # In seven passes over all lines: 1.8 GB would have to be kept.
    outcome = look_at(png(15_000, 15_000, rows=rows, bits=16, colours=6, interlaced=1), "--maximum-pixels", "1000000000")
    assert outcome.megabytes < 1_000
    assert outcome.code != 0 or outcome.problem in ("tooManyPixels", "unreadable")


def test_what_it_writes_is_bounded():
    noise = Image.frombytes("RGB", (5_000, 5_000), random.Random(1).randbytes(75_000_000))
    outcome = look_at(bytes_of(noise, "PNG", compress_level=0))
    assert outcome.problem == "tooLarge" and len(outcome.clean) <= 64 << 20


@pytest.fixture
def full_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("NOT RUN: a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_no_fault_of_the_picture(full_disk):
    (full_disk / "upload").write_bytes(bytes_of(photograph(700, 400), "JPEG", quality=70))
    (full_disk / "other").write_bytes(bytes(900_000 - (full_disk / "upload").stat().st_size))
    result = subprocess.run([BINARY, "image-worker"], cwd=full_disk, env={}, capture_output=True, text=True, timeout=60)
    assert json.loads(result.stdout) == {"problem": {"diskFull": {}}}


def mutated(sample, source):
    data = bytearray(sample)
    for _ in range(source.randint(1, 8)):
        at = source.randrange(len(data)) if source.random() < 0.5 else source.randrange(min(len(data), 200))
        end = at + source.randint(1, 60)
        match source.randrange(5):
            case 0: data[at] = source.randrange(256)
            case 1: data[at] ^= 1 << source.randrange(8)
            case 2: del data[at:end]
            case 3: data[at:at] = data[at:end]
            case 4: data[at:end] = bytes([source.choice((0, 0x7F, 0xFF))]) * (end - at)
        data = data or bytearray(b"\0")
    return bytes(data)


def samples():
    first, *others = frames()
    yield "jpeg", bytes_of(photograph(160, 120), "JPEG", exif=exif(6), comment=b"hello")
    yield "progressive", bytes_of(photograph(160, 120), "JPEG", progressive=True)
    yield "png", bytes_of(photograph(80, 60), "PNG", exif=exif(3))
    yield "gif", bytes_of(first, "GIF", save_all=True, append_images=others, duration=50)
    yield "webp", bytes_of(photograph(160, 120), "WEBP", exif=exif(8))
    yield "animated-webp", bytes_of(first, "WEBP", save_all=True, append_images=others, duration=50)
    yield "pdf", bytes_of(photograph(160, 120), "PDF")


@pytest.mark.parametrize(("name", "sample"), [pytest.param(*sample, id=sample[0]) for sample in samples()])
def test_whatever_comes_in_is_answered_in_time_and_in_memory(name, sample):
    """Also where a library dies: that is the server's answer "unreadable", and nothing else happens."""
    for seed in range(MUTATIONS):
        outcome = look_at(mutated(sample, random.Random(seed)), milliseconds=20_000)
        assert outcome.seconds < 25 and outcome.megabytes < 1_100, (name, seed, outcome.seconds, outcome.megabytes)
        assert outcome.code == 0 or -outcome.code in (signal.SIGSEGV, signal.SIGABRT, signal.SIGTRAP, signal.SIGALRM), (name, seed)
        if outcome.code == 0:
            assert ("examination" in outcome.answer) != ("problem" in outcome.answer), (name, seed)
            assert len(outcome.clean) + len(outcome.preview) <= 128 << 20


# What it cannot do

EVERYTHING = {
    "read another file", "list its folder", "make a file", "change rights", "open a socket", "start a process", "run a program",
    "signal its parent"}


def report(*before):
    command = [*before, BINARY, "image-worker", "--self-test"]
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(command, env={}, cwd=folder, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def without(*calls):
    """On a kernel that does not know these, or does not allow them."""
    faults = [option for call in calls for option in ("-e", f"inject={call}")]
    return [needs("strace"), "-f", "-o", "/dev/null", *faults]


def test_it_tries_to_get_out_and_does_not():
    healthy = report()
    assert healthy["escapes"] == [] and healthy["filtersCalls"] and healthy["landlock"] >= 1
    assert re.fullmatch(r"\d\.\d+", healthy["magic"]) and healthy["vips"].startswith("8.") and "problem" not in healthy


def test_where_nothing_holds_it_says_that_it_gets_out():
    """So that the test above means something: the attempts do succeed where they are not forbidden."""
    open_door = report(*without("landlock_create_ruleset:error=ENOSYS", "seccomp:error=EINVAL"))
    assert open_door["landlock"] == 0 and not open_door["filtersCalls"]
    assert set(open_door["escapes"]) == EVERYTHING


def test_landlock_and_the_filter_each_hold_alone():
    without_filter = report(*without("seccomp:error=EINVAL"))
    assert without_filter["landlock"] >= 1 and not without_filter["filtersCalls"]
    assert not {"read another file", "list its folder", "make a file", "run a program"} & set(without_filter["escapes"])
    without_landlock = report(*without("landlock_create_ruleset:error=ENOSYS"))
    assert without_landlock["landlock"] == 0 and without_landlock["filtersCalls"]
    assert set(without_landlock["escapes"]) == {"read another file", "list its folder", "make a file"}


def test_without_landlock_it_still_works():
    outcome = look_at(bytes_of(marked(), "JPEG"), before=without("landlock_create_ruleset:error=ENOSYS"))
    assert outcome.found["type"] == "image/jpeg" and outcome.clean


@pytest.mark.parametrize("call", ["landlock_add_rule", "landlock_restrict_self"])
def test_a_sandbox_that_fails_halfway_is_none(call):
    outcome = look_at(bytes_of(marked(), "JPEG"), before=without(f"{call}:error=EPERM"))
    assert outcome.problem == "unavailable" and not outcome.clean


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "PDF"])
def test_once_shut_in_it_opens_only_what_the_system_brought(kind, tmp_path):
    trace = tmp_path / "trace"
    outcome = look_at(
        bytes_of(marked(), kind), before=[needs("strace"), "-f", "-qq", "-o", trace, "-e", "trace=openat,open,creat,socket,"
                                         "connect,execve,fork,vfork,clone,clone3,unlink,rename,link,symlink,mkdir,seccomp,prctl"])
    assert outcome.found["preview"]
    calls = trace.read_text().splitlines()
    shut = next(number for number, call in enumerate(calls) if "SECCOMP_SET_MODE_FILTER" in call)
    assert "= 0" in calls[shut]
    done = [call for call in calls[shut + 1:] if re.search(r"\) += \d", call)]
    opened = {re.search(r'"([^"]*)"', call)[1] for call in done if re.search(r"\b(openat|open|creat)\(", call)}
    assert opened
    # The last is a link to /usr.
    theirs = r"/usr/|/lib(64)?/|/etc/(ld.so.cache|magic|fonts/|localtime)|/var/cache/fontconfig/"
    assert {path for path in opened if not re.match(theirs, path)} == set()
    others = [call for call in done if not re.search(r"\b(openat|open|creat)\(", call)]
    assert all("CLONE_THREAD" in call or "prctl(" in call for call in others), others


def test_its_limits_are_seen_from_outside(tmp_path):
    (tmp_path / "upload").write_bytes(LONG)
    (tmp_path / "secret").write_text("of the server")
    with open(tmp_path / "secret") as secret:
        inherited = secret.fileno()
        process = subprocess.Popen(
            [BINARY, "image-worker"], env={}, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=[inherited])
    try:
        place = pathlib.Path(f"/proc/{process.pid}")
        status = ""
        while "Seccomp:\t2" not in status:
            assert process.poll() is None
            status = (place / "status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert os.path.realpath(place / "fd" / str(inherited)) != str(tmp_path / "secret")
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 10
        assert (place / "oom_score_adj").read_text().strip() == "1000"
        limits = (place / "limits").read_text()
        for name, most in [("core file size", 0), ("cpu time", 31), ("address space", 1536 << 20), ("file size", 64 << 20),
                           ("open files", 64)]:
            assert int(re.search(rf"Max {name} +(\d+)", limits)[1]) == most
    finally:
        process.kill()
        process.wait()


def test_by_hand_it_says_what_is_wrong(tmp_path):
    def run(*arguments):
        return subprocess.run([BINARY, "image-worker", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    result = run()
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith('homechat: there is no file "upload" here') and list(tmp_path.iterdir()) == []
    for wrong in (["--milliseconds", "0"], ["--maximum-pixels", "-1"], ["--milliseconds", "x"], ["upload"]):
        assert run(*wrong).returncode == 2
    (tmp_path / "upload").symlink_to("/etc/passwd")
    assert run().returncode == 2
    assert "image-worker" not in subprocess.run([BINARY, "--help"], capture_output=True, text=True).stdout


def test_the_server_itself_loads_none_of_it(house):
    maps = pathlib.Path(f"/proc/{house.process.pid}/maps").read_text()
    assert "libsqlite3" in maps and "vips" not in maps and "libmagic" not in maps


# What it costs; generous, since machines differ. Run with -s to see the figures.

def moving():
    ground = photograph(480, 360)
    for step in range(200):
        frame = ground.copy()
        ImageDraw.Draw(frame).ellipse((step * 2, step, step * 2 + 60, step + 60), fill=(255, step, 0))
        yield frame.convert("P")


def test_what_usual_files_cost():
    first, *others = moving()
    camera = photograph(1_000, 750).resize((4_000, 3_000), Image.Resampling.BICUBIC)
    uploads = {
        "a line of text": (b"hello\n", 5, 120),
        "a JPEG of 12 megapixels": (bytes_of(camera, "JPEG", quality=92, exif=exif(6)), 20, 250),
        "a PNG of 10 MB": (bytes_of(photograph(2_100, 1_900), "PNG", compress_level=1), 20, 200),
        "a GIF of 200 frames": (bytes_of(first, "GIF", save_all=True, append_images=others, duration=50), 50, 250),
    }
    for name, (upload, seconds, megabytes) in uploads.items():
        outcome = look_at(upload)
        print(f"{name} ({len(upload) / 1e6:.1f} MB): {outcome.seconds:.2f} s, {outcome.megabytes:.0f} MB, "
              f"{len(outcome.clean) / 1e6:.1f} MB after, preview {len(outcome.preview) / 1e3:.0f} kB")
        assert outcome.found and outcome.seconds < seconds and outcome.megabytes < megabytes
