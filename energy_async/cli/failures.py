"""Errors in the words of someone at a terminal: what happened, and what to do. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from energy_async.cli.exits import ExitCode
from energy_async.storage import DatasetDamaged, UnsafeStore
from energy_async.transport.errors import (
    DecodeFailed,
    EnergyApiError,
    NotSubscribed,
    RateLimited,
    RequestTimeout,
    ServerError,
)

__all__ = ["Failure", "explain"]

# Most messages of the transport say what to do already; these leave something to add.
_ADVICE: Final[tuple[tuple[type[EnergyApiError], str], ...]] = (
    (RequestTimeout, "the server is slow or out of reach; try again later"),
    (NotSubscribed, "check NANOCORP_TOKEN"),
    (RateLimited, "wait, or ask less often with --rate"),
    (ServerError, "try again later"),
    (DecodeFailed, "please report it: the answer differs from its specification"),
)


class Failure(NamedTuple):
    """One or two lines for standard error, and how the command ends."""

    lines: tuple[str, ...]
    code: ExitCode


def explain(error: BaseException) -> Failure:
    """Say what happened and what to do about it."""
    error = _innermost(error)
    if isinstance(error, EnergyApiError):
        return Failure((str(error), *_advice(error)), ExitCode.ERROR)
    if isinstance(error, ImportError):
        return Failure((str(error),), ExitCode.MISUSE)
    if isinstance(error, OSError):
        return Failure((_about_file(error),), ExitCode.ERROR)
    if isinstance(error, (DatasetDamaged, UnsafeStore)):
        return Failure((str(error),), ExitCode.ERROR)
    if isinstance(error, ValueError):
        return Failure((str(error),), ExitCode.MISUSE)
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return Failure(
        (f"unexpected {what}", "run again with --verbose and report what it shows"), ExitCode.ERROR
    )


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _advice(error: EnergyApiError) -> tuple[str, ...]:
    advice = next((text for kind, text in _ADVICE if isinstance(error, kind)), "")
    if isinstance(error, DecodeFailed) and error.body.lstrip().startswith(b"<"):
        advice = "check the token and the address of the API: this is a web page"
    about = f"request id {error.request_id}" if error.request_id else ""
    text = "; ".join(filter(None, (advice, about)))
    return (text,) if text else ()


def _about_file(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename is not None else reason
