"""The administration on a port of its own: there, and nowhere else."""

import json
import re
import socket
import subprocess

import pytest
import requests
from house import PASSWORD, ROOT, House, routes
from test_tls import with_files

OWN_PORT = {"HOMECHAT_ADMIN_PORT": "0"}
MEASURES = json.loads((ROOT / "Web/api/emergency.json").read_text())["paths"]
ANSWERS = json.loads((ROOT / "Web/api/administration.json").read_text())["paths"]
ADMINISTRATION = [
    (method, path) for method, path in routes()
    if path.startswith("/admin") or path in {*MEASURES, *ANSWERS}]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Open to the household, with the administration on this machine alone."""
    house = House(tmp_path_factory.mktemp("admin") / "data", environment=OWN_PORT | {"HOMECHAT_HOST": "0.0.0.0"}).start()
    house.people("ana", "ben")
    house.tokens["root"] = house.token("ana", "admin")
    house.admin_url = f"http://127.0.0.1:{house.ready['admin']['port']}"
    yield house
    house.kill()


def signed_in(url, name="ana"):
    browser = requests.Session()
    browser.post(f"{url}/signin", {"username": name, "password": PASSWORD}, headers={"Origin": url}, timeout=10)
    return browser


def asked(url, method, path, **options):
    filled = re.sub(r":\w+", "1", path.replace(":measure", "lockdown"))
    return requests.request(method, url + filled, allow_redirects=False, timeout=10, **options).status_code


def test_it_listens_on_this_machine_alone(house):
    listening = subprocess.run(["ss", "-Hlnt"], capture_output=True, text=True, check=True).stdout
    assert house.ready["admin"]["host"] == "127.0.0.1"
    assert f"127.0.0.1:{house.ready['admin']['port']} " in listening and f"0.0.0.0:{house.port} " in listening
    requests.get(f"http://127.0.0.2:{house.port}/up", timeout=5).raise_for_status()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.2:{house.ready['admin']['port']}/up", timeout=5)


def test_no_route_of_it_is_left_at_the_other_door(house):
    assert len(ADMINISTRATION) > 60, "the tables are elsewhere now"
    token = {"Authorization": f"Bearer {house.tokens['root']}"}
    left = [(method, path) for method, path in ADMINISTRATION if asked(house.url, method, path, headers=token) != 404]
    missing = [(method, path) for method, path in ADMINISTRATION if asked(house.admin_url, method, path) not in (303, 401)]
    assert not left and not missing


def test_monitors_and_guards_ask_there(house):
    token = {"Authorization": f"Bearer {house.tokens['root']}"}
    for path in ("metrics", "doctor", "audit", "emergency"):
        assert asked(house.url, "GET", f"/api/v1/{path}", headers=token) == 404
        assert asked(house.admin_url, "GET", f"/api/v1/{path}", headers=token) == 200
        assert asked(house.admin_url, "GET", f"/api/v1/{path}") == 401, "a port is no password"
    assert asked(house.url, "GET", "/up") == asked(house.admin_url, "GET", "/up") == 200


def test_an_admin_is_led_there_by_no_link_that_leads_nowhere(house):
    outside, inside = signed_in(house.url), signed_in(house.admin_url)
    page = outside.get(f"{house.url}/channels", timeout=10)
    assert page.status_code == 200 and 'data-username="ana"' in page.text and 'href="/admin' not in page.text
    assert outside.get(f"{house.url}/admin", timeout=10).status_code == 404
    assert 'href="/admin"' in inside.get(f"{house.admin_url}/channels", timeout=10).text
    assert "Room on the disk" in inside.get(f"{house.admin_url}/admin", timeout=10).text
    assert 'href="/admin' not in signed_in(house.admin_url, "ben").get(f"{house.admin_url}/channels", timeout=10).text


def test_a_form_of_it_works_there_and_at_the_other_door_there_is_none(house):
    inside = signed_in(house.admin_url)
    page = inside.get(f"{house.admin_url}/admin/channels", timeout=10).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    garden = house.api("ana", "POST", "/channels", expect=201, json={"name": "garden"}).json()["channel"]["id"]
    for verb in ("archive", "unarchive"):
        form = {"csrf_token": token}
        elsewhere = inside.post(
            f"{house.url}/admin/channels/{garden}/{verb}", form, headers={"Origin": house.url}, timeout=10)
        assert elsewhere.status_code == 404
        done = inside.post(
            f"{house.admin_url}/admin/channels/{garden}/{verb}", form, headers={"Origin": house.admin_url},
            allow_redirects=False, timeout=10)
        assert done.status_code == 303, done.text


def test_the_doctor_knows_of_it(house):
    report = house.cli("doctor", "--json", "--url", house.url, check=False).stdout
    checks = {check["id"]: check for check in json.loads(report)["checks"]}
    assert checks["large_body"]["status"] == "pass", checks["large_body"]
    assert "127.0.0.1: 127.0.0.1, all private; the administration on the last" in checks["private_network"]["evidence"] or (
        checks["private_network"]["status"] == "warn"), "a machine of the tests may have a public address"
    assert checks["plain_http"]["status"] == "warn" and "0.0.0.0" in checks["plain_http"]["evidence"]


def test_in_the_clear_it_is_served_where_nothing_leaves_the_machine(make_house):
    house = make_house(environment=OWN_PORT | {"HOMECHAT_TLS_FORCE": "true"}).start()
    own = f"http://127.0.0.1:{house.ready['admin']['port']}"
    assert asked(house.url, "GET", "/signin") == 308
    assert asked(own, "GET", "/welcome") == 200 and asked(own, "GET", "/api/v1/metrics") == 401


def test_beyond_the_machine_it_speaks_the_servers_tls(make_house, authority, tmp_path):
    settings = with_files(authority, tmp_path / "pem") | OWN_PORT
    near = make_house(environment=settings, trusting=authority.file).start()
    assert asked(f"http://127.0.0.1:{near.ready['admin']['port']}", "GET", "/admin") == 303
    near.stop()
    far = make_house(environment=settings | {"HOMECHAT_ADMIN_HOST": "0.0.0.0"}, trusting=authority.file).start()
    port = far.ready["admin"]["port"]
    assert asked(f"https://127.0.0.1:{port}", "GET", "/admin", verify=str(authority.file)) == 303
    with socket.create_connection(("127.0.0.1", port), timeout=10) as clear:
        clear.sendall(b"GET /admin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = clear.recv(65536).decode(errors="replace")
    assert answer.startswith("HTTP/1.1 4") and "\nlocation:" not in answer.lower(), "led to no door that lacks it"


@pytest.mark.parametrize("yaml, told", [
    ("admin: {host: 10.0.0.1}", "admin.host: is of no use without admin.port"),
    ("port: 4000\nadmin: {port: 4000}", "admin.port: must not be a port that everybody comes in by, 4000"),
    ("port: 4000\ntls: local\nadmin: {port: 4001}", "admin.port: must not be a port that everybody comes in by, 4001"),
    ("admin: {port: 70000}", "must be a whole number from 0 to 65535"),
    ("admin: {port: often}", "must be a whole number from 0 to 65535"),
])
def test_what_cannot_be_meant_is_refused(make_house, yaml, told):
    house = make_house()
    house.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (house.folder / "homechat.yaml").write_text(yaml)
    refused = house.cli("serve", check=False)
    assert refused.returncode != 0 and told in refused.stderr


def test_a_port_that_is_taken_is_told_by_its_address(make_house, house):
    taken = house.ready["admin"]["port"]
    other = make_house(environment={"HOMECHAT_ADMIN_PORT": str(taken)})
    refused = other.cli("serve", "--port=0", check=False)
    assert refused.returncode != 0 and f"the address 127.0.0.1:{taken} is in use already" in refused.stderr
