"""Each event of the audit log, caused from outside: one entry each, about the right person, place and request; and never a secret."""

import contextlib
import re
import sqlite3
import threading

import pyotp
import pytest
import requests

from house import PASSWORD, eventually
from test_accounts import Browser, enable_second_step, sign_in

OTHER = "another long password"


class Watcher:
    """What the log has that it had not before."""

    def __init__(self, house):
        self.house, self.last, self.secrets, self.requests = house, 0, {PASSWORD, OTHER}, []
        self.new()

    def rows(self, query, *values):
        with contextlib.closing(sqlite3.connect(self.house.folder / "homechat.sqlite3", timeout=20)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, values)]

    def new(self):
        rows = self.rows("SELECT * FROM audit_logs WHERE id > ? AND action <> 'api_request' ORDER BY id", self.last)
        self.last = max([self.last, *(row["id"] for row in rows)])
        return rows

    def expect(self, *actions, by=None, target=None, details=""):
        """Exactly these, in order; each with the place and the request of whoever did it."""
        rows = self.new()
        assert [row["action"] for row in rows] == list(actions)
        for row in rows:
            if by:
                assert (row["actor"], row["ip_address"], row["user_agent"]) == (by.name, by.address, by.agent)
                assert row["request_id"] in by.requests, "of the request that did it"
            assert details in row["details"]
            assert row["created_at"] > 1_700_000_000_000
        if target:
            assert [row["target"] for row in rows][-1] == target
        return rows


class Visitor(Browser):
    def __init__(self, house, name, address):
        super().__init__(house)
        self.name, self.address, self.agent, self.requests = name, address, f"browser of {name}", []
        self.headers.update({"X-Forwarded-For": address, "User-Agent": self.agent})
        self.hooks["response"].append(lambda answer, **_: self.requests.append(answer.headers.get("X-Request-Id")))


@pytest.fixture
def scene(make_house):
    house = make_house(arguments=["--log-level=debug"]).start()
    house.people("ana", "ben", "eve")
    ana, ben = Visitor(house, "ana", "203.0.113.1"), Visitor(house, "ben", "2001:db8::2")
    ana.sign_in("ana")
    watch = Watcher(house)
    watch.ids = {row["username"]: row["id"] for row in watch.rows("SELECT id, username FROM users")}
    yield house, watch, ana, ben
    # Of all that was shown or typed, nothing is in the log or in a row of it.
    kept = "\n".join(str(row) for row in watch.rows("SELECT * FROM audit_logs")) + house.log_text()
    secrets = watch.secrets | set(ana.cookies.values()) | set(ben.cookies.values()) | set(house.tokens.values())
    assert not [secret for secret in secrets if secret in kept]


def test_what_happens_at_the_door(scene):
    house, watch, ana, ben = scene
    ben.sign_in("ben")
    watch.expect("login", by=ben, details='"proof":"password"')
    ben.submit("/signin", username="ben", password="typed by mistake")
    watch.expect("login_failed", by=ben, target=f"user:{watch.ids['ben']}")
    sign_in(house, "my-password-in-the-wrong-field", "x")
    row, = watch.expect("login_failed")
    assert (row["actor"], row["user_id"], row["target"]) == ("unknown", None, "")
    watch.secrets |= {"typed by mistake", "my-password-in-the-wrong-field"}
    ben.submit("/settings/password", on="/settings/security", current_password=PASSWORD, password=OTHER,
               password_confirmation=OTHER)
    watch.expect("password_change", by=ben, target=f"user:{watch.ids['ben']}")
    assert sign_in(house, "ben", OTHER).status_code == 200
    watch.expect("login")
    ben.submit("/settings/sessions/revocation", on="/settings/security")
    watch.expect("session_revoked", by=ben)
    ben.submit("/signout", on="/settings/security")
    watch.expect("logout", by=ben)
    new = Visitor(house, "gus", "203.0.113.9")
    new.submit("/signup", **{"user[username]": "gus", "user[password]": OTHER, "user[password_confirmation]": OTHER})
    watch.expect("account_created", "login", by=new)
    for _ in range(5):
        sign_in(house, "eve", "wrong")
    assert [row["action"] for row in watch.new()] == ["login_failed"] * 5 + ["account_locked"]


