"""The API itself: what a real server does, against what this client expects of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from energy_async import contact
from energy_async.contact import Api, Contact, from_json, to_json
from trlyr_async._client import Trlyr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from energy_async.transport.client import ApiClient

__all__ = ["Contact", "check", "documents", "from_json", "record", "to_json"]

_API: Final = Api(
    "trlyr",
    "trlyr_async",
    {
        "auctions": "/auctions/docs/doc.json",
        "auth": "/auth/docs/doc.json",
        "monitoring": "/monitoring/docs/doc.json",
        "physical_assets": "/physical-assets/docs/doc.json",
        "revenue_reporting": "/revenue-reporting/docs/doc.json",
        "virtual_assets": "/docs/doc.json",
    },
    {"https://api.trlyr.com": "production", "https://api.sandbox.trlyr.com": "sandbox"},
)


async def check(
    client: ApiClient,
    *,
    organisation_id: str | None = None,
    known: Mapping[str, Sequence[str]] = {},
    pause: float = 0.5,
) -> Contact:
    """Ask every reading operation once or a few times, and say what it did.

    Only GET is sent, and one login; one request after the other. Identifiers are taken from the
    answers, in the order in which they become known. The client's `paths` are asked where set.

    Args:
        client: Whose account is used.
        organisation_id: The organisation that owns the assets.
        known: Further identifiers by the names of arguments, such as `{"fleet_id": ["..."]}`.
        pause: Seconds between requests.
    """
    given = {**known, **({"organisation_id": [organisation_id]} if organisation_id else {})}
    login: Any = client._login_request() if isinstance(client, Trlyr) else None  # noqa: SLF001
    return await contact.check(client, _API, known=given, login=login, pause=pause)


async def documents(client: ApiClient) -> Contact:
    """Hold upstream's own documents against the installed interface; needs no credentials."""
    return await contact.check(client, _API, known=None)


def record(found: Contact, *, words: Sequence[str] = ()) -> Contact:
    """What can be shared of a check: shapes and words of a closed vocabulary, no data.

    `words` may stand in it besides: those that you know to be nobody's. `to_json` makes a text of
    it, to read before it is shared.
    """
    return contact.shared(found, _API, words)
