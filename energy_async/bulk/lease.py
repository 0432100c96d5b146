"""A lock in a store that knows no locks: an object that says who holds it, and until when.

The object is made by an exclusive create, which one of two can win where the store offers it (S3,
Google Cloud Storage, Azure, memory); elsewhere the store's own check is a moment older than its
write. While the lock is held, a thread renews it. A holder that vanished leaves it behind; once it
has run out, one other may take it over: the one that can create the object of the take-over. A
holder that merely slept finds the lock in other hands, and does not write again.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from energy_async.bulk.errors import DatasetLocked

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Claim", "Lease", "Store"]

LENGTH: Final = timedelta(minutes=5)
"""How long a lock outlives a holder that vanished."""
_TAKEOVER: Final = ".takeover"


class Store(Protocol):
    """What a lease needs of a store; every name is a place in it."""

    def create(self, name: str, content: bytes) -> bool:
        """Create an object; False if there is one already."""

    def read(self, name: str) -> bytes | None:
        """Read an object; None if there is none."""

    def put(self, name: str, content: bytes) -> None:
        """Write an object in place of one that may be there."""

    def remove(self, name: str) -> None:
        """Remove an object; nothing happens if there is none."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What the lock says: who holds it, since when, and until when unless it is renewed."""

    owner: str
    id: str
    taken_at: datetime
    ends_at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Lease:
    """A lock that runs out unless it is renewed.

    Clocks of all who share the lock must agree within a fraction of `length`.

    Args:
        store: Where the lock lies.
        name: Its name there.
        length: How long it holds without being renewed.
        now: Tells the time, aware.
        renew: Whether a thread renews it while it is held.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        *,
        length: timedelta = LENGTH,
        now: Callable[[], datetime] = _now,
        renew: bool = True,
    ) -> None:
        self._store = store
        self._name = name
        self._length = length
        self._now = now
        self._renews = renew
        self._held: Claim | None = None
        self._lost = ""
        self._guard = threading.Lock()
        self._ended = threading.Event()

    def take(self) -> None:
        """Take the lock.

        Raises:
            DatasetLocked: Somebody holds it, or is just taking it over.
        """
        claim = self._claim(str(uuid.uuid4()), self._now())
        if not self._store.create(self._name, _text(claim)):
            self._take_over(claim)
        # A store without exclusive create may have let a second one in: the last to write wins.
        there = self._read()
        if there is None or there.id != claim.id:
            raise self._refusal(there)
        self._held, self._lost = claim, ""
        self._ended = threading.Event()
        if self._renews:
            threading.Thread(target=self._keep, args=(self._ended,), daemon=True).start()

    def release(self) -> None:
        """Give the lock back, unless it is in other hands by now; does nothing if not held.

        Where the store refuses, the lock runs out by itself.
        """
        self._ended.set()
        with self._guard, contextlib.suppress(OSError):
            held, self._held = self._held, None
            if held is None:
                return
            there = self._read()
            if there is not None and there.id == held.id:
                self._store.remove(self._name)

    def check(self) -> None:
        """Refuse to go on without the lock.

        Raises:
            DatasetLocked: It ran out, or another took it over.
        """
        held = self._held
        if self._lost or held is None or held.ends_at <= self._now():
            reason = self._lost or "the lock ran out before it could be renewed"
            raise DatasetLocked(f"{reason}; another pull may be writing there, so this one stops")

    def renew(self) -> None:
        """Hold the lock for its whole length from now on; notes it if it is lost."""
        with self._guard:
            if self._held is None or self._lost:
                return
            there = self._read()
            if there is None or there.id != self._held.id:
                self._lost = f"{self._name} is held by {there.owner if there else 'nobody'} by now"
                return
            renewed = self._claim(self._held.id, self._held.taken_at)
            self._store.put(self._name, _text(renewed))
            self._held = renewed

    def _keep(self, ended: threading.Event) -> None:
        while not ended.wait(self._length.total_seconds() / 5):
            try:
                self.renew()
            except OSError:  # tried again until the lock has run out, which `check` tells
                continue
            except DatasetLocked as exc:
                self._lost = str(exc)

    def _take_over(self, claim: Claim) -> None:
        there = self._read()
        if there is None:
            raise self._refusal(there)  # it was given back this very moment
        if there.ends_at > self._now():
            raise self._refusal(there)
        takeover = f"{self._name}{_TAKEOVER}"
        if not self._store.create(takeover, _text(claim)):
            raise DatasetLocked(
                f"the lock {self._name} ran out and is being taken over; try again in a moment, and"
                f" if nobody is writing there, remove {takeover}"
            )
        try:
            # Another may have taken it over, and ended that, since it was looked at.
            again = self._read()
            if again is None or again.id != there.id or again.ends_at > self._now():
                raise self._refusal(again)
            self._store.put(self._name, _text(claim))
        finally:
            self._store.remove(takeover)

    def _read(self) -> Claim | None:
        content = self._store.read(self._name)
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=Claim)
        except msgspec.MsgspecError as exc:
            raise DatasetLocked(
                f"{self._name} is no lock of ours ({exc}); remove it if nobody is writing there"
            ) from exc

    def _claim(self, name: str, taken_at: datetime) -> Claim:
        owner = f"process {os.getpid()} on {socket.gethostname()}"
        return Claim(owner=owner, id=name, taken_at=taken_at, ends_at=self._now() + self._length)

    def _refusal(self, there: Claim | None) -> DatasetLocked:
        if there is None:
            return DatasetLocked(f"another pull has just left {self._name}; try again")
        return DatasetLocked(
            f"another pull is writing there: {self._name} is held by {there.owner} since"
            f" {there.taken_at:%Y-%m-%dT%H:%M:%SZ}; let it end first. Should it have vanished, the"
            f" lock runs out at {there.ends_at:%Y-%m-%dT%H:%M:%SZ}"
        )


def _text(claim: Claim) -> bytes:
    return msgspec.json.encode(claim)
