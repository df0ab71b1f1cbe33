"""A person and a script behind a proxy: what must work through each of them."""

import json
import re
import ssl

import requests
from websockets.sync.client import connect

from house import PASSWORD


def signed_in(url, authority, name="ana", password=PASSWORD, **options):
    """A browser's session over TLS, and the answer to signing in."""
    session = requests.Session()
    session.trust_env = False  # a REQUESTS_CA_BUNDLE would win over the line below
    session.verify = str(authority.file)
    answer = session.post(
        f"{url}/signin", data={"username": name, "password": password}, headers={"Origin": url},
        allow_redirects=False, timeout=20, **options)
    return session, answer


def chat(house, url, authority):
    """Signs in, opens the cable with the cookie, hears a message that somebody else posts."""
    session, answer = signed_in(url, authority)
    assert answer.status_code in (302, 303), answer.status_code
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-") and "Secure" in cookie and "HttpOnly" in cookie
    name, value = re.match(r"([^=]+)=([^;]+)", cookie).groups()
    context = ssl.create_default_context(cafile=str(authority.file))
    with connect(
        url.replace("https", "wss") + "/cable", ssl=context, origin=url, subprotocols=["actioncable-v1-json"],
        additional_headers={"Cookie": f"{name}={value}"}, open_timeout=10,
    ) as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "welcome"
        identifier = json.dumps({"channel": "ChatChannel", "channel_id": house.channel("ana")["id"]})
        socket.send(json.dumps({"command": "subscribe", "identifier": identifier}))
        assert _until(socket, lambda frame: frame.get("type") == "confirm_subscription")
        house.post("ben", f"through {url}")
        frame = _until(socket, lambda frame: (frame.get("message") or {}) and frame["message"].get("type") == "message")
        assert f"through {url}" in json.dumps(frame)
    return session


def addresses(house, name="ana"):
    """The address of each session as the server saw it, newest last."""
    import sqlite3

    with sqlite3.connect(f"file:{house.folder}/homechat.sqlite3?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT ip_address FROM sessions JOIN users ON users.id = sessions.user_id"
            " WHERE username = ? ORDER BY sessions.id", [name])
        return [row[0] for row in rows]


def _until(socket, condition):
    for _ in range(50):
        frame = json.loads(socket.recv(timeout=10))
        if frame.get("type") != "ping" and condition(frame):
            return frame
    return None
