"""Templates that share the skeleton `page/skeleton.html.jinja` and the stylesheet beside it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "number"]

_MINUS: Final = "\N{MINUS SIGN}"
_NOTHING: Final = "\N{EN DASH}"
_DIGITS: Final = 2


def environment(package: str) -> Environment:
    """Give the templates of a package; `page/...` are those that all pages share.

    Every value is escaped, and one that is not given is an error. Templates know the filter
    `number` and the `version` of this distribution, empty where it is not installed.

    Raises:
        ImportError: Jinja2 is not installed.
    """
    try:
        from jinja2 import (  # noqa: PLC0415 - an extra, loaded when first needed
            ChoiceLoader,
            Environment,
            PackageLoader,
            PrefixLoader,
            StrictUndefined,
        )
    except ImportError as exc:
        raise ImportError('pages need Jinja2: pip install "trlyr-async[report]"') from exc
    shared = PrefixLoader({"page": PackageLoader("energy_async.page", "")})
    made = Environment(
        loader=ChoiceLoader([shared, PackageLoader(package, "")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = number
    made.globals["version"] = _version()
    return made


def _version() -> str:
    try:
        return version("trlyr-async")
    except PackageNotFoundError:
        return ""


def number(value: float | None, digits: int | None = None) -> str:
    """Write a number with its thousands apart and a proper minus; a dash where there is none.

    Without `digits` nothing is rounded: two decimals, and more where the value has more.
    """
    if value is None:
        return _NOTHING
    text = f"{value:,.{_DIGITS if digits is None else digits}f}"
    if digits is None and float(text.replace(",", "")) != value:
        text = f"{value:,}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", _MINUS)
