"""deploy/caddy/Caddyfile with the real Caddy, which gets its certificate by itself from Let's Encrypt's test server."""

import subprocess

import pytest
import requests
from conftest import DEPLOY, eventually, needs, replaced, running
from outside import Pebble
from through import addresses, chat


@pytest.fixture(scope="module")
def pebble(authority, tmp_path_factory):
    """Yields (directory URL, folder, the port on which pebble looks for HTTP-01)."""
    with Pebble(authority, tmp_path_factory.mktemp("pebble")).running() as pebble:
        yield pebble.directory, pebble.folder, pebble.http, pebble.tls


@pytest.fixture(scope="module")
def caddy(shared_house, authority, pebble, tmp_path_factory):
    directory, acme, http, https = pebble
    folder = tmp_path_factory.mktemp("caddy")
    shipped = (DEPLOY / "caddy/Caddyfile").read_text()
    needs("caddy")
    subprocess.run(["caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "caddy/Caddyfile"],
                   check=True, capture_output=True, env={"HOME": str(folder), "PATH": "/usr/bin"}, timeout=60)
    (folder / "Caddyfile").write_text(replaced(
        shipped,
        ("\temail admin@example.com\n",
         f"\temail admin@example.com\n\tadmin off\n\tacme_ca {directory}\n\tacme_ca_root {authority.file}\n"
         f"\thttp_port {http}\n\thttps_port {https}\n\tdefault_bind 127.0.0.1\n"),
        ("chat.example.com {", "localhost.example.test {"), ("127.0.0.1:3000", f"127.0.0.1:{shared_house.port}")))
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with running(command, [https], folder / "caddy.log", env={"HOME": str(folder), "PATH": "/usr/bin"}):
        eventually(lambda: list(folder.rglob("localhost.example.test.crt")), within=30)
        yield https, http, folder, acme


class Trust:
    """What pebble signs with, for the clients of the test."""

    def __init__(self, caddy):
        self.file = caddy[3] / "root.pem"


@pytest.fixture(autouse=True)
def name_resolution(monkeypatch):
    """localhost.example.test is this machine, for this process."""
    import socket

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real(
        "127.0.0.1" if host == "localhost.example.test" else host, *rest, **more))


def test_people_chat_through_caddy_with_a_certificate_that_came_by_itself(caddy, shared_house):
    url = f"https://localhost.example.test:{caddy[0]}"
    chat(shared_house, url, Trust(caddy))
    answer = requests.get(f"{url}/signin", verify=str(Trust(caddy).file), timeout=10)
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000" and "Server" not in answer.headers


def test_caddy_replaces_what_a_client_claims(caddy, shared_house):
    requests.post(
        f"https://localhost.example.test:{caddy[0]}/api/v1/signin",
        json={"username": "ben", "password": "correct horse battery"}, headers={"X-Forwarded-For": "203.0.113.5"},
        verify=str(Trust(caddy).file), timeout=20).raise_for_status()
    assert addresses(shared_house, "ben")[-1] == "127.0.0.1"


def test_caddy_leads_plain_http_to_https(caddy):
    answer = requests.get(
        f"http://localhost.example.test:{caddy[1]}/signin", allow_redirects=False, timeout=10)
    assert answer.status_code == 308 and answer.headers["Location"].startswith("https://localhost.example.test")
