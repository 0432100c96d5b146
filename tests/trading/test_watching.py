"""Each submission and each look-up is seen: by `on_event`, in a span, in the measurements."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from energy_async import Event, SubmissionChanged
from energy_async.delivery import BERLIN, delivery_day
from tests.transport.test_telemetry import meters, points, spans
from trlyr_async import Trlyr, trading

if TYPE_CHECKING:
    from tests.trading.conftest import Desk

__all__ = ["meters", "spans"]


async def test_a_lost_schedule_and_its_look_up_are_seen(
    desk: Desk,
    spans: Any,
    meters: Any,
) -> None:
    events: list[Event] = []
    who = desk.sandbox.username, desk.sandbox.password
    noon = delivery_day(desk.day, BERLIN).start + timedelta(hours=12)
    async with Trlyr(
        *who, environment=desk.sandbox.url, retries=0, wall=desk.clock.wall, on_event=events.append
    ) as client:
        desk.sandbox.inject("cut_body", operation="update_block_schedule")
        with pytest.raises(trading.SubmissionUnknown) as caught:
            await trading.submit_schedule(client, *desk.block[1:], {noon: 10.0})
        await trading.look_up(client, caught.value)
    seen = [one for one in events if isinstance(one, SubmissionChanged)]
    assert [one.verdict for one in seen] == ["unknown", "in_force"]
    for one in seen:
        assert one.path["virtualAssetID"] == desk.asset_id
        assert one.path["blockID"] == desk.block_id
        assert one.seconds_left is not None
        assert one.seconds_left > 3600
    assert seen[0].findings == ("incomplete", "incomplete")
    named = {one.name: one for one in spans.get_finished_spans()}
    sent, looked = named["trlyr_async.submit"], named["trlyr_async.look_up"]
    for span, verdict in ((sent, "unknown"), (looked, "in_force")):
        assert span.attributes["energy_async.submission.verdict"] == verdict
        assert span.attributes["energy_async.blockID"] == desk.block_id
    assert sent.attributes["error.type"] == "SubmissionUnknown"
    put = named[
        "PUT /organisations/{organisationID}/virtual-assets/{virtualAssetID}/blocks/{blockID}"
    ]
    assert put.context.trace_id == sent.context.trace_id
    counted = points(meters)["energy_async.submissions"]
    assert {one.attributes["energy_async.submission.verdict"] for one in counted} == {
        "unknown",
        "in_force",
    }
