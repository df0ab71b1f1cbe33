"""Somewhere that webhooks are sent to: remembers what came, and answers as a test tells it."""

import hashlib
import hmac
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from house import eventually


class Request:
    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def id(self):
        return self.headers["X-HomeChat-Delivery"]

    def is_signed(self, secret):
        wanted = "sha256=" + hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted, self.headers.get("X-HomeChat-Signature", ""))


class Sink:
    """`answer` is called with a handler whose request is read; by default it says what Home Assistant says."""

    def __init__(self, answer=None, port=0):
        self.requests = []
        self.answer = answer or handled
        self.port = port
        self.open()

    def open(self):
        """Again at the same port, after it was closed."""
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.request_seen = Request(self.path, dict(self.headers), body)
                sink.requests.append(self.request_seen)
                try:
                    sink.answer(self)
                except OSError:
                    pass  # the server has hung up, which some tests want
                self.close_connection = True

            def do_GET(self):
                self.do_POST()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            block_on_close = False

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, count, within=15):
        """The requests, once there are so many."""
        eventually(lambda: len(self.requests) >= count, within=within)
        return list(self.requests)

    @property
    def texts(self):
        return [request.json["message"] for request in self.requests]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def status(code, body=b"", **headers):
    def answer(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


handled = status(200, b'{"status":"ok"}')


def first(*answers):
    """These in turn, then as Home Assistant does."""
    left = list(answers)
    return lambda handler: (left.pop(0) if left else handled)(handler)


def cut(handler):
    """Hangs up without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def stalling(seconds):
    def answer(_):
        threading.Event().wait(seconds)

    return answer
