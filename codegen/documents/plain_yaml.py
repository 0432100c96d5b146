"""YAML with the scalars of JSON, as OpenAPI documents are written in it."""

import json

import yaml

__all__ = ["plain_yaml"]

_MAX_NESTING = 200
_MAX_NODES = 2_000_000
_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Base):  # type: ignore[valid-type,misc]
    """Dates stay text."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def plain_yaml(text: str) -> object:
    """The value that a YAML text stands for, as JSON would hold it.

    Each alias becomes a copy of what it stands for, as far as the whole stays within bounds.

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
    """Refuse nesting and aliases that would grow without bounds, before anything is built."""
    sizes: dict[str, int] = {}
    begun: list[tuple[str | None, int]] = []
    nodes = 0
    for event in yaml.parse(text, Loader=_PlainLoader):
        if isinstance(event, yaml.AliasEvent):
            nodes += _size_of(str(event.anchor), sizes)
        elif isinstance(event, yaml.CollectionStartEvent):
            begun.append((event.anchor, nodes))
            nodes += 1
        elif isinstance(event, yaml.ScalarEvent):
            nodes += 1
            sizes[str(event.anchor)] = 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = begun.pop()
            sizes[str(anchor)] = nodes - before
        if len(begun) > _MAX_NESTING:
            raise yaml.YAMLError("nested too deeply")
        if nodes > _MAX_NODES:
            raise yaml.YAMLError(f"more than {_MAX_NODES} values, aliases followed")


def _size_of(anchor: str, sizes: dict[str, int]) -> int:
    if anchor not in sizes:
        raise yaml.YAMLError(f"the alias *{anchor} stands for nothing, or for what it stands in")
    return sizes[anchor]
