"""What the tests of deploy/ share: an authority, free ports, a proxy process, and the address people use through it."""

import contextlib
import pathlib
import shutil
import socket
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from authority import Authority  # noqa: E402
from house import ROOT, eventually  # noqa: E402

DEPLOY = ROOT / "deploy"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def replaced(text, *changes):
    """The shipped file with what a test must change; each change must be there to be made."""
    for old, new in changes:
        assert old in text, f"{old!r} is not in the shipped file"
        text = text.replace(old, new)
    return text


def needs(tool):
    path = shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin:/usr/bin")
    if not path:
        pytest.fail(f"{tool} is missing: scripts/bootstrap scan installs it")
    return path


@contextlib.contextmanager
def running(command, ports, log, **options):
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, **options)
    try:
        for port in ports:
            eventually(lambda port=port: accepts(port) or process.poll() is not None)
        assert process.poll() is None, log.read_text(errors="replace")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def nginx(shared_house, authority, tmp_path_factory):
    """The shipped nginx file in front of a server, on ports of its own; yields (https port, http port, folder)."""
    folder = tmp_path_factory.mktemp("nginx")
    https, http = free_port(), free_port()
    (folder / "acme/.well-known/acme-challenge").mkdir(parents=True)
    (folder / "homechat.conf").write_text(replaced(
        (DEPLOY / "nginx/homechat.conf").read_text(),
        ("listen 80;", f"listen 127.0.0.1:{http};"), ("    listen [::]:80;\n", ""),
        ("listen 443 ssl", f"listen 127.0.0.1:{https} ssl"), ("    listen [::]:443 ssl http2;\n", ""),
        ("/etc/letsencrypt/live/chat.example.com/fullchain.pem", str(authority.certificate)),
        ("/etc/letsencrypt/live/chat.example.com/privkey.pem", str(authority.private_key)),
        ("127.0.0.1:3000", f"127.0.0.1:{shared_house.port}"), ("/var/www/acme", str(folder / "acme")),
        ("server_name chat.example.com", "server_name localhost"),
    ))
    temporary = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off;\nuser root;\npid {folder}/pid;\nerror_log {folder}/error.log info;\n"
        f"events {{ worker_connections 256; }}\nhttp {{\n    access_log off;\n{temporary}    include {folder}/homechat.conf;\n}}\n")
    program = needs("nginx")
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    with running(command, [https, http], folder / "output.log"):
        yield https, http, folder
