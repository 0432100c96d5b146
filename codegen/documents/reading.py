"""Bytes -> one OpenAPI document: JSON or YAML, Swagger 2.0 converted, references followed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from codegen.documents.linking import Load, link
from codegen.documents.selection import is_used
from codegen.documents.swagger2 import from_swagger2
from codegen.documents.yaml12 import load_yaml
from codegen.problems import Problem, Problems, ProblemsError, pointer

Json = dict[str, Any]

_MOST_LEVELS = 100
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_VERSION = re.compile(r"3\.[012](?:\.\d+.*)?")


def read(path: Path, source: str) -> Json:
    """Read a stored document. `source` names it in messages."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as exc:
        raise ProblemsError([Problem(source, "", "no such file")]) from exc
    return parse(content, source, path.resolve().as_uri(), load_file)


def parse(content: bytes, source: str, url: str = "", load: Load | None = None) -> Json:
    """Read an OpenAPI document from the bytes of a JSON or YAML file or answer.

    References into other files are followed where `load` can read them; `url` is where the document
    itself stands.

    Raises:
        ProblemsError: It is neither, or no document of Swagger 2.0 or OpenAPI 3.0 to 3.2.
    """
    document, problems = parsed(content, source, url, load)
    problems.raise_if_any()
    return document


def parsed(
    content: bytes, source: str, url: str = "", load: Load | None = None
) -> tuple[Json, Problems]:
    """The same, with the problems that have a place in the document beside it, not raised."""
    problems = Problems(source)
    value = decoded(content, source, problems)
    return _framed(value, problems, url, load), problems


def check_frame(document: object, source: str) -> Json:
    """The document, its outline checked and references followed in place; raises ProblemsError."""
    problems = Problems(source)
    framed = _framed(document, problems, "", None)
    problems.raise_if_any()
    return framed


def load_file(url: str) -> object:
    """What stands in another file of this machine; a LookupError says why it cannot be read."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise LookupError("it is not on this machine; download it and refer to the file")
    try:
        content = Path(unquote(parts.path)).read_bytes()
        return decoded(content, url, Problems(url), strict=True)
    except OSError as exc:
        raise LookupError(str(exc.strerror)) from exc
    except ProblemsError as exc:
        raise LookupError(exc.problems[0].message) from exc


def decoded(content: bytes, source: str, problems: Problems, *, strict: bool = False) -> object:
    """The value of a JSON or YAML text; keys that stand twice are problems, raised if `strict`."""
    try:
        value = json.loads(content, parse_constant=_refuse_constant, object_pairs_hook=_once)
        doubles: list[str] = []
    except (ValueError, RecursionError) as exc:
        value, doubles = _yaml(content, source, exc)
    for where in doubles:
        problems.add(where, "this key stands twice in its object; which one counts?")
    if strict:
        problems.raise_if_any()
    return value


class _TwiceError(ValueError):
    """JSON in which an object has a key twice; read as YAML, its place is known."""


def _once(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _TwiceError("a key stands twice in its object")
    return made


def _yaml(content: bytes, source: str, cause: Exception) -> tuple[object, list[str]]:
    """The document as YAML, if it looks like that rather than like broken JSON."""
    start = content.lstrip()[:1]
    if not start:
        raise ProblemsError([Problem(source, "", "empty")]) from cause
    if start == b"<":
        raise ProblemsError([Problem(source, "", "HTML, not JSON")]) from cause
    if start in {b"{", b"["} and not isinstance(cause, _TwiceError):
        message = f"not readable as JSON: {cause}"
        raise ProblemsError([Problem(source, "", message)]) from cause
    try:
        doubles: list[str] = []
        return load_yaml(content.decode(json.detect_encoding(content)), doubles), doubles
    except ValueError as exc:
        message = f"not readable as JSON ({cause}) nor as YAML: {exc}"
        raise ProblemsError([Problem(source, "", message)]) from exc


def _refuse_constant(name: str) -> None:
    message = f"`{name}` is not JSON"
    raise ValueError(message)


def _framed(document: object, problems: Problems, url: str, load: Load | None) -> Json:
    """The document with its references followed; what has no place in it is raised."""
    source = problems.document
    if not isinstance(document, dict):
        kind = type(document).__name__
        raise ProblemsError([Problem(source, "", f"expected a JSON object, got {kind}")])
    if _is_deeper_than(document, _MOST_LEVELS):
        message = f"nested too deeply: more than {_MOST_LEVELS} levels"
        raise ProblemsError([Problem(source, "", message)])
    _check_sendable(document, problems)
    if str(document.get("swagger")) == "2.0" and "openapi" not in document:
        document = from_swagger2(document)
    _check_version(document, problems)
    unresolved = Problems(source)
    try:
        link(document, problems, unresolved, url, load)
    except RecursionError as exc:
        raise ProblemsError([Problem(source, "", "nested too deeply")]) from exc
    problems.found += [one for one in unresolved.found if is_used(document, one.where)]
    return document


def _check_version(document: Json, problems: Problems) -> None:
    if not _VERSION.fullmatch(str(document.get("openapi", ""))):
        got = document.get("openapi", document.get("swagger"))
        problems.add("/openapi", f"expected Swagger 2.0 or OpenAPI 3.0, 3.1 or 3.2, got {got!r}")
    if document.get("info") is None:
        problems.add("/info", "expected an object with title and version, got nothing")
        document["info"] = {}


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


def _check_sendable(document: Json, problems: Problems) -> None:
    """Note texts with a lone surrogate, which JSON can spell but no file or request can hold."""
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        for where, text in _lone_surrogates(document, ""):
            problems.add(where, f"not Unicode: {text!a} holds half a character")
    except ValueError as exc:
        message = f"a number in it is too large for JSON: {exc}"
        raise ProblemsError([Problem(problems.document, "", message)]) from exc


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
