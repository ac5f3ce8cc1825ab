"""Hide the secrets of URLs, and of what was meant as a URL. Stdlib only.

`without_password` takes a text that names a database, however badly it is written;
`without_urls_passwords` takes a message of somebody else, which may hold a URL. The name of a
variable that holds one (`env:DATABASE_URL`) is no secret.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

_SECRETS = ("pass", "pwd", "secret", "token", "key", "credential")
# Up to the last `@`: a password that is not escaped may hold any character.
_USER = r"(?s)\A(?P<user>[^:/?@\s]*://[^/@:]*:|(?![\w+.-]*://)[^:@]*:).*@"
_NAME = r"""(?i)(?P<name>[^?&;,\s=:'"{}]+)(?:["']\s*:|["']?\s*(?:=|%3D))\s*"""
_QUOTED = r"""(?s)'(?:[^'\\]|\\.)*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z)"""
_OF_URL = r"[^&]*"
_OF_WORDS = r"(?s)(?:\\.|[^\s&;,}\\])*"
_IN_WORDS = (
    r"""(?P<user>://[^\s/@:'"]*:|(?:(?<=//)|(?<![\w/.+:@-]))[\w.+-]*:(?!//))[^\s'"]+@(?=[\w.\[-])"""
)


def without_password(written: str) -> str:
    """Hide the password of a user, and secret options: `?sslkey=...`, `password=...`."""
    text = re.sub(_USER, r"\g<user>***@", written) if "@" in written else written
    shown, end = "", 0
    for option in re.finditer(_NAME, text):
        name = unquote_plus(option["name"]).lower()
        if option.start() < end or not any(word in name for word in _SECRETS):
            continue
        value = _OF_URL if "?" in text[: option.start()] else _OF_WORDS
        behind = text[option.end() :]
        match = re.match(_QUOTED, behind) or re.match(value, behind)
        assert match
        shown, end = f"{shown}{text[end : option.end()]}***", option.end() + match.end()
    return shown + text[end:]


def is_url(written: str) -> bool:
    """Is it a URL, or the variable of one?"""
    return "://" in written or written.startswith("env:")


def shown_url(written: str) -> str:
    """Return a URL as people may see it, and use it again: a variable stays what it is."""
    return written if written.startswith("env:") else without_password(written)


def without_urls_passwords(words: str) -> str:
    return re.sub(_IN_WORDS, r"\g<user>***@", words) if "@" in words else words
