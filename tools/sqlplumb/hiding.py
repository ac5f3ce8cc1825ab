"""Hide the secrets of URLs, and of what was meant as a URL. Stdlib only.

`without_password` takes a text that names a database, however badly it is written;
`without_urls_passwords` takes a message of somebody else, which may hold a URL.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

_SECRETS = ("pass", "pwd", "secret", "token", "key", "credential")
# Up to the last `@`: a password that is not escaped may hold any character.
_USER = re.compile(r"\A(?P<user>[^:/?@\s]*://[^/@:]*:|(?![\w+.-]*://)[^:@]*:).*@", re.DOTALL)
_NAME = re.compile(
    r"""(?P<name>[^?&;,\s=:'"{}]+)(?:["']\s*:|["']?\s*(?:=|%3D))\s*""", re.IGNORECASE
)
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z)""", re.DOTALL)
_OF_URL = re.compile(r"[^&]*", re.DOTALL)
_OF_WORDS = re.compile(r"(?:\\.|[^\s&;,}\\])*", re.DOTALL)
_IN_WORDS = re.compile(
    r"""(?P<user>://[^\s/@:'"]*:|(?:(?<=//)|(?<![\w/.+:@-]))[\w.+-]*:(?!//))[^\s'"]+@(?=[\w.\[-])"""
)


def without_password(written: str) -> str:
    """Hide the password of a user, and secret options: `?sslkey=...`, `password=...`."""
    text = _USER.sub(r"\g<user>***@", written)
    shown, end = "", 0
    for option in _NAME.finditer(text):
        name = unquote_plus(option["name"]).lower()
        if option.start() < end or not any(word in name for word in _SECRETS):
            continue
        value = _OF_URL if "?" in text[: option.start()] else _OF_WORDS
        match = _QUOTED.match(text, option.end()) or value.match(text, option.end())
        assert match
        shown, end = f"{shown}{text[end : option.end()]}***", match.end()
    return shown + text[end:]


def without_urls_passwords(words: str) -> str:
    return _IN_WORDS.sub(r"\g<user>***@", words) if "@" in words else words
