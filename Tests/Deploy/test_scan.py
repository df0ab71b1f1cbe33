"""`make scan` finds what it is there to find: each part is shown something bad."""

import json
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from conftest import ROOT, free_port
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def run(script, *arguments):
    result = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, *arguments], capture_output=True, text=True, timeout=300, cwd=ROOT)
    return result.returncode, result.stdout + result.stderr


@pytest.fixture(scope="module")
def sbom():
    code, output = run("sbom")
    assert code == 0, output
    return ROOT / ".build/sbom.json"


def test_the_inventory_is_cyclonedx_and_names_the_parts(sbom):
    text = sbom.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    components = {component["name"]: component for component in json.loads(text)["components"]}
    assert {"swift-nio", "hummingbird", "GRDB.swift", "libsqlite3-0", "libpq5", "libsodium23", "libvips42", "libmagic1"} <= set(components)
    assert components["swift-nio"]["purl"].startswith("pkg:swift/github.com/apple/swift-nio@2.")
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    versions = {component["version"] for component in components.values()}
    assert {pin["state"]["version"] for pin in pins if pin["identity"] in ("swift-nio", "hummingbird")} <= versions


def test_an_old_version_is_a_hit(sbom, tmp_path):
    document = json.loads(sbom.read_text())
    for component in document["components"]:
        if component["name"] == "swift-nio":
            component["version"] = "2.40.0"
            component["purl"] = "pkg:swift/github.com/apple/swift-nio@2.40.0"
    planted = tmp_path / "sbom.json"
    planted.write_text(json.dumps(document))
    code, output = run("advisories", planted)
    assert code == 1 and "HIT: github.com/apple/swift-nio 2.40.0: CVE-2022-3215" in output


def test_what_is_built_has_no_known_hole(sbom):
    code, output = run("advisories", sbom)
    assert code == 0, output


class Source(BaseHTTPRequestHandler):
    """Answers as osv.dev does, with a hole in every GRDB."""

    def do_POST(self):
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        results = [{"vulns": [{"id": "GHSA-test"}]} if "GRDB" in query["package"]["name"] else {} for query in queries]
        body = json.dumps({"results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_the_online_source_counts_and_its_absence_is_said(sbom):
    with HTTPServer(("127.0.0.1", 0), Source) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        code, output = run("advisories", "--online-only", f"http://127.0.0.1:{server.server_port}/", sbom)
        server.shutdown()
    assert code == 1 and "GHSA-test" in output and "was asked: 1 hits" in output
    code, output = run("advisories", "--online-only", f"http://127.0.0.1:{free_port()}/", sbom)
    assert code == 0 and "NOT LOOKED" in output


def test_planted_secrets_are_found_and_not_printed(tmp_path):
    token = f"hc_AbCdEfGh_{secrets.token_hex(22)}"
    key = secrets.token_hex(32)
    (tmp_path / "notes.txt").write_text(f"curl -H 'Authorization: Bearer {token}'\n")
    (tmp_path / "master.key").write_text(key + "\n")
    (tmp_path / "env").write_text(f"HOMECHAT_MASTER_KEY={key}\n")
    (tmp_path / "id").write_text("-----BEGIN OPENSSH PRIVATE " + "KEY-----\n")
    code, output = run("secrets", tmp_path)
    assert code == 1 and "secrets: 4 new" in output
    assert token not in output and key not in output


@pytest.mark.parametrize("line, rule", [
    ("let x = try! parse()", "forced-try"),
    ("let x = y as! String", "forced-cast"),
    ('let rows = SQL(raw: "SELECT \\(name)")', "sql-from-a-string"),
    ('logger.info("with \\(user.password)")', "secret-in-a-log"),
    ("struct A {}\nfinal class B: @unchecked Sendable {}", "unchecked-sendable-without-a-reason"),
])
def test_our_own_rules_find_what_they_are_about(tmp_path, line, rule):
    (tmp_path / "bad.swift").write_text(line + "\n")
    result = subprocess.run(
        [ROOT / ".venv/bin/semgrep", "scan", "--metrics", "off", "--disable-version-check", "--json", "--config",
         ROOT / ".semgrep.yml", "--error", tmp_path],
        capture_output=True, text=True, timeout=60, env={"PATH": f"{ROOT}/.venv/bin:/usr/bin:/bin", "HOME": str(tmp_path)})
    assert result.returncode == 1, result.stderr
    assert [found["check_id"].split(".")[-1] for found in json.loads(result.stdout)["results"]] == [rule]
