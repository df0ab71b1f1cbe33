"""Senders of webhooks as they come: curl and openssl, GitHub's signature, Alertmanager, Apprise, and people who guess."""

import concurrent.futures
import hashlib
import hmac
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.parse

import pytest
import requests

from house import ROOT, eventually
from outside import free_port
from test_limits import at

sys.path.insert(0, str(ROOT / "bench"))
import webhooks as storm  # noqa: E402

HEADERS = ["X-Hub-Signature-256", "X-Signature-256", "X-HomeChat-Signature"]


class Bot:
    """A bot with its webhook, and the requests that its senders make."""

    def __init__(self, house, name, credential=None, **change):
        self.house = house
        house.tokens.setdefault("bots", house.token("ana", "bots", "messages:write", "channels:read"))
        made = house.api("bots", "POST", "/bots", expect=200, json={"name": name}).json()["bot"]
        self.id, self.secret, self.url = made["id"], made["webhook_secret"], house.url + "/api/v1/webhooks/" + made["webhook_id"]
        self.webhook_id, self.name = made["webhook_id"], name
        if credential:
            change["credential"] = credential
        if change:
            self.change(**change)

    def change(self, expect=200, **change):
        return self.house.api("bots", "PATCH", f"/bots/{self.id}", expect=expect, json=change)

    def signature(self, body, secret=None):
        return "sha256=" + hmac.new((self.secret if secret is None else secret).encode(), body, hashlib.sha256).hexdigest()

    def send(self, body, header=HEADERS[0], session=requests, **headers):
        body = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {"Content-Type": "application/json", header: self.signature(body)} | headers
        return session.post(self.url, data=body, headers=headers, timeout=30)

    @property
    def secret_url(self):
        return f"{self.house.url}/hooks/{self.secret}"


def said(house, room):
    found = [channel for channel in house.api("ana", "GET", "/channels", expect=200).json()["channels"] if channel["name"] == room]
    if not found:
        return []
    return [message["content"] for message in house.messages("ana", found[0]["id"]) if message["message_type"] != "system"]


def refused(house):
    house.tokens.setdefault("admin", house.token("ana", "admin"))
    return house.api("admin", "GET", "/audit?action=webhook_rejected", expect=200).json()["entries"]


@pytest.fixture(scope="module")
def bot(shared_house):
    return Bot(shared_house, "door")


@pytest.mark.parametrize("header", HEADERS)
def test_a_shell_script_signs_with_openssl(bot, header):
    script = f"""
        BODY='{{"message": "by {header}", "room": "home"}}'
        SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$WEBHOOK_SECRET" | sed 's/^.* //')
        curl -sS --fail-with-body -X POST "$HOMECHAT/api/v1/webhooks/$WEBHOOK_ID" \\
            -H 'Content-Type: application/json' -H "{header}: sha256=$SIGNATURE" -d "$BODY"
    """
    environment = {"HOMECHAT": bot.house.url, "WEBHOOK_ID": bot.webhook_id, "WEBHOOK_SECRET": bot.secret, "PATH": "/usr/bin:/bin"}
    result = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(result.stdout)["status"] == "ok"
    assert said(bot.house, "home")[-1] == f"by {header}"


def test_the_message_is_by_the_bot_and_of_its_kind(bot):
    assert bot.send({"action": "send_message", "content": "ding", "room": "home"}).json()["message"] == "posted"
    last = bot.house.messages("ana", bot.house.channel("ana")["id"])[-1]
    assert last["message_type"] == "bot" and last["user"]["username"] == "door" and last["content"] == "ding"


