"""Answers that spell a value otherwise: read where the operation is tolerant, and only then."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
import pytest

from energy_async.model import AwareDatetime, Model
from energy_async.transport.bodies import body_bytes
from energy_async.transport.decoding import decoder_of


class Row(Model, kw_only=True):
    at: AwareDatetime | None = None
    day: date | None = None
    count: int | None = None
    kind: Literal["a", "1"] | str | None = None  # noqa: PYI051 - an open enum
    level: Literal[1, 2] | int | None = None  # noqa: PYI051
    price: Decimal | None = None
    rows: "list[Row] | None" = None


UTC_NOON = "2026-03-01T12:00:00+00:00"
SPELT = [
    ("at", "2026-03-01 12:00:00Z", UTC_NOON),
    ("at", "2026-03-01T12:00Z", UTC_NOON),
    ("at", "2026-03-01t12:00:00,000z", UTC_NOON),
    ("at", "2026-03-01T12:00:00+0000", UTC_NOON),
    ("at", "2026-03-01T13:00:00+01", UTC_NOON),
    ("at", "2026-03-01T11:59:60Z", UTC_NOON),
    ("at", "2026-02-28T24:00:00Z", "2026-03-01T00:00:00+00:00"),
    ("at", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999+00:00"),
    ("day", "2026-03-01T00:00:00Z", "2026-03-01"),
    ("day", "2026-03-01 00:00", "2026-03-01"),
    ("count", 3.0, "3"),
    ("kind", 1, "1"),
    ("kind", True, "true"),
    ("level", "2", "2"),
]
REFUSED = [
    ("at", "2026-03-01T12:00:00"),
    ("at", "2026-03-01"),
    ("at", "2026-03-01T24:30:00Z"),
    ("at", "2026-02-30T12:00Z"),
    ("at", "01.03.2026 12:00Z"),
    ("day", "2026-03-01T12:00:00Z"),
    ("day", "2026-03-01T00:00:00+01:00"),
    ("count", 3.5),
    ("count", "3"),
    ("level", "two"),
]


def text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


@pytest.mark.parametrize(("name", "came", "read"), SPELT)
def test_another_spelling_is_read_where_it_leaves_no_doubt(name: str, came: Any, read: str) -> None:
    """At any depth, and beside values that need no mending."""
    body = json.dumps([{"rows": [{name: came, "price": 1.5}]}]).encode()
    (row,) = decoder_of(list[Row], tolerant=True)(body)
    assert text(getattr(row.rows[0], name)).startswith(read)


@pytest.mark.parametrize(("name", "came"), REFUSED)
def test_what_leaves_a_doubt_stays_refused(name: str, came: Any) -> None:
    """With its place: a time without a zone could be any hour."""
    with pytest.raises(msgspec.ValidationError, match=rf"\$\[1\]\.{name}"):
        decoder_of(list[Row], tolerant=True)(json.dumps([{}, {name: came}]).encode())


@pytest.mark.parametrize(
    ("name", "came"), [("at", "2026-03-01T12:00Z"), ("kind", 1), ("level", "2")]
)
def test_other_operations_take_what_the_document_says(name: str, came: Any) -> None:
    """Tolerance is an option."""
    with pytest.raises(msgspec.ValidationError):
        decoder_of(list[Row])(json.dumps([{name: came}]).encode())


def test_no_digit_of_a_decimal_is_lost() -> None:
    """Not when it is read, not when something beside it is mended, and not when it is sent."""
    body = b'[{"price":0.10000000000000000005,"count":1.0}]'
    (row,) = decoder_of(list[Row], tolerant=True)(body)
    assert row.price == Decimal("0.10000000000000000005")
    assert body_bytes(row) == b'{"count":1,"price":0.10000000000000000005}'
