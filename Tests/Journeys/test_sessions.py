"""Sessions and their cookies, as somebody meets them who wants another person's."""

import base64
import contextlib
import re
import secrets
import time

import pytest
import requests
from cable import Cable
from house import PASSWORD, routes
from test_accounts import Browser, database, enable_second_step, sign_in

SESSION = "homechat_session"
EVIL = "https://evil.example"


def browser(house, name="ben"):
    one = Browser(house)
    assert one.sign_in(name).ok
    return one


def is_signed_in(house, secret, name=SESSION):
    answer = requests.get(
        f"{house.url}/settings/security", headers={"Cookie": f"{name}={secret}"}, timeout=20, allow_redirects=False)
    assert answer.status_code in (200, 303), answer.status_code
    return answer.status_code == 200


def set_cookie(house, path="/signin", **headers):
    answer = requests.post(
        house.url + path, data={"username": "ben", "password": PASSWORD}, headers=headers, timeout=20, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return next(field for field in answer.raw.headers.getlist("Set-Cookie") if "session=" in field)


def test_the_cookie_says_nothing_and_stays_with_us(house, make_house):
    plain, secure = set_cookie(house), set_cookie(house, **{"X-Forwarded-Proto": "https"})
    assert re.fullmatch(SESSION + r"=\w+; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax", plain)
    assert re.fullmatch(f"__Host-{SESSION}" + r"=\w+; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure", secure)
    below = make_house(environment={"HOMECHAT_BASE_PATH": "/chat"}).start()
    below.people("ana", "ben")
    field = set_cookie(below, "/chat/signin", **{"X-Forwarded-Proto": "https"})
    assert field.startswith(f"__Secure-{SESSION}=") and "; Path=/chat; " in field and "; Secure" in field
    values = [re.search(r"=(\w+);", field)[1] for field in (plain, secure)]
    assert all(len(value) == 43 for value in values) and len(set(values)) == 2
    assert not any(word in base64.b64decode(values[0] + "=") for word in (b"ben", b"user", b"127.0"))
    assert is_signed_in(house, values[0])
    # A secret that travelled under TLS opens nothing in the clear, where others may have put it.
    assert not is_signed_in(house, values[1], f"__Host-{SESSION}")


def test_a_session_that_somebody_else_chose_is_not_taken(house):
    chosen, planted = secrets.token_hex(22)[:43], browser(house, "eve").cookies[SESSION]
    for value in (chosen, planted):
        victim = Browser(house)
        victim.cookies[SESSION] = value
        given = requests.post(
            f"{house.url}/signin", data={"username": "ben", "password": PASSWORD}, timeout=20, allow_redirects=False,
            headers={"Cookie": f"{SESSION}={value}", "Origin": house.url}).cookies[SESSION]
        assert given != value and is_signed_in(house, given)
    assert not is_signed_in(house, chosen)
    page = requests.get(f"{house.url}/settings/profile", cookies={SESSION: planted}, timeout=20).text
    assert "eve" in page and "ben" not in re.sub(r"<title>.*?</title>", "", page).split("sidebar")[0]


def test_each_change_of_what_guards_an_account_makes_the_old_secret_worthless(house):
    ben = browser(house)
    seen = [ben.cookies[SESSION]]

    def changed():
        new = ben.cookies[SESSION]
        assert new not in seen and is_signed_in(house, new) and not is_signed_in(house, seen[-1])
        seen.append(new)

    new = "another good password"
    ben.submit("/settings/password", on="/settings/security", current_password=PASSWORD, password=new,
               password_confirmation=new)
    changed()
    _, codes = enable_second_step(ben)
    changed()
    ben.submit("/settings/second-factor/removal", on="/settings/security", password=new, code=codes[0])
    changed()


def test_what_is_no_session_is_nobody_and_never_worse(house):
    good = browser(house).cookies[SESSION]
    token = house.tokens["ben"]
    bad = ["", "x", good[:-1], good + "x", good.swapcase(), good[::-1], "%00", "\"" + good + "\"", "a" * 4000, token,
           "{}", "../../etc/passwd", "' OR 1=1 --", "\u00e9".encode().decode("latin-1"), "null", good + "," + good]
    for value in bad:
        headers = {"Cookie": f"{SESSION}={value}".encode("latin-1"), "Accept": "application/json"}
        for path in ("/channels", "/api/v1/me", "/settings/security"):
            answer = requests.get(house.url + path, headers=headers, timeout=20)
            assert answer.status_code == 401, (value, path, answer.status_code)
    assert is_signed_in(house, good)


def test_signing_out_ends_it_on_the_server(house):
    ben = browser(house)
    secret = ben.cookies[SESSION]
    with Cable(house, origin=house.url, headers={"Cookie": f"{SESSION}={secret}"}) as cable:
        cable.welcomed()
        assert ben.submit("/signout", on="/settings/security").ok
        began = time.monotonic()
        while cable.frame(within=5) is not None:
            pass
        assert time.monotonic() - began < 1 and cable.disconnect["reconnect"] is False
    assert not is_signed_in(house, secret)
    token = sign_in(house, "ben").json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{house.url}/api/v1/me", headers=bearer, timeout=20).ok
    assert requests.delete(f"{house.url}/api/v1/signout", headers=bearer, timeout=20).ok
    for method, path in (("GET", "/me"), ("DELETE", "/signout")):
        assert requests.request(method, f"{house.url}/api/v1{path}", headers=bearer, timeout=20).status_code == 401


def test_a_copy_of_the_database_signs_nobody_in(house):
    ana = browser(house, "ana")
    known = [ana.cookies[SESSION], house.tokens["ben"], sign_in(house, "ben").json()["token"]]
    known.append(house.cli("user", "reset-link", "ben").stdout.split("key=")[1].strip())
    known.append(house.cli("user", "invite").stdout.split("invitation=")[1].strip())
    files = b"".join(path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
    for secret in known:
        for form in (secret, secret.split("_")[-1], base64.b64encode(secret.encode()).decode().rstrip("=")):
            assert form.encode() not in files, "what is kept can be used"


def test_a_person_s_sessions_are_listed_and_ended_one_by_one(house):
    here, there, eve = browser(house), browser(house), browser(house, "eve")
    there.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    with database(house) as rows:
        ids = [row[0] for row in rows.execute(
            "SELECT sessions.id FROM sessions JOIN users ON users.id = user_id WHERE username = 'ben' ORDER BY sessions.id")]
    page = here.page("/settings/security")
    assert page.count("127.0.0.1") >= 2 and all(f"/settings/sessions/{id}/revocation" in page for id in ids[1:])
    refused = eve.submit(f"/settings/sessions/{ids[1]}/revocation", on="/settings/security")
    assert refused.status_code == 404 and is_signed_in(house, there.cookies[SESSION])
    with Cable(house, origin=house.url, headers={"Cookie": f"{SESSION}={there.cookies[SESSION]}"}) as cable:
        cable.welcomed()
        here.submit(f"/settings/sessions/{ids[1]}/revocation", on="/settings/security")
        began = time.monotonic()
        while cable.frame(within=5) is not None:
            pass
        assert time.monotonic() - began < 1
    assert not is_signed_in(house, there.cookies[SESSION]) and is_signed_in(house, here.cookies[SESSION])


def test_a_script_that_signs_in_each_time_leaves_no_more_than_a_thousand_sessions(house):
    ben = browser(house)
    with database(house) as rows:
        rows.executemany(
            "INSERT INTO sessions (user_id, token_hash, kind, user_agent, ip_address, created_at, last_seen_at, proven_at)"
            " SELECT id, ?, 'device', 'script', '127.0.0.1', 1, ?, 1 FROM users WHERE username = 'ben'",
            [(secrets.token_bytes(32), number) for number in range(1_000)])
    newest = sign_in(house, "ben").json()["token"]
    with database(house) as rows:
        left = rows.execute("SELECT COUNT(*), MIN(last_seen_at) FROM sessions WHERE kind = 'device'").fetchone()
    assert left == (1_000, 1)
    assert requests.get(f"{house.url}/api/v1/me", headers={"Authorization": f"Bearer {newest}"}, timeout=20).ok
    assert is_signed_in(house, ben.cookies[SESSION]), "a browser is not ended by it"


# What other people's pages can make a browser do.


def with_nobody_s_ids(path):
    return re.sub(r":[a-z_]+", "999999", path)


UNSAFE = [(method, with_nobody_s_ids(path)) for method, path in routes() if method != "GET"]


def contents(house):
    """Every row of every table, without what only says when somebody was seen, and that something was refused."""
    seen = {"last_seen_at", "online_until", "last_used_at", "use_count", "last_address", "proven_at"}
    with contextlib.closing(database(house)) as rows:
        tables = [name for name, in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in tables:
            if re.search("_fts|sqlite_|token_networks|^audit_", table):
                continue
            columns = [column[1] for column in rows.execute(f"PRAGMA table_info({table})") if column[1] not in seen]
            found[table] = rows.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1").fetchall()
    return found


@pytest.fixture(scope="module")
def attacked(shared_house):
    house = shared_house
    house.cookie = f"{SESSION}={browser(house, 'ana').cookies[SESSION]}"
    house.post("ben", "hello")
    return house


FOREIGN = [
    {"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {},
    {"Origin": EVIL, "X-CSRF-Token": "A" * 43}, {"Referer": "http://127.0.0.1/"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(f"{k}={v}" for k, v in headers.items()) or "nothing")
def test_another_site_changes_nothing_with_somebody_s_cookie(attacked, headers):
    before = contents(attacked)
    assert len(UNSAFE) > 100
    kinds = ["application/x-www-form-urlencoded", "text/plain", "application/json", "multipart/form-data; boundary=x"]
    for number, (method, path) in enumerate(UNSAFE):
        kind = kinds[number % len(kinds)]
        body = '{"username": "ben", "message": "x", "room": "home"}' if "x-www" not in kind else "username=ben&message=x"
        if path.endswith(("signin", "signup", "password_reset")) and path.startswith("/api/"):
            continue  # they take no cookie and give none
        if "hooks/" in path:
            continue  # a webhook has a proof of its own, and nobody's cookie is one
        answer = requests.request(
            method, attacked.url + path, data=body, timeout=20, allow_redirects=False,
            headers=headers | {"Cookie": attacked.cookie, "Content-Type": kind})
        assert answer.status_code == 403, (method, path, kind, answer.status_code)
    assert contents(attacked) == before


def test_no_other_site_signs_anybody_in_or_up(attacked):
    before = contents(attacked)
    data = {"username": "ben", "password": PASSWORD, "login": "ben", "user[username]": "mallory", "user[password]": PASSWORD}
    for path in ("/signin", "/session", "/signup", "/welcome", "/forgotten", "/signin/code", "/signin/passkey/options"):
        for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = requests.post(attacked.url + path, data=data, headers=headers, timeout=20, allow_redirects=False)
            assert answer.status_code == 403 and "Set-Cookie" not in answer.headers, (path, headers)
    assert contents(attacked) == before


def test_reading_changes_nothing(attacked):
    """Links and pictures on other pages make a browser get what they name, with its cookie."""
    message = attacked.post("ben", "read me")["id"]
    ids = {"channels": attacked.channel("ana")["id"], "messages": message, "users": 2, "direct_messages": 3}
    before = contents(attacked)
    for path in [with_nobody_s_ids(path) for method, path in routes() if method == "GET"]:
        path = re.sub(r"(\w+)/999999", lambda found: f"{found[1]}/{ids.get(found[1], 2)}", path).replace("/dm/2", "/dm/eve")
        for method in ("GET", "HEAD"):
            for query in ("", "?_method=delete", "?username=eve&message=x"):
                answer = requests.request(
                    method, attacked.url + path + query, timeout=20, allow_redirects=False,
                    headers={"Cookie": attacked.cookie, "Sec-Fetch-Site": "cross-site", "X-HTTP-Method-Override": "DELETE"})
                assert answer.status_code < 500, (method, path, answer.text)
    assert contents(attacked) == before
    # The page's own link makes the conversation; from elsewhere it is a form that says whom it is with.
    headers = {"Cookie": attacked.cookie, "Sec-Fetch-Site": "cross-site"}
    asked = requests.get(attacked.url + "/dm/eve", headers=headers, timeout=20, allow_redirects=False)
    assert asked.status_code == 200 and 'value="eve"' in asked.text
    assert requests.get(f"{attacked.url}/api/v1/direct_messages/3", headers=headers, timeout=20).status_code == 403
    headers["Sec-Fetch-Site"] = "same-origin"
    assert requests.get(attacked.url + "/dm/eve", headers=headers, timeout=20, allow_redirects=False).status_code == 303


def test_no_method_stands_in_for_another(attacked):
    made = attacked.api("ana", "POST", "/channels", expect=201, json={"name": "stays"}).json()["id"]
    for options in ({"headers": {"X-HTTP-Method-Override": "DELETE"}}, {"headers": {"X-HTTP-Method": "DELETE"}},
                    {"headers": {"X-Method-Override": "DELETE"}}, {"json": {"_method": "delete"}}, {"data": {"_method": "DELETE"}}):
        answer = attacked.api("ana", "POST", f"/channels/{made}", **options)
        assert answer.status_code == 405
    assert attacked.api("ana", "GET", f"/channels/{made}", expect=200)


@pytest.mark.parametrize("path, page, fields", [
    ("/admin/limits", "/admin/limits", {"api[limit]": "9000", "api[period]": "5m"}),
    ("/admin/settings", "/admin/settings", {"site_name": "Elsewhere", "signup_mode": "open"}),
    ("/admin/bans", "/admin/network", {"network": "203.0.113.7", "hours": "1"}),
    ("/admin/bans/{ban}/removal", "/admin/network", {}),
    ("/admin/users/{fay}/approval", "/admin/users", {}),
    ("/settings/tokens/{token}/revocation", "/admin/tokens", {"return_to": "/admin/tokens"}),
])
def test_an_admin_shows_who_she_is_before_she_changes_the_house(house, path, page, fields):
    """ASVS 7.5.1: what a session left open on a table could do is little."""
    ana = browser(house, "ana")
    assert ana.submit("/admin/settings", on="/admin/settings", site_name="Home", signup_mode="approval").ok
    signed_up = {"username": "fay", "password": PASSWORD, "password_confirmation": PASSWORD}
    assert requests.post(house.url + "/api/v1/signup", json=signed_up, timeout=20).status_code == 201
    house.cli("ban", "add", "198.51.100.7")
    numbers = {
        "ban": re.search(r"/admin/bans/(\d+)/removal", ana.page("/admin/network"))[1],
        "fay": re.search(r"/admin/users/(\d+)/approval", ana.page("/admin/users"))[1],
        "token": max(re.findall(r"/tokens/(\d+)/revocation", ana.page("/admin/tokens")), key=int)}
    path = path.format(**numbers)

    def audited():
        with database(house) as data:
            return data.execute("SELECT COUNT(*) FROM audit_logs").fetchone()[0]

    with database(house) as data:
        data.execute("UPDATE sessions SET proven_at = 0")
    before = audited()
    asked = ana.submit(path, on=page, **fields)
    assert f"/settings/confirm?return_to={page}%3Fdone%3Dconfirmed" in asked.url, asked.url
    assert audited() == before, "nothing is done yet"
    back = ana.submit("/settings/confirm", on="/settings/confirm", password=PASSWORD, return_to=page)
    assert back.url == house.url + page
    before = audited()
    assert ana.submit(path, on=page, **fields).ok and audited() > before