def test_who_cannot_prove_anything_gets_401_and_is_written_down(bot):
    body = b'{"message": "forged", "room": "home"}'
    before = len(refused(bot.house))
    tries = [
        {}, {HEADERS[0]: "sha256="}, {HEADERS[0]: bot.signature(body, "0" * 64)}, {HEADERS[0]: bot.signature(body)[7:]},
        {HEADERS[0]: bot.signature(body + b" ")}, {HEADERS[0]: bot.signature(body, "")}, {"Authorization": "Bearer " + bot.secret},
        {"X-API-Key": bot.secret}, {"X-Hub-Signature": "sha1=" + hmac.new(bot.secret.encode(), body, "sha1").hexdigest()},
        {HEADERS[0]: "x", HEADERS[1]: bot.signature(body)}, {"Authorization": "Bearer " + bot.house.tokens["ana"]}]
    for headers in tries:
        answer = requests.post(bot.url, data=body, headers={"Content-Type": "application/json"} | headers, timeout=10)
        assert answer.status_code == 401 and answer.json()["success"] is False, headers
    assert "forged" not in said(bot.house, "home")
    assert len(refused(bot.house)) - before == len(tries)
    assert all("bot:" in entry["target"] for entry in refused(bot.house)[:len(tries)])


def test_upper_case_and_odd_ids_and_other_methods(bot):
    body = b'{"message": "upper", "room": "home"}'
    assert bot.send(body, **{HEADERS[0]: "sha256=" + bot.signature(body)[7:].upper()}).status_code == 200
    for wild in ["x", "0", "%00", "%2e%2e", "a" * 4000, "%F0%9F%9A%AA", bot.webhook_id + "x", bot.webhook_id[:-1], "'%20OR%201=1"]:
        answer = requests.post(f"{bot.house.url}/api/v1/webhooks/{wild}", data=b"{}", timeout=10)
        assert answer.status_code == 404, wild
        assert answer.headers["Content-Type"] == "application/json"
    assert requests.get(bot.url, timeout=10).status_code == 405


def test_a_bearer_secret_is_for_those_who_were_given_one(shared_house):
    bot = Bot(shared_house, "bearer", "bearer")
    body = b'{"message": "by bearer", "room": "home"}'
    for value, status in [("Bearer " + bot.secret, 200), ("bearer " + bot.secret, 200), ("Bearer " + "0" * 64, 401), ("Bearer", 401)]:
        headers = {"Content-Type": "application/json", "Authorization": value}
        assert requests.post(bot.url, data=body, headers=headers, timeout=10).status_code == status, value
    assert bot.send(body).status_code == 200, "a signature always works"
    for _ in range(30):  # these are no guesses at tokens
        requests.post(bot.url, data=body, headers={"Authorization": "Bearer no"}, timeout=10)
    assert bot.send(body).status_code == 200


def test_a_secret_address_answers_ok_as_slack_does(shared_house):
    bot = Bot(shared_house, "url", "url")
    body = {"text": "*Doorbell* <https://x.example|look>", "channel": "#home", "username": "Front door"}
    for options in ({"json": body}, {"data": {"payload": json.dumps(body)}}, {"data": json.dumps(body)}):
        answer = requests.post(bot.secret_url, timeout=10, **options)
        assert answer.status_code == 200 and answer.text == "ok" and answer.headers["Content-Type"].startswith("text/plain")
    last = bot.house.messages("ana", bot.house.channel("ana")["id"])[-1]
    assert last["content"] == "**Doorbell** [look](<https://x.example>)"
    renewed = bot.house.api("bots", "POST", f"/bots/{bot.id}/secret", expect=200).json()["bot"]["webhook_secret"]
    assert requests.post(bot.secret_url, json=body, timeout=10).status_code == 404
    bot.secret = renewed
    assert requests.post(bot.secret_url, json=body, timeout=10).status_code == 200
    bot.change(credential="signature")
    assert requests.post(bot.secret_url, json=body, timeout=10).status_code == 404, "the secret is in addresses no more"


