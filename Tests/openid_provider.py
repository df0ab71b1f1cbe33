"""A small OpenID Connect provider. It does what the specification says, and on demand what it forbids."""

import base64
import hashlib
import hmac
import html
import json
import secrets
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size):
    return b64(value.to_bytes(size, "big"))


class Key:
    """One signing key, and how it is published."""

    def __init__(self, algorithm="RS256", kid=None, bits=2048):
        self.algorithm, self.kid = algorithm, kid or secrets.token_hex(4)
        self.private = {
            "RS256": lambda: rsa.generate_private_key(65537, bits), "PS256": lambda: rsa.generate_private_key(65537, bits),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()), "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }[algorithm]()

    @property
    def jwk(self):
        public = self.private.public_key()
        shared = {"kid": self.kid, "alg": self.algorithm, "use": "sig"}
        if self.algorithm == "EdDSA":
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return shared | {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
        numbers = public.public_numbers()
        if self.algorithm.startswith("ES"):
            size, curve = (32, "P-256") if self.algorithm == "ES256" else (48, "P-384")
            return shared | {"kty": "EC", "crv": curve, "x": number(numbers.x, size), "y": number(numbers.y, size)}
        size = (numbers.n.bit_length() + 7) // 8
        return shared | {"kty": "RSA", "n": number(numbers.n, size), "e": b64(numbers.e.to_bytes(3, "big"))}

    def sign(self, data):
        if self.algorithm == "EdDSA":
            return self.private.sign(data)
        if self.algorithm == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if self.algorithm == "PS256":
            return self.private.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        size, digest = (32, hashes.SHA256()) if self.algorithm == "ES256" else (48, hashes.SHA384())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    @property
    def public_pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Provider:
    """Whoever comes is signed in as `person`. `mood` names what it does wrong."""

    def __init__(self, certificate=None, algorithm="RS256"):
        """`certificate`: file with certificate and key, for https."""
        self.client_id, self.client_secret = "homechat", "client:secret-100%&+/="
        self.person = {"sub": "sub-fay", "preferred_username": "fay", "name": "Fay", "email": "fay@example.org", "email_verified": True}
        self.userinfo = None
        self.mood, self.asks, self.metadata, self.claims = None, False, {}, {}
        self.key, self.codes, self.requests, self.last_code = Key(algorithm), {}, [], None
        self.listed = None
        self.ended = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"provider": self}))
        self.server.daemon_threads = True
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        name = "localhost" if certificate else "127.0.0.1"
        self.issuer = f"{scheme}://{name}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def rotate(self, algorithm="RS256", kid=None):
        self.key = Key(algorithm, kid)

    def asked(self, path):
        return [request for request in self.requests if request[0] == path]

    # What it says

    def configuration(self):
        return {
            "issuer": self.issuer + ("/other" if self.mood == "wrong issuer in the configuration" else ""),
            "authorization_endpoint": self.issuer + "/authorize", "token_endpoint": self.issuer + "/token",
            "jwks_uri": self.issuer + "/keys", "userinfo_endpoint": self.issuer + "/userinfo",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm], "code_challenge_methods_supported": ["S256"],
        } | self.metadata

    def jwks(self):
        others = [{"kty": "oct", "kid": "shared", "k": "AAAA"}, {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "enc", "n": "AQAB", "e": "AQAB"}]
        return {"keys": others + (self.listed if self.listed is not None else [self.key.jwk])}

    def authorize(self, query):
        """The address that the browser is sent back to."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query | {"person": dict(self.person)}
        self.last_code = code
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        if self.mood == "state swapped":
            answer["state"] = secrets.token_urlsafe(16)
        if self.mood == "wrong issuer in the answer":
            answer["iss"] = "https://elsewhere.example"
        if self.mood == "says no":
            answer = {"error": "access_denied", "error_description": "<script>alert(1)</script>", "state": query["state"]}
        return query["redirect_uri"] + "?" + urllib.parse.urlencode(answer)

    def tokens(self, form, authorization):
        """RFC 6749, 4.1.3, with RFC 7636."""
        asked = self.codes.pop(form.get("code"), None)
        if not self.knows_client(form, authorization):
            return 401, {"error": "invalid_client"}
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not asked or asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code"
        return 200, {"access_token": "access", "token_type": "Bearer", "id_token": self.id_token(asked)}

    def knows_client(self, form, authorization):
        if self.client_secret is None:
            return form.get("client_id") == self.client_id
        if self.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return (form.get("client_id"), form.get("client_secret")) == (self.client_id, self.client_secret)
        pair = base64.b64decode((authorization or "Basic ").removeprefix("Basic ")).decode().split(":", 1)
        return [urllib.parse.unquote_plus(part) for part in pair] == [self.client_id, self.client_secret]

    def id_token(self, asked):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": asked["nonce"]} | asked["person"]
        if "max_age" in asked:
            claims["auth_time"] = now - (7200 if self.mood == "does not ask again" else 0)
        claims |= {
            "wrong issuer": {"iss": "https://elsewhere.example"}, "wrong audience": {"aud": "another"},
            "several audiences": {"aud": ["another", self.client_id]}, "empty audience": {"aud": []},
            "another party": {"azp": "another"}, "wrong nonce": {"nonce": "another"}, "no nonce": {"nonce": None},
            "expired": {"exp": now - 120}, "no expiry": {"exp": None}, "from the future": {"iat": now + 600},
            "old": {"iat": now - 7200}, "no subject": {"sub": ""}, "strange times": {"exp": 1e308, "iat": "now"},
        }.get(self.mood, {})
        claims |= self.claims
        header = {"alg": self.key.algorithm, "kid": self.key.kid}
        if self.mood == "no signature":
            return self.encoded({"alg": "none"}, claims) + "."
        if self.mood == "public key as secret":
            signed = self.encoded(header | {"alg": "HS256"}, claims)
            return signed + "." + b64(hmac.new(self.key.public_pem, signed.encode(), hashlib.sha256).digest())
        if self.mood == "unknown key":
            header["kid"] = "nobody's"
        if self.mood == "critical header":
            header |= {"crit": ["exp"]}
        signed = self.encoded(header, claims)
        key = Key(self.key.algorithm) if self.mood == "another's signature" else self.key
        return signed + "." + b64(key.sign(signed.encode()))

    @staticmethod
    def encoded(header, claims):
        return b64(json.dumps(header).encode()) + "." + b64(json.dumps({k: v for k, v in claims.items() if v is not None}).encode())


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *_):
        pass

    def do_GET(self):
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        self.provider.requests.append((path, query, dict(self.headers)))
        if path == "/authorize":
            return self.authorize(query)
        if path == "/userinfo":
            return self.answer(path, 200, self.provider.userinfo or {"sub": self.provider.person["sub"]})
        pages = {"/.well-known/openid-configuration": self.provider.configuration, "/keys": self.provider.jwks}
        return self.answer(path, 200, pages[path]()) if path in pages else self.answer(path, 404, {})

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.provider.requests.append((self.path, form, dict(self.headers)))
        self.answer(self.path, *self.provider.tokens(form, self.headers["Authorization"]))

    def authorize(self, query):
        address = self.provider.authorize(query)
        if not self.provider.asks:
            return self.redirect(address)
        page = f'<!doctype html><html lang="en"><title>Provider</title><h1>Provider</h1><a href="{html.escape(address)}">Allow</a>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def redirect(self, address):
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, path, status, body):
        """A mood that names a path goes wrong there only: "hangs at /token"."""
        mood, _, place = (self.provider.mood or "").partition(" at ")
        mood = mood if place == path else None
        if mood == "hangs":
            return self.provider.ended.wait(60)
        if mood == "redirects":
            return self.redirect(self.provider.issuer + "/elsewhere")
        data = json.dumps(body).encode()
        if mood == "answers in HTML":
            data = b"<html><script>alert(1)</script></html>"
        if mood == "answers deeply":
            data = b"[" * 100_000
        if mood == "fails":
            status = 500
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if mood in ("never ends", "trickles"):
            self.end_headers()
            return self.pour(b" " * 65536 if mood == "never ends" else b" ", 0 if mood == "never ends" else 0.5)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def pour(self, chunk, pause):
        try:
            while not self.provider.ended.wait(pause):
                self.wfile.write(chunk)
        except OSError:
            pass
