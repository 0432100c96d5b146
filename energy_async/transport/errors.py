"""The errors a caller of either client can meet, cut by what the caller does next.

```text
EnergyApiError
├─ TransportError        no usable answer came
│  ├─ ConnectError         nothing was sent: check host, network and proxy; safe to repeat
│  ├─ ConnectionBroken     the connection ended under way; the server may have acted
│  ├─ RequestTimeout       the server was silent for too long; `.phase` says where
│  └─ ResponseTooLarge     the answer passed the size cap: ask for a shorter range
├─ DeadlineExceeded      the caller's own deadline cannot be met (also a TimeoutError)
├─ ClientClosed          the client was closed before there was an answer (also a RuntimeError)
├─ StatusError           no success was answered; `.status`, `.detail`, `.body`
│  ├─ BadRequest 400, 422    correct the arguments
│  ├─ Unauthorized 401       the token is refused even after a new login
│  ├─ Forbidden 403          the account lacks the permission
│  ├─ NotFound 404           no such asset, portfolio or path
│  │  └─ OperationNotFound    the path is not there: correct it with `paths=`
│  ├─ Conflict 409           the state on the server has moved on
│  ├─ RateLimited 429        `.retry_after` says when to come back
│  ├─ ServerError 5xx        try later, report `.request_id`
│  └─ NotSubscribed          French feeds: the token has no active subscription
├─ LoginFailed           username or password refused; or, if `.passing`, no login possible
├─ DecodeFailed          the answer is not what the specification says; `.path`, `.body`
└─ OutcomeUnknown        a request that must not be repeated may have been carried out
```

Whether a request was carried out follows from what is proved. It was, if an answer came that only
the API can have given. It was not, if it certainly never left, or if the API itself refused it.
Everything else is open, and `may_have_acted` says so.

Misuse by the programmer (a naive datetime, an empty range, another event loop) is `TypeError`,
`ValueError` or `RuntimeError`, outside this tree. Every error survives pickling and copying.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "BadRequest",
    "ClientClosed",
    "Conflict",
    "ConnectError",
    "ConnectionBroken",
    "DeadlineExceeded",
    "DecodeFailed",
    "EnergyApiError",
    "Forbidden",
    "LoginFailed",
    "NotFound",
    "NotSubscribed",
    "OperationNotFound",
    "OutcomeUnknown",
    "RateLimited",
    "RequestTimeout",
    "ResponseTooLarge",
    "ServerError",
    "StatusError",
    "TransportError",
    "Unauthorized",
]


class EnergyApiError(Exception):
    """Root of every error that a request can end in.

    Attributes:
        message: What happened, without the operation.
        operation: The operation that failed, such as `revenue_reporting.get_tolling_revenue`.
        attempts: How many times the request was tried.
        request_id: The server's own identifier of the request, when it gave one.
        may_have_acted: Whether the server may have carried the request out, at this attempt or an
            earlier one; always False for a request that only reads. False for any other request
            is certain: it never left, or the API refused it. True says: look the result up.
        passing: Whether the same request may fare better a moment later, as far as one can tell.
    """

    operation: str = ""
    attempts: int = 0
    request_id: str | None = None
    may_have_acted: bool = False
    passing: bool = False

    def __init__(self, message: str, **details: Any) -> None:  # noqa: ANN401 - of any attribute
        """Set `message`, and attributes by their names; TypeError for one that there is not."""
        super().__init__(message)
        self.message: str = message
        for name, value in details.items():
            if not hasattr(type(self), name):
                raise TypeError(f"a {type(self).__name__} has no {name!r}")
            setattr(self, name, value)

    def __str__(self) -> str:
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        where = f" ({self.operation}{tries})" if self.operation else ""
        return f"{self.message}{where}"


class TransportError(EnergyApiError):
    """No usable answer came back."""

    may_have_acted = True
    passing = True


class ConnectError(TransportError):
    """No connection could be made; nothing was sent.

    Attributes:
        crowded: Whether it is for want of file descriptors on this machine.
    """

    crowded: bool = False

    may_have_acted = False


class ConnectionBroken(TransportError):
    """The connection ended before the whole answer was read; the server may have acted."""


class RequestTimeout(TransportError):
    """The server did not answer in time.

    Attributes:
        phase: `"connect"` (nothing was sent) or `"read"` (the server may have acted).
    """

    phase: str = "read"

    def __init__(self, message: str, **details: Any) -> None:  # noqa: ANN401
        super().__init__(message, **details)
        self.may_have_acted: bool = self.phase != "connect"


class ResponseTooLarge(TransportError):
    """The answer is larger than the client's cap; nothing of it was decoded.

    After a request that must not be sent twice it is the cause of an `OutcomeUnknown`.
    """

    passing = False


class DeadlineExceeded(EnergyApiError, TimeoutError):
    """The request cannot be, or was not, finished before the caller's deadline."""


