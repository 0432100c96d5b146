"""Where requests go: the servers of a document, of its paths and of its operations."""

import re
from urllib.parse import urlsplit

from codegen.documents.document import Json, OperationAt
from codegen.problems import Problems

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def base_url(document: Json) -> str | None:
    """The first server; None if it is no whole URL, so that callers must say it."""
    url = _first(document.get("servers"))
    return url if url is not None and _is_whole(url) else None


def path_of_server(document: Json) -> str:
    """The path that a document gives for its server without saying where that is."""
    url = _first(document.get("servers")) or ""
    return url.rstrip("/") if url.startswith("/") else ""


def server_of(document: Json, at: OperationAt, problems: Problems) -> str:
    """The server that an operation has for itself; empty where it has that of the document.

    A whole URL, or a path on the host of the client.
    """
    if not at.servers or _first(at.servers) == _first(document.get("servers")):
        return ""
    url = _first(at.servers)
    if url is not None and (_is_whole(url) or (url.startswith("/") and not url.startswith("//"))):
        return url.rstrip("/") or "/"
    message = f"not an address that requests can go to: {at.servers[0]!r}"
    problems.add(at.where + "/servers/0", message)
    return ""


def _first(servers: object) -> str | None:
    """The address of the first server, its variables at their defaults; None if one has none."""
    first = servers[0] if isinstance(servers, list | tuple) and servers else None
    if not isinstance(first, dict) or not isinstance(first.get("url"), str):
        return None
    variables = first.get("variables")
    known = variables if isinstance(variables, dict) else {}
    url: str = first["url"]
    for name in _VARIABLE.findall(url):
        variable = known.get(name)
        if not isinstance(variable, dict) or "default" not in variable:
            return None
        url = url.replace(f"{{{name}}}", str(variable["default"]))
    return url


def _is_whole(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query
    return is_whole and "@" not in parts.netloc and url.isprintable()
