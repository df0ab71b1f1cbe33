"""Plugins for detect-secrets: what HomeChat's own secrets look like."""
import re

from detect_secrets.plugins.base import RegexBasedDetector


class HomeChatTokenDetector(RegexBasedDetector):
    """API tokens, `hc_` + 8 + `_` + 32 or more."""

    secret_type = "HomeChat API token"
    denylist = [re.compile(r"\bhc_[A-Za-z0-9]{8}_[A-Za-z0-9]{32,}")]


class HomeChatMasterKeyDetector(RegexBasedDetector):
    """32 bytes in hexadecimal, or in base64, after a word that says what they are; or hexadecimal alone in a line."""

    secret_type = "HomeChat master key"
    denylist = [
        re.compile(r"(?i)(?:master|secret)[_ .-]?key(?:[_ .-]?base)?\b[\"']?\s*[:=]\s*[\"']?([0-9a-f]{64}|[A-Za-z0-9+/]{43}=)"),
        re.compile(r"^[0-9a-f]{64}$"),
    ]
