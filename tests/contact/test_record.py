"""A record holds shapes and words of a closed vocabulary, whatever an answer holds."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from msgspec import inspect as kinds

from energy_async.contact import Contact, Seen, shared
from energy_async.contact.differences import differences
from energy_async.contact.interface import Function, functions_of, vocabulary
from energy_async.contact.report import to_json
from energy_async.contact.scales import flattened
from energy_async.contact.shapes import read, shape_of, written
from trlyr_async.api import _API

ANSWERS = 10_000
NEEDLES = [
    "Solarpark Nauen GmbH", "nauenBattery", "NAUEN_STATUS", "Nauen", "solarpark", "DE0001112223334",
    "9b2f6c1e-1111-4222-8333-123456789abc", "anna.mueller@nauen.example", "eyJhbGciOi.J9.c2ln",
    "sk_live_51Hxx", "11XNAUEN------1", "DE89370400440532013000", "+49 30 1234567", "Müller",
    "zürich", "https://nauen.example/x?token=abc", "2026-03-29T01:30:00Z", "187543.27", "4711",
    "batteryNauen", "revenue_nauen", "BATTERY-NAUEN-7", "Nauen FCR", "FCR Nauen",
    "\uff2e\uff21\uff35\uff25\uff2e", "na\u200buen", "status4711", "unit.nauen", "Bearer nauen",
    "{nauen}", "*nauen*", "a" * 5000,
]  # fmt: skip
IDENTIFYING = [
    "nauen", "\uff2e".lower(), "solarpark", "müller", "mueller", "zürich", "anna", "4711", "187543",
    "eyj", "sk_live", "aaaa", *(f"de{n:02}" for n in range(100)), "2026-03", "+49", "1234",
]  # fmt: skip


WORDS = vocabulary(_API)


def made_up(expected: kinds.Type, draw: random.Random, depth: int = 0) -> Any:  # noqa: PLR0911
    """An answer of that type as a careless or hostile server may give it."""
    if draw.random() < 0.15 or depth > 6:
        return draw.choice([draw.choice(NEEDLES), 4711, 187543.27, None, True, [], {}])
    if draw.random() < 0.05:
        return {draw.choice(NEEDLES): draw.choice(NEEDLES), "id": draw.choice(NEEDLES)}
    options = flattened(expected) or [kinds.AnyType()]
    match draw.choice(options):
        case kinds.StructType() as struct:
            found = {f.encode_name: made_up(f.type, draw, depth + 1) for f in struct.fields}
            extra = {
                draw.choice(NEEDLES): made_up(expected, draw, 7) for _ in range(draw.randrange(3))
            }
            return {**found, **extra}
        case kinds.ListType() as many:
            return [made_up(many.item_type, draw, depth + 1) for _ in range(draw.randrange(3))]
        case kinds.DictType() as mapping:
            return {draw.choice(NEEDLES): made_up(mapping.value_type, draw, depth + 1)}
        case kinds.AnyType():
            return {"name": draw.choice(NEEDLES), draw.choice(NEEDLES): 187543.27}
        case _:
            return draw.choice([*NEEDLES, 4711, 187543.27])


def seen(one: Function, value: Any) -> Seen:
    shape = shape_of(value)
    needle = NEEDLES[len(str(value)) % len(NEEDLES)]
    return Seen(
        operation=one.operation.name, verdict="differs", why=needle, answer=shape, status=200,
        path=f"/{needle}/{{{needle}}}/tolling", moved=f"/x/{needle}",
        findings=tuple(differences(one.returns, shape)),
    )  # fmt: skip


def recorded(many: list[Seen]) -> str:
    found = Contact(
        api="trlyr", version="1", asked="https://nauen.example", made="2026-11-28",
        operations=tuple(many), measures={}, general={"quota headers": "Nauen"},
        documents={"auth": "could not be had: Nauen"}, fresh=("GET /nauen/{nauenID}",),
    )  # fmt: skip
    return to_json(shared(found, _API)).decode()


def test_ten_thousand_answers_leave_nothing_that_identifies() -> None:
    draw = random.Random(13)
    functions = functions_of(_API, reading=False)
    texts = 0
    for _ in range(ANSWERS // 500):
        chosen = [draw.choice(functions) for _ in range(500)]
        text = recorded([seen(one, made_up(one.returns, draw)) for one in chosen])
        lower = text.lower()
        assert [one for one in IDENTIFYING if one in lower] == []
        texts += len(text)
    assert texts > 1_000_000


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"status": "CANCELLED"}, {"status": "text = CANCELLED"}),
        ({"status": "Nauen"}, {"status": "text"}),
        ({"feedback": "CANCELLED"}, {"feedback": "text"}),
        ({"market": "AFRR_POS"}, {"market": "text = AFRR_POS"}),
        ({"market": "AFRR_POS_7"}, {"market": "text"}),
        ({"settlementPrice": 1.5}, {"settlementPrice": "number"}),
        ({"nauenPrice": 1.5}, {"*": "number"}),
        ({"VA-0001": {"revenue": 1}}, {"*": {"revenue": "integer"}}),
        ([], []),
        ([{"id": "x"}, {"id": None, "name": "y"}], [{"id": "null|text", "name?": "text"}]),
        ({"start": "2026-01-01"}, {"start": "text date"}),
        ({"nauen": "2026-01-01T00:00:00"}, {"*": "text date-time without zone"}),
        ([1, "x", {"id": 1}], [{"|": [{"id": "integer"}, "integer|text"]}]),
    ],
)
def test_what_is_kept_of_a_value(value: Any, kept: Any) -> None:
    shape = WORDS.shape(shape_of(value))
    assert written(shape) == kept
    assert read(msgspec.json.decode(msgspec.json.encode(written(shape)))) == shape
