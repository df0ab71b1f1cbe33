"""Home Assistant's add-on: its files as the supervisor reads them, and its script with the real server behind it."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile

import pytest
import requests
import yaml
from conftest import DEPLOY, ROOT, accepts, eventually, free_port, needs
from house import BINARY
from ingress import PREFIX

ADD_ON = DEPLOY / "home-assistant"
PASSWORD = "correct horse battery"


def config():
    return yaml.safe_load((ADD_ON / "config.yaml").read_text())


# Its files

DOCUMENTED = {
    "site_name": "HomeChat", "port": 3000, "certfile": "fullchain.pem", "keyfile": "privkey.pem", "ssl": False,
    "allow_signups": False, "access_mode": "ingress", "log_level": "info", "enable_integrations": True,
    "auto_create_api_token": False, "home_assistant_integration": True, "network_range": "", "discovery_mode": "auto",
    "enable_nabu_casa": True,
}


def test_every_documented_option_has_its_default():
    assert config()["options"] == DOCUMENTED
    assert set(config()["schema"]) == set(DOCUMENTED)


def fits(value, kind):
    """Whether the supervisor would take a value, by its rules for `schema`."""
    if kind.endswith("?"):
        kind = kind[:-1]
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "port":
        return isinstance(value, int) and 1 <= value <= 65535
    if found := re.fullmatch(r"list\((.+)\)", kind):
        return value in found[1].split("|")
    if found := re.fullmatch(r"match\((.+)\)", kind):
        return re.match(found[1], value) is not None
    assert kind == "str", kind
    return isinstance(value, str)


def test_the_defaults_fit_the_schema():
    assert [name for name, kind in config()["schema"].items() if not fits(config()["options"][name], kind)] == []


def test_what_is_fixed_is_as_documented():
    file = config()
    assert (file["slug"], set(file["arch"]), file["ingress"], file["ingress_port"]) == (
        "homechat", {"aarch64", "amd64"}, True, 3000)
    assert file["ports"] == {"3000/tcp": None}, "the port is published by whoever wants it, and not before"
    assert file["hassio_api"] is True and file["homeassistant_api"] is False and not file.get("host_network")
    assert {"name", "version", "description", "startup", "boot"} <= set(file)
    version = re.search(r'current = "([^"]+)"', (ROOT / "Sources/HomeChat/App/Version.swift").read_text())[1]
    assert file["version"] == version
    assert f"FROM homechat:{version}\n" in (ADD_ON / "Dockerfile").read_text()


def test_every_option_is_explained():
    words = yaml.safe_load((ADD_ON / "translations/en.yaml").read_text())
    assert set(words["configuration"]) == set(DOCUMENTED)
    assert all(one["name"] and one["description"] for one in words["configuration"].values())
    assert set(words["network"]) == set(config()["ports"])
    docs = (ADD_ON / "DOCS.md").read_text()
    assert [name for name in DOCUMENTED if f"`{name}`" not in docs] == []


def test_nothing_complains_of_the_script_and_the_dockerfile():
    subprocess.run([needs("shellcheck"), ADD_ON / "run"], check=True)
    subprocess.run([ROOT / ".venv/bin/hadolint", ADD_ON / "Dockerfile"], check=True)


# Its script

class AddOn:
    """What the supervisor gives the container, on this machine: folders, options, and the server's name on the PATH."""

    def __init__(self, authority):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="homechat-addon-"))
        self.place.chmod(0o755)  # the server becomes another account
        self.data, self.ssl, programs = (self.place / name for name in ("data", "ssl", "bin"))
        for folder in (self.data, self.ssl, programs):
            folder.mkdir()
        programs.chmod(0o755)
        shutil.copy(BINARY, programs / "homechat")
        shutil.copy(authority.certificate, self.ssl / "fullchain.pem")
        shutil.copy(authority.private_key, self.ssl / "privkey.pem")
        (self.ssl / "privkey.pem").chmod(0o600)
        self.port = free_port()
        self.log = self.place / "log"
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}", "ADDON_DATA": str(self.data), "ADDON_SSL": str(self.ssl),
            "ADDON_PORT": str(self.port), "ADDON_PROXY": "127.0.0.1", "SUPERVISOR_TOKEN": "unused"}

    def choose(self, **options):
        (self.data / "options.json").write_text(json.dumps(DOCUMENTED | {"port": self.port} | options))
        return self

    @contextlib.contextmanager
    def running(self):
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                ["bash", ADD_ON / "run"], env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True)
        try:
            eventually(lambda: accepts(self.port) or process.poll() is not None, within=30)
            assert process.poll() is None, self.log.read_text()
            yield process
        finally:
            process.terminate()
            process.wait(15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what waits for a new certificate

    def refused(self):
        result = subprocess.run(["bash", ADD_ON / "run"], env=self.environment, capture_output=True, text=True, timeout=30)
        assert result.returncode != 0
        return result.stderr


@pytest.fixture
def add_on(authority):
    add_on = AddOn(authority)
    yield add_on
    shutil.rmtree(add_on.place)


def set_up(base, secret_file):
    """The first run, as a person does it."""
    secret = {"setup_secret": secret_file.read_text().strip()} if secret_file.exists() else {}
    answer = requests.post(
        f"{base}/welcome", data={
            "site_name": "The house", "username": "ana", "display_name": "Ana", "password": PASSWORD,
            "password_confirmation": PASSWORD} | secret,
        headers={"Origin": base}, allow_redirects=False, timeout=20)
    assert answer.status_code == 303, answer.text


def test_ingress_believes_the_supervisor_and_runs_without_rights(add_on):
    add_on.choose(site_name="Küche", log_level="debug")
    with add_on.running() as process:
        base = f"http://127.0.0.1:{add_on.port}"
        page = requests.get(f"{base}/welcome", headers={"X-Ingress-Path": PREFIX}, timeout=10)
        assert f'"{PREFIX}/' in page.text and "Küche" in page.text
        status = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status") if ":" in line)
        if os.geteuid() == 0:
            assert status["Uid"].split()[0] == "10001" and status["CapBnd"].strip() == "0" * 16
            assert (add_on.data / "homechat.sqlite3").stat().st_uid == 10001
            assert (add_on.data / "options.json").stat().st_uid == 0
        assert (add_on.data / "master.key").stat().st_mode & 0o777 == 0o600
        assert "mDNS" not in add_on.log.read_text()


def test_direct_ssl_speaks_tls_with_the_houses_certificate_and_takes_up_a_new_one(add_on, authority):
    add_on.choose(access_mode="direct_ssl")
    add_on.environment["ADDON_CERTIFICATE_SECONDS"] = "1"
    with add_on.running():
        first = ssl.get_server_certificate(("127.0.0.1", add_on.port))
        answer = requests.get(f"https://localhost:{add_on.port}/up", verify=str(authority.file), timeout=10)
        assert answer.status_code == 200
        assert (add_on.data / "tls-files/privkey.pem").stat().st_mode & 0o777 == 0o600
        authority.issue(add_on.ssl)
        eventually(lambda: ssl.get_server_certificate(("127.0.0.1", add_on.port)) != first, within=30, every=0.5)


def test_direct_http_says_what_it_means(add_on):
    add_on.choose(access_mode="direct_http")
    with add_on.running():
        assert requests.get(f"http://127.0.0.1:{add_on.port}/api/v1/health", timeout=10).json()["status"] == "ok"
        assert "in the clear" in add_on.log.read_text()


def test_the_older_word_for_tls_still_counts(add_on, authority):
    add_on.choose(access_mode="direct_http", ssl=True)
    with add_on.running():
        assert requests.get(f"https://localhost:{add_on.port}/up", verify=str(authority.file), timeout=10).status_code == 200


def test_one_more_proxy_is_believed_beside_the_supervisor(add_on):
    add_on.environment["ADDON_PROXY"] = "192.0.2.1"
    headers = {"X-Ingress-Path": PREFIX}
    for network_range, is_believed in [("", False), ("127.0.0.0/8", True)]:
        add_on.choose(network_range=network_range)
        with add_on.running():
            page = requests.get(f"http://127.0.0.1:{add_on.port}/welcome", headers=headers, timeout=10)
            assert (PREFIX in page.text) == is_believed


def test_home_assistants_token_lies_in_a_file_once_the_first_run_is_over(add_on):
    add_on.choose(auto_create_api_token=True)
    file = add_on.data / "home_assistant_api_token"
    with add_on.running():
        base = f"http://127.0.0.1:{add_on.port}"
        assert not file.exists()
        set_up(base, add_on.data / "setup-secret")
        eventually(file.exists, within=15)
        token = eventually(lambda: file.read_text().strip())
        assert file.stat().st_mode & 0o777 == 0o600
        headers = {"Authorization": f"Bearer {token}"}
        me = requests.get(f"{base}/api/v1/me", headers=headers, timeout=10).json()
        assert (me["username"], me["role"]) == ("home_assistant", "user")
        for path in ["messages", "channels", "bots"]:
            assert requests.get(f"{base}/api/v1/{path}", headers=headers, timeout=10).status_code == 200
        assert token not in add_on.log.read_text()
    with add_on.running():
        assert file.read_text().strip() == token, "a restart makes no second one"
    file.unlink()
    with add_on.running():
        renewed = eventually(lambda: file.exists() and file.read_text().strip(), within=15)
        answers = {
            secret: requests.get(f"{base}/api/v1/me", headers={"Authorization": f"Bearer {secret}"}, timeout=10).status_code
            for secret in (token, renewed)}
        assert answers == {token: 401, renewed: 200}


@pytest.mark.parametrize("options, words", [
    ({"access_mode": "open"}, "access_mode must be"), ({"access_mode": "direct_ssl", "keyfile": "none.pem"}, "none.pem is missing"),
    ({"access_mode": "direct_ssl", "keyfile": "../data/master.key"}, "are names of files"),
    ({"network_range": "everything"}, "NETWORK_RANGE: must be an address or a network"),
])
def test_a_wrong_option_is_named(add_on, options, words):
    add_on.choose(**options)
    assert words in add_on.refused()


@pytest.mark.parametrize("text", [None, "", "[]", "{"])
def test_without_options_it_does_not_start(add_on, text):
    if text is not None:
        (add_on.data / "options.json").write_text(text)
    assert "options" in add_on.refused()
