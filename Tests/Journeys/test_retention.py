"""How long messages stay: who says so, where people see it, and what goes when the time is over."""

import json
import time

import pytest
import requests

from house import PASSWORD, eventually
from sent_files import database, place, png, send

DAY = 86_400_000


class Page:
    """A person on the page, without scripts."""

    def __init__(self, house, name):
        self.house, self.session = house, requests.Session()
        self.session.post(f"{house.url}/signin", data={"username": name, "password": PASSWORD},
                          headers={"Origin": house.url}, timeout=10)

    def get(self, path, expect=200):
        answer = self.session.get(self.house.url + path, timeout=10)
        assert answer.status_code == expect, answer.text
        return answer.text

    def send(self, path, form, expect=200, **fields):
        token = self.get(form).split('name="csrf_token" value="')[1].split('"')[0]
        answer = self.session.post(self.house.url + path, data=fields | {"csrf_token": token},
                                   headers={"Origin": self.house.url}, timeout=10)
        assert answer.status_code == expect, answer.text
        return answer.text


def age(house, message, days):
    with database(house) as tx:
        moment = int(time.time() * 1000) - days * DAY
        tx.execute("UPDATE messages SET created_at = ?, updated_at = ? WHERE id = ?", (moment, moment, message))


def restart(house):
    """Who starts looks at once what is too old."""
    house.stop()
    house.start()


def test_a_script_says_how_long_and_sees_it(house):
    made = house.api("ben", "POST", "/channels", expect=201, json={"name": "garden"}).json()
    assert made["retention_days"] is None and made["kept_days"] is None
    path = f"/channels/{made['id']}"
    changed = house.api("ben", "PATCH", path, expect=200, json={"retention_days": 30}).json()
    assert changed["retention_days"] == changed["kept_days"] == 30
    assert house.api("ben", "PATCH", path, expect=200, json={"description": "x"}).json()["retention_days"] == 30
    assert house.api("ben", "PATCH", path, expect=200, json={"retention_days": "7"}).json()["retention_days"] == 7
    assert house.api("ben", "PATCH", path, expect=200, json={"retention_days": None}).json()["retention_days"] is None
    for unfit in (0, -1, 36_501, "soon", 1.5, True, [30]):
        answer = house.api("ben", "PATCH", path, expect=422, json={"retention_days": unfit}).json()
        assert answer["errors"][0].startswith("retention_days must"), unfit
    assert house.api("eve", "PATCH", path, json={"retention_days": 1}).status_code == 403
    assert house.api("ana", "PATCH", path, expect=200, json={"retention_days": 90}).json()["kept_days"] == 90
    lines = house.cli("audit", "list", "--action", "retention_changed", "--json").stdout.splitlines()
    changes = [(entry["actor"], entry["details"]["from"], entry["details"]["to"]) for entry in map(json.loads, lines)]
    assert sorted(changes) == sorted([("ben", "", "30"), ("ben", "30", "7"), ("ben", "7", ""), ("ana", "", "90")])
    listed = house.cli("channel", "list", "--json").stdout.splitlines()
    assert {line["name"]: line.get("retention_days") for line in map(json.loads, listed)}["garden"] == 90


