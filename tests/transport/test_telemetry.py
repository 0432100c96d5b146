"""OpenTelemetry spans and metrics, where a provider is set up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from energy_async import ConnectError, ConnectionBroken, NotFound, Request, WireReply
from energy_async.transport.telemetry import telemetry
from tests.clock import SleepClock
from tests.faults.behaviours import always
from tests.faults.server import answer, serve
from tests.transport.conftest import (
    ScriptedBackend,
    client_on,
    operation,
    reply,
)

trace = pytest.importorskip("opentelemetry.trace")
metrics = pytest.importorskip("opentelemetry.metrics")
internal = pytest.importorskip("opentelemetry.metrics._internal")
sdk = pytest.importorskip("opentelemetry.sdk.trace")
sdk_metrics = pytest.importorskip("opentelemetry.sdk.metrics")
metrics_export = pytest.importorskip("opentelemetry.sdk.metrics.export")
export = pytest.importorskip("opentelemetry.sdk.trace.export")
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

PATH = operation(path="/things/{thingID}")
TARGET = {
    "http.request.method": "GET",
    "server.address": "api.example",
    "server.port": 443,
    "url.scheme": "https",
    "url.template": "/things/{thingID}",
}
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """All spans that end; the process-wide provider is put back afterwards."""
    exporter = memory.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


@pytest.fixture
def meters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A reader of all that is measured."""
    reader = metrics_export.InMemoryMetricReader()
    provider = sdk_metrics.MeterProvider(metric_readers=[reader])
    monkeypatch.setattr(internal, "_METER_PROVIDER", provider)
    yield reader
    provider.shutdown()


