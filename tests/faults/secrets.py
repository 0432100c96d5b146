"""Everything that anybody could read while things go wrong, to be searched for secrets."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from energy_async import Event
from tests.faults.clients import PASSWORD, TOKEN

_TESTS = str(Path(__file__).parents[1])


class Readable:
    """What was logged, traced, told and raised.

    Attributes:
        texts: Each with the kind of place it was found in.
    """

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self._spans = InMemorySpanExporter()

    def event(self, event: Event) -> None:
        """Take what `on_event` is told."""
        self.texts.append(("event", repr(event)))

    def error(self, error: BaseException) -> None:
        """Take all that an error and the errors behind it show, to a person or a machine."""
        self.texts.append(("pickle", pickle.dumps(error).decode("latin-1")))
        seen: BaseException | None = error
        while seen is not None:
            own = (str(seen), repr(seen), repr(seen.args), repr(vars(seen)))
            self.texts += [(f"{type(seen).__name__} itself", text) for text in own]
            self.texts.append((f"{type(seen).__name__} traceback", _shown(seen)))
            seen = seen.__cause__ or seen.__context__

    def spans(self) -> None:
        """Take the spans that have ended."""
        self.texts += [("span", span.to_json()) for span in self._spans.get_finished_spans()]

    def leaks(self) -> list[str]:
        """Where a secret can be read, and the text around it."""
        found = []
        for place, text in self.texts:
            for secret in (PASSWORD, TOKEN):
                at = text.find(secret)
                if at >= 0:
                    found.append(f"{place}: {text[max(0, at - 80) : at + 20]!r}")
        return sorted(set(found))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Root logger at DEBUG, and spans on, for a while."""
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._spans))
        before, trace._TRACER_PROVIDER = trace._TRACER_PROVIDER, provider
        root = logging.getLogger()
        level, handler = root.level, _Collecting(self)
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.setLevel(level)
            root.removeHandler(handler)
            provider.shutdown()
            trace._TRACER_PROVIDER = before


class _Collecting(logging.Handler):
    def __init__(self, readable: Readable) -> None:
        super().__init__(logging.DEBUG)
        self._readable = readable

    def emit(self, record: logging.LogRecord) -> None:
        shown = f"{self.format(record)} {record.args!r}"
        self._readable.texts.append((f"log of {record.name}", shown))


def _shown(error: BaseException) -> str:
    """A traceback with the local variables of each frame, as error trackers show it."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True, compact=True)
    found.__cause__ = found.__context__ = None
    kept = [frame for frame in found.stack if not frame.filename.startswith(_TESTS)]
    found.stack = traceback.StackSummary.from_list(kept)
    return "".join(found.format())
