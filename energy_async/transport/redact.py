"""Keep tokens and passwords out of everything that is shown, logged or raised."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from html.entities import codepoint2name
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from energy_async.transport.errors import EnergyApiError, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "MASK",
    "SEARCHED",
    "Discreet",
    "SecretBytes",
    "SecretText",
    "disclose_nothing",
    "redact",
    "redact_bytes",
    "redact_url",
    "without",
    "without_frames",
    "without_parts",
]

MASK: Final = "***"
_BY: Final = rf"\g<1>{MASK}"

_HINTS: Final = (
    *("token", "passw", "passphrase", "pwd", "secret", "authorization", "key", "cookie"),
    *("session", "assertion", "credential"),
)
_NAMES: Final = (
    r"[\w-]{0,40}(?:token|password|passwd|passphrase|secret|api[_-]?key)|pwd|authorization"
    r"|set-cookie|cookie|session|assertion|credentials?"
)
_ECHOES: Final = r"input|value|given|received|rejected_?value|invalid_?value"


def _members(names: str) -> tuple[re.Pattern[str], ...]:
    """Patterns for JSON members with such names, their values up to a quote that is not escaped."""
    rules = (
        # "password": "...", also as Python shows it
        rf'((["\'])(?:{names})\2\s*:\s*[bu]?(["\']))(?:(?!\3)[^\\]|\\.)+',
        rf'((["\'])(?:{names})\2\s*:\s*)(?!null|true|false|None)[^\s"\',\[\]{{}}]+',
        # inside of a JSON text: \"password\": \"...\"; deeper, all up to a bare quote is lost
        rf'((?<!\\)\\"(?:{names})\\"\s*:\s*\\")(?:\\\\(?:\\.|[^\\])|[^"\\])+',
        rf'((?<!\\)\\{{2,}}"(?:{names})\\{{2,}}"\s*:\s*\\{{2,}}")(?:[^"\\]|\\.)+',
    )
    return tuple(re.compile(rule, re.IGNORECASE | re.DOTALL) for rule in rules)


_NAMED: Final = (
    *_members(_NAMES),
    re.compile(rf"\b((?:{_NAMES})=)[^\s&\"'<>]+", re.IGNORECASE),  # form or query fields
)
_ECHOED: Final = _members(_ECHOES)
_SCHEMES: Final = re.compile(r"\b((?:Bearer|Basic)\s+)[^\s\"',;<>]+", re.IGNORECASE)
_JWT: Final = re.compile(r"\b()eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")
_SHORTEST_SECRET: Final = 4
_LONGEST_WORD: Final = 15
_PART: Final = 8
_LONGEST_ESCAPED: Final = 100
"""Longer secrets are tokens, which hold nothing that needs escaping but in a URL."""
_ESCAPES: Final = re.compile(r"[\\%&+?\ufffd\udc80-\udcff]")
_LOST: Final = r"(?:\ufffd|\\{1,8}ufffd|%EF%BF%BD|\?)"
_LETTERS: Final = dict(zip("\n\r\t\b\f", "nrtbf", strict=True))
_USER: Final = re.compile(r"^(\w+://)[^/?#@]*@")
_SIGNED: Final = re.compile(
    r"([?&](?:AWSAccessKeyId|Signature|sig|X-Goog-Signature|X-Amz-Signature)=)[^&#]+",
    re.IGNORECASE,
)
"""What the conventions of OpenTelemetry want masked: links that are signed."""


def redact(text: str, secrets: Iterable[str] = (), *, echoes: bool = False) -> str:
    """`text` with the given secrets, and whatever looks like a credential, masked.

    A secret is found as it is, in Base64, and with any of its characters escaped as JSON, URLs,
    HTML and Python do it. One that may be a word (letters or digits alone, 15 at most) is not
    looked for: in a sentence of the server's, where everybody can guess what stood there, a mask
    would give it away. Such a one is masked as the value of a name that speaks of credentials;
    with `echoes`, for the answer to a login, also of one that quotes what was sent.
    """
    has_escapes = _ESCAPES.search(text) is not None
    for secret in secrets:
        if not _is_sought(secret):
            continue
        for form in _forms(str(secret)):
            if form in text:
                text = text.replace(form, MASK)
        if has_escapes and len(secret) <= _LONGEST_ESCAPED:
            text = _escaped(str(secret)).sub(MASK, text)
    small = text.lower()
    rules = _NAMED if any(hint in small for hint in _HINTS) else ()
    for pattern in (*rules, *(_ECHOED if echoes else ()), _SCHEMES, _JWT):
        text = pattern.sub(_BY, text)
    return text


def without_parts(text: str, secrets: Iterable[str]) -> str:
    """`text` with parts of secrets masked too, of 8 characters and not of letters alone.

    For what a library says of an answer: it quotes what it could not read, from where it stopped.
    """
    hidden: set[int] = set()
    for secret in filter(_is_sought, secrets):
        step = 1 if len(secret) <= _LONGEST_ESCAPED else _PART
        for at in range(0, len(secret) - _PART + 1, step):
            part = str(secret)[at : at + _PART]
            found = -1 if part.isalpha() else text.find(part)
            while found >= 0:
                hidden.update(range(found, found + _PART))
                found = text.find(part, found + 1)
    masks = {at: "" if at - 1 in hidden else MASK for at in hidden}
    return "".join(masks.get(at, sign) for at, sign in enumerate(text)) if masks else text


def _is_sought(secret: str) -> bool:
    letters = secret.replace(" ", "")
    is_word = len(secret) <= _LONGEST_WORD and (letters.isalpha() or letters.isdigit())
    return len(secret) >= _SHORTEST_SECRET and not is_word


@lru_cache(maxsize=64)
def _forms(secret: str) -> tuple[str, ...]:
    """A secret as a whole: as it is, in Base64 wherever it begins there, and in a URL."""
    raw = secret.encode("utf-8", "surrogatepass")
    coded = {
        form.decode().translate(table)
        for shift in range(3)
        # Only the characters that depend on nothing before or behind the secret.
        for form in [b64encode(bytes(shift) + raw)[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]]
        for table in ({}, str.maketrans("+/", "-_"))
    }
    return (secret, *sorted(coded, key=len, reverse=True), quote(raw, safe=""))


@lru_cache(maxsize=64)
def _escaped(secret: str) -> re.Pattern[str]:
    """A pattern for the secret, each of its characters as it is or escaped."""
    runs = re.sub(r"\\+", r"\\", secret)  # how many backslashes stand for one depends on the escape
    return re.compile("".join(map(_run, re.findall(r"[^\x00-\x7f]+|[\x00-\x7f]", runs))))


def _run(text: str) -> str:
    """A character of ASCII; or some others, which an encoder or decoder may have lost."""
    ways = "".join(map(_any, text))
    return ways if text.isascii() else f"(?:{ways}|(?i:{_LOST}){{{len(text)},{4 * len(text)}}})"


def _any(sign: str) -> str:
    """A pattern for a character in all the ways in which it may be escaped, once or more."""
    code, units = ord(sign), sign.encode("utf-16-be", "surrogatepass")
    octets = [f"{octet:02x}" for octet in sign.encode("utf-8", "surrogatepass")]
    ways = [
        "".join(rf"\\{{1,8}}u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)),
        "".join(rf"%(?:25){{0,3}}{octet}" for octet in octets),
        rf"&(?:amp;){{0,3}}#(?:0{{0,6}}{code}|x0{{0,6}}{code:x});",
    ]
    if name := codepoint2name.get(code, "apos" if sign == "'" else ""):
        ways.append(f"&(?:amp;){{0,3}}{name};")
    if sign in _LETTERS:
        ways.append(rf"\\{{1,8}}(?:{_LETTERS[sign]}|x{code:02x})")
    if code > 0xFFFF:  # noqa: PLR2004 - as Python shows it
        ways.append(rf"\\{{1,8}}u{code:08x}")
    if not sign.isascii():  # as Python shows its bytes, and what a decoder makes of them
        ways += ["".join(rf"\\{{1,8}}x{octet}" for octet in octets)]
    if 0x80 <= code <= 0xFF:  # noqa: PLR2004 - the same in Latin-1
        ways += [rf"\\{{1,8}}x{code:02x}", chr(0xDC00 + code)]
    itself = "[ +]" if sign == " " else re.escape(sign)
    if sign == "\\":
        return f"(?:(?i:{'|'.join(ways)})|{itself}){{1,24}}"
    if not sign.isalnum():
        itself = rf"\\{{0,8}}{itself}"
    return f"(?:(?i:{'|'.join(ways)})|{itself})"


def redact_bytes(body: bytes, secrets: Iterable[str] = (), *, echoes: bool = False) -> bytes:
    """`body` with credentials masked; unchanged, byte for byte, where it holds none."""
    text = body.decode("utf-8", "surrogateescape")
    clean = redact(text, secrets, echoes=echoes)
    return body if clean == text else clean.encode("utf-8", "surrogateescape")


def without(body: bytes, secrets: Iterable[str]) -> bytes:
    """Data as it came, however large, but for secrets that stand in it as they were sent."""
    for secret in secrets:
        if _is_sought(secret):
            body = body.replace(secret.encode("utf-8", "surrogatepass"), MASK.encode())
    return body


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


# Errors and frames: trackers, rich and cgitb print the local variables of every frame

SEARCHED: Final = 4096
"""Characters of a foreign error's text that are looked at; what is shown of them is cut after."""
_SEARCHED_AT_MOST: Final = 65_536
_SHOWN: Final = 600


