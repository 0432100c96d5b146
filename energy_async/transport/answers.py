"""Answers judged: what a status means, what an unreadable body probably is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from energy_async.transport.errors import (
    BadRequest,
    Conflict,
    DecodeFailed,
    Forbidden,
    NotFound,
    NotSubscribed,
    RateLimited,
    ServerError,
    StatusError,
    Unauthorized,
)
from energy_async.transport.redact import redact, redact_bytes

if TYPE_CHECKING:
    from energy_async.transport.request import Operation, WireReply

__all__ = [
    "StatusClassifier",
    "decoder_for",
    "is_html",
    "is_page",
    "request_id_of",
    "status_error",
    "unreadable",
]

StatusClassifier = Callable[[int], type[StatusError] | None]
"""A client's own reading of a status; None leaves it to the common table."""

_CLASSES: Final[dict[int, type[StatusError]]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: BadRequest,
    429: RateLimited,
}
_ADVICE: Final[dict[type[StatusError], str]] = {
    Unauthorized: "the token was refused, also after a new login; check account and environment",
    Forbidden: "the account lacks the permission for this",
    NotFound: "no such resource, or this account cannot see it; check the identifiers",
    NotSubscribed: "the token has no active subscription, or is not valid; see the dashboard",
    RateLimited: "too many requests",
}
_DETAIL_KEYS: Final = ("detail", "message", "error_description", "error", "title", "errors")
_REQUEST_ID_HEADERS: Final = (
    "x-request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-amz-cf-id",
    "x-trace-id",
    "cf-ray",
)
_LONGEST_DETAIL: Final = 300
_KEPT_BODY: Final = 2048
_SHOWN_BYTES: Final = 80


def request_id_of(reply: WireReply) -> str | None:
    """The server's identifier of the request, for a support ticket."""
    for name in _REQUEST_ID_HEADERS:
        if value := reply.headers.get(name):
            return value[:200]
    return None


def status_error(
    operation: Operation[Any],
    reply: WireReply,
    *,
    attempts: int,
    retry_after: float | None = None,
    classify: StatusClassifier | None = None,
    secrets: Iterable[str] = (),
) -> StatusError:
    """The error for a status of 300 or above, with all that the answer tells."""
    kind = (classify(reply.status) if classify else None) or _class_of(reply.status)
    detail = detail_of(reply, secrets)
    parts = [f"HTTP {reply.status} from {operation.method} {operation.path}"]
    parts += [text for text in (_ADVICE.get(kind, ""), _redirect_advice(reply)) if text]
    if detail:
        parts.append(f"the server says: {detail}")
    known: dict[str, Any] = {
        "status": reply.status,
        "detail": detail,
        "body": redact_bytes(reply.body[:_KEPT_BODY], secrets),
        "operation": operation.name,
        "attempts": attempts,
        "request_id": request_id_of(reply),
    }
    if issubclass(kind, RateLimited):
        if retry_after is not None:
            parts.append(f"come back in {retry_after:.0f} s")
        known["retry_after"] = retry_after
    return kind("; ".join(parts), **known)


def _class_of(status: int) -> type[StatusError]:
    return _CLASSES.get(status) or (ServerError if status >= 500 else StatusError)  # noqa: PLR2004


def _redirect_advice(reply: WireReply) -> str:
    location = reply.headers.get("location") if 300 <= reply.status < 400 else None  # noqa: PLR2004
    if not location:
        return ""
    parts = urlsplit(location)
    target = f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else parts.path
    return f"redirected to {target}, not followed; check the base URL"


def detail_of(reply: WireReply, secrets: Iterable[str] = ()) -> str:
    """The server's own words, shortened and without secrets; empty if there are none."""
    body = reply.body[: _KEPT_BODY * 4].strip()
    if not body or is_html(reply):
        return ""
    try:
        text = _words(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body[:_KEPT_BODY].decode("utf-8", "replace")
    text = " ".join(redact(text, secrets).split())
    return text if len(text) <= _LONGEST_DETAIL else text[: _LONGEST_DETAIL - 1] + "…"


def _words(value: object) -> str:
    """The texts under the usual keys, in order and without repeats."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words, value[:5])))
    if not isinstance(value, dict):
        return ""
    found = [_words(value[key]) for key in _DETAIL_KEYS if key in value]
    return ": ".join(dict.fromkeys(filter(None, reversed(found))))


def is_html(reply: WireReply) -> bool:
    """Whether a page came, which none of these APIs sends: a login, a proxy, maintenance."""
    return "html" in reply.headers.get("content-type", "").lower() or is_page(reply.body)


def is_page(body: bytes) -> bool:
    """Whether a body begins like a page."""
    return body[:64].lstrip().lower().startswith((b"<!doctype", b"<html"))


def decoder_for(operation: Operation[Any]) -> Callable[[bytes], Any]:
    """A function from body to value; built once for each operation, since building is slow."""
    if operation.returns is None or operation.returns is type(None):
        return _nothing
    if operation.returns is bytes or not operation.wants_json:
        return _as_it_is
    return msgspec.json.Decoder(operation.returns).decode


def _as_it_is(body: bytes) -> bytes:
    return body


def _nothing(body: bytes) -> None:
    """Whatever comes where nothing should; but where a page comes, something else has answered."""
    if is_page(body):
        raise msgspec.DecodeError("a page")


def unreadable(
    operation: Operation[Any],
    reply: WireReply,
    cause: Exception,
    *,
    attempts: int,
    secrets: Iterable[str] = (),
) -> DecodeFailed | None:
    """The error for a success whose body cannot be decoded; None if it rightly has no body."""
    if not reply.body and reply.status in operation.bodiless and _admits_none(operation.returns):
        return None
    where = f"(answer to {operation.method} {operation.path})"
    path = ""
    if not reply.body.strip():
        message = f"expected JSON, got an empty body with status {reply.status} {where}"
    elif isinstance(cause, msgspec.ValidationError):
        text = str(cause)
        path = text.rpartition("`$")[2].rstrip("`") if "`$" in text else ""
        path = f"${path}"
        message = f"{text} {where}"
    else:
        message = f"{_not_json(reply, secrets)} {where}"
    # An answer without a token in its request is the answer to a login: it brings one.
    is_data = operation.authenticated
    return DecodeFailed(
        redact(message, secrets),
        path=path,
        body=reply.body if is_data else redact_bytes(reply.body, secrets),
        operation=operation.name,
        attempts=attempts,
        request_id=request_id_of(reply),
    )


def _not_json(reply: WireReply, secrets: Iterable[str]) -> str:
    kind = reply.headers.get("content-type") or "no content type"
    first = redact(reply.body[:_SHOWN_BYTES].decode("utf-8", "replace"), secrets)
    hint = ""
    if is_html(reply):
        hint = "; a proxy or a login page may stand between here and the API"
    return f"expected JSON, got {kind} that begins with {first!r}{hint}"


def _admits_none(kind: Any) -> bool:  # noqa: ANN401 - a type expression
    try:
        msgspec.convert(None, kind)
    except msgspec.ValidationError:
        return False
    return True
