"""A site of somebody else's, on loopback, to which messages link."""

import http.server
import io
import threading

import pytest
from PIL import Image

HOUSE_NETWORKS = {"HOMECHAT_LINK_PREVIEWS": "true", "HOMECHAT_LINK_PREVIEWS_NETWORKS": "127.0.0.0/8"}
PAGE = b"""<!doctype html><html><head><title>Plain</title><meta property="og:title" content="A cake">
<meta name="description" content="Sweet &amp; round"><meta property="og:site_name" content="Kitchen"></head><body>x"""


class Site:
    """Answers by path; remembers what was asked for, and with which headers."""

    def __init__(self):
        self.pages = {}
        self.asked = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                site.asked.append((self.path, dict(self.headers)))
                try:
                    site.pages.get(self.path, missing)(self)
                except OSError:
                    pass  # the server has hung up, which some tests want
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def paths(self):
        return [path for path, _ in self.asked]


def page(body=PAGE, status=200, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(handler):
        handler.send_response(status)
        for name, value in ({"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))} | headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def missing(handler):
    page(b"no", status=404)(handler)


def redirect(target):
    return page(b"", status=302, Location=target)


def picture(kind="PNG", size=(1200, 600)):
    """With something in it that nobody is to get."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "canary of a camera"
    Image.new("RGB", size, "tomato").save(out, kind, exif=exif)
    return out.getvalue()


@pytest.fixture
def site():
    site = Site()
    yield site
    site.server.shutdown()
