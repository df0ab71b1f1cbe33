"""The guide's checklist, asked of a real house on this machine."""

import json
import sqlite3

import requests

CHECKLIST = {
    "non_root", "firewall", "ssh_keys", "ssh_passwords", "updates", "services", "master_key", "https", "admin_password",
    "sign_ups", "token_rotation", "private_network", "reverse_proxy", "rate_limits", "cors"}
BY_ADDRESS = {"websocket", "forwarded_address", "rate_limit_probe"}


def examine(house, *arguments):
    result = house.cli("doctor", "--json", *arguments, check=False)
    report = json.loads(result.stdout)
    checks = {check["id"]: check for check in report["checks"]}
    assert result.returncode == (1 if any(check["status"] == "fail" for check in checks.values()) else 0)
    assert result.stderr == ""
    return report, checks


def test_each_line_of_the_guide_has_its_check_and_says_what_it_saw(make_house):
    house = make_house().start()
    house.people("ana")
    report, checks = examine(house)
    assert set(checks) == CHECKLIST | BY_ADDRESS
    for check in checks.values():
        assert check["status"] in {"pass", "warn", "fail", "unknown"} and check["evidence"], check
        assert check["fix"] or check["status"] in {"pass", "unknown"}, check
    assert report["grade"] in {"A+", "A", "B", "C", "D", "E", "F"}
    # Nobody gave an address, so nobody knows.
    assert {checks[name]["status"] for name in BY_ADDRESS | {"https", "reverse_proxy"}} == {"unknown"}
    assert str(house.process.pid) in checks["non_root"]["evidence"]
    people = house.cli("doctor", "--fix-hints", check=False).stdout
    assert "fix: " in people and people.rstrip().endswith("grade " + report["grade"])


def test_what_the_admin_mends_is_seen(make_house):
    house = make_house(environment={"HOMECHAT_CORS_ALLOWED_ORIGINS": "https://panel.example.org"}).start()
    house.people("ana")
    house.token("ana", "messages:read")
    _, before = examine(house)
    assert before["sign_ups"]["status"] == "fail"
    assert before["admin_password"]["status"] == "warn" and "ana" in before["admin_password"]["evidence"]
    assert before["cors"]["evidence"] == "https://panel.example.org"
    assert before["token_rotation"]["status"] == "pass"
    house.stop()
    database = sqlite3.connect(house.folder / "homechat.sqlite3")
    with database:
        database.execute("UPDATE api_tokens SET created_at = created_at - 91 * 86400000")
        database.execute("UPDATE users SET password_score = 1 WHERE username = 'ana'")
    database.close()
    _, after = examine(house)
    assert after["non_root"]["status"] == "unknown", "nothing runs"
    assert after["token_rotation"]["status"] == "warn" and "of ana" in after["token_rotation"]["evidence"]
    assert after["admin_password"]["status"] == "fail"


def test_the_address_that_people_use_is_asked(make_house):
    house = make_house(environment={"HOMECHAT_TRUSTED_PROXIES": "192.0.2.200"}, limits=True).start()
    house.people("ana")
    _, checks = examine(house, "--url", house.url)
    assert checks["https"]["status"] == "fail", "plain HTTP is never well"
    assert checks["websocket"]["status"] == "pass"
    assert checks["reverse_proxy"]["status"] == "warn"
    # Nobody is trusted here, so the forged header does nothing.
    assert checks["forwarded_address"]["status"] == "pass", checks["forwarded_address"]
    assert checks["rate_limit_probe"]["status"] == "pass" and "429" in checks["rate_limit_probe"]["evidence"]
    login = "user:hidden"
    for wrong in ["ftp://example.org", "https://", f"https://{login}@example.org", "nonsense"]:
        refused = house.cli("doctor", "--url", wrong, check=False)
        assert refused.returncode == 1 and "--url must be" in refused.stderr and "hidden" not in refused.stderr


def test_whoever_asks_from_a_trusted_address_is_told_that_nothing_is_known(make_house):
    house = make_house().start()
    house.people("ana")
    _, checks = examine(house, "--url", house.url)
    assert checks["forwarded_address"]["status"] == "unknown"
    house.stop()
    _, checks = examine(house, "--url", house.url)
    assert checks["reverse_proxy"]["status"] == "unknown" and checks["websocket"]["status"] == "fail"


def test_the_report_is_there_for_admins_alone(make_house):
    house = make_house().start()
    house.people("ana", "ben")
    house.tokens["ana"] = house.token("ana", "admin")
    assert house.api("ana", "GET", "/doctor", expect=200).json()["grade"]
    house.api("ben", "GET", "/doctor", expect=403)
    assert requests.get(house.url + "/api/v1/doctor", timeout=20).status_code == 401


def test_everybody_may_know_how_their_own_request_came(make_house):
    house = make_house().start()
    answer = requests.get(
        house.url + "/api/v1/connection", headers={"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}, timeout=20)
    assert answer.json() == {"address": "198.51.100.7", "secure": True, "proxied": True, "ignored": False}
