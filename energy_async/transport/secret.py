"""Secrets that no traceback shows: texts with a masked `repr`, and errors without foreign frames.

Error trackers, rich and cgitb print the local variables of every frame that an error went through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from energy_async.transport.errors import EnergyApiError, TransportError
from energy_async.transport.redact import MASK, redact, without_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["SEARCHED", "SecretBytes", "SecretText", "disclose_nothing", "without_frames"]


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
