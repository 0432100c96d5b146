"""YAML 1.2 with the scalars of JSON, as OpenAPI documents are written in it.

PyYAML reads the text. Its own rules for scalars are those of YAML 1.1, where `on` is true and
`12:30` is a number.
"""

import re
from typing import Any

import yaml

from codegen.problems import pointer

_MAX_NESTING = 200
_MAX_NODES = 2_000_000
_TAG = "tag:yaml.org,2002:"
_SCALARS = {
    "null": re.compile(r"(?:~|null|Null|NULL|)"),
    "bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)"),
    "int": re.compile(r"[-+]?(?:0|[1-9][0-9]*)"),
    "float": re.compile(
        r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    ),
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str | None, list[Any]] = {}  # noqa: RUF012 - of PyYAML's class


for _kind, _pattern in _SCALARS.items():
    _whole = re.compile(f"(?:{_pattern.pattern})$")
    _Loader.add_implicit_resolver(_TAG + _kind, _whole, None)


def load_yaml(text: str, doubles: list[str] | None = None) -> object:
    """The value that a YAML text stands for, as JSON would hold it.

    Keys are the texts that are written. Each alias becomes a copy of what it stands for, as far as
    the whole stays within bounds. `doubles` receives JSON pointers of keys that stand twice in
    their object; without it they are an error.

    Raises:
        ValueError: It cannot be read, or holds what JSON cannot.
    """
    reader = _Reader()
    try:
        root = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as exc:
        raise ValueError(" ".join(str(exc).split())) from exc
    value = None if root is None else reader.value(root)
    if doubles is None and reader.doubles:
        raise ValueError(f"this key stands twice: {', '.join(reader.doubles)}")
    if doubles is not None:
        doubles += reader.doubles
    return value


class _Reader:
    """Turns nodes into values; `doubles` are the pointers of keys that stand twice."""

    def __init__(self) -> None:
        self.doubles: list[str] = []
        self._count = 0
        self._path: list[str | int] = []

    def value(self, node: yaml.Node) -> object:
        self._count += 1
        if self._count > _MAX_NODES:
            raise _error(f"more than {_MAX_NODES} values, aliases followed", node)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if len(self._path) >= _MAX_NESTING:
            raise _error("nested too deeply, or an alias stands for what it stands in", node)
        if node.tag not in {_TAG + "map", _TAG + "seq"}:
            raise _error(f"the tag {node.tag} is none of JSON's", node)
        if isinstance(node, yaml.MappingNode):
            return self._object(node)
        return [self._member(index, one) for index, one in enumerate(node.value)]

    def _member(self, key: str | int, node: yaml.Node) -> object:
        self._path.append(key)
        value = self.value(node)
        self._path.pop()
        return value

    def _object(self, node: yaml.MappingNode) -> dict[str, object]:
        made: dict[str, object] = {}
        merged: dict[str, object] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _error("a key is text, got a collection", key)
            value = self._member(key.value, item)
            if key.value == "<<":  # which YAML 1.2 no longer has and documents still use
                merged = {**_merged(value, item), **merged}
                continue
            if key.value in made:
                self.doubles.append(pointer(*self._path, key.value))
            made[key.value] = value
        return {**merged, **made} if merged else made


def _merged(value: object, node: yaml.Node) -> dict[str, object]:
    """What `<<` adds: of several objects the first counts."""
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in parts):
        raise _error("`<<` takes objects", node)
    return {key: item for one in reversed(parts) for key, item in one.items()}


def _scalar(node: yaml.ScalarNode) -> object:
    text = str(node.value)
    kind = node.tag.removeprefix(_TAG)
    if kind in {"str", "!"}:
        return text
    if kind not in _SCALARS:
        raise _error(f"the tag {node.tag} is none of JSON's", node)
    if not _SCALARS[kind].fullmatch(text):
        raise _error(f"{text!r} is not of its tag {node.tag}", node)
    if text.strip("+-")[:2].lower() in {".i", ".n"}:
        raise _error(f"`{text}` is not JSON", node)
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text)
    return float(text)


def _error(message: str, node: yaml.Node) -> ValueError:
    mark: Any = node.start_mark
    return ValueError(f"line {mark.line + 1}, column {mark.column + 1}: {message}")
