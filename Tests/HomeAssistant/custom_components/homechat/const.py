"""Names of the wire contract, sections 3 and 4."""

DOMAIN = "homechat"
CONF_SSL = "ssl"
CONF_BOT_USERNAME = "bot_username"
CONF_ENABLE_WEBHOOK = "enable_webhook"
CONF_WEBHOOK_ID = "webhook_id"
CONF_WEBHOOK_SECRET = "webhook_secret"
CONF_BOT_ID = "bot_id"

DEFAULT_PORT = 3000
DEFAULT_BOT = "home_assistant_bot"
UPDATE_SECONDS = 300
SIGNATURE = "X-HomeChat-Signature"

EVENT_BOT_MESSAGE = "homechat_bot_message"
EVENT_MESSAGE = "homechat_message_received"
EVENT_CHANNELS = "homechat_channels_list"
EVENT_SEARCH = "homechat_search_results"
