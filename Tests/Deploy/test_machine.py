"""What hardens the machine: the unit, the firewall, ssh, updates, the container's files. Each read by its own tool."""

import fnmatch
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

import pytest
import yaml
from conftest import DEPLOY, ROOT, accepts, eventually, free_port, needs, running
from house import BINARY, House

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: needs root")


def run(*command, check=True, **options):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, **options)
    if check:
        assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


# systemd

def test_the_unit_is_exposed_as_little_as_its_job_allows():
    output = run(needs("systemd-analyze"), "security", "--offline=true", "--threshold=15", DEPLOY / "homechat.service")
    assert float(re.search(r"exposure level for homechat.service: ([\d.]+)", output)[1]) <= 1.5


def test_low_ports_cost_one_capability(tmp_path):
    # systemd joins drop-ins as if they stood at the unit's end; `security --offline` does not read them.
    unit = tmp_path / "homechat.service"
    unit.write_text((DEPLOY / "homechat.service").read_text() + (DEPLOY / "low-ports.conf").read_text())
    output = run(needs("systemd-analyze"), "security", "--offline=true", "--threshold=20", unit)
    assert "AmbientCapabilities=" in output


def test_systemd_understands_every_line(tmp_path):
    text = (DEPLOY / "homechat.service").read_text().replace("/usr/local/bin/homechat", "/bin/true")
    unit = tmp_path / "homechat.service"
    unit.write_text(text + (DEPLOY / "low-ports.conf").read_text())
    assert run(needs("systemd-analyze"), "verify", "--man=no", unit) == ""


@as_root
def test_it_serves_without_rights_on_a_read_only_system(tmp_path):
    """What unit and container have in common: no root, no capability, nothing to write but its folder."""
    folder, port = tmp_path / "data", free_port()
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    key = tmp_path / "master_key"
    key.write_text(secrets.token_hex(32) + "\n")
    key.chmod(0o400)
    os.chown(key, 65534, 65534)
    binary = shutil.copy(BINARY, tmp_path / "homechat")
    for parent in tmp_path.parents:
        if parent.name.startswith("pytest"):
            parent.chmod(0o755)
    tmp_path.chmod(0o755)
    inside = (
        f"mount --bind {folder} {folder} && mount -o remount,bind,ro / && mount -o remount,bind,rw {folder} && "
        "exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "
        f"{binary} serve --data-dir {folder} --port {port}")
    process = subprocess.Popen(
        [needs("unshare"), "--mount", "--propagation", "private", "sh", "-c", inside],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "HOMECHAT_PRODUCTION": "true", "HOMECHAT_MASTER_KEY_FILE": str(key)})
    try:
        eventually(lambda: accepts(port) or process.poll() is not None)
        assert process.poll() is None, process.stderr.read()
        status = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status") if ":" in line)
        assert status["Uid"].split()[0] == "65534"
        assert (status["CapEff"].strip(), status["CapBnd"].strip()) == ("0" * 16, "0" * 16)
        # What it has in memory and in its environment is no other process's of this account, and in no dump.
        eventually(lambda: os.stat(f"/proc/{process.pid}/environ").st_uid == 0)
        limits = open(f"/proc/{process.pid}/limits").read()
        assert re.search(r"Max core file size\s+0\s+0 ", limits)
        assert int(re.search(r"Max open files\s+(\d+)\s+(\d+)", limits)[1]) >= min(
            65536, int(re.search(r"Max open files\s+(\d+)\s+(\d+)", limits)[2]))
        assert not (folder / "master.key").exists()
        assert (folder / "homechat.sqlite3").stat().st_mode & 0o777 == 0o600
        environment = {"PATH": os.environ["PATH"], "HOMECHAT_PORT": str(port)}
        run("bash", DEPLOY / "healthcheck", env=environment)
    finally:
        process.terminate()
        process.wait(15)
        process.stderr.close()
    assert subprocess.run(["bash", DEPLOY / "healthcheck"], env=environment, capture_output=True).returncode == 1


