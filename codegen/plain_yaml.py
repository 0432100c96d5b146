"""YAML with the scalars of JSON, as OpenAPI documents are written in it."""

import json

import yaml

__all__ = ["plain_yaml"]

_MAX_NESTING = 200
_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Base):  # type: ignore[valid-type,misc]
    """Dates stay text."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def plain_yaml(text: str) -> object:
    """The value that a YAML text stands for, as JSON would hold it.

    Aliases are refused: few documents need them, and nested ones grow without bounds.

    Raises:
        ValueError: It cannot be read, or holds what JSON cannot.
    """
    try:
        _check_events(text)
        loaded = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
        # Keys such as 200 become text, and what JSON cannot hold (NaN, bytes, sets) is refused.
        return json.loads(json.dumps(loaded, allow_nan=False))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as exc:
        raise ValueError(" ".join(str(exc).split())) from exc


def _check_events(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_PlainLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_NESTING:
                raise yaml.YAMLError("nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
