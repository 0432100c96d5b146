"""OpenAPI documents as plain data: writing them, and finding operations and what they refer to."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from codegen.documents.outline import METHODS
from codegen.problems import keys_of, pointer

Json = dict[str, Any]

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_VERSION_IN_PATH = re.compile(r"/v\d+(?=/|$)")


@dataclass(frozen=True)
class OperationAt:
    """An operation and where it stands.

    `inherited` holds the parameters of its path item, `under` the member of the path item that it
    stands under, if not in the path item itself, `servers` those of itself or of its path.

    Some documents distinguish operations on one path by a query or a fragment behind it.
    """

    path: str
    method: str
    body: Json
    inherited: list[Json]
    under: str = ""
    servers: tuple[Any, ...] = ()

    @property
    def where(self) -> str:
        """JSON pointer of the operation."""
        return pointer("paths", self.path, *filter(None, [self.under]), self.method)

    @property
    def label(self) -> str:
        """`GET /path`, as people write it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def route(self) -> str:
        """The path alone, as it is sent."""
        return self.path.partition("#")[0].partition("?")[0]

    @property
    def query(self) -> str:
        """The query behind the path, sent with every call; empty if there is none."""
        return self.path.partition("#")[0].partition("?")[2]

    @property
    def pairs(self) -> dict[str, str]:
        """The parameters of that query."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


def skeleton(path: str) -> str:
    """The path as servers see it: what a placeholder is called makes no other path."""
    return _PLACEHOLDER.sub("{}", path)


def unversioned(path: str) -> str:
    """The skeleton without segments such as `/v2`: what stays when an API gets a new version."""
    return _VERSION_IN_PATH.sub("", skeleton(path))


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def canonical(document: Json) -> bytes:
    """The one form in which documents are stored: sorted keys, two spaces, a final line end."""
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def operations(document: Json) -> Iterator[OperationAt]:
    """Every operation, by path and then in the order of `METHODS`; further methods come last."""
    paths = document.get("paths")
    for path, item in sorted(paths.items()) if isinstance(paths, dict) else ():
        if path.startswith("x-") or not isinstance(item, dict):
            continue
        found = [(method, item[method], "") for method in METHODS if method in item]
        more = item.get("additionalOperations", {})
        found += [(method, more[method], "additionalOperations") for method in more]
        for method, body, under in found:
            if not isinstance(body, dict):
                continue
            servers = body.get("servers") or item.get("servers")
            listed = tuple(servers) if isinstance(servers, list) else ()
            yield OperationAt(path, method, body, item.get("parameters", []), under, listed)


def resolve(document: Json, reference: object) -> Any:  # noqa: ANN401 - whatever stands there
    """What a reference of a linked document leads to; a LookupError if that was taken away."""
    node: Any = document
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise LookupError(f"`{reference}` points outside this document")
    for key in keys_of(reference):
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, ValueError, TypeError) as exc:
            raise LookupError(f"`{reference}` points to nothing") from exc
    return node


def opened(document: Json, node: Any) -> Json:  # noqa: ANN401 - any JSON
    """An object, or what its reference leads to (else a LookupError); empty for anything else."""
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        node = resolve(document, node["$ref"])
    return node if isinstance(node, dict) else {}


def reach(names: Iterable[str], leads: Callable[[str], Iterable[str]]) -> list[str]:
    """The names and all that they lead to, each once, in the order in which they are met."""
    found = list(dict.fromkeys(names))
    seen = set(found)
    for name in found:  # which grows on the way
        more = [one for one in dict.fromkeys(leads(name)) if one not in seen]
        seen.update(more)
        found += more
    return found


def parts_of(node: object) -> Iterator[Any]:
    """A part of a document and everything below it that is no key, from the outside in."""
    yield node
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for one in inside:
        yield from parts_of(one)


def objects_in(node: object) -> Iterator[Json]:
    """Every object of a document, from the outside in."""
    return (one for one in parts_of(node) if isinstance(one, dict))


def texts_in(node: object) -> Iterator[str]:
    """Every text in a part of a document that is no key."""
    return (one for one in parts_of(node) if isinstance(one, str))
