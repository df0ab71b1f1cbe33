"""A proxy that drops the upgrade: the page comes through, its socket does not, and somebody says so."""

import re

from playwright.sync_api import expect

BLOCKED = "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 20); } close() {} };"


def test_a_blocked_socket_is_named_before_and_after_the_sign_in(house, visitor):
    ana = visitor(house, "ana")
    ana.context.add_init_script(BLOCKED)
    page = ana.page
    page.goto(house.url + "/signin")
    expect(page.locator("#socket-notice")).to_be_visible()
    page.fill("#username", "ana")
    page.fill("#password", "correct horse battery")
    page.click("button.primary")
    banner = page.locator("connection-banner")
    expect(banner).to_contain_text("a proxy may drop the Upgrade header")
    page.click("connection-banner a")
    expect(page).to_have_url(re.compile("/help/connection$"))
    page.click("summary >> nth=0")
    expect(page.locator("pre >> nth=0")).to_contain_text('proxy_set_header Connection $homechat_connection;')


def test_where_the_socket_works_nothing_is_said(house, visitor):
    page = visitor(house, "ana").page
    page.goto(house.url + "/signin")
    page.wait_for_timeout(500)
    expect(page.locator("#socket-notice")).to_be_hidden()


def test_the_network_page_tries_what_a_proxy_may_get_wrong(house, visitor):
    page = visitor(house, "ana").page
    page.goto(house.url + "/signin")
    page.fill("#username", "ana")
    page.fill("#password", "correct horse battery")
    page.click("button.primary")
    page.goto(house.url + "/admin/network")
    expect(page.locator("network-check .tag", has_text="works")).to_have_count(5)
