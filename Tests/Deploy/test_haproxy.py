"""deploy/haproxy/haproxy.cfg with the real HAProxy."""

import subprocess

import pytest
import requests
from conftest import DEPLOY, free_port, needs, replaced, running
from scanners import mozilla
from through import addresses, chat


@pytest.fixture(scope="module")
def haproxy(shared_house, authority, tmp_path_factory):
    """Yields (https port, http port)."""
    folder = tmp_path_factory.mktemp("haproxy")
    https, http = free_port(), free_port()
    (folder / "chat.pem").write_text(authority.certificate.read_text() + authority.private_key.read_text())
    (folder / "haproxy.cfg").write_text(replaced(
        (DEPLOY / "haproxy/haproxy.cfg").read_text(),
        ("bind :80\n", f"bind 127.0.0.1:{http}\n"), ("bind :443 ", f"bind 127.0.0.1:{https} "),
        ("/etc/haproxy/chat.pem", str(folder / "chat.pem")), ("127.0.0.1:3000", f"127.0.0.1:{shared_house.port}")))
    program = needs("haproxy")
    tested = subprocess.run([program, "-c", "-f", folder / "haproxy.cfg"], capture_output=True, text=True)
    assert tested.returncode == 0 and "WARNING" not in tested.stderr, tested.stderr
    with running([program, "-db", "-f", str(folder / "haproxy.cfg")], [https, http], folder / "haproxy.log"):
        yield https, http


def test_people_sign_in_and_chat_through_haproxy(haproxy, shared_house, authority):
    url = f"https://localhost:{haproxy[0]}"
    session = chat(shared_house, url, authority)
    answer = session.get(f"{url}/channels", timeout=20)
    assert answer.status_code == 200 and answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    assert "Server" not in answer.headers


def test_nobody_chooses_the_address_that_the_server_sees(haproxy, shared_house, authority):
    forged = {"X-Forwarded-For": "203.0.113.5", "X-Real-IP": "203.0.113.5", "Forwarded": "for=203.0.113.5"}
    requests.post(
        f"https://localhost:{haproxy[0]}/api/v1/signin", json={"username": "ben", "password": "correct horse battery"},
        headers=forged, verify=str(authority.file), timeout=20).raise_for_status()
    assert addresses(shared_house, "ben")[-1] == "127.0.0.1"


def test_plain_http_leads_to_https(haproxy):
    answer = requests.get(f"http://127.0.0.1:{haproxy[1]}/signin?a=1", allow_redirects=False, timeout=5)
    assert answer.status_code == 308 and answer.headers["Location"] == "https://127.0.0.1:%d/signin?a=1" % haproxy[1]


def test_tls_is_what_mozilla_calls_intermediate(haproxy, authority):
    assert not mozilla(haproxy[0], authority)
