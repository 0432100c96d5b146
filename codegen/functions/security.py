"""Security schemes of a document: what a client takes, and what its requests must carry."""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from codegen import docs, naming
from codegen.documents.document import Json
from codegen.functions.servers import path_of_server

_TOKEN = "bearer token"  # noqa: S105 - the kind, not the token
_NOTHING = "nothing"
_PLACES = {"header": "headers", "query": "query", "cookie": "cookies"}
_TAKEN = frozenset({
    *dir(builtins),
    "auth", "backend", "base_url", "burst", "concurrency", "headers", "max_response_bytes",
    "on_event", "options", "rate", "retries", "secrets", "self", "timeout",
})  # fmt: skip


@dataclass(frozen=True)
class Key:
    """An API key: its argument, and the `place` and name (`wire`) that a request has for it."""

    python: str
    place: str
    wire: str
    about: str
    scheme: str


def keys_of(document: Json) -> list[Key]:
    """The API keys of a document, by the names of their schemes."""
    keys: list[Key] = []
    for name, scheme in _schemes(document):
        place, wire = _PLACES.get(str(scheme.get("in"))), scheme.get("name")
        if scheme.get("type") == "apiKey" and place and isinstance(wire, str) and wire:
            taken = {one.python for one in keys}
            python = naming.unique(naming.snake_name(name, fallback="key", taken=_TAKEN), taken)
            about = f"An API key, sent in the {scheme['in']} as `{wire}`."
            keys.append(Key(python, place, wire, about, name))
    return keys


def takes_basic(document: Json) -> bool:
    """Whether a user name and a password are among the ways to be let in."""
    return any(
        scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "basic"
        for _, scheme in _schemes(document)
    )


def client_docstring(document: Json) -> str:
    """The docstring of the client class, with its arguments."""
    path = path_of_server(document)
    with_path = f", `{path}` at its end included" if path else ""
    pair = ", a user name and a password" if takes_basic(document) else ""
    entries = {
        "auth": f"A bearer token{pair}, or where tokens come from; None sends none.",
        "base_url": f"Where the API is{with_path}.",
        "headers": "Sent with every request.",
        **{key.python: key.about for key in keys_of(document)},
        "**options": "See `ClientOptions`.",
    }
    arguments = "\n".join(docs.item(name, about, 8) for name, about in entries.items())
    summary = "A client of the API. One for each event loop; share it between tasks."
    return docs.block(summary, (), [f"    Args:\n{arguments}"], 4)


def requirements(document: Json, operation: Json) -> tuple[tuple[str, ...], ...]:
    """The ways to be let in, each as the names of the schemes that it takes together."""
    asked = operation.get("security", document.get("security")) or []
    return tuple(tuple(sorted(one)) for one in asked)


def carries_token(document: Json, asked: tuple[tuple[str, ...], ...]) -> bool:
    """Whether any of the ways takes a token, or a user name with its password."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    return any(_is_token(schemes.get(name)) for names in asked for name in names)


def _is_token(scheme: object) -> bool:
    match scheme:
        case {"type": "http", "scheme": str(kind)}:
            return kind.lower() in {"bearer", "basic"}
        case {"type": "apiKey" | "mutualTLS"}:
            return False
    return True


def credentials(document: Json, asked: tuple[tuple[str, ...], ...]) -> str:
    """`bearer token`, `API key 'X-Key' in the header`, `nothing`, or a choice of such."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    choices = [
        " and ".join(sorted(_described(name, schemes.get(name)) for name in names)) or _NOTHING
        for names in asked
    ]
    return " or ".join(dict.fromkeys(choices)) or _NOTHING


def _described(name: str, scheme: object) -> str:
    match scheme:
        case {"type": "http", "scheme": str(kind)} if kind.lower() != "bearer":
            return f"{kind} credentials"
        case {"type": "http" | "oauth2" | "openIdConnect"}:
            return _TOKEN
        case {"type": "apiKey", "name": str(key)} if key.lower() == "authorization":
            return _TOKEN  # Swagger 2.0 knew no other way to say so
        case {"type": "apiKey", "name": key, "in": place}:
            return f"API key {key!r} in the {place}"
        case _:
            return name


def _schemes(document: Json) -> Iterator[tuple[str, Json]]:
    schemes = document.get("components", {}).get("securitySchemes", {})
    yield from ((name, one) for name, one in sorted(schemes.items()) if isinstance(one, dict))