def test_an_old_secret_and_a_bot_that_is_off_or_deleted(shared_house):
    bot = Bot(shared_house, "short-lived")
    old = bot.secret
    assert bot.send({"message": "1", "room": "home"}).status_code == 200
    bot.secret = shared_house.cli("bot", "renew-secret", "short-lived", "--quiet").stdout.strip()
    assert bot.send({"message": "2", "room": "home"}).status_code == 200
    assert bot.send(b"{}", **{HEADERS[0]: bot.signature(b"{}", old)}).status_code == 401
    shared_house.cli("bot", "disable", "short-lived")
    off = bot.send({"message": "3", "room": "home"})
    unknown = requests.post(shared_house.url + "/api/v1/webhooks/" + "0" * 32, data=b"{}", timeout=10)
    assert off.status_code == unknown.status_code == 404 and off.json()["error"] == unknown.json()["error"]
    shared_house.cli("bot", "enable", "short-lived")
    assert bot.send({"message": "4", "room": "home"}).status_code == 200
    shared_house.cli("bot", "delete", "short-lived")
    assert bot.send({"message": "5", "room": "home"}).status_code == 404
    assert [text for text in said(shared_house, "home") if text in "12345"] == ["1", "2", "4"]


def test_a_time_that_is_signed_too_ends_replays(bot):
    def timed(seconds, body=b'{"message": "timed", "room": "home"}'):
        signature = bot.signature(str(seconds).encode() + b"." + body)
        return bot.send(body, HEADERS[2], **{HEADERS[2]: signature, "X-HomeChat-Timestamp": str(seconds)})

    assert timed(int(time.time())).status_code == 200
    for seconds in (int(time.time()) - 301, int(time.time()) + 330, 0, -1, "now", 10 ** 30):
        assert timed(seconds).status_code == 401, seconds
    # Recorded, and sent as a text with the time in front, or without its time.
    now = str(int(time.time())).encode()
    recorded = bot.signature(now + b".{}")
    assert bot.send(now + b".{}", **{HEADERS[0]: recorded, "Content-Type": "text/plain"}).status_code == 401
    assert bot.send(b"{}", **{HEADERS[0]: recorded}).status_code == 401


@pytest.mark.parametrize("name", ["X-GitHub-Delivery", "X-HomeChat-Delivery", "Idempotency-Key"])
def test_a_delivery_that_comes_again_is_posted_once(bot, name):
    for _ in range(3):
        assert bot.send({"message": f"once {name}", "room": "home"}, **{name: "72d3162e-cc78-11e3-81ab-4c9367dc0958"}).status_code == 200
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bot.send({"message": f"together {name}", "room": "home"}, **{name: "together"}), range(16)))
    assert all(answer.status_code == 200 for answer in answers)
    assert sum(answer.json()["message"] == "posted" for answer in answers) == 1
    assert said(bot.house, "home").count(f"once {name}") == said(bot.house, "home").count(f"together {name}") == 1


def test_what_does_not_fit_is_a_clear_4xx(bot):
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    wanted = [
        (b"", {}, 400, "not valid JSON"), (b'{"message": "cut', {}, 400, "not valid JSON"), (b"[1]", {}, 400, "must be an object"),
        (b'"text"', {}, 400, "must be an object"), (b"\xff\xfe{}", {}, 400, "UTF-8"), (deep, {}, 400, "nested too deeply"),
        (b"[" * 500_000, {}, 400, "nested"), (b'{"action": "send_message"}', {}, 422, "message is missing"),
        (b'{"action": "send_message", "message": "x", "channel_id": "home"}', {}, 422, "channel_id"),
        (b'{"message": "x", "channel_id": 99999}', {}, 422, "channel"), (b'{"message": "x", "room": "x"}', {}, 422, "room"),
        (b'{"action": "send_message", "message": "x", "actions": 1}', {}, 422, "actions"),
        (b'{"action": "send_message", "message": "x", "key": "a b"}', {}, 422, "key"),
        (b"<a/>", {"Content-Type": "application/xml"}, 415, "application/json"), (b"x", {"Content-Type": "text/plain; charset=x"}, 415, "charset"),
        (b"{}", {"Content-Encoding": "gzip"}, 415, "compressed"), (b"payload=%7B", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "JSON"),
        (b"a=%ff", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "UTF-8")]
    for body, headers, status, word in wanted:
        answer = bot.send(body, **headers)
        assert (answer.status_code, word in answer.text) == (status, True), (body[:60], answer.status_code, answer.text)
    assert bot.send({"message": "x" * 20_000, "room": "home"}).status_code == 200
    assert len(said(bot.house, "home")[-1]) == 10_000 and said(bot.house, "home")[-1].endswith("… (cut)")
    assert bot.send({"surprise": {"deep": [1, 2]}, "action": "opened"}).status_code == 200
    assert said(bot.house, "home-assistant")[-1] == '```json\n{"action":"opened","surprise":{"deep":[1,2]}}\n```'


