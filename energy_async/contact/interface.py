"""The installed interface of an API: its operations, and the arguments that each one takes."""

from __future__ import annotations

import re
import typing
from datetime import date, datetime
from functools import cache
from importlib import import_module
from inspect import Parameter, signature, unwrap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from energy_async.contact.words import Vocabulary, vocabulary_of
from energy_async.transport.request import READING, Operation, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Api", "Function", "Missing", "Pool", "functions_of", "request_for", "vocabulary"]

_BORDER: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MOST_VALUES: Final = 20


class Api(NamedTuple):
    """What is checked.

    Attributes:
        name: Such as `trlyr`.
        package: Holds the generated areas.
        documents: Each area, and the path of the document that upstream publishes of it; empty
            where it publishes none.
        environments: What the base URLs are called in a record; others are `other`.
        most: The largest figure that each unit can plausibly have.
    """

    name: str
    package: str
    documents: Mapping[str, str]
    environments: Mapping[str, str]
    most: Mapping[str, float] = {}


class Function(NamedTuple):
    """An endpoint function and its operation."""

    area: str
    call: Callable[..., Any]
    operation: Operation[Any]
    hints: Mapping[str, Any]
    categories: Mapping[str, str]

    @property
    def required(self) -> Iterator[tuple[str, Any]]:
        """Names and types of the arguments that it cannot do without."""
        for one in signature(self.call).parameters.values():
            if one.default is Parameter.empty and one.name not in {"client", "options"}:
                yield one.name, self.hints[one.name]

    @property
    def returns(self) -> msgspec.inspect.Type:
        """What its answer is decoded to."""
        return _type_info(self.operation.returns)


_type_info = cache(msgspec.inspect.type_info)


def functions_of(api: Api, *, reading: bool = True) -> list[Function]:
    """The operations of an API, those that need the fewest identifiers first."""
    found = []
    for area in api.documents:
        inside = f"{api.package}._generated.{area}"
        module, models = import_module(f"{inside}.operations"), import_module(f"{inside}.models")
        units = {
            key: unit
            for name in models.__all__
            if name.endswith("_UNITS")
            for key, unit in getattr(models, name).items()
        }
        for name, operation in module.OPERATIONS.items():
            call = getattr(module, name)
            if not reading or operation.method in READING:
                found.append(Function(area, call, operation, typing.get_type_hints(call), units))
    return sorted(found, key=lambda one: len([*one.required]))


def vocabulary(api: Api, extra: Sequence[str] = ()) -> Vocabulary:
    """The words of the whole interface."""
    texts = {*extra}
    every = functions_of(api, reading=False)
    for one in every:
        texts |= {one.operation.name, *one.operation.path.split("/"), *one.hints, *one.categories}
        texts.update(word for hint in one.hints.values() for word in _literals(hint))
    names = {text.strip("{}") for text in texts}
    return vocabulary_of((one.returns for one in every), names - {""})


def _literals(hint: Any) -> list[str]:  # noqa: ANN401 - any type
    inside = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal:
        return [one for one in inside if isinstance(one, str)]
    return [word for one in inside for word in _literals(one)]


class Missing(Exception):
    """An argument for which nothing is known yet."""


class Pool:
    """Identifiers that are known, each with those beside which it was seen.

    `given` are values that the caller knows, by the name of an argument.
    """

    def __init__(self, names: set[str], given: Mapping[str, Sequence[str]]) -> None:
        self._names = names
        self._known: dict[str, dict[str, Mapping[str, str]]] = {}
        for name, values in given.items():
            for value in values:
                self._add(name, value, {})

    def _add(self, name: str, value: object, beside: Mapping[str, str]) -> None:
        there = self._known.setdefault(name, {})
        if name in self._names and isinstance(value, str) and value and len(there) < _MOST_VALUES:
            there.setdefault(value, beside)

    def learn(self, function: Function, arguments: Mapping[str, Any], value: Any) -> None:  # noqa: ANN401
        """Take the identifiers out of an answer."""
        beside = {name: str(one) for name, one in arguments.items() if name in self._names}
        noun = function.operation.name.rpartition(".")[2].removeprefix("get_")
        self._walk(value, beside, f"{_singular(noun)}_id")

    def _walk(self, value: object, beside: Mapping[str, str], own: str) -> None:
        if isinstance(value, list):
            for one in value:
                self._walk(one, beside, own)
        elif isinstance(value, dict):
            if isinstance(value.get("id"), str):
                self._add(own, value["id"], beside)
                beside, own = {**beside, own: value["id"]}, ""
            for key, inside in value.items():
                name = _BORDER.sub("_", str(key)).lower()
                many = inside if isinstance(inside, list) else [inside]
                for one in many:
                    self._add(name.removesuffix("s") if inside is many else name, one, beside)
                self._walk(inside, beside, own)

    def choices(
        self, function: Function, window: tuple[datetime, datetime]
    ) -> Iterator[dict[str, Any]]:
        """Arguments to call a function with; identifiers that are known to belong together."""
        rest: dict[str, Any] = {}
        names = []
        for name, hint in function.required:
            if hint in {datetime, date}:
                rest[name] = window[name == "end"] if hint is datetime else window[0].date()
            elif words := _literals(hint):
                rest[name] = words[-1]
            else:
                names.append(name)
        if missing := next((name for name in names if not self._known.get(name)), None):
            raise Missing(missing)
        firsts = {name: next(iter(self._known[name])) for name in names}
        for value, beside in self._known[names[-1]].items() if names else [("", {})]:
            together = {name: beside[name] for name in names if name in beside}
            yield {**rest, **firsts, **together, **dict.fromkeys(names[-1:], value)}


def _singular(noun: str) -> str:
    return f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")


class _Catcher:
    """Stands in for a client, and keeps the request that a function makes."""

    async def send(self, request: Request[Any], **_: object) -> None:
        self.request = request


async def request_for(function: Function, arguments: Mapping[str, Any]) -> Request[Any]:
    """The request that the function would send."""
    catcher = _Catcher()
    named = dict(arguments)
    first = [
        named.pop(one.name)
        for one in signature(function.call).parameters.values()
        if one.kind is Parameter.POSITIONAL_OR_KEYWORD and one.name in named
    ]
    await unwrap(function.call)(catcher, *first, **named)  # without a warning of its deprecation
    return catcher.request
