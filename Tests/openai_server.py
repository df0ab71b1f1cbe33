"""A small model server that speaks as OpenAI's does, and a small Home Assistant. On demand both do what they should not."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Served:
    """An HTTP server on a free port of loopback."""

    def __init__(self, handler):
        self.ended = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (handler,), {"owner": self}))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status, data, kind="application/json"):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Model(Served):
    """`answers`: what it says next, one for each request: words, or a list of tool calls as (name, arguments).
    `mood` names what it does wrong."""

    def __init__(self):
        self.answers, self.requests, self.mood, self.pause = [], [], None, 0
        self.key = None
        self.go_on = threading.Event()
        self.lock = threading.Lock()
        super().__init__(ModelHandler)

    @property
    def endpoint(self):
        return self.url + "/v1"

    def take(self):
        with self.lock:
            return self.answers.pop(0) if self.answers else "Hello there."

    def seen(self):
        """Everything that was ever asked, as text."""
        return json.dumps([request["body"] for request in self.requests], ensure_ascii=False)


class ModelHandler(Quiet):
    def do_POST(self):
        owner = self.owner
        body = json.loads(self.body())
        owner.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
        if self.path != "/v1/chat/completions":
            return self.reply(404, {"error": {"message": "no such path"}})
        if owner.key and self.headers.get("Authorization") != f"Bearer {owner.key}":
            return self.reply(401, {"error": {"message": f"wrong key {self.headers.get('Authorization')}"}})
        said = owner.take()
        mood = owner.mood
        if isinstance(mood, int):
            return self.reply(mood, {"error": {"message": "secret of the other side"}})
        if mood == "html":
            return self.reply(200, b"<html><body>secret of the other side</body></html>", "text/html")
        if mood == "hidden html":
            return self.reply(200, b"  <html><body>secret of the other side</body></html>")
        if mood == "malformed":
            return self.reply(200, b'{"choices": [{"message": {"content": "secret of the oth')
        if mood == "deep":
            return self.reply(200, b'{"choices":' + b"[" * 100_000)
        if mood == "silent":
            return owner.ended.wait(60)
        if mood == "plain":
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}
            return self.reply(200, {"id": "x", "object": "chat.completion", "choices": [choice]})
        self.stream(said, mood)

    def stream(self, said, mood):
        owner = self.owner
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            if mood == "endless":
                while not owner.ended.is_set():
                    self.delta({"content": "and so on " * 40})
                return
            if mood == "endless line":
                while not owner.ended.is_set():
                    self.wfile.write(b"data: " + b"x" * 65536)
                return
            if mood == "empty":
                return self.close(stop=True)
            if isinstance(said, list):
                return self.calls(said)
            for number, word in enumerate(said.split(" ")):
                if number == 1 and mood == "waits":
                    owner.go_on.wait(30)
                if number == 3 and mood == "cuts":
                    return None
                if number == 3 and mood == "stalls":
                    return owner.ended.wait(60)
                if number == 3 and mood == "errs":
                    return self.event({"error": {"message": "secret of the other side"}})
                self.delta({"content": ("" if number == 0 else " ") + word})
                time.sleep(owner.pause)
            self.close(stop=True)
        except OSError:
            pass  # the other side has heard enough
        return None

    def calls(self, wanted):
        """Each call's arguments in pieces, as they are streamed."""
        for index, (name, arguments) in enumerate(wanted):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            self.delta({"tool_calls": [{"index": index, "id": f"c{index}", "type": "function", "function": {"name": name, "arguments": ""}}]})
            for at in range(0, len(text), 7):
                self.delta({"tool_calls": [{"index": index, "function": {"arguments": text[at:at + 7]}}]})
        self.close(reason="tool_calls")

    def close(self, reason="stop", stop=False):
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def delta(self, delta):
        self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})

    def event(self, value):
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()


class House(Served):
    """Home Assistant's REST interface, as far as it concerns us."""

    def __init__(self, token="ha-token-100"):
        self.token, self.calls, self.asked, self.mood = token, [], [], None
        self.states = {
            "light.kitchen": ("off", {"friendly_name": "Kitchen", "brightness": 12}),
            "sensor.outside": ("-3.5", {"friendly_name": "Outside", "unit_of_measurement": "°C"}),
            "camera.door": ("idle", {"friendly_name": "Door", "access_token": "camera-secret"}),
            "alarm_control_panel.home": ("armed_away", {"friendly_name": "Alarm"}),
        }
        super().__init__(HouseHandler)


class HouseHandler(Quiet):
    def state(self, entity):
        state, attributes = self.owner.states[entity]
        return {"entity_id": entity, "state": state, "attributes": attributes, "last_changed": "2026-11-26T00:00:00+00:00"}

    @property
    def is_known(self):
        return self.headers.get("Authorization") == f"Bearer {self.owner.token}"

    def do_GET(self):
        self.owner.asked.append(self.path)
        if not self.is_known:
            return self.reply(401, {"message": "no"})
        if self.path == "/api/states":
            return self.reply(200, [self.state(entity) for entity in self.owner.states])
        entity = self.path.removeprefix("/api/states/")
        if entity not in self.owner.states:
            return self.reply(404, {"message": "Entity not found."})
        return self.reply(200, self.state(entity))

    def do_POST(self):
        body = json.loads(self.body())
        self.owner.calls.append((self.path, body))
        if self.owner.mood == "silent":
            return self.owner.ended.wait(30)
        if not self.is_known:
            return self.reply(401, {"message": "no"})
        return self.reply(self.owner.mood or 200, [])
