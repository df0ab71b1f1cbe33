"""Certificates that come by themselves, from Let's Encrypt's own test server."""

import json
import os
import signal
import socket
import ssl
import stat

import pytest
import requests
from cable import Cable
from cryptography import x509
from house import BINARY, eventually
from outside import Pebble, free_port
from test_tls import audited

NAME = "chat.example.test"
PRELOADED = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


@pytest.fixture
def pebble(authority, tmp_path):
    return Pebble(authority, tmp_path)


def house_of(make_house, pebble, **settings):
    """A house that asks this authority for its certificate; not started."""
    return make_house(environment={
        "HOMECHAT_TLS": "acme", "HOMECHAT_TLS_ACME_DIRECTORY": pebble.directory, "HOMECHAT_TLS_ACME_NAMES": NAME,
        "HOMECHAT_TLS_ACME_CA_FILE": str(pebble.authority.file), "HOMECHAT_TLS_ACME_AGREE_TO_TERMS": "true",
        "HOMECHAT_TLS_ACME_CONTACT": "ana@example.test", "HOMECHAT_TLS_HTTP_PORT": str(pebble.http)} | settings)


def shown(house):
    """The certificate that a client is shown who asks for the name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        with context.wrap_socket(line, server_hostname=NAME) as tls:
            return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))


def is_issued(certificate):
    return "Pebble" in certificate.issuer.rfc4514_string()


def issued(house):
    """Waits for a certificate of the authority's."""
    return eventually(lambda: (found := shown(house)) and is_issued(found) and found, within=30, every=0.1)


def verified(house, pebble):
    """A handshake as a browser does it, with the name and the chain."""
    context = ssl.create_default_context(cafile=pebble.root)
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        with context.wrap_socket(line, server_hostname=NAME) as tls:
            return tls.version()


def renewal(house):
    return json.loads((house.folder / "tls/renewal.json").read_text())


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
def test_a_certificate_is_issued(make_house, pebble, challenge):
    # Each way alone: nobody answers where the authority would look for the other.
    is_http = challenge == "http-01"
    port = free_port() if is_http else pebble.tls
    more = {} if is_http else {"HOMECHAT_TLS_HTTP_PORT": "off"}
    house = house_of(make_house, pebble, HOMECHAT_TLS_ACME_CHALLENGE=challenge, **more)
    with pebble.running():
        house.start(port=port)
        certificate = issued(house)
        assert certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName) == [NAME]
        assert verified(house, pebble) == "TLSv1.3"
    eventually(lambda: audited(house).count("certificate_renewed") == 1)
    for name in ("account.pem", "certificate.pem", "renewal.json"):
        assert stat.S_IMODE((house.folder / "tls" / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((house.folder / "tls").stat().st_mode) == 0o700
    assert renewal(house)["failures"] == 0
    log = house.log_text()
    assert "a certificate was obtained" in log and "PRIVATE KEY" not in log
    # It is kept: the next start asks nobody.
    house.stop()
    house.start(port=port)
    assert shown(house).serial_number == certificate.serial_number
    assert "no certificate" not in house.log_text().lower()


def test_an_authority_that_is_down_is_asked_later_and_the_port_answers_meanwhile(make_house, pebble):
    house = house_of(make_house, pebble).start(port=pebble.tls)
    eventually(lambda: "no certificate could be obtained" in house.log_text(), within=30)
    first = renewal(house)
    assert first["failures"] == 1 and "cannot be reached" in first["problem"]
    assert not is_issued(shown(house)), "a stop-gap until then"
    assert requests.get(f"{house.url}/up", verify=False, timeout=10).status_code == 200
    checks = json.loads(house.cli("doctor", "--json", check=False).stdout)["checks"]
    https = next(check for check in checks if check["id"] == "https")
    assert https["status"] == "fail" and "a try for a new one failed" in https["evidence"], https
    assert "cannot be reached" in https["evidence"] and "kill -HUP" in https["fix"]
    # A restart makes nothing quicker.
    house.stop()
    house.start(port=pebble.tls)
    assert renewal(house)["nextAttempt"] == first["nextAttempt"]
    with pebble.running():
        house.process.send_signal(signal.SIGHUP)  # the operator has mended it, and does not want to wait
        issued(house)
    assert renewal(house)["failures"] == 0


def test_a_name_that_cannot_be_proved_is_told_with_the_authoritys_words(make_house, pebble):
    # Nobody answers where the authority looks.
    house = house_of(
        make_house, pebble, HOMECHAT_TLS_HTTP_PORT=str(free_port()), HOMECHAT_TLS_ACME_CHALLENGE="http-01")
    with pebble.running():
        house.start(port=free_port())
        eventually(lambda: "no certificate could be obtained" in house.log_text(), within=60)
        assert f"could not check that {NAME} is this server" in renewal(house)["problem"]
        wait = renewal(house)["nextAttempt"] - os.stat(house.folder / "tls/renewal.json").st_mtime
        assert 45 <= wait <= 65, "a minute at first, with some chance in it"


def test_it_is_renewed_in_time_and_an_open_cable_goes_on(make_house, pebble, tmp_path):
    assert os.path.exists(PRELOADED), "faketime is missing: scripts/bootstrap test installs it"
    clock, wrapper = tmp_path / "clock", tmp_path / "homechat"
    clock.write_text("+0\n")
    # The library moves the environment of the first process that it is in, and Swift looks for its arguments beside that.
    wrapper.write_text(f'#!/bin/sh\nexec {BINARY} "$@"\n')
    wrapper.chmod(0o755)
    house = house_of(
        make_house, pebble, LD_PRELOAD=PRELOADED, FAKETIME_TIMESTAMP_FILE=str(clock), FAKETIME_NO_CACHE="1",
        DONT_FAKE_MONOTONIC="1")
    house.binary, house.trusting = str(wrapper), pebble.root
    with pebble.running():
        house.start(port=pebble.tls)
        before = issued(house)
        house.people("ana", "ben")
        with Cable(house, "ben", host=NAME) as cable:
            cable.welcomed()
            span = before.not_valid_after_utc - before.not_valid_before_utc
            house.process.send_signal(signal.SIGHUP)
            assert shown(house).serial_number == before.serial_number, "not before it is time"
            clock.write_text(f"+{int(span.total_seconds() * 0.68)}\n")
            house.process.send_signal(signal.SIGHUP)
            eventually(lambda: shown(house).serial_number != before.serial_number, within=30, every=0.1)
            assert is_issued(shown(house)) and verified(house, pebble)
            assert cable.subscribe("PresenceChannel") and cable.disconnect is None
        eventually(lambda: audited(house).count("certificate_renewed") == 2)


def test_the_challenge_path_answers_in_the_clear_and_tells_nothing(make_house, pebble):
    house = house_of(make_house, pebble, HOMECHAT_ALLOWED_HOSTS="other.example").start(port=pebble.tls)

    def ask(path, host=NAME):
        return requests.get(
            f"http://127.0.0.1:{pebble.http}{path}", headers={"Host": host}, allow_redirects=False, timeout=10)

    for token in ("nothing", "..%2f..%2fmaster.key", "a" * 600):
        assert ask(f"/.well-known/acme-challenge/{token}").status_code == 404
    assert ask("/signin").headers["Location"] == f"https://{NAME}:{house.port}/signin"
    assert ask("/signin", "evil.example").status_code == 421
