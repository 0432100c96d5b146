"""YAML 1.2 with the scalars of JSON, as OpenAPI documents are written in it.

PyYAML's parser, written in C, reads the text; what its scalars mean is decided here, since PyYAML
knows YAML 1.1 alone, where `on` is true and `12:30` is a number.
"""

import copy
import re
from collections.abc import Callable
from typing import Any

import yaml

from codegen.problems import pointer

__all__ = ["load_yaml"]

_MAX_NESTING = 200
_MAX_NODES = 2_000_000
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NO_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_TAGS: dict[str, Callable[[str], object]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:bool": lambda text: _WORDS[text],
    "tag:yaml.org,2002:null": lambda _: None,
    "!": str,
}

_COLLECTIONS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


def load_yaml(text: str, doubles: list[str] | None = None) -> object:
    """The value that a YAML text stands for, as JSON would hold it.

    Keys are the texts that are written. Each alias becomes a copy of what it stands for, as far as
    the whole stays within bounds. `doubles` receives JSON pointers of keys that stand twice in
    their object; without it they are an error.

    Raises:
        ValueError: It cannot be read, or holds what JSON cannot.
    """
    try:
        reader = _Reader()
        for event in yaml.parse(text, Loader=_Loader):
            reader.take(event)
    except yaml.YAMLError as exc:
        raise ValueError(" ".join(str(exc).split())) from exc
    if doubles is None and reader.duplicates:
        raise ValueError(f"this key stands twice: {', '.join(reader.duplicates)}")
    if doubles is not None:
        doubles += reader.duplicates
    return reader.value


class _Reader:
    """Puts the value together, event by event, without recursion.

    Attributes:
        value: The value of the document.
        duplicates: Pointers of keys that stand in their object already.
    """

    def __init__(self) -> None:
        self.value: object = None
        self.duplicates: list[str] = []
        self._open: list[_Collection] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            self._nodes += 1
            self._put(self._scalar(event), event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            ended = self._open.pop()
            self._put(ended.value, ended.begun, ended.nodes)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _error("a second YAML document begins; one is read", event)

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._open) >= _MAX_NESTING:
            raise _error("nested too deeply", event)
        if self._open and self._open[-1].awaits_key:
            raise _error("a key is text, got a collection", event)
        if event.tag not in _COLLECTIONS:
            raise _error(f"the tag {event.tag} is none of JSON's", event)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Collection(value, event, self._nodes))
        self._nodes += 1

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            message = f"the alias *{event.anchor} stands for nothing, or for what it stands in"
            raise _error(message, event)
        value, nodes = self._anchors[event.anchor]
        self._nodes += nodes
        if self._nodes > _MAX_NODES:
            raise _error(f"more than {_MAX_NODES} values, aliases followed", event)
        self._put(copy.deepcopy(value), event)

    def _put(self, value: Any, event: yaml.Event, before: int | None = None) -> None:  # noqa: ANN401
        """Put a finished value where it belongs."""
        if self._nodes > _MAX_NODES:
            raise _error(f"more than {_MAX_NODES} values", event)
        anchor = getattr(event, "anchor", None)
        if anchor and not isinstance(event, yaml.AliasEvent):
            self._anchors[anchor] = value, self._nodes - before if before is not None else 1
        if not self._open:
            self.value = value
        elif not self._open[-1].take(value, event):
            self.duplicates.append(pointer(*(one.here for one in self._open)))

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        if self._open and self._open[-1].awaits_key:
            return str(event.value)
        if event.tag is not None and not event.implicit[0]:
            return _tagged(event)
        return _plain(event) if event.implicit[0] else str(event.value)


class _Collection:
    """An object or an array that has begun, with the number of values before it."""

    def __init__(self, value: Any, begun: yaml.Event, nodes: int) -> None:  # noqa: ANN401
        self.value, self.begun, self.nodes = value, begun, nodes
        self._key: str | None = None
        self._last = ""
        self._merged: set[str] = set()

    @property
    def awaits_key(self) -> bool:
        return isinstance(self.value, dict) and self._key is None

    @property
    def here(self) -> str | int:
        """The key, or the index, of what is being read or, in an object, was read last."""
        if isinstance(self.value, list):
            return len(self.value)
        return self._last

    def take(self, value: Any, event: yaml.Event) -> bool:  # noqa: ANN401
        """Take a key or a value; False if its key is there already."""
        if isinstance(self.value, list):
            self.value.append(value)
            return True
        if self._key is None:
            self._key = self._last = str(value)
            return True
        key, self._key = self._key, None
        if key == "<<":
            return self._merge(value, event)
        is_new = key not in self.value or key in self._merged
        self._merged.discard(key)
        self.value[key] = value
        return is_new

    def _merge(self, value: Any, event: yaml.Event) -> bool:  # noqa: ANN401
        """`<<`, which YAML 1.2 no longer has and documents still use: own keys count."""
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                raise _error("`<<` takes objects", event)
            self._merged |= one.keys() - self.value.keys()
            self.value.update({key: item for key, item in one.items() if key not in self.value})
        return True


def _plain(event: yaml.ScalarEvent) -> object:
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return int(text) if _INTEGER.fullmatch(text) else float(text)
    if _NO_JSON.fullmatch(text):
        raise _error(f"`{text}` is not JSON", event)
    return text


def _tagged(event: yaml.ScalarEvent) -> object:
    if event.tag not in _TAGS:
        raise _error(f"the tag {event.tag} is none of JSON's", event)
    try:
        return _TAGS[event.tag](event.value)
    except (ValueError, KeyError) as exc:
        raise _error(f"{event.value!r} is not of its tag {event.tag}", event) from exc


def _error(message: str, event: yaml.Event) -> ValueError:
    mark: Any = event.start_mark
    return ValueError(f"line {mark.line + 1}, column {mark.column + 1}: {message}")
