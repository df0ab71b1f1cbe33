"""Found by mDNS: a real Avahi on this machine's side, a real Avahi on a device's, and a wire between them."""

import contextlib
import itertools
import os
import re
import subprocess
import uuid

import pytest
from house import BINARY, ROOT, House, eventually
from outside import needs, running

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="false"/>
<allow receive_sender="*"/></policy></busconfig>
"""
DAEMON = "[server]\nhost-name={name}\nuse-ipv6=no\nallow-interfaces={wire}\n[publish]\npublish-workstation=no\npublish-hinfo=no\n"


class Machine:
    """A network namespace with a bus and an Avahi of its own."""

    def __init__(self, folder, name):
        self.folder, self.name = folder / name, name
        self.folder.mkdir()
        self.network = f"hc{uuid.uuid4().hex[:8]}"
        self.wire = f"{self.network}w"
        self.bus = self.folder / "bus"
        self.environment = {"PATH": os.environ["PATH"], "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.bus}"}
        (self.folder / "bus.conf").write_text(BUS.format(bus=self.bus))
        (self.folder / "avahi.conf").write_text(DAEMON.format(name=name, wire=self.wire))
        self.runs = itertools.count()

    def command(self, *command):
        return [needs("ip"), "netns", "exec", self.network, *map(str, command)]

    def run(self, *command, timeout=20):
        return subprocess.run(
            self.command(*command), env=self.environment, capture_output=True, text=True, timeout=timeout).stdout

    def running(self, *command):
        return running(self.command(*command), [], self.folder / f"run{next(self.runs)}.log", env=self.environment)

    @contextlib.contextmanager
    def message_bus(self):
        with self.running(needs("dbus-daemon"), "--nofork", "--nopidfile", f"--config-file={self.folder}/bus.conf"):
            eventually(self.bus.exists)
            yield
        self.bus.unlink(missing_ok=True)

    @contextlib.contextmanager
    def avahi(self, services=None):
        """`services`: a folder in the place of /etc/avahi/services."""
        daemon = f"{needs('avahi-daemon')} --no-drop-root --no-chroot --no-rlimits --no-proc-title -f {self.folder}/avahi.conf"
        hidden = "mount -t tmpfs tmpfs /run && "  # it knows one place for its process id
        hidden += f"mount --bind {services} /etc/avahi/services && " if services else ""
        with self.running("unshare", "--mount", "--propagation", "private", "sh", "-c", f"{hidden} exec {daemon}"):
            names = ["dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames"]
            eventually(lambda: "org.freedesktop.Avahi" in self.run(*names))
            yield

    def sees(self):
        """What a device finds: {name: (port, texts)} of what could be resolved."""
        lines = self.run(needs("avahi-browse"), "-rpt", "_homechat._tcp").splitlines()
        found = [line.split(";") for line in lines if line.startswith("=")]
        return {_plain(one[3]): (int(one[8]), set(re.findall('"([^"]*)"', one[9]))) for one in found}


def _plain(text):
    """avahi-browse writes the bytes of other characters as \\DDD, in decimal."""
    return re.sub(rb"\\(\d{3})", lambda found: bytes([int(found[1])]), text.encode()).decode()


@pytest.fixture
def machines(tmp_path):
    """Two, with a wire between them."""
    server, device = Machine(tmp_path, "server"), Machine(tmp_path, "device")
    try:
        for machine in (server, device):
            subprocess.run([needs("ip"), "netns", "add", machine.network], check=True)
        subprocess.run(
            ["ip", "link", "add", server.wire, "netns", server.network, "type", "veth", "peer", "name", device.wire, "netns",
             device.network], check=True)
        for number, machine in enumerate((server, device), 1):
            for command in (
                ["link", "set", "lo", "up"], ["addr", "add", f"192.168.77.{number}/24", "dev", machine.wire],
                ["link", "set", machine.wire, "up"], ["route", "add", "default", "dev", machine.wire],
            ):
                subprocess.run([*machine.command("ip"), *command], check=True)
        yield server, device
    finally:
        for machine in (server, device):
            subprocess.run(["ip", "netns", "del", machine.network], check=False)


@pytest.fixture
def make(machines, tmp_path):
    houses = []

    def start(environment=None, arguments=("--host=0.0.0.0",)):
        server, _ = machines
        number = len(houses)
        program = tmp_path / f"homechat{number}"
        program.write_text(f'#!/bin/sh\nexec {" ".join(server.command(BINARY))} "$@"\n')
        program.chmod(0o755)
        bus = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={server.bus}"}
        house = House(
            tmp_path / f"data{number}", environment=bus | (environment or {}), arguments=arguments, binary=str(program))
        houses.append(house)
        return house.start()

    yield start
    for house in houses:
        house.kill()


TEXTS = {"version=1.0", "platform=swift", "features=chat,api,webhooks"}


def test_a_device_finds_name_port_and_texts(machines, make):
    server, device = machines
    with server.message_bus(), server.avahi(), device.message_bus(), device.avahi():
        house = make({"DISCOVERY_SERVER_NAME": "Küche & Garten"})
        found = eventually(device.sees, within=20)
        assert found == {"Küche & Garten": (house.port, TEXTS | {"secure=false"})}
        house.stop()
        eventually(lambda: device.sees() == {}, within=20)


def test_the_port_that_speaks_tls_says_so_and_the_name_is_the_machines(machines, make):
    server, device = machines
    with server.message_bus(), server.avahi(), device.message_bus(), device.avahi():
        house = make(arguments=["--host=0.0.0.0", "--tls=local", "--tls-names=house.local"])
        found = eventually(device.sees, within=20)
        assert list(found.values()) == [(house.port, TEXTS | {"secure=true"})]
        assert next(iter(found)).startswith("HomeChat on ")


def test_a_name_that_another_has_becomes_the_next_one(machines, make):
    server, device = machines
    with server.message_bus(), server.avahi(), device.message_bus(), device.avahi():
        with device.running(needs("avahi-publish"), "-s", "Kitchen", "_homechat._tcp", "4000", "version=1.0"):
            eventually(lambda: "Kitchen" in server.sees(), within=20)
            house = make({"DISCOVERY_SERVER_NAME": "Kitchen"})
            second = make({"DISCOVERY_SERVER_NAME": "Kitchen"})
            found = eventually(lambda: (seen := device.sees()) and len(seen) == 3 and seen, within=20)
            ports = {name: port for name, (port, _) in found.items()}
            assert ports["Kitchen"] == 4000
            assert sorted(ports) == ["Kitchen", "Kitchen #2", "Kitchen #3"]
            assert {ports["Kitchen #2"], ports["Kitchen #3"]} == {house.port, second.port}


def test_a_daemon_that_comes_late_or_restarts_is_told_again(machines, make):
    server, device = machines
    with device.message_bus(), device.avahi():
        with server.message_bus():
            house = make({"DISCOVERY_SERVER_NAME": "Home"})
            eventually(lambda: "the network is not told" in house.log_text())
            for _ in range(2):
                with server.avahi():
                    assert eventually(lambda: device.sees().get("Home"), within=20)[0] == house.port
                eventually(lambda: device.sees() == {}, within=20)
            assert house.log_text().count("the network is not told") <= 3


def test_without_d_bus_it_is_one_line_in_the_log(machines, make):
    house = make()
    eventually(lambda: "the network is not told of this server" in house.log_text())
    assert house.log_text().count("the network is not told") == 1 and house.stop()[0] == 0


def test_a_container_is_announced_by_its_machine_with_the_shipped_file(machines):
    server, device = machines
    with server.message_bus(), server.avahi(ROOT / "deploy/avahi"), device.message_bus(), device.avahi():
        assert eventually(device.sees, within=20) == {"HomeChat on server": (443, TEXTS | {"secure=true"})}


@pytest.mark.parametrize("environment, arguments", [
    ({"DISCOVERY_ENABLED": "false"}, ["--host=0.0.0.0"]), ({"DISCOVERY_MODE": "disabled"}, ["--host=0.0.0.0"]),
    ({"HOME_ASSISTANT_ADDON": "true"}, ["--host=0.0.0.0"]), ({}, ["--host=127.0.0.1"]),
], ids=["disabled", "mode disabled", "in the add-on", "loopback only"])
def test_it_keeps_to_itself(machines, make, environment, arguments):
    server, device = machines
    with server.message_bus(), server.avahi(), device.message_bus(), device.avahi():
        quiet = make(environment | {"DISCOVERY_SERVER_NAME": "Quiet"}, arguments)
        make({"DISCOVERY_SERVER_NAME": "Loud", "DISCOVERY_MODE": "local_only", "DISCOVERY_PORT": "8443",
              "HOMECHAT_PUBLIC_URL": "https://home.example:8443"})
        found = eventually(device.sees, within=20)
        assert found == {"Loud": (8443, TEXTS | {"secure=true"})}
        assert quiet.stop()[0] == 0 and "mDNS" not in quiet.log_text()
