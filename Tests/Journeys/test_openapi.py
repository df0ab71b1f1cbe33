"""The document of the API is true: schemathesis reads it, asks the real server for everything in it, with what fits and with
what does not, and holds each answer against what is written there. SCHEMATHESIS_EXAMPLES=200 looks longer than usual."""

import html
import os
import re
import subprocess
import uuid

import pytest
import requests
from house import ROOT, SCOPES, routes
from sent_files import png
from test_access_matrix import SCOPE_OF

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "25")
SEED = "4"
EVERYTHING = [*SCOPES, "bots", "admin"]
DOORS = re.compile(r"(?<=/):([a-z_]+)")


@pytest.fixture
def furnished(house):
    """A house where the ids of the document's examples are somebody's."""
    house.tokens["ana"] = house.token("ana", *EVERYTHING)
    while house.post("ana", "There is somebody at the door", actions=[{"id": "open", "label": "Open"}])["id"] < 12:
        pass
    house.api("ana", "POST", "/users/3/messages", expect=200, json={"message": "Are you home for dinner?"})
    house.api("ana", "POST", "/bots", expect=200, json={"name": "Front door"})
    return house


def run_schemathesis(house, *options, **environment):
    """All checks. The document is read from a file: what schemathesis fetches itself it does not look at."""
    file = house.folder.parent / "openapi.json"
    file.write_text(requests.get(f"{house.url}/api/v1/openapi.json", timeout=20).text)
    scopes = [part for scope in EVERYTHING for part in ("--scope", scope)]
    command = [
        house.binary, "token", "create", "--user", "ana", "--name", f"emergency {uuid.uuid4()}", *scopes, "--quiet",
        f"--data-dir={house.folder}"]
    result = subprocess.run(
        [
            ROOT / ".venv/bin/schemathesis", "--config-file", ROOT / "Tests/schemathesis.toml", "run",
            file, "--url", house.url, "--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none",
            "--generation-with-security-parameters", "false", "--no-color", *options],
        env=house.environment | {
            "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(ROOT / "Tests"), "HOUSE_URL": house.url,
            "HOUSE_TOKEN": house.tokens["ana"], "HOUSE_ADMIN_TOKEN": "\n".join(command)} | environment,
        cwd=house.folder.parent, capture_output=True, text=True, timeout=3600)
    assert result.returncode == 0, result.stdout[-20000:] + result.stderr[-2000:]
    return result.stdout


def test_the_server_does_what_the_document_says(furnished):
    printed = run_schemathesis(furnished)
    operations = sum(len(methods) for methods in document(furnished)["paths"].values())
    assert f"Tested: {operations}\n" in printed, printed[-3000:]
    assert furnished.is_up()


def test_emergencies_are_as_the_document_says_when_they_are_real(furnished):
    run_schemathesis(
        furnished, "--include-path-regex", "^/api/v1/emergency", "--phases", "examples,coverage,fuzzing", EMERGENCIES="real")
    assert furnished.is_up()


def document(house):
    answer = requests.get(f"{house.url}/api/v1/openapi.json", timeout=20)
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


def test_the_document_names_each_route_and_no_other(shared_house):
    described = {
        f"{method.upper()} {path}" for path, methods in document(shared_house)["paths"].items() for method in methods}
    ours = {
        method + " " + DOORS.sub(r"{\1}", path) for method, path in routes()
        if path.startswith(("/api/", "/hooks/")) or path == "/up"}
    assert described == ours


def test_each_operation_names_the_scopes_that_open_it(shared_house):
    """SCOPE_OF is tried with tokens in test_access_matrix.py."""
    paths = document(shared_house)["paths"]
    for route, wanted in SCOPE_OF.items():
        method, path = route.split(" ")
        operation = paths["/api/v1/" + DOORS.sub(r"{\1}", path)][method.lower()]
        assert set(operation["x-scopes"]) == (wanted if isinstance(wanted, set) else set()), route


def test_the_document_knows_where_it_is(make_house):
    house = make_house(environment={"HOMECHAT_BASE_PATH": "/chat"}).start()
    found = requests.get(f"{house.url}/chat/api/v1/openapi.json", timeout=20).json()
    assert found["servers"] == [{"url": "/chat"}]
    assert found["info"]["version"] == requests.get(f"{house.url}/chat/api/v1/server_info", timeout=20).json()["version"]


# What an example cannot do here, by the operation's name.
REFUSED = {
    "signOut": 403,  # the token is one of the settings, which has no session to end
    "resetPassword": 404,  # there is no such link
    "removePreview": 404,  # the example has no link
    "replayDelivery": 404,  # nothing was delivered yet
    "testBot": 404,  # the example is no AI bot
    "deliver": 404, "hook": 404,  # the example's id and secret are made up
    "removePreview": 404,  # the example's message has none
    "withdrawFile": 404,  # the example's file has its message by then
    "deleteChannel": 403, "leaveChannel": 403, "leaveChannelByPost": 403,  # the example is #home, which is everybody's
}


def test_the_commands_of_the_page_can_be_copied(furnished):
    page = requests.get(f"{furnished.url}/help/api", timeout=20).text
    found = re.findall(r'<div class="api-detail" id="operation-(\w+)">.*?<pre tabindex="0"><code>(.*?)</code>', page, re.S)
    operations = [method for methods in document(furnished)["paths"].values() for method in methods]
    assert len(found) == len(operations)
    wrong = []
    (furnished.folder.parent / "photo.jpg").write_bytes(png())
    # What takes something away comes last, and what hangs on something before it.
    for name, command in sorted(found, key=lambda one: ("-X DELETE" in one[1], -one[1].count("/"))):
        command = html.unescape(command) + " -s -o /dev/null -w '%{http_code}'"
        environment = furnished.environment | {"TOKEN": furnished.tokens["ana"]}
        status = subprocess.run(
            ["bash", "-c", command], cwd=furnished.folder.parent, env=environment, capture_output=True, text=True, timeout=60).stdout
        wanted = [str(REFUSED[name])] if name in REFUSED else ["200", "201"]
        if status not in wanted:
            wrong.append(f"{name}: {status}\n{command}")
    assert not wrong, "\n".join(wrong)
