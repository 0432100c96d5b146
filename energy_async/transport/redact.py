"""Keep tokens and passwords out of everything that is shown, logged or raised."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MASK", "Discreet", "redact", "redact_bytes", "redact_url"]

MASK: Final = "***"

_NAMES: Final = (
    r"access_token|refresh_token|id_token|token|password|passwd|secret|client_secret"
    r"|authorization|api_?key|set-cookie|cookie|session"
)
_RULES: Final = (
    # JSON members, also inside an escaped JSON text: "password": "..."
    (
        re.compile(rf'(\\?["\'](?:{_NAMES})\\?["\']\s*:\s*b?\\?["\'])[^"\'\\]+', re.IGNORECASE),
        rf"\g<1>{MASK}",
    ),
    (re.compile(r"\b(Bearer|Basic)\s+[^\s\"',;<>]+", re.IGNORECASE), rf"\g<1> {MASK}"),
    # form or query fields: password=...
    (re.compile(rf"\b((?:{_NAMES})=)[^\s&\"'<>]+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), MASK),
)
_SHORTEST_SECRET: Final = 4
_USER: Final = re.compile(r"^(\w+://)[^/?#@]*@")
_SIGNED: Final = re.compile(
    r"([?&](?:AWSAccessKeyId|Signature|sig|X-Goog-Signature|X-Amz-Signature)=)[^&#]+",
    re.IGNORECASE,
)
"""What the conventions of OpenTelemetry want masked: links that are signed."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with the given secrets, and whatever looks like a credential, masked."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET and secret in text:
            text = text.replace(secret, MASK)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def redact_bytes(body: bytes, secrets: Iterable[str] = ()) -> bytes:
    """`body` with credentials masked; unchanged, byte for byte, where it holds none."""
    text = body.decode("utf-8", "surrogateescape")
    clean = redact(text, secrets)
    return body if clean == text else clean.encode("utf-8", "surrogateescape")


def redact_url(url: str) -> str:
    """`url` without user and password, and with credentials in its query masked."""
    return redact(_SIGNED.sub(rf"\g<1>{MASK}", _USER.sub(r"\g<1>", url)))


class Discreet:
    """For structs with headers or bodies: they show what `_shown` gives and no other field.

    Also to rich, whose tracebacks with local variables do not ask for the `repr` of a struct.
    """

    __slots__ = ()

    def _shown(self) -> str:
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shown()})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("about", self._shown())]
