"""Answers judged: whose they are, what a status means, what an unreadable body probably is.

Between here and the API stand gateways, proxies and login pages that answer in its name. So an
answer proves something only if nobody else can have given it: `refuses` and `is_success` say when.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from energy_async.transport.decoding import decoder_of
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
from energy_async.transport.redact import redact, redact_bytes, without
from energy_async.transport.request import READING

if TYPE_CHECKING:
    from energy_async.transport.request import Operation, Reply, WireReply

__all__ = [
    "StatusClassifier",
    "decoder_for",
    "error_content",
    "is_page",
    "is_success",
    "refuses",
    "request_id_of",
    "status_error",
    "unreadable",
    "value_in",
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
_REFUSALS: Final = frozenset(
    {400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418}
    | {422, 423, 424, 426, 428, 429, 431, 451}
)
"""The registered statuses by which a server refuses, but for those that invite to try again."""
_AT_THE_DOOR: Final = frozenset({401, 429})
"""Said before anybody looks at what is asked for, and often without a body."""
_TOO_MANY: Final = 429
_WHOLE: Final = frozenset({200, 201, 202, 203, 204, 205})
"""Successes that bring the whole answer; 206, for example, brings a part."""
_BODILESS: Final = frozenset({204, 205})
_JSON_BEGINS: Final = b'{["-0123456789tfn'
_LOOKED_AT: Final = 4096
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_LONGEST_DETAIL: Final = 300
_KEPT_BODY: Final = 2048
_SHOWN_BYTES: Final = 80
_SEARCHED: Final = 16_384
_TOO_LARGE: Final = b"FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE"
"""What Vercel, on which the French feeds run, says where an answer has more than 4.5 MB."""
_BYTE: Final = re.compile(r"\(byte (\d+)\)")
_NO_NUMBER: Final = re.compile(rb"NaN|-?Infinity")


def request_id_of(reply: WireReply | Reply) -> str | None:
    """The server's identifier of the request, for a support ticket."""
    for name in _REQUEST_ID_HEADERS:
        if value := reply.headers.get(name):
            # Bytes that are no UTF-8 come as half characters, which nothing could write.
            return value.encode("utf-8", "backslashreplace").decode()[:200]
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
    """The error for a status that is no success, with all that the answer tells."""
    kind = (classify(reply.status) if classify else None) or _class_of(reply.status)
    echoes = not operation.authenticated  # the answer to a login may quote what it was sent
    detail = detail_of(reply, secrets, echoes=echoes)
    parts = [f"HTTP {reply.status} from {operation.method} {operation.path}"]
    parts += [
        text for text in (_ADVICE.get(kind, ""), redact(_redirect_advice(reply), secrets)) if text
    ]
    if detail:
        parts.append(f"the server says: {detail}")
    if _TOO_LARGE in reply.body[:_KEPT_BODY]:
        parts.append("its host lets no answer of more than 4.5 MB through: asking again is no use")
    known: dict[str, Any] = {
        "status": reply.status,
        "detail": detail,
        "body": _masked(reply.body, secrets, echoes=echoes)[:_KEPT_BODY],
        "operation": operation.name,
        "attempts": attempts,
        "request_id": request_id_of(reply),
        "content": error_content(operation, reply, secrets),
    }
    if issubclass(kind, RateLimited):
        if retry_after is not None:
            parts.append(f"come back in {retry_after:.0f} s")
        known["retry_after"] = retry_after
    error = kind("; ".join(parts), **known)
    error.may_have_acted = not refuses(reply)
    error.passing = _is_passing(reply)
    return error


def _is_passing(reply: WireReply) -> bool:
    """Whether the same request may fare better a moment later."""
    if _TOO_LARGE in reply.body[:_KEPT_BODY]:
        return False
    if is_page(reply) or reply.status == _TOO_MANY:
        return True
    is_redirect = 300 <= reply.status < 400  # noqa: PLR2004
    return not (is_redirect or reply.status in _REFUSALS)


def _class_of(status: int) -> type[StatusError]:
    return _CLASSES.get(status) or (ServerError if status >= 500 else StatusError)  # noqa: PLR2004


def error_content(operation: Operation[Any], reply: WireReply, secrets: Iterable[str] = ()) -> Any:  # noqa: ANN401 - a struct of the caller's package
    """The body of an error as the struct that the document has for its status, if it is one."""
    status = str(reply.status)
    known = [operation.errors.get(key) for key in (status, f"{status[0]}XX", "default")]
    kind = next((one for one in known if one is not None), None)
    if kind is None:
        return None
    try:
        return decoder_of(kind)(redact_bytes(reply.body, secrets))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _redirect_advice(reply: WireReply) -> str:
    location = reply.headers.get("location") if 300 <= reply.status < 400 else None  # noqa: PLR2004
    if not location:
        return ""
    try:
        parts = urlsplit(location)
    except ValueError:
        return "redirected to something that is no URL"
    target = f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else parts.path
    return f"redirected to {target}, not followed; check the base URL"


def _masked(body: bytes, secrets: Iterable[str], *, echoes: bool = False) -> bytes:
    """The beginning of a body. Mask first, cut then: half a secret would not be recognised."""
    return redact_bytes(body[:_SEARCHED], secrets, echoes=echoes)