def test_the_second_step(scene):
    house, watch, ana, ben = scene
    ben.sign_in("ben")
    watch.new()
    totp, codes = enable_second_step(ben)
    watch.secrets |= {totp.secret, *codes}
    watch.expect("2fa_enabled", by=ben, target=f"user:{watch.ids['ben']}", details="app")
    assert sign_in(house, "ben", otp_code="000000").status_code == 401
    watch.expect("2fa_failed", target=f"user:{watch.ids['ben']}")
    assert sign_in(house, "ben", otp_code=codes[0]).status_code == 200
    watch.expect("backup_code_used", "login")
    more = ben.submit("/settings/backup-codes", on="/settings/security")
    watch.secrets |= set(re.findall(r"<li><code>([a-z0-9-]+)</code>", more.text))
    watch.expect("backup_codes_made", by=ben)
    code = re.findall(r"<li><code>([a-z0-9-]+)</code>", more.text)[0]
    ben.submit("/settings/second-factor/removal", on="/settings/security", password=PASSWORD, code=code)
    watch.expect("2fa_disabled", by=ben)
    assert pyotp.TOTP(totp.secret).now() not in house.log_text()


def test_tokens(scene):
    house, watch, ana, ben = scene
    ben.sign_in("ben")
    watch.new()

    def shown(answer):
        secret = re.search(r"hc_\w{8}_\w{43}", answer.text)[0]
        watch.secrets.add(secret)
        return secret

    shown(ben.submit("/settings/tokens", on="/settings/tokens", name="door", **{"scopes[]": "messages:write"}))
    made, = watch.expect("api_token_created", by=ben, details="messages:write")
    number = made["target"].split(":")[1]
    house.tokens["door"] = shown(ben.submit(f"/settings/tokens/{number}/rotation", on="/settings/tokens"))
    watch.expect("api_token_rotated", by=ben, target=made["target"])
    message = house.post("door", "ding, in private words")["id"]
    watch.secrets.add("ding, in private words")
    house.api("door", "PATCH", f"/messages/{message}", expect=200, json={"message": "dong, in private words"})
    watch.secrets.add("dong, in private words")
    row, = watch.expect("message_edited", target=f"message:{message}", details='"channel":"home"')
    assert row["actor"] == "ben"
    house.api("door", "DELETE", f"/messages/{message}", expect=200)
    watch.expect("message_deleted", target=f"message:{message}", details='"author":"ben"')
    # What two people say to each other is in no log.
    house.api("door", "POST", f"/users/{watch.ids['eve']}/messages", expect=200, json={"message": "just us"})
    said = watch.rows("SELECT MAX(id) AS id FROM messages")[0]["id"]
    house.api("door", "PATCH", f"/messages/{said}", expect=200, json={"message": "just the two of us"})
    house.api("door", "DELETE", f"/messages/{said}", expect=200)
    watch.expect()
    for _ in range(3):
        assert house.api("door", "GET", "/metrics").status_code == 403
    watch.expect("access_denied", target=made["target"], details="GET /api/v1/metrics")
    ben.submit(f"/settings/tokens/{number}/revocation", on="/settings/tokens")
    watch.expect("api_token_revoked", by=ben, target=made["target"])
    assert ben.get(house.url + "/admin/users", timeout=20).status_code == 403
    watch.expect("access_denied", by=ben, details="GET /admin/users")
    house.stop()
    used = watch.rows("SELECT target, times, details FROM audit_logs WHERE action = 'api_request'")
    assert sum(row["times"] for row in used if row["target"] == made["target"]) == 9
    again, = watch.expect("access_denied")
    assert again["times"] == 2


