"""Home Assistant's ingress, small: a page with a frame, and below the add-on's path everything goes to the add-on without it.

What it says of the browser is what Home Assistant and its supervisor say: X-Ingress-Path, X-Forwarded-For, -Host and -Proto.
"""

import contextlib
import socket
import ssl
import threading

PREFIX = "/api/hassio_ingress/Xp0j-4_sVt1Zr"


class Ingress:
    def __init__(self, port, prefix=PREFIX, authority=None, keeps_host=True, more=()):
        """`keeps_host`: whether the add-on sees the browser's Host, or only its own. `more`: headers beside the usual."""
        self.target, self.prefix, self.keeps_host, self.more = ("127.0.0.1", port), prefix, keeps_host, list(more)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.scheme = "https" if authority else "http"
        self.tls = None
        if authority:
            self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.tls.load_cert_chain(authority.certificate, authority.private_key)
        self.host = f"localhost:{self.listener.getsockname()[1]}"
        self.url = f"{self.scheme}://{self.host}"
        self.asked = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def address(self, path):
        return self.url + self.prefix + path

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError, ValueError):
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
            head, rest = self._head(client)
            if head:
                self._answer(client, head, rest)
        client.close()

    def _head(self, source):
        data = b""
        while b"\r\n\r\n" not in data:
            more = source.recv(65536)
            if not more:
                return None, b""
            data += more
        head, rest = data.split(b"\r\n\r\n", 1)
        return head.decode("latin-1").split("\r\n"), rest

    def _answer(self, client, head, rest):
        method, path, _ = head[0].split(" ")
        self.asked.append(path)
        if not path.startswith(self.prefix + "/"):
            return client.sendall(self._own_page(path))
        fields = [line.split(": ", 1) for line in head[1:]]
        is_upgrade = any(name.lower() == "upgrade" for name, _ in fields)
        dropped = {"x-ingress-path", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
        dropped |= (set() if self.keeps_host else {"host"}) | (set() if is_upgrade else {"connection"})
        passed = [(name, value) for name, value in fields if name.lower() not in dropped]
        passed += [
            ("X-Ingress-Path", self.prefix), ("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Host", self.host),
            ("X-Forwarded-Proto", self.scheme), *self.more]
        if not self.keeps_host:
            passed.append(("Host", "172.30.33.5:3000"))
        if not is_upgrade:
            passed.append(("Connection", "close"))
        lines = [f"{method} {path.removeprefix(self.prefix)} HTTP/1.1", *(f"{name}: {value}" for name, value in passed)]
        with socket.create_connection(self.target) as server:
            server.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + rest)
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            head, rest = self._head(server)
            if head:
                head += [] if is_upgrade else ["Connection: close"]  # each request has a line of its own here
                client.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + rest)
                _pump(server, client)

    def _own_page(self, path):
        found = path == "/"
        body = f'<!doctype html><title>Home</title><h1>Home</h1><iframe src="{self.prefix}/" width="1000" height="700"></iframe>'
        status = "200 OK" if found else "404 Not Found"
        return (
            f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
        ).encode()


def _pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
