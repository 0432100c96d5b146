"""Values become URLs, or errors before anything is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from energy_async.transport.bodies import body_bytes
from energy_async.transport.urls import PathTemplate, base_url_from, query_text, redirected

NOON = datetime(2025, 7, 1, 12, 0, tzinfo=UTC)


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ""),
        ({"a": None}, ""),
        ({"start": NOON}, "?start=2025-07-01T12:00:00Z"),
        ({"start": NOON.astimezone(ZoneInfo("Europe/Berlin"))}, "?start=2025-07-01T12:00:00Z"),
        ({"t": NOON.replace(microsecond=5000)}, "?t=2025-07-01T12:00:00.005000Z"),
        ({"d": date(2025, 7, 1)}, "?d=2025-07-01"),
        ({"yes": True, "no": False}, "?yes=true&no=false"),
        ({"n": 3, "x": -0.5}, "?n=3&x=-0.5"),
        ({"id": UUID(int=1)}, "?id=00000000-0000-0000-0000-000000000001"),
        ({"many": ["a", "b"]}, "?many=a&many=b"),
        ({"list": "a,b"}, "?list=a,b"),
        ({"text": "a b&c=d+é/#"}, "?text=a%20b%26c%3Dd%2B%C3%A9%2F%23"),
        ({"colour": Colour.RED}, "?colour=red"),
    ],
)
def test_query_values_have_the_form_upstream_expects(values: dict[str, Any], expected: str) -> None:
    assert query_text(values) == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"start": NOON.replace(tzinfo=None)}, "start has no time zone"),
        ({"start": NOON, "end": NOON - timedelta(seconds=1)}, "end .* before start"),
        ({"x": float("nan")}, "x must be a finite number"),
    ],
)
def test_values_that_cannot_be_meant_are_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        query_text(values)


def test_an_object_is_no_parameter() -> None:
    with pytest.raises(TypeError, match="thing cannot be sent"):
        query_text({"thing": object()})


def test_an_empty_range_is_allowed() -> None:
    """Upstream includes both ends, so start and end may be the same instant."""
    assert query_text({"start": NOON, "end": NOON}).count("12:00:00Z") == 2


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])))
def test_times_name_the_same_instant_in_utc(value: datetime) -> None:
    try:
        value.astimezone(UTC)
    except OverflowError:
        assume(False)
    text = query_text({"t": value}).removeprefix("?t=")
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == value


TEMPLATE = PathTemplate("/assets/{assetID}/100%/{kind}")


def test_both_hours_of_a_doubled_hour_keep_their_own_text() -> None:
    """Python takes 02:30 before and after the clock change for equal; they are an hour apart."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    second = first.replace(fold=1)
    assert query_text({"a": first, "b": second}) == (
        "?a=2026-10-25T00:30:00Z&b=2026-10-25T01:30:00Z"
    )
    assert body_bytes([first, second]) == b'["2026-10-25T00:30:00Z","2026-10-25T01:30:00Z"]'


def test_a_range_over_a_clock_change_is_judged_by_the_time_that_passes() -> None:
    """02:45 to 02:15 is half an hour forward, or an hour and a half backward."""
    before = datetime(2026, 10, 25, 2, 45, tzinfo=ZoneInfo("Europe/Berlin"))
    after = before.replace(minute=15, fold=1)
    assert query_text({"start": before, "end": after}) == (
        "?start=2026-10-25T00:45:00Z&end=2026-10-25T01:15:00Z"
    )
    with pytest.raises(ValueError, match="lies before start"):
        query_text({"start": after, "end": before})
    with pytest.raises(ValueError, match="lies before start"):
        query_text({"start": before.replace(fold=1), "end": before.replace(minute=50)})


def test_a_path_takes_its_values_as_single_segments() -> None:
    assert TEMPLATE.fill({"assetID": "a/b ?#%", "kind": 7}) == "/assets/a%2Fb%20%3F%23%25/100%/7"


@given(st.text(min_size=1))
def test_no_value_leaves_its_place_in_the_path(value: str) -> None:
    try:
        path = TEMPLATE.fill({"assetID": value, "kind": "x"})
    except (ValueError, UnicodeEncodeError):
        return
    segments = path.split("/")
    assert len(segments) == 5
    assert unquote(segments[2]) == value
    assert segments[2] not in {"", ".", ".."}


@pytest.mark.parametrize("value", ["", " ", ".", "..", "../etc", "a/../b", "a\\..\\b", "..\\"])
def test_a_value_that_would_climb_or_vanish_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="assetID"):
        TEMPLATE.fill({"assetID": value, "kind": "x"})


@pytest.mark.parametrize("values", [{}, {"assetID": "a"}, {"assetID": "a", "kind": "b", "c": "d"}])
def test_path_parameters_must_match_the_template(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="takes path parameters assetID, kind"):
        TEMPLATE.fill(values)


@pytest.mark.parametrize(
    "text",
    [
        "api.example",
        "ftp://api.example",
        "https://",
        "https://user:hunter22@api.example",
        "https://api.example?key=hunter22",
        "https://api.example/#x",
        "https://api.example:notaport",
    ],
)
def test_a_base_url_that_cannot_be_used_is_refused_without_repeating_secrets(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text differs
        base_url_from(text)
    assert "hunter22" not in str(caught.value)


def test_a_base_url_loses_its_last_slash() -> None:
    assert base_url_from("http://localhost:8080/api/") == "http://localhost:8080/api"


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("https://a:443/y", "https://a:443/y"),
        ("https://A/y", "https://A/y"),
        ("/y?z=1#part", "https://a/y?z=1"),
        ("y", "https://a/y"),
        ("http://a/y", None),
        ("https://b/y", None),
        ("https://a:81/y", None),
        ("//b/y", None),
        ("http://[::1", None),
        ("http://[bad]/", None),
        ("https://a:99999/", None),
        ("https://a:abc/", None),
        ("/y?z=b c HTTP/1.1", None),
        ("/y\r\nX: 1", None),
        ("/\xfc", None),
        ("", None),
    ],
)
def test_a_redirect_leads_within_the_origin_or_nowhere(location: str, leads_to: str | None) -> None:
    assert redirected("https://a/x", location) == leads_to


class Block(msgspec.Struct):
    start: datetime
    power: float


def test_bodies_carry_times_in_utc() -> None:
    body = {"blocks": [Block(NOON.astimezone(ZoneInfo("Europe/Paris")), 1.5)]}
    assert body_bytes(body) == b'{"blocks":[{"start":"2025-07-01T12:00:00Z","power":1.5}]}'


def test_a_naive_time_deep_in_a_body_is_named() -> None:
    with pytest.raises(ValueError, match=r"body\.blocks\[0\]\.start has no time zone"):
        body_bytes({"blocks": [Block(NOON.replace(tzinfo=None), 1.5)]})


def test_bytes_are_a_body_as_they_are() -> None:
    assert body_bytes(b"raw") == b"raw"