def test_ten_megabytes_are_refused_and_nothing_breaks(bot):
    try:
        answer = bot.send(b'{"message": "' + b"x" * (10 << 20) + b'"}')
        assert answer.status_code == 413
    except requests.ConnectionError:
        pass  # the server hung up before all of it was sent
    assert bot.send({"message": "still here", "room": "home"}).status_code == 200


def test_private_rooms_are_closed_until_somebody_adds_the_bot(bot):
    house = bot.house
    room = house.api("ben", "POST", "/channels", expect=201, json={"name": "den", "private": True}).json()["channel"]
    direct = house.api("ben", "POST", "/dm/start", expect=200, json={"username": "eve"}).json()["data"]["channel"]
    for target, status in [({"room": "den"}, 403), ({"channel": "#den"}, 403), ({"channel_id": room["id"]}, 422), ({"channel_id": direct["id"]}, 422),
                           ({"room": "den (private)"}, 403), ({"room": str(room["id"])}, 403), ({"room": "security"}, 422)]:
        assert bot.send({"message": "let me in"} | target).status_code == status, target
    # A conversation has no name that could be said: this is a room of the bot's own.
    assert bot.send({"message": "let me in", "room": direct["name"]}).status_code == 200
    assert not any("let me in" in message["content"] for message in house.messages("ben", room["id"]) + house.messages("ben", direct["id"]))
    house.api("ben", "POST", f"/channels/{room['id']}/invite", expect=200, json={"username": "door"})
    assert bot.send({"message": "thank you", "room": "den"}).status_code == 200


def test_templates_are_checked_when_kept_and_when_used(shared_house):
    bot = Bot(shared_house, "templated")
    answer = bot.change(expect=422, format="template", template="{{#open}}")
    assert "template is wrong in line 1" in answer.json()["error"]
    bot.change(format="template", template="**{{title}}**: {{#items}}{{name}} {{/items}}")
    assert bot.send({"title": "<b> @channel", "items": [{"name": "a*b"}, {"name": "c"}]}).status_code == 200
    assert said(shared_house, "home-assistant")[-1] == "**\\<b> @\u2060channel**: a\\*b c"
    bot.change(template="{{absent}}")
    empty = bot.send({"title": "x"})
    assert empty.status_code == 422 and "template makes no text" in empty.json()["error"]
    nested = "{{#a}}" * 15 + "x" + "{{/a}}" * 15
    bot.change(template=nested)
    assert bot.send({"a": list(range(1, 1000))}).status_code == 422


GITHUB = {"repository": {"full_name": "ana/house", "html_url": "https://github.com/ana/house"}, "sender": {"login": "octo"}}


def test_github_as_it_signs_and_sends(shared_house):
    bot = Bot(shared_house, "github")
    issue = {"action": "opened", "issue": {"number": 1, "title": "Leak", "html_url": "https://github.com/i"}} | GITHUB
    for event, body, words in [("ping", {"zen": "Simple."} | GITHUB, "is connected: Simple."), ("issues", issue, "**octo** opened issue"),
                               ("star", {"action": "created"} | GITHUB, "`star`, `created` by **octo**")]:
        as_form = urllib.parse.urlencode({"payload": json.dumps(body)}).encode()
        for raw, kind in [(json.dumps(body).encode(), "application/json"), (as_form, "application/x-www-form-urlencoded")]:
            answer = bot.send(raw, **{"Content-Type": kind, "X-GitHub-Event": event, "User-Agent": "GitHub-Hookshot/044aadd"})
            assert answer.status_code == 200, answer.text
            assert words in said(shared_house, "home-assistant")[-1]


