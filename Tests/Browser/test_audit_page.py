"""The audit log as an admin reads it: filtered, verified, copied, with and without scripts."""

import re
import subprocess

import requests
from house import PASSWORD
from playwright.sync_api import expect
from test_access_pages import look


def fail(house, address, times=1, name="ana"):
    for _ in range(times):
        body = {"username": name, "password": "wrong"}
        headers = {
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) <b>guess</b>/1.0 AppleWebKit/537.36 (KHTML, like Gecko)",
            "X-Forwarded-For": address,
        }
        assert requests.post(house.url + "/api/v1/signin", json=body, headers=headers, timeout=20).status_code == 401


def test_an_admin_looks_for_what_happened(house, visitor):
    fail(house, "127.0.0.5", 3)
    fail(house, "127.0.0.6")
    ana = visitor(house, "ana").sign_in()
    page = ana.page
    page.goto("/admin")
    page.get_by_role("link", name="Audit log").click()
    expect(page.locator(".entry").first).to_contain_text("login")
    ana.check("audit log")
    look(ana, "admin-audit")
    page.get_by_role("link", name="Failed sign-ins").click()
    expect(page.locator(".entry")).to_have_count(4)
    expect(page.get_by_role("row", name=re.compile("127.0.0.5"))).to_contain_text("3")
    page.get_by_role("row").get_by_role("link", name="127.0.0.6").click()
    expect(page.locator(".entry")).to_have_count(1)
    page.get_by_label("Address or network").fill("127.0.0.0/29")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".entry")).to_have_count(4)
    expect(page.get_by_text("<b>guess</b>").first).to_be_visible()
    look(ana, "admin-audit-filtered")
    page.get_by_label("Since").fill("last week")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("Since must be a time")
    page.get_by_label("Since").fill("24h")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".entry")).to_have_count(4)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert re.fullmatch(r"homechat-audit-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    assert download.value.path().read_text().count("login_failed") == 4
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_role("status")).to_contain_text("intact")
    look(ana, "admin-audit-intact")
    house.cli("audit", "verify")
    assert not ana.complaints


def test_a_broken_log_is_named_and_pages_are_turned_without_scripts(house, visitor):
    for _ in range(6):
        house.cli("token", "create", "--user", "ben", "--name", "t", "--scope", "messages:read", "--quiet", check=False)
    fail(house, "127.0.0.5", 50, "nobody")
    subprocess.run(["sqlite3", "-cmd", ".timeout 5000", house.folder / "homechat.sqlite3",
                    "UPDATE audit_logs SET actor = 'nobody' WHERE id = 5"], check=True)
    ana = visitor(house, "ana", java_script_enabled=False)
    page = ana.page
    page.goto("/signin")
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/admin/audit")
    expect(page.locator(".entry")).to_have_count(50)
    page.get_by_role("link", name="Older entries").click()
    expect(page.locator(".entry").last).to_contain_text("account_created")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_role("status")).to_contain_text("Entry 5 was changed.")
    look(ana, "admin-audit-broken")