class ClientClosed(EnergyApiError, RuntimeError):
    """The client was closed before the request was sent, or while it was under way.

    What may have been carried out meanwhile is an `OutcomeUnknown` instead.
    """


class StatusError(EnergyApiError):
    """The server answered with a status that is not a success: 300 or above.

    Only the API itself can refuse a request: with its own 4xx, that is in JSON. A page, a 3xx or a
    5xx may come from a gateway that had passed the request on, so `may_have_acted` is True.

    Attributes:
        status: The HTTP status.
        detail: The server's own words, shortened, secrets removed; empty if it gave none.
        body: The first bytes of the answer as they came.
        content: The answer as the struct that the document has for this status; None where it has
            none, or another came.
    """

    may_have_acted = True
    passing = True
    status: int = 0
    detail: str = ""
    body: bytes = b""
    content: Any = None


class BadRequest(StatusError):
    """400 or 422: the server rejects the arguments."""


class Unauthorized(StatusError):
    """401: the token was refused, also after a new login."""


class Forbidden(StatusError):
    """403: the account lacks the permission."""


class NotFound(StatusError):
    """404: no such resource, or not visible to this account."""


class OperationNotFound(NotFound):
    """404 or 405 of an operation whose path was not certain, for a resource that is there.

    The client remembers it, and asks no more: `attempts` is 0 where nothing was sent.
    """


class Conflict(StatusError):
    """409: the state on the server does not allow the request."""


class RateLimited(StatusError):
    """429: the quota is spent and waiting would take too long.

    Attributes:
        retry_after: Seconds the server asks to wait, or None if it did not say.
    """

    status = 429
    retry_after: float | None = None


class ServerError(StatusError):
    """5xx: the server failed, or something in front of it; what it had done by then is open."""


class NotSubscribed(StatusError):
    """French feeds, 401: the token belongs to no active subscription, or is not valid."""


class LoginFailed(EnergyApiError):
    """No token could be had: credentials refused, or the answer to the login was unusable.

    Attributes:
        passing: False if the API itself has refused the credentials; True if something else was
            answered, and a later login may work.
    """

    passing: bool = False


class DecodeFailed(EnergyApiError):
    """The answer does not have the shape that the specification promises.

    Its status was a success, so a request that changes something may well have been carried out,
    and `may_have_acted` is True. After a request that must not be sent twice it is the cause of an
    `OutcomeUnknown`.

    Attributes:
        path: Where in the answer, such as `$.rows[3].price`; empty if it is not JSON at all.
        body: The whole answer as it came, so that nothing is lost.
    """

    path: str = ""
    body: bytes = b""


class OutcomeUnknown(EnergyApiError):
    """A request that must not be sent twice may have been carried out, or may not.

    The same for one that could be sent again, if the client is closed while it may be in force.
    Look the result up before repeating it. A task that is cancelled while such a request is under
    way gets its cancellation, not this error, though the outcome is just as open.

    Attributes:
        method: The HTTP method.
        path: The path that was requested.
        body: The request body as it was sent.
        sent_at: When the request left, by this machine's clock, aware and in UTC.
    """

    may_have_acted = True
    method: str = ""
    path: str = ""
    body: bytes = b""
    sent_at: datetime | None = None
