"""Security schemes of a document -> what the constructor of its client takes."""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from codegen import docs, naming
from codegen.document import Json

__all__ = ["Key", "client_docstring", "keys_of", "takes_basic"]

_PLACES = {"header": "headers", "query": "query", "cookie": "cookies"}
_TAKEN = frozenset({
    *dir(builtins),
    "auth", "backend", "base_url", "burst", "concurrency", "headers", "max_response_bytes",
    "on_event", "options", "rate", "retries", "secrets", "self", "timeout",
})  # fmt: skip


@dataclass(frozen=True)
class Key:
    """An API key.

    Attributes:
        python: Name of the argument.
        place: The part of a request that carries it, as `Request` calls it.
        wire: Its name there.
        about: What it is, in words.
    """

    python: str
    place: str
    wire: str
    about: str


def keys_of(document: Json) -> list[Key]:
    """The API keys of a document, by the names of their schemes."""
    keys: list[Key] = []
    for name, scheme in _schemes(document):
        place, wire = _PLACES.get(str(scheme.get("in"))), scheme.get("name")
        if scheme.get("type") == "apiKey" and place and isinstance(wire, str) and wire:
            taken = {one.python for one in keys}
            python = naming.unique(naming.snake_name(name, fallback="key", taken=_TAKEN), taken)
            about = f"An API key, sent in the {scheme['in']} as `{wire}`."
            keys.append(Key(python, place, wire, about))
    return keys


def takes_basic(document: Json) -> bool:
    """Whether a user name and a password are among the ways to be let in."""
    return any(
        scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "basic"
        for _, scheme in _schemes(document)
    )


def client_docstring(document: Json) -> str:
    """The docstring of the client class, with its arguments."""
    pair = ", a user name and a password" if takes_basic(document) else ""
    entries = {
        "auth": f"A bearer token{pair}, or where tokens come from; None sends none.",
        "base_url": "Where the API is.",
        "headers": "Sent with every request.",
        **{key.python: key.about for key in keys_of(document)},
        "**options": "See `ClientOptions`.",
    }
    arguments = "\n".join(docs.item(name, about, 8) for name, about in entries.items())
    summary = "A client of the API. One for each event loop; share it between tasks."
    return docs.block(summary, (), [f"    Args:\n{arguments}"], 4)


def _schemes(document: Json) -> Iterator[tuple[str, Json]]:
    schemes = document.get("components", {}).get("securitySchemes", {})
    yield from ((name, one) for name, one in sorted(schemes.items()) if isinstance(one, dict))
