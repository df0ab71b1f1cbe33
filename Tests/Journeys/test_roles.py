"""A limited account and a guest from outside: where they are, whom they see, and that it changes at once."""

import requests
from cable import Cable
from house import PASSWORD, SCOPES, eventually


def person(house, name, role, *options):
    house.cli("user", "create", name, "--role", role, *options, "--password-stdin", stdin=PASSWORD + "\n")
    house.tokens[name] = house.token(name, *SCOPES)


def test_a_limited_account_sees_the_chosen_people_and_channels_alone(house):
    house.people("dov")
    for name in ("play", "work"):
        house.api("ben", "POST", "/channels", expect=201, json={"name": name})
    person(house, "kim", "limited", "--channel", "play", "--person", "ana")
    me = house.api("kim", "GET", "/me", expect=200).json()
    assert (me["role"], me["household_role"]) == ("user", "limited")
    assert [c["name"] for c in house.api("kim", "GET", "/channels").json()["channels"]] == ["play"]
    seen = house.api("kim", "GET", "/users/search?q=an").json()["users"]
    assert [user["username"] for user in seen] == ["ana"]
    for name, status in {"ana": 200, "ben": 200, "dov": 404, "nobody": 404}.items():  # ben is in #play
        assert len(house.api("kim", "GET", f"/users/search?q={name}").json()["users"]) == (status == 200)
    answers = [house.api("kim", "POST", "/dm/start", json={"username": name}) for name in ("dov", "nobody")]
    assert [a.status_code for a in answers] == [404, 404] and len({a.json()["error"] for a in answers}) == 1
    assert house.api("kim", "POST", "/dm/start", json={"username": "ben"}).status_code == 403
    assert house.api("dov", "POST", "/dm/start", json={"username": "kim"}).status_code == 403
    house.api("kim", "POST", "/dm/start", expect=200, json={"username": "ana"})
    for room in ("work", "a new one"):
        assert house.api("kim", "POST", "/messages", json={"room": room, "message": "x"}).status_code == 403
    assert house.api("kim", "POST", "/channels", json={"name": "mine"}).status_code == 403
    assert house.api("ben", "POST", f"/channels/{house.channel('ben', 'work')['id']}/invite",
                     json={"username": "kim"}).status_code == 403


def test_a_choice_that_is_taken_back_counts_at_once(house):
    person(house, "kim", "limited", "--channel", "home", "--person", "ana", "--person", "ben")
    started = house.api("kim", "POST", "/dm/start", expect=200, json={"username": "ben"}).json()
    talk = started["data"]["channel"]["id"]
    house.api("kim", "POST", f"/channels/{talk}/messages", expect=200, json={"message": "hi"})
    cable = Cable(house, "kim").welcomed()
    assert cable.subscribe("ChatChannel", channel_id=talk)
    house.cli("user", "set-role", "kim", "limited", "--person", "ana")
    while cable.frame(within=5) is not None:
        pass
    assert cable.disconnect["reconnect"] is True
    for name, method, status in (("kim", "GET", 404), ("kim", "POST", 404), ("ben", "GET", 200), ("ben", "POST", 403)):
        body = {} if method == "GET" else {"json": {"message": "still?"}}
        assert house.api(name, method, f"/channels/{talk}/messages", **body).status_code == status
    assert talk not in [c["id"] for c in house.api("kim", "GET", "/dm/channels").json()["channels"]]
    house.cli("user", "allow", "kim", "--person", "ben")
    house.api("ben", "POST", f"/channels/{talk}/messages", expect=200, json={"message": "again"})


def test_a_limited_account_neither_posts_nor_follows_links_to_elsewhere(house):
    person(house, "kim", "limited", "--channel", "home")
    for text in ("see https://example.org", "www.example.org", "[x](http://example.org)", "![x](https://example.org/a.png)"):
        answer = house.api("kim", "POST", "/messages", json={"room": "home", "message": text})
        assert answer.status_code == 422, text
    house.post("kim", "only words", room="home")
    with Cable(house, "kim") as limited, Cable(house, "ben") as free:
        home = house.channel("ben")["id"]
        for cable in (limited, free):
            cable.welcomed()
            assert cable.subscribe("ChatChannel", channel_id=home)
        posted = house.post("ben", "see [this](https://example.org) @ana", room="home")
        assert "example.org\" rel" in free.payload("message")["message"]["html"]
        html = limited.payload("message")["message"]["html"]
        assert "example.org\"" not in html and "this" in html and "mention" in html
    read = house.api("kim", "GET", f"/messages/{posted['id']}").json()
    assert "href=\"https" not in str(read)


def test_a_guest_is_out_when_the_visit_is_over(house):
    person(house, "gus", "guest", "--channel", "home", "--until", "4s")
    assert house.api("gus", "GET", "/me", expect=200).json()["household_role"] == "guest"
    cable = Cable(house, "gus").welcomed()
    eventually(lambda: house.api("gus", "GET", "/me").status_code == 401, within=8)
    answer = requests.post(f"{house.url}/api/v1/signin", json={"username": "gus", "password": PASSWORD}, timeout=10)
    assert answer.status_code == 401
    while cable.frame(within=60) is not None:
        pass
    assert cable.disconnect["reason"] == "unauthorized"


def test_a_guest_needs_an_end_and_one_or_two_channels(house):
    create = ["user", "create", "gus", "--role", "guest", "--password-stdin"]
    for options in ([], ["--until", "1d"], ["--channel", "home"]):
        assert house.cli(*create, *options, stdin=PASSWORD + "\n", check=False).returncode != 0
    assert "gus" not in house.cli("user", "list").stdout
