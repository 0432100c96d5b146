"""The one resolver: every reference is followed to its end, wherever that is.

Afterwards every `$ref` of a document leads to a component of it and not to another `$ref`, those of
schemas aside, which may go on. What stood elsewhere (in another file, under `$defs`, behind an
anchor, somewhere in the middle) has become a component, or stands where the reference stood.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from codegen.documents.outline import Survey
from codegen.naming import class_name
from codegen.problems import Problems, keys_of, pointer

Load = Callable[[str], Any]
"""Reads the JSON or YAML at an absolute URL; a LookupError says why that is not possible."""

_COLLECTIONS = {
    "body": "requestBodies", "callback": "callbacks", "header": "headers", "media": "mediaTypes",
    "parameter": "parameters", "path": "pathItems", "response": "responses", "schema": "schemas",
    "scheme": "securitySchemes",
}  # fmt: skip
_MOST_STEPS = 100
_FILES = (".json", ".yaml", ".yml")
_SIBLINGS = ("description", "summary")


class _Dangling(LookupError):
    """There is nothing in the document at the place that a reference names."""


@dataclass(frozen=True)
class _Target:
    """What a reference leads to: the file, the way through it, and what stands there."""

    url: str
    place: tuple[str | int, ...]
    node: Any


@dataclass(frozen=True)
class _Reference:
    """A reference, what kind of thing it stands for, and the URL that it starts from."""

    kind: str
    node: dict[str, Any]
    base: str
    where: str
    key: str = "$ref"


def link(
    document: dict[str, Any],
    problems: Problems,
    unresolved: Problems,
    url: str = "",
    load: Load | None = None,
) -> None:
    """Follow every reference in `document`, which is changed, and check its outline on the way.

    What is wrong with the outline goes to `problems`, references that lead nowhere to `unresolved`.
    """
    _Linker(document, unresolved, url, load).run(problems)


class _Linker:
    def __init__(
        self, document: dict[str, Any], unresolved: Problems, url: str, load: Load | None
    ) -> None:
        self._document, self._unresolved = document, unresolved
        self._url, self._load = url, load
        self._files: dict[str, Any] = {url: document}
        self._resources: dict[str, _Target] = {}
        self._anchors: dict[tuple[str, str], _Target] = {}
        self._bases: dict[int, str] = {}
        self._ahead: list[_Reference] = []
        self._names: dict[int, str] = {}
        self._ending: set[int] = set()
        self._base: list[tuple[str, str]] = []

    def run(self, problems: Problems) -> None:
        """Look at the document, then at what its references lead to, until none is left."""
        self._survey = Survey(problems, str(self._document.get("openapi"))[:3], self._visit)
        self._look("document", self._document, "", self._url)
        holder = self._document
        for key in ("components", "schemas"):
            if not isinstance(holder.get(key, {}), dict):
                holder[key] = {}  # the survey has said so
            holder = holder.get(key, {})
        while self._ahead:
            ahead, self._ahead = self._ahead, []
            for reference in ahead:
                self._follow(reference)

    def _look(self, kind: str, node: Any, where: str, base: str) -> None:  # noqa: ANN401
        self._base = [(where, base)]
        self._survey.look(kind, node, where)

    # What stands where

    def _visit(self, kind: str, node: dict[str, Any], where: str) -> None:
        """Note what the survey comes past."""
        while not (where + "/").startswith(self._base[-1][0] + "/"):
            self._base.pop()
        base = self._base[-1][1]
        if kind == "schema":
            base = self._identify(node, where, base)
        if isinstance(node.get("$ref"), str):
            self._bases[id(node)] = base
            self._ahead.append(_Reference(kind, node, base, where))
        if kind == "discriminator" and "mapping" in node:
            self._ahead.append(_Reference(kind, node, base, where, "mapping"))

    def _identify(self, node: dict[str, Any], where: str, base: str) -> str:
        """Note the names that a schema gives itself; give the URL that references start from."""
        target = _Target(self._url, tuple(keys_of(where)), node)
        if isinstance(node.get("$id"), str):
            base = urljoin(base, node["$id"])
            self._base.append((where, base))
            self._resources.setdefault(urldefrag(base)[0], target)
        for key in ("$anchor", "$dynamicAnchor"):
            if isinstance(node.get(key), str):
                self._anchors.setdefault((urldefrag(base)[0], node[key]), target)
        return base

    # Where a reference leads

    def _resolve(self, reference: str, base: str, steps: int = 0) -> _Target:
        if steps > _MOST_STEPS:
            raise LookupError(f"`{reference}` leads back to itself")
        url, fragment = urldefrag(reference if reference[:1] == "#" else _joined(base, reference))
        url = url or urldefrag(base)[0]
        start = self._resources.get(url) or _Target(url, (), self._file_at(url, reference))
        if fragment and not fragment.startswith("/"):
            if (found := self._anchors.get((url, unquote(fragment)))) is None:
                raise LookupError(f"`{reference}` points to nothing: there is no such `$anchor`")
            return found
        try:
            return self._descend(start, fragment, reference, steps)
        except LookupError:
            if not start.place:
                raise
            whole = _Target(start.url, (), self._files[start.url])
            return self._descend(whole, fragment, reference, steps)

    def _file_at(self, url: str, reference: str) -> Any:  # noqa: ANN401 - any JSON
        if url not in self._files:
            if self._load is None or not url:
                raise LookupError(f"`{reference}` points outside this document")
            try:
                self._files[url] = self._load(url)
            except LookupError as exc:
                message = f"`{reference}` points outside this document, to {url}: {exc.args[0]}"
                raise LookupError(message) from exc
        return self._files[url]

    def _descend(self, start: _Target, fragment: str, reference: str, steps: int) -> _Target:
        """Follow a JSON pointer, percent-encoded or not, through references on the way."""
        here = start
        for part in fragment.split("/")[1:]:
            if _is_reference(here.node) and _key(here.node, part) is None:
                here = self._resolve(here.node["$ref"], self._base_of(here), steps + 1)
            key = _key(here.node, part)
            if key is None:
                raise (_Dangling if here.url == self._url else LookupError)(
                    f"`{reference}` points to nothing"
                )
            here = _Target(here.url, (*here.place, key), here.node[key])
        return here

    def _base_of(self, target: _Target) -> str:
        return self._bases.get(id(target.node), target.url)

    # What becomes of a reference

    def _follow(self, one: _Reference) -> None:
        try:
            if one.key == "mapping":
                self._mapping(one)
            elif one.kind == "schema":
                target = self._end(one, one.node["$ref"], only_check=True)
                self._set(one.node, self._schema(target, one.node["$ref"]))
            else:
                self._replace(one, self._end(one, one.node["$ref"]))
        except _Dangling as exc:
            if one.kind != "schema":  # whoever comes to it in the end says so
                self._unresolved.add(one.where + pointer(one.key), str(exc))
        except LookupError as exc:
            self._unresolved.add(one.where + pointer(one.key), str(exc.args[0]))

    def _end(self, one: _Reference, reference: str, *, only_check: bool = False) -> _Target:
        """The end of a chain of references, or its first link where only circles matter."""
        first = target = self._resolve(reference, self._bases.get(id(one.node), one.base))
        seen = {id(one.node)}
        while _is_reference(target.node) and not (only_check and id(target.node) in self._ending):
            if id(target.node) in seen:
                raise LookupError(f"`{reference}` leads back to itself")
            seen.add(id(target.node))
            target = self._resolve(target.node["$ref"], self._base_of(target))
        self._ending |= seen
        return first if only_check else target

    def _schema(self, target: _Target, reference: str) -> str:
        """The reference to the component that a schema is, or is made to be."""
        if not isinstance(target.node, dict | bool) or (
            not target.place and target.url == self._url
        ):
            raise LookupError(f"`{reference}` does not lead to a schema")
        here = self._component("schema", target)
        if here is None and (here := self._names.get(id(target.node))) is None:
            here = self._promote(target)
        return "#" + pointer("components", "schemas", here)

    def _component(self, kind: str, target: _Target) -> str | None:
        match target.place:
            case ("components", str(collection), str(name)) if target.url == self._url:
                if collection == _COLLECTIONS.get(kind):
                    return name
                if collection in _COLLECTIONS.values():
                    message = f"leads to one of the {collection}, where a {kind} belongs"
                    raise LookupError(message)
        return None

    def _promote(self, target: _Target) -> str:
        schemas = self._document.setdefault("components", {}).setdefault("schemas", {})
        stem = _name_for(target)
        name, number = stem, 2
        while name in schemas:
            name, number = f"{stem}{number}", number + 1
        schemas[name] = target.node
        if isinstance(target.node, dict):
            self._names[id(target.node)] = name
            if target.place:
                holder = self._files[target.url]
                for key in target.place[:-1]:
                    holder = holder[key]
                moved: dict[str, Any] = {}
                holder[target.place[-1]] = moved
                self._set(moved, "#" + pointer("components", "schemas", name))
                self._names[id(moved)] = name
        self._look("schema", target.node, pointer("components", "schemas", name), target.url)
        return name

    def _replace(self, one: _Reference, target: _Target) -> None:
        """Lead to a component at once, or put in place what stands elsewhere."""
        if not isinstance(target.node, dict):
            message = f"`{one.node['$ref']}` does not lead to a {one.kind}"
            raise LookupError(message)  # noqa: TRY004 - the document is wrong, not the caller
        name = self._component(one.kind, target)
        beside = {key: one.node[key] for key in _SIBLINGS if key in one.node}
        if name is not None and one.kind != "path" and not beside:
            self._set(one.node, "#" + pointer("components", _COLLECTIONS[one.kind], name))
            return
        if one.kind == "path":
            beside = {key: value for key, value in one.node.items() if key != "$ref"}
            if double := sorted(beside.keys() & target.node.keys() - set(_SIBLINGS)):
                message = f"stands beside the `$ref` and behind it: {', '.join(double)}"
                raise LookupError(message)
        whole = {**target.node, **beside}
        one.node.clear()
        one.node.update(whole)
        self._survey.forget(one.node)
        self._look(one.kind, one.node, one.where, target.url)

    def _set(self, node: dict[str, Any], reference: str) -> None:
        node["$ref"] = reference
        self._bases[id(node)] = self._url

    def _mapping(self, one: _Reference) -> None:
        """The values of a `mapping` are names of schemas, or references."""
        mapping = one.node["mapping"]
        schemas = self._document.get("components", {}).get("schemas", {})
        for tag, reference in mapping.items() if isinstance(mapping, dict) else ():
            is_name = not isinstance(reference, str) or reference in schemas
            if not is_name and ("#" in reference or reference.endswith(_FILES)):
                try:
                    mapping[tag] = self._schema(self._resolve(reference, one.base), reference)
                except LookupError:
                    continue  # whoever makes the union says so, where it is used


def _is_reference(node: object) -> bool:
    return isinstance(node, dict) and isinstance(node.get("$ref"), str)


def _joined(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError as exc:
        raise LookupError(f"`{reference}` is no reference: {exc}") from exc


def _key(node: Any, part: str) -> str | int | None:  # noqa: ANN401 - any JSON
    """The member of `node` that a part of a JSON pointer names: decoded, or as it is written."""
    for text in (unquote(part), part):
        key = text.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and key in node:
            return key
        if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            return int(key)
    return None


def _name_for(target: _Target) -> str:
    """A name for a schema that gets one: the last words on the way to it, or the file's."""
    words = [str(part) for part in target.place if str(part) not in _GRAMMAR_WORDS]
    if not words:
        words = [unquote(target.url.rpartition("/")[2].partition(".")[0])]
    is_named = target.place[-2:-1] and target.place[-2] in {"$defs", "definitions", "schemas"}
    return class_name(" ".join(words[-1:] if is_named else words[-2:]))


_GRAMMAR_WORDS = frozenset({
    "$defs", "components", "content", "definitions", "items", "paths", "properties", "responses",
    "schema", "schemas",
})  # fmt: skip
