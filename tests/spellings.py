"""Passwords that are hard to hide, and the ways in which texts spell them."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

PASSWORDS = [
    "p\"ss\\w0rd'<&>%;{x}",
    "pass-word-never-shown",
    'Grüße & "Küsse"\\1',
    "ümlaut-ßecret/+=",
    "日本語😀-one",
    "a'b\\\\\\c\td\\e f",
]


def _lost(text: str) -> str:
    return text.encode().decode("ascii", "replace")


def as_code_units(text: str) -> str:
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex().upper()}" for at in range(0, len(units), 2))


ESCAPES: dict[str, Callable[[str], str]] = {
    "itself": str,
    "JSON, ASCII": lambda text: json.dumps(text)[1:-1],
    "JSON": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON of Go": lambda text: (
        json.dumps(text)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026")
    ),
    "JSON, all": as_code_units,
    "URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "URL in URL": lambda text: quote(quote(text)),
    "URL, all": lambda text: "".join(f"%{octet:02X}" for octet in text.encode()),
    "HTML": html.escape,
    "HTML in HTML": lambda text: html.escape(html.escape(text)),
    "XML": lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    "HTML, all": lambda text: "".join(f"&#x{ord(sign):X};" for sign in text),
    "Python": lambda text: ascii(text)[1:-1],
    "Python, bytes": lambda text: repr(text.encode())[2:-1],
    "a lossy decoder, JSON": lambda text: json.dumps(_lost(text))[1:-1],
    "a lossy encoder": lambda text: text.encode("ascii", "replace").decode(),
    "a lossy decoder": _lost,
}
