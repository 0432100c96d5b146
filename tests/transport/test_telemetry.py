"""OpenTelemetry spans, where it is set up."""

from __future__ import annotations

from typing import Any

import pytest

from energy_async import NotFound, Request
from energy_async.transport import telemetry
from tests.transport.conftest import Clock, ScriptedBackend, client_on, operation, reply

trace = pytest.importorskip("opentelemetry.trace")
sdk = pytest.importorskip("opentelemetry.sdk.trace")
export = pytest.importorskip("opentelemetry.sdk.trace.export")
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

PATH = operation(path="/things/{thingID}")


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Any:
    """All spans that end; the process-wide provider is put back afterwards."""
    exporter = memory.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


async def test_a_call_is_one_span_whatever_it_took(spans: Any) -> None:
    backend = ScriptedBackend(reply(b"", 503), reply())
    await client_on(backend).send(Request(PATH, path={"thingID": "secret-id"}, query={"q": 7}))
    (span,) = spans.get_finished_spans()
    assert span.name == "things.get_things"
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "url.template": "/things/{thingID}",
        "server.address": "api.example",
        "server.port": 443,
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
    }


async def test_a_call_that_fails_marks_its_span(spans: Any) -> None:
    with pytest.raises(NotFound):
        await client_on(ScriptedBackend(reply(b"", 404))).send(Request(PATH, path={"thingID": 1}))
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok


def test_a_provider_set_up_later_is_found_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    clock = Clock()
    provided = telemetry._Provided(trace, clock)
    assert not provided()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", sdk.TracerProvider())
    assert not provided()
    clock.now += 1
    assert provided()


async def test_without_a_provider_there_is_no_span() -> None:
    async def run(call: Any) -> Any:
        return call

    wrapped: Any = telemetry.spanned(run)
    assert await wrapped(5) == 5