def test_people_say_it_and_see_it_on_the_page(house):
    channel = house.channel("ana")["id"]
    ana, ben = Page(house, "ana"), Page(house, "ben")
    assert "Kept for" not in ben.get(f"/channels/{channel}")
    ana.send(f"/channels/{channel}/edit", f"/channels/{channel}/edit", **{
        "channel[name]": "home", "channel[channel_type]": "public", "channel[description]": "", "channel[retention_days]": "30"})
    shown = ben.get(f"/channels/{channel}")
    assert "Kept for 30 days" in shown and "Messages here are kept for 30 days." in shown
    assert 'name="channel[retention_days]" value="30"' in ana.get(f"/channels/{channel}/edit")
    ben.get(f"/channels/{channel}/edit", expect=403)
    again = ana.send(f"/channels/{channel}/edit", f"/channels/{channel}/edit", expect=422, **{
        "channel[name]": "home", "channel[retention_days]": "99999"})
    assert "Retention days must be a number of days from 1 to 36500." in again and 'value="99999"' in again
    # The house's own time, which conversations follow, and channels that choose none.
    ana.send("/admin/settings", "/admin/settings", site_name="HomeChat", signup_mode="off", retention_days="1")
    assert "Kept for 1 day<" in ben.get("/dm/ana")
    assert "Kept for 30 days" in ben.get(f"/channels/{channel}")
    ana.send(f"/channels/{channel}/edit", f"/channels/{channel}/edit", **{"channel[retention_days]": ""})
    assert "Kept for 1 day<" in ben.get(f"/channels/{channel}")
    ana.send("/admin/settings", "/admin/settings", retention_days="")
    assert "Kept for" not in ben.get(f"/channels/{channel}")
    ana.send("/admin/settings", "/admin/settings", expect=422, retention_days="0")


def test_admins_say_it_for_the_security_channel_and_change_nothing_else_there(house):
    ana = Page(house, "ana")
    ana.send("/admin/settings", "/admin/settings", site_name="Ours")  # of which #security is told
    security = house.channel("ana", "security")["id"]
    assert "How long messages stay" in ana.get(f"/channels/{security}")
    form = ana.get(f"/channels/{security}/edit")
    assert "channel[retention_days]" in form and "channel[name]" not in form and "Delete #" not in form
    ana.send(f"/channels/{security}/edit", f"/channels/{security}/edit", **{"channel[retention_days]": "30"})
    assert "Kept for 30 days" in ana.get(f"/channels/{security}")
    assert house.api("ana", "PATCH", f"/channels/{security}", json={"name": "insecurity"}).status_code == 403
    Page(house, "ben").get(f"/channels/{security}/edit", expect=404)


def test_what_is_older_goes_with_its_files(house):
    channel = house.channel("ana")["id"]
    old, new = send(house, "ana", png(), preview=b"RIFF"), send(house, "ben", b"new", "n.zip", "application/zip")
    young = house.post("ana", "29 days old")["id"]
    age(house, old.message, 31)
    age(house, young, 29)
    house.api("ana", "PATCH", f"/channels/{channel}", expect=200, json={"retention_days": 30})
    restart(house)
    eventually(lambda: house.api("ben", "GET", f"/messages/{old.message}").status_code == 404)
    eventually(lambda: not place(house, old.name).exists() and not place(house, old.preview).exists())
    assert {message["id"] for message in house.messages("ben", channel)} >= {new.message, young}
    assert place(house, new.name).exists()
    entry = json.loads(house.cli("audit", "list", "--action", "retention_applied", "--json").stdout)
    assert entry["actor"] == "homechat" and entry["details"] == {"messages": "1", "channels": "1"}


def test_a_new_installation_begins_as_it_was_told_to(make_house):
    house = make_house(environment={"HOMECHAT_RETENTION_DAYS": "60"}).start()
    house.people("ana", "ben")
    assert house.channel("ben")["kept_days"] == 60
    house.api("ben", "POST", "/dm/start", json={"username": "ana"})
    conversations = house.api("ben", "GET", "/direct_messages", expect=200).json()
    assert [one["kept_days"] for one in next(iter(conversations.values()))] == [60]
    Page(house, "ana").send("/admin/settings", "/admin/settings", retention_days="")
    restart(house)
    assert house.channel("ben")["kept_days"] is None, "an admin has chosen since"


@pytest.mark.parametrize("value", ["0", "36501", "off", "30d"])
def test_a_time_that_is_none_starts_no_server(make_house, value):
    with pytest.raises(AssertionError, match="RETENTION_DAYS"):
        make_house(environment={"HOMECHAT_RETENTION_DAYS": value}).start()
