"""Which requests a pull makes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async.bulk.windows import cut
from trlyr_async import bulk

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
MONTH = END - START
ASSET = "6f1c2a9e-1111-4222-8333-abcdefabcdef"

moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(
    moments,
    st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=400)),
    st.integers(1, 200),
    st.timedeltas(max_value=timedelta(days=3)),
)
def test_any_window_size_covers_any_range_exactly_once(
    start: datetime, length: timedelta, pieces: int, odd: timedelta
) -> None:
    """The windows are a chain from start to end: no gap, no overlap, none empty."""
    window = max(length / pieces + odd, length / 300, timedelta(microseconds=1))
    spans = list(cut(start, start + length, window))
    assert spans[0][0] == start
    assert spans[-1][1] == start + length
    assert all(a < b for a, b in spans)
    assert all(left[1] == right[0] for left, right in pairwise(spans))
    assert all(b - a == window for a, b in spans[:-1])


def test_a_window_that_reaches_past_the_calendar_is_cut_short() -> None:
    assert list(cut(START, END, timedelta.max)) == [(START, END)]


def test_every_asset_and_stream_is_covered() -> None:
    found = bulk.plan([ASSET, "b"], start=START, end=END, window=timedelta(days=20))
    assert len(found) == len(set(found)) == 2 * 4 * 2
    assert {one.stream for one in found} == set(bulk.ALL)
    assert {one.asset_id for one in found} == {ASSET, "b"}


def test_times_of_any_zone_are_planned_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    (one,) = bulk.plan(
        ["a"],
        start=datetime(2026, 3, 1, 2, tzinfo=east),
        end=datetime(2026, 3, 2, 2, tzinfo=east),
        streams=["tolling"],
    )
    assert (one.start, one.end) == (START, START + timedelta(days=1))
    assert one.start.tzinfo is UTC


def test_identifiers_have_one_spelling() -> None:
    (one,) = bulk.plan([UUID(ASSET)], start=START, end=END, window=MONTH, streams=["tolling"])
    (two,) = bulk.plan([ASSET.upper()], start=START, end=END, window=MONTH, streams=["tolling"])
    assert one == two
    assert one.asset_id == ASSET


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        pytest.param({"asset_ids": []}, "empty", id="no asset"),
        pytest.param({"asset_ids": ["a", ""]}, "empty", id="an asset without a name"),
        pytest.param({"asset_ids": ["a", "b", "a"]}, "names a more than once", id="asset twice"),
        pytest.param({"asset_ids": [ASSET, ASSET.upper()]}, ASSET, id="asset twice, other case"),
        pytest.param({"streams": ["tolling", "solar"]}, "solar", id="unknown stream"),
        pytest.param({"streams": ["tolling", "tolling"]}, "tolling", id="stream twice"),
        pytest.param({"streams": []}, "empty", id="no stream"),
        pytest.param({"start": START.replace(tzinfo=None)}, "start", id="naive start"),
        pytest.param({"end": END.replace(tzinfo=None)}, "end", id="naive end"),
        pytest.param({"end": START}, "after start", id="empty range"),
        pytest.param({"end": START - timedelta(1)}, "after start", id="backward range"),
        pytest.param({"window": timedelta(0)}, "window", id="window of nothing"),
        pytest.param({"window": -timedelta(1)}, "window", id="negative window"),
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, object], names: str) -> None:
    arguments: dict[str, object] = {"asset_ids": ["a"], "start": START, "end": END, **changed}
    with pytest.raises(ValueError, match=names):
        bulk.plan(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed", [{"asset_ids": ASSET}, {"streams": "tolling"}, {"window": 31}], ids=str
)
def test_a_single_value_in_place_of_several_is_refused(changed: dict[str, object]) -> None:
    arguments: dict[str, object] = {"asset_ids": ["a"], "start": START, "end": END, **changed}
    with pytest.raises(TypeError):
        bulk.plan(**arguments)  # type: ignore[arg-type]