def test_the_limits_and_what_junk_cannot_use_up(make_house):
    house = make_house(limits=True).start()
    house.people("ana")
    bot, far = Bot(house, "door"), at("127.0.0.9")
    for _ in range(100):
        assert at("127.0.0.8").post(bot.url, data=b"{}", timeout=10).status_code == 401
    answers = [bot.send({"message": str(number)}, session=far) for number in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert answers[0].headers["X-RateLimit-Limit"] == "60" and answers[0].headers["X-RateLimit-Remaining"] == "59"
    assert 1 <= int(answers[60].headers["Retry-After"]) <= 60
    alert = {"version": "4", "groupKey": "g", "status": "firing", "alerts": [{"labels": {"alertname": "x"}}]}
    waiting = bot.send(alert, session=far)
    assert waiting.status_code == 503 and 1 <= int(waiting.headers["Retry-After"]) <= 60
    assert bot.send({"message": "x"}, session=far, **{"User-Agent": "Alertmanager/0.28.0"}).status_code == 503
    # By address, with a webhook of one's own or without.
    left = 300 - 61 - 2
    statuses = [far.post(house.url + "/api/v1/webhooks/none", data=b"{}", timeout=10).status_code for _ in range(left + 1)]
    assert statuses == [404] * left + [429]
    assert far.post(bot.url, json=alert, timeout=10).status_code == 503
    assert bot.send({"message": "elsewhere"}, session=at("127.0.0.10")).status_code == 429, "that is the webhook's own"
    assert house.api("ana", "GET", "/channels").status_code == 200, "the API's budget is another"


def test_no_secret_comes_into_a_log_a_metric_or_an_answer(make_house):
    house = make_house(environment={"HOMECHAT_LOG_LEVEL": "trace"}).start()
    house.people("ana")
    bot = Bot(house, "canary", "url")
    house.tokens["admin"] = house.token("ana", "admin")
    answers = [requests.post(house.url + path, json={"text": "x"}, timeout=10, headers={"Referer": bot.secret_url}) for path in (
        f"/hooks/{bot.secret}", f"//hooks/{bot.secret}", f"/HOOKS/{bot.secret}", f"/hooks/{bot.secret}/x", f"/hooks/{bot.secret}?a={bot.secret}",
        f"/hook/{bot.secret}", f"/%68ooks/{bot.secret}", f"/hooks/%{ord(bot.secret[0]):02x}{bot.secret[1:]}", f"/api/v1/hooks/{bot.secret}",
        f"/hooks/{bot.secret}.json", f"/hooks/{bot.secret[:-1]}", f"/api/v1/webhooks/{bot.secret}", f"/api/v1/webhooks/{bot.webhook_id}")]
    answers += [requests.request(method, bot.secret_url, timeout=10, headers={"Accept": kind}, allow_redirects=False)
                for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH") for kind in ("text/html", "application/json")]
    answers.append(requests.post(bot.secret_url, data=b"x" * (2 << 20), headers={"Content-Length": str(2 << 20)}, timeout=10))
    answers.append(requests.post(bot.secret_url, json={"text": "x"}, headers={"Origin": "https://evil.example", "X-API-Key": bot.secret}, timeout=10))
    assert answers[0].text == "ok"
    answers.append(house.api("admin", "GET", "/metrics", headers={"Accept": "text/plain"}))
    answers.append(house.api("admin", "GET", "/audit?limit=100"))
    answers.append(house.api("admin", "POST", "/audit/export", json={"format": "csv"}))
    answers.append(house.api("bots", "GET", "/bots"))
    kept = bot.secret[:16]
    for answer in answers:
        assert kept not in answer.text and kept not in str(answer.headers), answer.request.url
        assert answer.status_code < 500
    house.stop()
    log = house.log_text()
    assert "/hooks/…" in log and kept not in log and bot.secret[1:17] not in log
    assert bot.webhook_id not in log, "which is as good as a secret at Home Assistant"
    stored = b"".join(path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
    assert kept.encode() not in stored and bot.secret.encode() not in stored


def test_a_lockdown_tells_senders_when_to_come_again(make_house):
    house = make_house().start()
    house.people("ana")
    bot = Bot(house, "door", "url")
    house.cli("emergency", "lockdown")
    for answer in (bot.send({"message": "x"}), requests.post(bot.secret_url, json={"text": "x"}, timeout=10)):
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "300"
    house.cli("emergency", "lift")
    assert bot.send({"message": "after"}).status_code == 200
    house.tokens["ana"] = house.token("ana", "messages:read", "channels:read")
    assert said(house, "home-assistant") == ["after"]


def test_tls_alone_is_never_the_way_back_from_the_clear(make_house):
    house = make_house(environment={"HOMECHAT_TLS_FORCE": "true"}).start()
    answer = requests.post(house.url + "/hooks/" + "ab" * 32, json={}, timeout=10, allow_redirects=False)
    assert answer.status_code == 403 and "Location" not in answer.headers


def test_bots_on_the_command_line(make_house):
    house = make_house().start()
    house.people("ana")
    made = json.loads(house.cli(
        "bot", "create", "alerts", "--channel", "home", "--credential", "bearer", "--format", "alertmanager", "--json").stdout)
    assert made["credential"] == "bearer" and re.fullmatch("[0-9a-f]{64}", made["secret"])
    assert made["secret"] not in house.cli("bot", "list", "--json").stdout
    listed = [json.loads(line) for line in house.cli("bot", "list", "--json").stdout.splitlines()]
    assert [bot["name"] for bot in listed] == ["alerts"] and listed[0]["active"] is True
    assert json.loads(house.cli("bot", "disable", "alerts", "--json").stdout)["active"] is False
    assert json.loads(house.cli("bot", "enable", str(made["id"]), "--json").stdout)["active"] is True
    token = house.cli("bot", "create", "helper", "--type", "api", "--quiet").stdout.strip()
    assert requests.get(house.url + "/api/v1/me", headers={"Authorization": "Bearer " + token}, timeout=10).status_code == 200
    assert "/hooks/" in house.cli("bot", "create", "slackish", "--credential", "url").stdout
    for arguments, code in [(["create", "x"], 1), (["create", "y2", "--type", "ai"], 2), (["create", "y3", "--credential", "none"], 1),
                            (["create", "y4", "--format", "template", "--template", "{{#a}}"], 1), (["delete", "nobody"], 1), (["create", "y5", "--channel", "nowhere"], 1)]:
        result = house.cli("bot", *arguments, check=False)
        assert result.returncode == code and result.stderr, (arguments, result)
    checks = json.loads(house.cli("doctor", "--json", check=False).stdout)["checks"]
    found = {check["id"]: check for check in checks}
    assert found["webhooks"]["status"] == "warn" and "alerts (bearer)" in found["webhooks"]["evidence"]
    assert found["outside_secrets"]["status"] == "pass"
    house.cli("bot", "delete", "helper")
    for command in ["bot", "bot create", "bot list", "bot renew-secret", "bot enable", "bot disable", "bot delete"]:
        assert "Example: homechat bot" in house.cli(*command.split(), "--help").stdout


# Programs of other people


@pytest.fixture
def alertmanager(tmp_path):
    """The Debian package's Alertmanager, told where to post by a test."""
    program = shutil.which("prometheus-alertmanager")
    if not program:
        pytest.skip("NOT RUN: no prometheus-alertmanager; scripts/bootstrap test installs it")
    started = []

    def start(receiver):
        port = free_port()
        (tmp_path / "am.yml").write_text(
            "route: {receiver: chat, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}\n"
            "receivers: [{name: chat, %s}]\n" % receiver)
        log = (tmp_path / "am.log").open("wb")
        started.append((subprocess.Popen(
            [program, f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/am", f"--web.listen-address=127.0.0.1:{port}",
             "--cluster.listen-address="], stdout=log, stderr=log), log))
        url = f"http://127.0.0.1:{port}"

        def is_ready():
            try:
                return requests.get(url + "/-/ready", timeout=2).ok
            except requests.ConnectionError:
                return False

        eventually(is_ready, within=30)
        return url

    yield start
    for process, log in started:
        process.terminate()
        process.wait(10)
        log.close()


def alert(url, name="Disk", resolved=False, **labels):
    now = time.time()
    stamp = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)) for moment in (now - 60, now - 1)]
    body = {"labels": {"alertname": name} | labels, "annotations": {"summary": f"{name} is in trouble"}, "startsAt": stamp[0]}
    if resolved:
        body["endsAt"] = stamp[1]
    assert requests.post(url + "/api/v2/alerts", json=[body], timeout=10).ok


