"""One socket on /cable, spoken to frame by frame."""

import contextlib
import json
import ssl
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


class Cable:
    def __init__(self, house, name=None, token=None, origin=None, headers=None, host=None):
        """`host`: the name in the server's certificate, if not the address."""
        token = token or (house.tokens[name] if name else None)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        secure = {}
        if house.ready["secure"]:
            secure = {"ssl": ssl.create_default_context(cafile=house.verify), "server_hostname": host}
        self.socket = connect(
            f"{house.url.replace('http', 'ws', 1)}/cable", additional_headers=headers, origin=origin, **secure,
            subprotocols=["actioncable-v1-json"], open_timeout=10, close_timeout=1, max_size=None,
        )
        self.identifiers = {}
        self.disconnect = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(Exception):
            self.socket.close()

    def frame(self, within=10):
        """The next frame that is not a ping; None when the socket is closed."""
        deadline = time.monotonic() + within
        while True:
            try:
                frame = json.loads(self.socket.recv(timeout=max(0, deadline - time.monotonic())))
            except ConnectionClosed:
                return None
            if frame.get("type") == "disconnect":
                self.disconnect = frame
            if frame.get("type") != "ping":
                return frame

    def welcomed(self):
        assert self.frame()["type"] == "welcome"
        return self

    def send(self, command, channel, data=None, **parameters):
        identifier = json.dumps({"channel": channel} | parameters)
        frame = {"command": command, "identifier": identifier}
        if data is not None:
            frame["data"] = json.dumps(data)
        self.socket.send(json.dumps(frame))
        return identifier

    def subscribe(self, channel, **parameters):
        """Subscribes and returns True, or False when rejected. The identifier comes back byte for byte."""
        identifier = self.send("subscribe", channel, **parameters)
        while True:
            frame = self.frame()
            assert frame, "closed before the subscription was answered"
            if frame.get("identifier") == identifier and "type" in frame:
                return frame["type"] == "confirm_subscription"

    def frame_of_type(self, kind, within=10):
        """Waits for a frame of the protocol itself."""
        while (frame := self.frame(within)) is not None:
            if frame.get("type") == kind:
                return frame
        return None

    def payload(self, kind=None, within=10):
        """The next payload, or the next of one kind; None when the socket is closed."""
        while True:
            frame = self.frame(within)
            if frame is None:
                return None
            payload = frame.get("message")
            if isinstance(payload, dict) and kind in (None, payload["type"]):
                assert payload["action"] == payload["type"]
                return payload
