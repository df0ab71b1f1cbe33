"""Home Assistant itself in this process, the component beside this file in it, and a real HomeChat server."""

import asyncio
import contextlib
import pathlib
import sys

import pytest
import pytest_socket
from aiohttp import web
from homeassistant.setup import async_setup_component

FOLDER = pathlib.Path(__file__).parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

from house import SCOPES, House  # noqa: E402
from outside import free_port  # noqa: E402

from custom_components.homechat.const import DOMAIN  # noqa: E402

PEOPLE = ["ana", "ben", "eve"]


@pytest.fixture(scope="session", autouse=True)
def version(request):
    """For the log: which Home Assistant it was."""
    from homeassistant.const import __version__

    print(f"\nHome Assistant {__version__}, Python {sys.version.split()[0]}", file=sys.__stderr__)


@pytest.fixture(scope="session")
def address():
    """Where Home Assistant will listen; known before it does, as in a house."""
    pytest_socket.enable_socket()
    return "127.0.0.1", free_port()


@pytest.fixture(scope="session")
def house(tmp_path_factory, address):
    host, port = address
    house = House(tmp_path_factory.mktemp("house") / "data", environment={"HOMEASSISTANT_URL": f"http://{host}:{port}"})
    house.start()
    house.people(*PEOPLE)
    house.cli("user", "create", "assistant", "--password-stdin", stdin="correct horse battery\n")
    house.tokens["assistant"] = house.token("assistant", *SCOPES, "bots")
    yield house
    house.kill()


@pytest.fixture(autouse=True)
def surroundings(enable_custom_integrations, socket_enabled):
    """Real sockets, to this machine alone."""


class Site:
    """Home Assistant's own web server, which can be away for a while."""

    def __init__(self, app, address):
        self.runner, self.address, self.site = web.AppRunner(app, access_log=None, shutdown_timeout=1), address, None

    async def up(self):
        await self.runner.setup()
        self.site = web.TCPSite(self.runner, *self.address)
        await self.site.start()

    async def down(self):
        await self.site.stop()
        self.runner.server.pre_shutdown()  # lines that are open and idle


@pytest.fixture
async def site(hass, house, address):
    for component in ("http", "webhook"):
        assert await async_setup_component(hass, component, {})
    hass.http.app._router.freeze = lambda: None  # as Home Assistant does itself when it starts
    site = Site(hass.http.app, address)
    await site.runner.setup()
    await site.up()
    yield site
    await site.runner.cleanup()


class HomeAssistant:
    """What a person does in Home Assistant, and what an automation sees."""

    def __init__(self, hass, house):
        self.hass, self.house, self.events = hass, house, []
        for name in ("bot_message", "message_received", "channels_list", "search_results"):
            hass.bus.async_listen(f"homechat_{name}", self._heard)

    def _heard(self, event):
        self.events.append((event.event_type, event.data))

    async def flow(self, token, **changes):
        """The first form, filled in."""
        data = {"host": "127.0.0.1", "port": self.house.port, "ssl": False, "api_token": token} | changes
        return await self.hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"}, data=data)

    async def connect(self, token=None, bot="home_assistant_bot", webhook=True):
        step = await self.flow(token or self.house.tokens["assistant"])
        assert (step["type"], step["step_id"]) == ("form", "webhook"), step
        done = await self.hass.config_entries.flow.async_configure(
            step["flow_id"], {"bot_username": bot, "enable_webhook": webhook})
        assert done["type"] == "create_entry", done
        await self.hass.async_block_till_done()
        return done["result"]

    async def call(self, service, domain=DOMAIN, **data):
        await self.hass.services.async_call(domain, service, data, blocking=True)

    async def outside(self, work, *arguments, **options):
        """Something that a person does with HomeChat meanwhile; Home Assistant goes on."""
        return await self.hass.async_add_executor_job(lambda: work(*arguments, **options))

    async def eventually(self, condition, within=15):
        async with asyncio.timeout(within):
            while not (result := condition()):
                await asyncio.sleep(0.02)
        return result


@pytest.fixture
async def assistant(hass, house, site):
    assistant = HomeAssistant(hass, house)
    yield assistant
    for entry in hass.config_entries.async_entries(DOMAIN):
        with contextlib.suppress(Exception):
            await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