@as_root
def test_the_command_line_of_the_service_is_the_services_own():
    """The unit hands its key over where nobody else finds it; whoever types a command must reach the same house."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="homechatctl-"))
    try:
        place.chmod(0o755)
        (place / "etc").mkdir(mode=0o700)
        key = place / "etc/master.key"
        key.write_text(secrets.token_hex(32) + "\n")
        key.chmod(0o600)
        (place / "etc/environment").write_text("HOMECHAT_SITE_NAME='The house'\n")
        (place / "data").mkdir(mode=0o700)
        os.chown(place / "data", 65534, 65534)
        environment = {
            "PATH": os.environ["PATH"], "SERVICE_ACCOUNT": "nobody", "SERVICE_DATA": str(place / "data"),
            "SERVICE_ETC": str(place / "etc"), "SERVICE_BINARY": shutil.copy(BINARY, place / "homechat"),
        }

        def homechatctl(*arguments, **options):
            return run(DEPLOY / "homechatctl", *arguments, env=environment, **options)

        homechatctl("user", "create", "ana", "--role", "admin", "--password-stdin", input="correct horse battery\n")
        assert "accounts" in homechatctl("emergency", "lockdown", "--dry-run")
        assert '"master_key"' in homechatctl("doctor", "--json", check=False)
        homechatctl("credentials", "set", "smtp.password", input="canary")
        assert {path.stat().st_uid for path in (place / "data").iterdir()} == {65534}
        assert not (place / "data/master.key").exists()
    finally:
        shutil.rmtree(place)


@pytest.mark.parametrize("mode", ["off", "local", "files"])
def test_the_health_check_hears_the_server_whatever_it_speaks(mode, authority, tmp_path):
    transport = {"HOMECHAT_TLS": mode}
    if mode == "files":
        transport |= {
            "HOMECHAT_TLS_CERT_FILE": str(authority.certificate), "HOMECHAT_TLS_KEY_FILE": str(authority.private_key)}
    house = House(tmp_path / "data", environment=transport | {"HOMECHAT_BASE_PATH": "/chat"})
    house.start()
    environment = {"PATH": os.environ["PATH"], "HOMECHAT_PORT": str(house.port), "HOMECHAT_BASE_PATH": "/chat"}
    try:
        run("bash", DEPLOY / "healthcheck", env=environment)
        elsewhere = environment | {"HOMECHAT_BASE_PATH": "/elsewhere"}
        assert subprocess.run(["bash", DEPLOY / "healthcheck"], env=elsewhere, capture_output=True).returncode == 1
        # What hangs is not healthy, and is said to be so before the container's own patience ends.
        house.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert subprocess.run(["bash", DEPLOY / "healthcheck"], env=environment, capture_output=True).returncode == 1
        assert time.monotonic() - began < 5
    finally:
        house.process.send_signal(signal.SIGCONT)
        house.kill()
    assert subprocess.run(["bash", DEPLOY / "healthcheck"], env=environment, capture_output=True).returncode == 1


def test_the_binary_gives_an_intruder_little():
    """Anywhere in memory, nothing both written and run, and in a release no call that can be bent."""
    headers = run("readelf", "-hldW", BINARY)
    assert "Type:                              DYN" in headers, "no fixed address"
    assert re.search(r"GNU_STACK.* RW ", headers) and "GNU_RELRO" in headers
    assert not re.search(r"LOAD.* RWE ", headers) and "TEXTREL" not in headers and "RPATH" not in headers
    assert "__stack_chk_fail" in run("readelf", "-sW", BINARY)
    makefile = (ROOT / "Makefile").read_text()
    assert "-z -Xlinker relro -Xlinker -z -Xlinker now" in makefile and "$(HARDENED)" in makefile
    for file in DEPLOY.rglob("*"):
        assert not file.is_file() or "SWIFT_DETERMINISTIC_HASHING" not in file.read_text(), "keys that collide would be known"


# Firewall

@pytest.fixture
def machine():
    """A network of its own: a machine and a stranger beside it, joined by a cable."""
    name = "hc" + uuid.uuid4().hex[:8]
    inside, outside = f"{name}i", f"{name}o"
    try:
        for namespace in (inside, outside):
            run("ip", "netns", "add", namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "link", "add", f"{name}a", "netns", inside, "type", "veth", "peer", "name", f"{name}b", "netns", outside)
        for namespace, link, address in ((inside, f"{name}a", "10.77.0.1/24"), (outside, f"{name}b", "10.77.0.2/24")):
            run("ip", "-n", namespace, "addr", "add", address, "dev", link)
            run("ip", "-n", namespace, "link", "set", link, "up")
        yield inside, outside
    finally:
        for namespace in (inside, outside):
            run("ip", "netns", "del", namespace, check=False)


@as_root
def test_the_firewall_lets_in_what_it_should(machine, tmp_path):
    inside, outside = machine
    # Copies of ufw's files in place of the machine's own, for this process and its children.
    folders = [folder for folder in ("/etc/ufw", "/etc/default", "/var/lib/ufw") if os.path.isdir(folder)]
    for folder in folders:
        shutil.copytree(folder, tmp_path / folder.strip("/").replace("/", "-"), dirs_exist_ok=True)
    mounts = " && ".join(
        f"mount --bind {tmp_path / folder.strip('/').replace('/', '-')} {folder}"
        for folder in folders)
    output = run(
        "ip", "netns", "exec", inside, "unshare", "--mount", "--propagation", "private", "bash", "-c",
        f"{mounts} && mount -t tmpfs none /run && mkdir -p /run/lock && {DEPLOY}/ufw.sh", check=False)
    if re.search(r"problem running|ERROR", output):
        pytest.fail(output)
    listeners = (
        "import socket, select\nall = [socket.create_server(('0.0.0.0', p)) for p in (22, 80, 443, 3000, 5432)]\n"
        "print('ready', flush=True)\nwhile True: [s.accept() for s in select.select(all, [], [])[0]]")
    server = subprocess.Popen(
        ["ip", "netns", "exec", inside, "python3", "-c", listeners], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == "ready\n"
        look = ("import socket\nfor p in (22, 80, 443, 3000, 5432):\n"
                "  s = socket.socket(); s.settimeout(1)\n  print(p, s.connect_ex(('10.77.0.1', p)) == 0)")
        seen = run("ip", "netns", "exec", outside, "python3", "-c", look)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    assert seen.split("\n")[:5] == ["22 True", "80 True", "443 True", "3000 False", "5432 False"]


@pytest.mark.parametrize("port", ["0", "70000", "22; reboot", "-1"])
def test_the_firewall_script_refuses_what_is_no_port(port):
    result = subprocess.run(
        [DEPLOY / "ufw.sh", "--dry-run"], env=os.environ | {"SSH_PORT": port}, capture_output=True, text=True)
    assert result.returncode == 2 and "SSH_PORT" in result.stderr


# ssh and updates

def test_ssh_takes_keys_and_nothing_else(tmp_path):
    key = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    (tmp_path / "config").write_text(f"HostKey {key}\n" + (DEPLOY / "ssh/homechat.conf").read_text())
    os.makedirs("/run/sshd", exist_ok=True)
    sshd = needs("sshd")
    run(sshd, "-t", "-f", tmp_path / "config")
    effective = dict(line.split(" ", 1) for line in run(sshd, "-T", "-f", tmp_path / "config").splitlines())
    for name, value in {"passwordauthentication": "no", "kbdinteractiveauthentication": "no", "permitrootlogin": "no",
                        "pubkeyauthentication": "yes", "authenticationmethods": "publickey"}.items():
        assert effective[name] == value


@as_root
def test_ssh_audit_finds_nothing_against_ssh(tmp_path):
    key, port = tmp_path / "key", free_port()
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    (tmp_path / "config").write_text(
        f"HostKey {key}\nListenAddress 127.0.0.1:{port}\nPidFile none\n" + (DEPLOY / "ssh/homechat.conf").read_text())
    os.makedirs("/run/sshd", exist_ok=True)
    with running([needs("sshd"), "-D", "-e", "-f", str(tmp_path / "config")], [port], tmp_path / "sshd.log"):
        audit = subprocess.run(
            [needs("ssh-audit"), "--no-colors", "--level=warn", "-p", str(port), "127.0.0.1"],
            capture_output=True, text=True, timeout=60)
    # What quantum computers cannot read is experimental to it, and an answer to the Terrapin attack unknown.
    answered = {"sntrup761x25519-sha512@openssh.com", "kex-strict-s-v00@openssh.com"}
    assert "# key exchange algorithms" in audit.stdout and "[fail]" not in audit.stdout, audit.stdout
    assert set(re.findall(r"^\(\w+\) (\S+) .*\[warn\]", audit.stdout, re.MULTILINE)) <= answered, audit.stdout


def test_updates_come_by_themselves():
    dump = run("apt-config", "dump", "-c", DEPLOY / "apt/52homechat-unattended-upgrades")
    assert 'APT::Periodic::Unattended-Upgrade "1";' in dump
    assert "label=Debian-Security" in dump


# Containers

def test_the_dockerfile_has_nothing_to_complain_of():
    run(ROOT / ".venv/bin/hadolint", DEPLOY / "Dockerfile")


def test_the_image_has_every_package_that_the_binary_needs():
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    builds = re.search(r"^build=\(([^)]*)\)", (ROOT / "scripts/bootstrap").read_text(), re.MULTILINE)[1].split()
    assert [package for package in builds if package not in dockerfile.split("FROM debian")[0]] == []
    libraries = re.findall(r"NEEDED.*\[(.+)\]", run("readelf", "-d", BINARY))
    owners = run("dpkg", "-S", *[f"*/{name}" for name in libraries], check=False)
    found = set(re.findall(r"^(\S+?)(?::\w+)?: /", owners, re.MULTILINE))
    # The release links Swift's own libraries in; the rest of these every Debian has.
    always = {"libc6", "libcrypt1", "libgcc-s1", "libstdc++6", "zlib1g"}
    assert {"libpq5", "libcurl4"} <= found
    missing = {package for package in found - always if not re.search(rf"\b{re.escape(package)}\b", dockerfile)}
    assert not {package for package in missing if not re.search("-dev$|-dbg$|^lib(x32|32)", package)}


def test_the_image_gets_every_folder_that_the_manifest_names():
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    manifest = json.loads(run("swift", "package", "--package-path", ROOT, "dump-package"))
    for target in manifest["targets"]:
        folder = target.get("path") or ("Tests/" if target["type"] == "test" else "Sources/") + target["name"]
        reached = [fnmatch.fnmatch(part, pattern) for pattern in allowed for part in (folder, folder.split("/")[0])]
        assert any(reached), f"{folder} is not in the image, and without it nothing builds"


def test_nothing_private_goes_into_an_image():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    allowed = [line[1:] for line in lines if line.startswith("!")]
    assert not [path for path in allowed if path in ("data", "deploy", ".git", "deploy/secrets")]


def test_the_services_have_no_more_than_they_need():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert compose["networks"]["backend"]["internal"] is True and "internal" not in compose["networks"]["frontend"]
    for service in compose["services"].values():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"] and "cap_add" not in service
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert int(str(service["user"]).split(":")[0]) > 0
        assert service["healthcheck"]["test"] and service["mem_limit"] and service["pids_limit"] and service["cpus"]
        assert "privileged" not in service and "network_mode" not in service
    server, database = compose["services"]["homechat"], compose["services"]["database"]
    assert server["ports"] == ["127.0.0.1:3000:3000"] and "ports" not in database
    assert database["networks"] == ["backend"] and database["profiles"] == ["postgres"]
    gateway = compose["networks"]["frontend"]["ipam"]["config"][0]["gateway"]
    assert server["environment"]["HOMECHAT_TRUSTED_PROXIES"] == gateway


def test_compose_reads_the_services_as_they_are_meant(tmp_path):
    # Debian's Compose is one of before `name`, the only word that it does not know.
    file = tmp_path / "deploy/compose.yaml"
    file.parent.mkdir()
    file.write_text("".join(line for line in (DEPLOY / "compose.yaml").open() if not line.startswith("name:")))
    read = yaml.safe_load(run(needs("docker-compose"), "-f", file, "config"))
    server, database = read["services"]["homechat"], read["services"]["database"]
    assert server["build"] == {"context": str(tmp_path), "dockerfile": "deploy/Dockerfile"}
    assert server["ulimits"] == {"nofile": 65536, "core": 0} and server["stop_grace_period"] == "15s"
    assert [secret["source"] for secret in server["secrets"]] == ["master_key"]
    assert database["profiles"] == ["postgres"] and list(database["networks"]) == ["backend"]

    file.write_text(file.read_text().replace("read_only: true", "read_only: perhaps", 1))
    assert "read_only" in run("docker-compose", "-f", file, "config", check=False)


def test_kamal_and_traefik_say_what_they_must():
    """Neither is in Debian: only the shape of their files is looked at."""
    kamal = yaml.safe_load((DEPLOY / "kamal/deploy.yml").read_text())
    assert kamal["proxy"]["ssl"] is True and kamal["proxy"]["forward_headers"] is False
    assert kamal["proxy"]["app_port"] == 3000 and "HOMECHAT_MASTER_KEY" in kamal["env"]["secret"]
    static = yaml.safe_load((DEPLOY / "traefik/traefik.yml").read_text())
    dynamic = yaml.safe_load((DEPLOY / "traefik/homechat.yml").read_text())
    router = dynamic["http"]["routers"]["homechat"]
    assert set(router["entryPoints"]) <= set(static["entryPoints"])
    assert router["service"] in dynamic["http"]["services"]
    assert set(router["middlewares"]) <= set(dynamic["http"]["middlewares"])
    assert router["tls"]["certResolver"] in static["certificatesResolvers"]
    tls = dynamic["tls"]["options"][router["tls"]["options"]]
    assert tls["minVersion"] == "VersionTLS12" and len(tls["cipherSuites"]) == 2
    assert static["entryPoints"]["websecure"]["forwardedHeaders"] == {"insecure": False, "trustedIPs": []}
