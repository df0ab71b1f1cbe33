"""The TLS that the server speaks itself, as the scanners and the score of its headers see it."""

import subprocess
import sys

import pytest
from conftest import ROOT
from house import House
from scanners import findings, mozilla
from through import chat, signed_in


@pytest.fixture(scope="module")
def native(authority, tmp_path_factory):
    house = House(
        tmp_path_factory.mktemp("native") / "data", trusting=authority.file, environment={
            "HOMECHAT_TLS": "files", "HOMECHAT_TLS_CERT_FILE": str(authority.certificate),
            "HOMECHAT_TLS_KEY_FILE": str(authority.private_key), "HOMECHAT_TLS_HTTP_PORT": "0"})
    house.start()
    house.people("ana", "ben")
    yield house
    house.kill()


def test_people_chat_without_a_proxy(native, authority):
    chat(native, f"https://localhost:{native.port}", authority)


def test_tls_is_what_mozilla_calls_intermediate(native, authority):
    assert not mozilla(native.port, authority)


def test_testssl_finds_nothing(native, authority, tmp_path):
    bad = findings(native.port, authority, tmp_path)
    assert not bad, "\n".join(bad)


def test_the_observatory_score(native, authority):
    url = f"https://localhost:{native.port}"
    session, answer = signed_in(url, authority)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
    for page in ("/signin", "/channels"):
        command = [
            ROOT / "scripts/observatory", "--ca", authority.file, "--cookie", cookies, "--plain",
            f"http://127.0.0.1:{native.ready['http_port']}/", "--set-cookie", answer.headers["Set-Cookie"], "--least",
            "130", url + page]
        scored = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=30)
        print(scored.stdout)
        assert scored.returncode == 0, scored.stdout + scored.stderr
