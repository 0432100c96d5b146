"""OpenAPI documents as plain data: reading, writing, checking their frame, finding operations."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from codegen.documents.outline import METHODS, check_outline
from codegen.documents.plain_yaml import plain_yaml
from codegen.problems import Problem, Problems, ProblemsError, pointer

__all__ = [
    "METHODS",
    "Json",
    "OperationAt",
    "canonical",
    "check_frame",
    "operations",
    "parse",
    "read",
    "resolve",
    "sha256",
    "skeleton",
    "unversioned",
]

Json = dict[str, Any]

_MOST_LEVELS = 100
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_VERSION_IN_PATH = re.compile(r"/v\d+(?=/|$)")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_VERSION = re.compile(r"3\.[01]\.\d+")


@dataclass(frozen=True)
class OperationAt:
    """An operation and where it stands. `inherited` holds the parameters of its path item.

    Some documents tell operations on one path apart by a query or a fragment behind it.
    """

    path: str
    method: str
    body: Json
    inherited: list[Json]

    @property
    def where(self) -> str:
        """JSON pointer of the operation."""
        return pointer("paths", self.path, self.method)

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


def parse(content: bytes, source: str) -> Json:
    """Read an OpenAPI document from the bytes of a JSON or YAML file or answer.

    Raises:
        ProblemsError: It is neither, or not an OpenAPI 3.0 or 3.1 document.
    """
    try:
        document = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        document = _parse_yaml(content, source, exc)
    return check_frame(document, source)


def _parse_yaml(content: bytes, source: str, cause: Exception) -> object:
    """The document as YAML, if it looks like that rather than like broken JSON."""
    start = content.lstrip()[:1]
    if not start:
        raise ProblemsError([Problem(source, "", "empty")]) from cause
    if start == b"<":
        raise ProblemsError([Problem(source, "", "HTML, not JSON")]) from cause
    if start in {b"{", b"["}:
        message = f"not readable as JSON: {cause}"
        raise ProblemsError([Problem(source, "", message)]) from cause
    try:
        return plain_yaml(content.decode())
    except ValueError as exc:
        message = f"not readable as JSON ({cause}) nor as YAML: {exc}"
        raise ProblemsError([Problem(source, "", message)]) from exc


def _refuse_constant(name: str) -> None:
    message = f"`{name}` is not JSON"
    raise ValueError(message)


def read(path: Path, source: str) -> Json:
    """Read a stored document. `source` names it in messages."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as exc:
        raise ProblemsError([Problem(source, "", "no such file")]) from exc
    return parse(content, source)


def check_frame(document: object, source: str) -> Json:
    """Give `document` back when its outline is that of OpenAPI 3.0 or 3.1.

    Raises:
        ProblemsError: Everything about the outline that is wrong.
    """
    if not isinstance(document, dict):
        kind = type(document).__name__
        raise ProblemsError([Problem(source, "", f"expected a JSON object, got {kind}")])
    problems = Problems(source)
    if _is_deeper_than(document, _MOST_LEVELS):
        message = f"nested too deeply: more than {_MOST_LEVELS} levels"
        raise ProblemsError([Problem(source, "", message)])
    for where, text in _unsendable(document):
        problems.add(where, f"not Unicode: {text!a} holds half a character")
    if not _VERSION.fullmatch(str(document.get("openapi", ""))):
        got = document.get("openapi", document.get("swagger"))
        problems.add("/openapi", f"expected OpenAPI 3.0 or 3.1, got {got!r}")
    if "info" not in document:
        problems.add("/info", "expected an object with title and version, got nothing")
    try:
        check_outline(document, problems)
    except RecursionError as exc:
        raise ProblemsError([Problem(source, "", "nested too deeply")]) from exc
    problems.raise_if_any()
    return document


def _is_deeper_than(document: object, levels: int) -> bool:
    """Counted level by level, since a recursion would end where the danger begins."""
    level: list[object] = [document]
    for _ in range(levels):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def _unsendable(document: Json) -> Iterator[tuple[str, str]]:
    """Texts with a lone surrogate, which JSON can spell but no file or request can hold."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        yield from _lone_surrogates(document, "")


def _lone_surrogates(node: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str) and _SURROGATE.search(node):
        yield where, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _lone_surrogates(key, where)
            yield from _lone_surrogates(value, where + pointer(key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _lone_surrogates(value, where + pointer(number))


def operations(document: Json) -> Iterator[OperationAt]:
    """Every operation, by path and then in the order of `METHODS`."""
    for path, item in sorted(document.get("paths", {}).items()):
        item = _path_item(document, item)  # noqa: PLW2901 - the same, its reference followed
        for method in METHODS:
            if method in item:
                yield OperationAt(path, method, item[method], item.get("parameters", []))


def _path_item(document: Json, item: Json) -> Json:
    """The path item, or what it refers to."""
    if not isinstance(item.get("$ref"), str):
        return item
    try:
        found = resolve(document, item["$ref"])
    except LookupError:
        return item
    return found if isinstance(found, dict) else item


def resolve(document: Json, reference: object) -> Any:  # noqa: ANN401 - whatever stands there
    """What a local reference such as `#/components/schemas/X` points to.

    Raises:
        LookupError: It points elsewhere than into this document, or to nothing.
    """
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise LookupError(
            f"`{reference}` points outside this document; only local references are read"
        )
    if reference == "#":
        raise LookupError("a reference to the whole document means nothing here")
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, ValueError, TypeError) as exc:
            raise LookupError(f"`{reference}` points to nothing") from exc
    return node
