"""What the tests of deploy/ share: a proxy process, and the address that people use through it."""

import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from house import ROOT, eventually  # noqa: E402, F401
from outside import accepts, free_port, needs, running  # noqa: E402, F401

DEPLOY = ROOT / "deploy"


def replaced(text, *changes):
    """The shipped file with what a test must change; each change must be there to be made."""
    for old, new in changes:
        assert old in text, f"{old!r} is not in the shipped file"
        text = text.replace(old, new)
    return text


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