def test_what_admins_do(scene):
    house, watch, ana, ben = scene
    eve = f"user:{watch.ids['eve']}"
    path = f"/admin/users/{watch.ids['eve']}"

    def do(where, *actions, on="/admin/users", target=None, details="", **fields):
        answer = ana.submit(where, on=on, **fields)
        assert answer.ok, answer.text
        return watch.expect(*actions, by=ana, target=target, details=details) and answer

    do("/admin/users", "account_created", username="ida", password=OTHER, password_confirmation=OTHER)
    do(f"{path}/lock", "account_locked", target=eve)
    do(f"{path}/unlock", "account_unlocked", target=eve)
    do(f"{path}/role", "role_changed", on=f"{path}/role", role="admin", target=eve, details='"from":"member"')
    do(f"{path}/role", "role_changed", on=f"{path}/role", role="user", target=eve, details='"to":"member"')
    link = do(f"{path}/reset-link", "password_reset_asked", target=eve)
    key = re.search(r"key=([\w-]+)", link.text)[1]
    watch.secrets.add(key)
    house.api("eve", "PATCH", "/password_reset", expect=200,
              json={"reset_token": key, "password": OTHER, "password_confirmation": OTHER})
    watch.expect("password_reset_used", target=eve)
    made = do(f"{path}/password", "password_change", target=eve, details="set by an admin")
    watch.secrets.add(re.search(r'<input[^>]*value="([^"]+)"[^>]*readonly|readonly[^>]*value="([^"]+)"', made.text)[0].split('value="')[1].split('"')[0])
    do("/admin/settings", "setting_changed", on="/admin/settings", site_name="Elsewhere", signup_mode="open",
       target="setting:site_name", details='"from":"HomeChat","to":"Elsewhere"')
    do("/admin/limits", "setting_changed", on="/admin/limits", **{"api[limit]": "7000", "api[period]": "5m", "api[safelist]": ""},
       target="setting:rate_limit.api", details='"to":"7000 in')
    do("/admin/bans", "network_banned", on="/admin/network", network="198.51.100.0/24", reason="x", hours="1",
       target="network:198.51.100.0/24")
    ban = watch.rows("SELECT id FROM network_bans")[0]["id"]
    do(f"/admin/bans/{ban}/removal", "network_unbanned", on="/admin/network", target="network:198.51.100.0/24")
    do("/admin/invitations", "admin_action", note="Grandma", details="invitation made")
    do("/admin/audit/export", "audit_exported", on="/admin/audit", format="csv")
    garden = house.api("ben", "POST", "/channels", expect=201, json={"name": "garden"}).json()["id"]
    do(f"/admin/channels/{garden}/archive", "admin_action", on="/admin/channels", target=f"channel:{garden}", details="archived")
    do(f"/admin/channels/{garden}/deletion", "channel_deleted", on="/admin/channels", target=f"channel:{garden}", details="garden")
    do(f"{path}/deletion", "account_deleted", target=eve)
    house.cli("user", "lock", "ben")
    row, = watch.expect("account_locked")
    assert (row["actor"], row["user_id"], row["ip_address"]) == ("console", None, "")
    assert "intact" in house.cli("audit", "verify").stdout


def test_too_many_tries_are_told_once(make_house):
    house = make_house(limits=True).start()
    house.people("ana")
    for _ in range(9):
        sign_in(house, "ana", "wrong")
    watch = Watcher(house)
    rows = watch.rows("SELECT action, actor, target FROM audit_logs WHERE action = 'login_throttled'")
    assert rows == [{"action": "login_throttled", "actor": "ana", "target": "user:1"}]


def test_what_was_acknowledged_is_written_down_also_after_a_kill(make_house):
    """A change and its entry are one: neither is there without the other, whenever the power goes."""
    house = make_house().start()
    house.people("ana")
    port, acknowledged = house.port, {}

    def edit(message):
        with contextlib.suppress(requests.RequestException):
            for number in range(1_000_000):
                answer = house.api("ana", "PATCH", f"/messages/{message}", json={"message": f"words {number} {message}"})
                if answer.status_code != 200:
                    return
                acknowledged[message] = acknowledged.get(message, 0) + 1

    for round_number in range(8):
        threads = [threading.Thread(target=edit, args=[house.post("ana", "first")["id"]], daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        before = sum(acknowledged.values())
        eventually(lambda: sum(acknowledged.values()) > before + 20 + 9 * round_number, within=60)
        house.kill()
        for thread in threads:
            thread.join(20)
        house.start(port)
        watch = Watcher(house)
        written = {row["target"]: row["n"] for row in watch.rows(
            "SELECT target, COUNT(*) AS n FROM audit_logs WHERE action = 'message_edited' GROUP BY 1")}
        done = {f"message:{row['message_id']}": row["n"] for row in watch.rows(
            "SELECT message_id, COUNT(*) AS n FROM message_edits GROUP BY 1")}
        assert written == done
        assert all(written[f"message:{message}"] >= count for message, count in acknowledged.items())
    assert "intact" in house.cli("audit", "verify").stdout