class SecretText(str):
    """A text like any other, but its `repr`, and that of its parts, is masked."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    def __getitem__(self, key: Any) -> SecretText:  # noqa: ANN401 - as `str` has it
        return SecretText(super().__getitem__(key))  # a printer may cut before it prints


class SecretBytes(bytes):
    """The same for bytes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK.encode())

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 - as `bytes` has it
        part = super().__getitem__(key)
        return part if isinstance(part, int) else SecretBytes(part)


def without_frames(error: BaseException) -> None:
    """Drop the frames that an error, and each error behind it, has gone through so far.

    Below the transport they belong to others, and hold headers and bodies as they were sent. Those
    that the error goes through from here on are added as usual.
    """
    for link in behind(error):
        link.__traceback__ = None


def disclose_nothing(error: BaseException, secrets: Iterable[str]) -> None:
    """Let an error pass on no secret: see `without_frames`; nor a text that holds one.

    Our own errors have it masked; others behind them, which quote what was sent or answered, are
    left out.
    """
    without_frames(error)
    for link in behind(error):
        if isinstance(link, EnergyApiError):
            link.message = redact(link.message, secrets)
            if isinstance(link, TransportError):
                link.message = without_parts(link.message, secrets)[:_SHOWN]
            link.args = (link.message, *link.args[1:])
        for name in ("__cause__", "__context__"):
            if _tells(getattr(link, name), secrets):
                setattr(link, name, None)


def _tells(error: BaseException | None, secrets: Iterable[str]) -> bool:
    if error is None or isinstance(error, EnergyApiError):
        return False
    if isinstance(error, UnicodeError):
        return True  # it has the whole body in it
    text = f"{error} {error!r} {vars(error)}"[:_SEARCHED_AT_MOST]
    return without_parts(redact(text, secrets), secrets) != text


def behind(error: BaseException) -> Iterator[BaseException]:
    """The error itself, its causes, its contexts and the members of groups, each once."""
    seen: set[int] = set()
    rest: list[BaseException | None] = [error]
    while rest:
        link = rest.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        rest += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            rest += link.exceptions
        yield link