def points(reader: Any) -> dict[str, list[Any]]:
    """What was measured, by the name of the instrument."""
    data = reader.get_metrics_data()
    if data is None:
        return {}
    return {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def things(**query: Any) -> Request[Any]:
    return Request(PATH, path={"thingID": "t-1"}, query=query)


async def test_a_call_is_a_span_around_one_client_span_for_each_attempt(spans: Any) -> None:
    backend = ScriptedBackend(reply(b"", 503), reply())
    await client_on(backend).send(things(q=7))
    first, second, call = spans.get_finished_spans()
    assert (first.name, second.name) == ("GET /things/{thingID}",) * 2
    assert call.name == "things.get_things"
    assert {first.kind, second.kind} == {trace.SpanKind.CLIENT}
    assert call.kind == trace.SpanKind.INTERNAL
    assert first.parent.span_id == second.parent.span_id == call.context.span_id
    assert dict(call.attributes) == {
        "energy_async.operation": "things.get_things",
        "energy_async.attempts": 2,
    }


async def test_an_attempt_carries_what_the_conventions_want(spans: Any) -> None:
    backend = ScriptedBackend(reply(b"", 503), WireReply(200, {}, b"[1]", "2"))
    await client_on(backend).send(things(q=7))
    first, second, _ = spans.get_finished_spans()
    common = TARGET | {
        "url.full": "https://api.example/things/t-1?q=7",
        "energy_async.operation": "things.get_things",
        "energy_async.lane": "normal",
        "energy_async.limiter.wait": 0.0,
    }
    assert dict(first.attributes) == common | {
        "http.response.status_code": 503,
        "error.type": "503",
    }
    assert dict(second.attributes) == common | {
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
        "network.protocol.version": "2",
    }
    assert (first.status.status_code, first.status.description) == (trace.StatusCode.ERROR, None)
    assert second.status.status_code == trace.StatusCode.UNSET
    assert second.instrumentation_scope.name == "energy_async"
    assert second.instrumentation_scope.schema_url == "https://opentelemetry.io/schemas/1.44.0"


async def test_the_backend_runs_inside_the_span_of_its_attempt(spans: Any) -> None:
    """What a user's own instrumentation adds below becomes its child."""

    class Looking(ScriptedBackend):
        async def send(self, request: Any) -> WireReply:
            seen.append(trace.get_current_span().get_span_context().span_id)
            return await super().send(request)

    seen: list[int] = []
    await client_on(Looking(reply())).send(things())
    attempt, _ = spans.get_finished_spans()
    assert seen == [attempt.context.span_id]


async def test_a_call_that_fails_marks_both_spans_and_not_with_a_traceback(spans: Any) -> None:
    with pytest.raises(NotFound):
        await client_on(ScriptedBackend(reply(b"", 404))).send(things())
    attempt, call = spans.get_finished_spans()
    assert attempt.attributes["error.type"] == "404"
    assert call.attributes["error.type"] == "NotFound"
    assert not attempt.status.is_ok
    assert not call.status.is_ok
    assert call.status.description.startswith("HTTP 404 from GET /things/{thingID}")
    assert (attempt.events, call.events) == ((), ())


async def test_a_lost_connection_is_named_with_secrets_masked(spans: Any) -> None:
    backend = ScriptedBackend(ConnectionBroken("cut: password=hunter22"))
    with pytest.raises(ConnectionBroken):
        await client_on(backend, retries=0).send(things(token="abcdef"))
    attempt, call = spans.get_finished_spans()
    assert attempt.attributes["error.type"] == "ConnectionBroken"
    assert attempt.attributes["url.full"] == "https://api.example/things/t-1?token=***"
    assert attempt.status.description == "cut: password=***"
    assert "hunter22" not in call.to_json() + attempt.to_json()


async def test_being_cancelled_is_told_and_is_no_error(spans: Any) -> None:
    class Cancelled(ScriptedBackend):
        async def send(self, request: Any) -> WireReply:
            self.sent.append(request)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await client_on(Cancelled(reply())).send(things())
    for span in spans.get_finished_spans():
        assert span.attributes["error.type"] == "CancelledError"
        assert span.status.status_code == trace.StatusCode.UNSET


async def test_a_redirect_counts_as_a_resend(spans: Any) -> None:
    backend = ScriptedBackend(reply(b"", 307, location="/things/t-2"), reply())
    await client_on(backend).send(things())
    _, second, _ = spans.get_finished_spans()
    assert second.attributes["http.request.resend_count"] == 1
    assert second.attributes["url.full"] == "https://api.example/things/t-2"


async def test_the_wait_for_the_rate_limit_belongs_to_the_attempt(spans: Any, meters: Any) -> None:
    client = client_on(ScriptedBackend(reply()), rate=2, burst=1)
    for _ in range(2):
        await client.send(things(), lane="bulk")
    waits = [
        span.attributes["energy_async.limiter.wait"]
        for span in spans.get_finished_spans()
        if span.kind == trace.SpanKind.CLIENT
    ]
    assert waits[0] == 0
    assert waits[1] > 0.4
    (wait,) = points(meters)["energy_async.limiter.wait.duration"]
    assert dict(wait.attributes) == {
        "energy_async.lane": "bulk",
        "energy_async.operation": "things.get_things",
    }
    assert wait.sum == pytest.approx(waits[1])


async def test_the_http_version_comes_from_the_wire(spans: Any) -> None:
    from energy_async import AiohttpBackend  # noqa: PLC0415

    async with serve(always(answer([1]))) as server:
        backend = AiohttpBackend()
        client = client_on(backend)  # type: ignore[arg-type]  # any backend will do
        client._base_url = server.url
        await client.send(things())
        await backend.aclose()
    attempt, _ = spans.get_finished_spans()
    assert attempt.attributes["network.protocol.version"] == "1.1"
    assert attempt.attributes["server.address"] == "127.0.0.1"
    assert attempt.attributes["server.port"] == int(server.url.rpartition(":")[2])
    assert attempt.attributes["url.scheme"] == "http"


# Metrics


async def test_each_attempt_is_timed_in_seconds_with_the_recommended_boundaries(
    meters: Any,
) -> None:
    clock = SleepClock()

    class Slow(ScriptedBackend):
        async def send(self, request: Any) -> WireReply:
            clock.now += 0.2
            return await super().send(request)

    backend = Slow(reply(b"", 503), WireReply(200, {}, b"[1]", "1.1"))
    await client_on(backend, clock).send(things())
    failed, good = sorted(
        points(meters)["http.client.request.duration"],
        key=lambda point: -point.attributes["http.response.status_code"],
    )
    assert dict(good.attributes) == TARGET | {
        "http.response.status_code": 200,
        "network.protocol.version": "1.1",
    }
    assert dict(failed.attributes) == TARGET | {
        "http.response.status_code": 503,
        "error.type": "503",
    }
    assert good.explicit_bounds == BOUNDS
    assert (good.count, good.sum) == (1, pytest.approx(0.2))


async def test_requests_under_way_are_counted_up_and_down(meters: Any) -> None:
    class Looking(ScriptedBackend):
        async def send(self, request: Any) -> WireReply:
            (point,) = points(meters)["http.client.active_requests"]
            seen.append((point.value, dict(point.attributes)))
            return await super().send(request)

    seen: list[Any] = []
    with pytest.raises(ConnectionBroken):
        await client_on(Looking(ConnectionBroken("x")), retries=0).send(things())
    assert seen == [(1, TARGET)]
    (after,) = points(meters)["http.client.active_requests"]
    assert after.value == 0


async def test_retries_and_slow_downs_are_counted(meters: Any) -> None:
    backend = ScriptedBackend(ConnectError("x"), reply(b"", 429, retry_after="1"), reply())
    await client_on(backend).send(things())
    found = points(meters)
    reasons = {p.attributes["energy_async.retry.reason"] for p in found["energy_async.retries"]}
    assert reasons == {"not connected", "rate limited"}
    (slowed,) = found["energy_async.limiter.slowdowns"]
    assert slowed.value == 1


async def test_metrics_alone_need_no_tracer(meters: Any) -> None:
    assert await client_on(ScriptedBackend(reply())).send(things()) == [1]
    assert "http.client.request.duration" in points(meters)


# When nobody collects


def test_a_provider_set_up_later_is_found_within_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    clock = SleepClock()
    found = telemetry.Telemetry(trace, metrics, clock)
    assert not found.look()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", sdk.TracerProvider())
    assert clock.now < found.look_at <= clock.now + 1
    assert found.look()
    assert found.is_on


@pytest.mark.parametrize(
    "provider", [trace.NoOpTracerProvider(), trace.ProxyTracerProvider()], ids=["no-op", "proxy"]
)
def test_what_stands_in_for_a_provider_collects_nothing(
    monkeypatch: pytest.MonkeyPatch, provider: Any
) -> None:
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    assert not telemetry.Telemetry(trace, metrics, SleepClock()).look()


async def test_without_a_provider_a_call_goes_straight_through() -> None:
    client = client_on(ScriptedBackend(reply()))
    assert await client.send(things()) == [1]
    assert not client._watch.is_on()


def test_without_opentelemetry_a_call_is_not_even_looked_at() -> None:
    code = """
import sys
sys.modules["opentelemetry"] = None
from energy_async.transport.telemetry.watch import Watch
watch = Watch(None)
assert watch._telemetry is None
assert not watch.is_on()
"""
    subprocess.run([sys.executable, "-c", code], check=True)
