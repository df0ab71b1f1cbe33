"""Programs that judge how TLS is spoken, whoever speaks it."""

import json
import subprocess
import sys

from outside import needs

# What every private authority causes.
BY_THE_AUTHORITY = {"cert_revocation", "DNS_CAArecord"}
# What testssl says of itself and of this machine.
BY_THE_TOOL = {"engine_problem", "sessionresumption_ticket"}
# Pages are compressed, behind a header of random length that hides what BREACH measures (test_nginx.py looks at it).
ANSWERED = {"BREACH"}


def mozilla(port, authority):
    """What is wrong by Mozilla's intermediate profile; empty: nothing."""
    scan = subprocess.run(
        [sys.executable, "-m", "sslyze", "--mozilla_config=intermediate", "--certinfo_ca_file", str(authority.file),
         f"localhost:{port}"], capture_output=True, text=True, timeout=120)
    return "" if scan.returncode == 0 else scan.stdout[-3000:]


def findings(port, authority, folder):
    """What testssl finds above INFO, save what is expected."""
    found = folder / "found.json"
    subprocess.run(
        [needs("testssl"), "--color", "0", "--warnings", "off", "--ip", "one", "--add-ca", str(authority.file),
         "--jsonfile", str(found), f"https://localhost:{port}/signin"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=400)
    listed = json.loads(found.read_text())
    assert len(listed) > 50
    expected = BY_THE_AUTHORITY | BY_THE_TOOL | ANSWERED
    return [f"{f['severity']} {f['id']}: {f['finding']}" for f in listed
            if f["severity"] not in ("OK", "INFO") and f["id"].split()[0] not in expected]
