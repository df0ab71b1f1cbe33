"""Whether the server is there, and its channels, every five minutes."""

from datetime import timedelta
import logging

from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import HomeChatError
from .const import DOMAIN, UPDATE_SECONDS


class HomeChatCoordinator(DataUpdateCoordinator):
    def __init__(self, hass, client):
        super().__init__(
            hass, logging.getLogger(__name__), name=DOMAIN, update_interval=timedelta(seconds=UPDATE_SECONDS))
        self.client = client
        self.status = "unknown"

    async def _async_update_data(self):
        try:
            await self.client.health()
            self.status = "online"
        except HomeChatError:
            self.status = "offline"
        try:
            return await self.client.channels()
        except HomeChatError as error:
            if error.status == 401:
                self.status = "auth_failed"
                raise ConfigEntryAuthFailed from error
            if self.status == "online":
                self.status = "error"
            raise UpdateFailed(str(error)) from error
