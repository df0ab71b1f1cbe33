"""Other people's programs around the server, on free ports of loopback."""

import contextlib
import json
import shutil
import socket
import subprocess

import pytest
import requests
from house import eventually


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def needs(tool):
    path = shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin:/usr/bin")
    if not path:
        pytest.fail(f"{tool} is missing: scripts/bootstrap test scan installs it")
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


class Pebble:
    """Let's Encrypt's own test server, with a name server for which every name is this machine."""

    def __init__(self, authority, folder):
        self.authority, self.folder = authority, folder
        self.listen, self.manage, self.dns, self.names, self.http, self.tls = (free_port() for _ in range(6))
        self.directory = f"https://localhost:{self.listen}/dir"
        self.root = folder / "root.pem"
        (folder / "pebble.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.listen}", "managementListenAddress": f"127.0.0.1:{self.manage}",
            "certificate": str(authority.certificate), "privateKey": str(authority.private_key),
            "httpPort": self.http, "tlsPort": self.tls, "certificateValidityPeriod": 30 * 86_400}}))

    @contextlib.contextmanager
    def running(self):
        names = [
            needs("pebble-challtestsrv"), "-defaultIPv6", "", "-defaultIPv4", "127.0.0.1", "-dns01",
            f"127.0.0.1:{self.dns}", "-http01", "", "-https01", "", "-tlsalpn01", "", "-management",
            f"127.0.0.1:{self.names}"]
        server = [
            needs("pebble"), "-config", str(self.folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{self.dns}", "-strict"]
        environment = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}
        with running(names, [self.names], self.folder / "names.log"):
            with running(server, [self.listen, self.manage], self.folder / "pebble.log", env=environment):
                self.root.write_text(requests.get(
                    f"https://127.0.0.1:{self.manage}/roots/0", verify=str(self.authority.file), timeout=5).text)
                yield self

    def log(self):
        return (self.folder / "pebble.log").read_text(errors="replace")
