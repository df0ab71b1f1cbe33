"""Server status and channel count."""

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import CONF_SSL, DOMAIN


async def async_setup_entry(hass, entry, async_add_entities):
    coordinator = hass.data[DOMAIN][entry.entry_id].coordinator
    async_add_entities([ServerStatus(coordinator, entry), ChannelCount(coordinator, entry)])


class ServerStatus(CoordinatorEntity, SensorEntity):
    _attr_name = "HomeChat Server Status"

    def __init__(self, coordinator, entry):
        super().__init__(coordinator)
        self._attr_unique_id = f"{entry.entry_id}_status"
        self._attr_extra_state_attributes = {key: entry.data[key] for key in (CONF_HOST, CONF_PORT, CONF_SSL)}

    @property
    def available(self):
        return True

    @property
    def native_value(self):
        return self.coordinator.status


class ChannelCount(CoordinatorEntity, SensorEntity):
    _attr_name = "HomeChat Channel Count"

    def __init__(self, coordinator, entry):
        super().__init__(coordinator)
        self._attr_unique_id = f"{entry.entry_id}_channels"

    @property
    def native_value(self):
        return len(self.coordinator.data)

    @property
    def extra_state_attributes(self):
        return {"channels": [{key: one[key] for key in ("id", "name", "type")} for one in self.coordinator.data]}
