"""notify.homechat_<channel>: the target that Home Assistant hands over is the label, as in `general (public)`."""

from homeassistant.components.notify import ATTR_TARGET, ATTR_TITLE, BaseNotificationService

from .const import DOMAIN


async def async_get_service(hass, config, discovery_info=None):
    return Notifications(hass.data[DOMAIN][discovery_info["entry_id"]], discovery_info["channels"])


class Notifications(BaseNotificationService):
    def __init__(self, runtime, channels):
        self.runtime, self.channels = runtime, channels

    @property
    def targets(self):
        return self.channels

    async def async_send_message(self, message="", **options):
        title = options.get(ATTR_TITLE)
        text = f"**{title}**\n{message}" if title else message
        for target in options.get(ATTR_TARGET) or [None]:
            await self.runtime.client.send(text, target, title=title)
