"""Packages whose public names stand in their stub alone and are loaded at their first use."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # so that a program needs not import typing before it can be interrupted
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["attach"]


def attach(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Give the `__getattr__` and the `__dir__` of a package, by the `__init__.pyi` beside it.

    Type checkers read the same file, so that a name is written once. `__all__` is one of the
    attributes.
    """
    found: dict[str, str] = {}

    def names() -> list[str]:
        found.update({} if found else _names(package))
        return sorted(found)

    def load(name: str) -> object:
        value: object = names()
        if name != "__all__":
            if name not in found:
                message = f"module {package!r} has no attribute {name!r}"
                raise AttributeError(message)
            where = found[name]
            is_module = where == package
            value = import_module(f"{where}.{name}") if is_module else _of(where, name)
        setattr(sys.modules[package], name, value)
        return value

    return load, names


def _of(module: str, name: str) -> object:
    value: object = getattr(import_module(module), name)
    return value


def _names(package: str) -> Iterator[tuple[str, str]]:
    """Each name of a stub and the module that has it, stars replaced by what they stand for."""
    import ast  # noqa: PLC0415 - neither is needed before a name is used
    import pkgutil  # noqa: PLC0415

    for one in ast.parse(pkgutil.get_data(package, "__init__.pyi") or b"").body:
        if isinstance(one, ast.ImportFrom) and one.module:
            for alias in one.names:
                every = import_module(one.module).__all__ if alias.name == "*" else [alias.name]
                yield from ((name, one.module) for name in every)
