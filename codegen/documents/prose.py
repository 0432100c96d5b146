"""Facts only: take upstream's sentences out of a document, keep what a program needs.

Names, types, enums, examples, summaries and titles stay. Descriptions go, and so do examples that
are sentences. One fingerprint of everything dropped lets a later pull say that upstream's words
have changed, since a unit or a meaning may have changed with them.
"""

import json
from http import HTTPStatus
from typing import Any

from codegen.documents.document import Json, sha256
from codegen.documents.outline import METHODS
from codegen.problems import pointer

# Objects under these keys map names that somebody chose; `description` is a name there.
_NAMED = frozenset({
    "$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "headers",
    "links", "mapping", "parameters", "pathItems", "paths", "patternProperties", "properties",
    "requestBodies", "responses", "schemas", "securitySchemes", "variables", "webhooks",
})  # fmt: skip
_VALUES = frozenset({"const", "default", "enum", "example", "examples", "required"})
_SENTENCE_WORDS = 5


def without_prose(document: Json) -> tuple[Json, str]:
    """The document without prose, and the fingerprint (SHA-256) of the prose."""
    dropped: dict[str, object] = {}
    facts: Json = _facts(document, (), dropped)
    _fill_responses(facts)
    prose = json.dumps(dropped, sort_keys=True, ensure_ascii=False)
    return facts, sha256(prose.encode())


def _facts(node: Any, at: tuple[str | int, ...], dropped: dict[str, object]) -> Any:  # noqa: ANN401
    if isinstance(node, list):
        return [_facts(item, (*at, number), dropped) for number, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    facts: Json = {}
    for key, value in node.items():
        if _is_prose(key, value):
            dropped[pointer(*at, key)] = value
        elif key in _VALUES:
            facts[key] = value
        elif key in _NAMED and isinstance(value, dict):
            facts[key] = {
                name: _facts(item, (*at, key, name), dropped) for name, item in value.items()
            }
        else:
            facts[key] = _facts(value, (*at, key), dropped)
    return facts


def _is_prose(key: str, value: object) -> bool:
    if key == "description":
        return True
    if key == "externalDocs":
        return not (isinstance(value, dict) and value.get("url"))
    is_text = key == "example" and isinstance(value, str)
    return is_text and len(str(value).split()) >= _SENTENCE_WORDS


def _fill_responses(document: Json) -> None:
    """Responses must have a description: give each the phrase of its status."""
    for item in document.get("paths", {}).values():
        for method in METHODS:
            for status, response in item.get(method, {}).get("responses", {}).items():
                if "$ref" not in response:
                    response["description"] = _phrase(status)
    for name, response in document.get("components", {}).get("responses", {}).items():
        response.setdefault("description", name)


def _phrase(status: str) -> str:
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        return "Any other status" if status == "default" else f"Any {status}"