def test_the_real_alertmanager_fires_and_resolves_with_a_bearer_secret(make_house, alertmanager):
    house = make_house().start()
    house.people("ana")
    bot = Bot(house, "alerts", "bearer")
    url = alertmanager('webhook_configs: [{url: "%s", http_config: {authorization: {credentials: "%s"}}}]' % (bot.url, bot.secret))
    alert(url)
    (fired,) = eventually(lambda: said(house, "home-assistant"), within=30)
    assert fired.startswith("🔥 **[Disk](<http") and "Disk is in trouble" in fired
    alert(url, resolved=True)
    eventually(lambda: said(house, "home-assistant")[0].startswith("✅ **[Disk]("), within=30)
    assert len(said(house, "home-assistant")) == 1, "the firing message has changed"


def test_the_real_alertmanager_speaks_slack_too(make_house, alertmanager):
    house = make_house().start()
    house.people("ana")
    bot = Bot(house, "alerts", "url")
    url = alertmanager('slack_configs: [{api_url: "%s", channel: "#home", send_resolved: true}]' % bot.secret_url)
    alert(url)
    eventually(lambda: said(house, "home"), within=30)
    assert "[FIRING:1" in said(house, "home")[0].replace("\\", "")
    alert(url, resolved=True)
    eventually(lambda: any("RESOLVED" in text for text in said(house, "home")), within=30)