def detail_of(reply: WireReply, secrets: Iterable[str] = (), *, echoes: bool = False) -> str:
    """The server's own words, shortened and without secrets; empty if there are none."""
    body = reply.body[: _KEPT_BODY * 4].strip()
    if not body or is_page(reply):
        return ""
    try:
        text = _words(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body.decode("utf-8", "replace")
    text = " ".join(redact(text, secrets, echoes=echoes).split())
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


def is_page(reply: WireReply) -> bool:
    """Whether a page came, which none of these APIs sends: a login, a proxy, maintenance."""
    kind = _media_type(reply)
    return "html" in kind or ("xml" not in kind and _first_byte(reply) == b"<")


def _media_type(reply: WireReply) -> str:
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower()


def _first_byte(reply: WireReply) -> bytes:
    return reply.body[:_LOOKED_AT].lstrip(_BLANK)[:1]


def _says_json(reply: WireReply) -> bool:
    kind = _media_type(reply)
    if kind != "application/json" and not kind.endswith("+json"):
        return False
    first = _first_byte(reply)
    return first in _JSON_BEGINS if first else not reply.body


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def refuses(reply: WireReply) -> bool:
    """Whether the API itself has refused the request, which proves that it was not carried out.

    A page or a text may be a gateway's, which may have passed the request on before.
    """
    if reply.status not in _REFUSALS:
        return False
    at_the_door = reply.status in _AT_THE_DOOR and not reply.body and not is_page(reply)
    return at_the_door or _says_json(reply)


def is_success(operation: Operation[Any], reply: WireReply) -> bool:
    """Whether only the API can have given this answer, which proves that it took the request."""
    if reply.status not in _WHOLE:
        return False
    if not reply.body:
        return reply.status in _BODILESS or not is_page(reply)
    if operation.returns in {bytes, str} and not operation.wants_json:
        return _media_type(reply) not in {"", "text/plain"} and not is_page(reply)
    return _says_json(reply) and _is_json(reply.body)


def decoder_for(operation: Operation[Any]) -> Callable[[bytes], Any] | None:
    """A function from body to value, built once for each operation, since building is slow.

    None where nothing is to be decoded.
    """
    if operation.returns is str and not operation.wants_json:
        return bytes.decode
    if operation.returns in {None, type(None), bytes} or not operation.wants_json:
        return None
    return decoder_of(operation.returns, tolerant=operation.tolerant)


def value_in(
    operation: Operation[Any],
    reply: WireReply,
    decode: Callable[[bytes], Any] | None,
    *,
    is_part: bool = False,
) -> Any:  # noqa: ANN401 - of the operation's type
    """The value in an answer whose status is a success.

    What must not be sent twice, or changes something and has no value by which its answer can be
    known, takes only an answer that can be nobody else's.

    `decode` is from `decoder_for`; without it the body is the value, or nothing is. `is_part` says
    that a part is what the call has asked for.

    Raises:
        Exception: Whatever makes the answer unusable.
    """
    if reply.status not in _WHOLE and not is_part:
        message = f"status {reply.status} is a success of another kind than was asked for"
        raise msgspec.DecodeError(message)
    has_value = operation.returns not in {None, type(None)}
    if not operation.repeatable or not (has_value or operation.method in READING):
        if not is_success(operation, reply):
            raise msgspec.DecodeError("the API alone would have answered nothing or JSON")
    elif (decode is None or not operation.wants_json) and is_page(reply):
        raise msgspec.DecodeError("a page")
    if not reply.body and reply.status in operation.bodiless and _admits_none(operation.returns):
        return None
    if decode is not None:
        return decode(reply.body)
    return reply.body if has_value else None


def unreadable(
    operation: Operation[Any],
    reply: WireReply,
    cause: Exception,
    *,
    attempts: int,
    secrets: Iterable[str] = (),
) -> DecodeFailed:
    """The error for a success whose body cannot be used.

    It is final where the API has answered in another shape; nobody's page, nor a part, is.
    """
    is_shape = isinstance(cause, msgspec.ValidationError) and _is_json(reply.body)
    is_shape = is_shape and not is_page(reply)
    path = ""
    if reply.status not in _WHOLE:
        message = str(cause)
    elif not reply.body.strip():
        message = f"expected JSON, got an empty body with status {reply.status}"
    elif is_shape:
        message = str(cause)
        path = f"${message.rpartition('`$')[2].rstrip('`')}" if "`$" in message else "$"
    else:
        message = _not_json(reply, secrets, cause)
    # An answer without a token in its request is the answer to a login: it brings one.
    is_data = operation.authenticated
    error = DecodeFailed(
        redact(f"{message} (answer to {operation.method} {operation.path})", secrets),
        path=path,
        body=without(reply.body, secrets) if is_data else redact_bytes(reply.body, secrets),
        operation=operation.name,
        attempts=attempts,
        request_id=request_id_of(reply),
    )
    error.may_have_acted = True
    error.passing = not (is_shape or reply.status in _BODILESS)
    return error


def _not_json(reply: WireReply, secrets: Iterable[str], cause: Exception) -> str:
    kind = reply.headers.get("content-type") or "no content type"
    place = _BYTE.search(str(cause))
    if place and (at := int(place[1])) and not is_page(reply):
        before = _masked(reply.body[max(0, at - _SEARCHED) : at], secrets)[-_SHOWN_BYTES // 2 :]
        came = before + _masked(reply.body[at:], secrets)[: _SHOWN_BYTES // 4]
        number = _NO_NUMBER.match(reply.body, at)
        what = f"{number[0].decode()} (no JSON)" if number else f"{kind} that is malformed"
        return f"expected JSON, got {what} at byte {at:,}: {came.decode('utf-8', 'replace')!r}"
    first = _masked(reply.body, secrets)[:_SHOWN_BYTES].decode("utf-8", "replace")
    hint = ""
    if is_page(reply):
        hint = "; a proxy or a login page may stand between here and the API"
    return f"expected JSON, got {kind} that begins with {first!r}{hint}"


def _admits_none(kind: Any) -> bool:  # noqa: ANN401 - a type expression
    try:
        msgspec.convert(None, kind)
    except msgspec.ValidationError:
        return False
    return True
