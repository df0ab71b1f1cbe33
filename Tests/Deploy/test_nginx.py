"""deploy/nginx/homechat.conf with the real nginx, a real browser's way of signing in, and the scanners."""

import html
import re
import subprocess
import sys

import requests
from conftest import DEPLOY, ROOT, free_port, needs
from scanners import findings, mozilla
from through import addresses, chat, signed_in


def test_people_sign_in_and_chat_through_nginx(nginx, shared_house, authority):
    url = f"https://localhost:{nginx[0]}"
    session = chat(shared_house, url, authority)
    assert session.get(f"{url}/channels", timeout=20).status_code == 200


def test_the_lines_on_the_page_are_those_of_the_file(shared_house, tmp_path):
    """What the page says to somebody whose proxy is wrong: nothing that the shipped file does not, and the real port."""
    page = requests.get(f"{shared_house.url}/help/connection", timeout=10).text
    text = html.unescape(re.search(r"<summary>nginx</summary><pre[^>]*><code>(.+?)</code>", page, re.DOTALL)[1])
    assert f"proxy_pass http://127.0.0.1:{shared_house.port};" in text and "127.0.0.1:3000" not in page
    shipped = {line.strip() for line in (DEPLOY / "nginx/homechat.conf").read_text().splitlines()}
    lines = [line.strip().replace(f":{shared_house.port};", ":3000;") for line in text.splitlines()]
    assert {line for line in lines if line and not line.startswith("# in ")} <= shipped
    for needed in ("X-Forwarded-For $remote_addr;", "Connection $homechat_connection;", 'Forwarded "";'):
        assert f"proxy_set_header {needed}" in lines
    before, inside = text.split("# in server { }")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{before}\nserver {{ listen 127.0.0.1:{free_port()};\n{inside}\n}}\n}}\n")
    command = [needs("nginx"), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "log"), "-t"]
    tested = subprocess.run(command, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr


def test_nobody_chooses_the_address_that_the_server_sees(nginx, shared_house, authority):
    url = f"https://localhost:{nginx[0]}"
    forged = {"X-Forwarded-For": "203.0.113.5", "X-Real-IP": "203.0.113.5", "Forwarded": "for=203.0.113.5"}
    requests.post(
        f"{url}/api/v1/signin", json={"username": "ben", "password": "correct horse battery"}, headers=forged,
        verify=str(authority.file), timeout=20).raise_for_status()
    assert addresses(shared_house, "ben")[-1] == "127.0.0.1"
    # Straight from loopback the proxy's word counts: so it was nginx that replaced it above.
    requests.post(
        f"{shared_house.url}/api/v1/signin", json={"username": "ben", "password": "correct horse battery"},
        headers=forged, timeout=20).raise_for_status()
    assert addresses(shared_house, "ben")[-1] == "203.0.113.5"


def test_plain_http_leads_to_https_and_certificates_renew(nginx):
    _, http, folder = nginx
    (folder / "acme/.well-known/acme-challenge/proof").write_text("key authorization")
    proof = requests.get(f"http://127.0.0.1:{http}/.well-known/acme-challenge/proof", timeout=5)
    assert proof.text == "key authorization"
    answer = requests.get(
        f"http://127.0.0.1:{http}/signin?a=1", headers={"Host": "evil.example"}, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://localhost/signin?a=1")
    assert "Strict-Transport-Security" not in answer.headers


def test_hsts_is_said_once_and_versions_never(nginx, authority):
    for path in ("/signin", "/nothing", "/assets/nothing", "/up"):
        answer = requests.get(f"https://localhost:{nginx[0]}{path}", verify=str(authority.file), timeout=5)
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
        assert answer.headers.get("Server", "nginx") == "nginx"


def test_ten_megabytes_get_through_and_more_do_not(nginx, authority, shared_house):
    def send(size):
        return requests.post(
            f"https://localhost:{nginx[0]}/api/v1/messages", data=b"x" * size, verify=str(authority.file), timeout=30,
            headers={"Authorization": f"Bearer {shared_house.tokens['ana']}"})

    # 13 MB end at nginx, in HTML; less reaches HomeChat, which has its own limit and says so in JSON.
    assert send(10 << 20).headers["Content-Type"] == "application/json"
    refused = send(13 << 20)
    assert refused.status_code == 413 and "nginx" in refused.text


def test_tls_is_what_mozilla_calls_intermediate(nginx, authority):
    assert not mozilla(nginx[0], authority)


def test_testssl_finds_nothing(nginx, authority, tmp_path):
    bad = findings(nginx[0], authority, tmp_path)
    assert not bad, "\n".join(bad)


def test_the_length_of_a_page_tells_nothing(nginx, authority):
    url = f"https://localhost:{nginx[0]}/signin"
    answers = [requests.get(url, verify=str(authority.file), stream=True, timeout=5) for _ in range(12)]
    assert all(answer.headers["Content-Encoding"] == "gzip" for answer in answers)
    assert len({len(answer.raw.read(decode_content=False)) for answer in answers}) > 3


def test_the_observatory_score(nginx, authority, shared_house):
    url = f"https://localhost:{nginx[0]}"
    session, answer = signed_in(url, authority)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
    http = f"http://127.0.0.1:{nginx[1]}/"
    for page in ("/signin", "/channels"):
        command = [
            ROOT / "scripts/observatory", "--ca", authority.file, "--cookie", cookies, "--plain", http,
            "--set-cookie", answer.headers["Set-Cookie"], "--least", "130", url + page]
        scored = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=30)
        print(scored.stdout)
        assert scored.returncode == 0, scored.stdout + scored.stderr