def test_apprise_speaks_json_and_mattermost(shared_house):
    apprise = pytest.importorskip("apprise")
    bot = Bot(shared_house, "apprise", "url")
    address = bot.house.url.removeprefix("http://")
    for scheme in (f"json://{address}/hooks/{bot.secret}", f"mmost://{address}/{bot.secret}"):
        before = len(said(shared_house, "home-assistant"))
        sender = apprise.Apprise()
        assert sender.add(scheme)
        assert sender.notify(title="Washing machine", body="is *done*"), scheme
        assert len(said(shared_house, "home-assistant")) == before + 1
        assert "Washing machine" in said(shared_house, "home-assistant")[-1] and "done" in said(shared_house, "home-assistant")[-1]


def test_a_thousand_at_full_speed_none_lost_none_doubled(make_house):
    house = make_house().start()
    house.people("ana")
    bot = Bot(house, "storm")
    result = storm.run(bot.url, bot.secret, requests=1000, connections=8)
    texts = said(house, "home-assistant")
    print(storm.table([result]))
    assert result.statuses == {200: 1000}
    assert sorted(texts) == sorted(result.texts) and len(set(texts)) == 1000


EXAMPLES = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs/webhooks.md").read_text().split("## Outgoing webhooks")[0], re.M | re.S)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_each_example_of_the_guide_works_as_written(bot, example):
    assert len(EXAMPLES) >= 5
    environment = {"HOMECHAT": bot.house.url, "WEBHOOK_ID": bot.webhook_id, "WEBHOOK_SECRET": bot.secret, "PATH": "/usr/bin:/bin"}
    result = subprocess.run(["sh", "-eu", "-c", example], env=environment, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0 and json.loads(result.stdout)["message"] == "posted", result.stdout + result.stderr


@pytest.mark.parametrize("mark", ["<", "*a ", "<https://", "<!here "])
def test_a_text_full_of_half_a_mark_keeps_nobody_waiting(bot, mark):
    """Each "<" was once looked through for thousands of characters: a body of 900 kB took minutes."""
    bot.change(format="slack")
    try:
        answer = bot.send({"text": mark * (900_000 // len(mark))})
        assert answer.status_code == 200, answer.text
        content = bot.house.api("ana", "GET", f"/messages/{answer.json()['message_id']}", expect=200).json()["message"]["content"]
        assert 9_000 < len(content) <= 10_000 and content.endswith("(cut)")
    finally:
        bot.change(format="auto")
