"""Packed bodies: read whole, or told from whole ones; in any coding, cut into any pieces."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from energy_async.transport.backends.unfolding import ACCEPTED, Garbled, TooMuch, Unfolding

BODY = b'[{"price": 12.5}]' * 40


def raw_deflate(body: bytes) -> bytes:
    pack = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return pack.compress(body) + pack.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate,": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "GZIP, identity": gzip.compress,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "br, gzip": lambda body: gzip.compress(brotli.compress(body)),
}
CODINGS = pytest.mark.parametrize("coding", PACKED)


def unfolded(coding: str, data: bytes, *, piece: int = 10_000, cap: int = 10_000) -> bytes:
    body = Unfolding(cap)
    body.announced({"content-encoding": coding})
    for start in range(0, len(data), piece):
        body.feed(data[start : start + piece])
    return body.whole()


@CODINGS
@pytest.mark.parametrize("piece", [1, 3, 10_000])
def test_a_whole_body_is_read(coding: str, piece: int) -> None:
    assert unfolded(coding, PACKED[coding](BODY), piece=piece) == BODY


@CODINGS
def test_no_cut_body_is_taken_for_a_whole_one(coding: str) -> None:
    data = PACKED[coding](BODY)
    for length in range(1, len(data)):
        with pytest.raises(Garbled):
            unfolded(coding, data[:length])


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_members_are_one_body(coding: str) -> None:
    pack = PACKED[coding]
    data = pack(BODY[:100]) + pack(b"") + pack(BODY[100:])
    for piece in (1, 7, 10_000):
        assert unfolded(coding, data, piece=piece) == BODY
    with pytest.raises(Garbled, match="ends before its"):
        unfolded(coding, data[:-1])


def test_zeros_behind_gzip_are_padding_and_nothing_else_is() -> None:
    assert unfolded("gzip", gzip.compress(BODY) + b"\0" * 500, piece=7) == BODY
    for coding in ("gzip", "deflate", "br", "zstd"):
        with pytest.raises(Garbled, match=r"is not what its headers say|ends before"):
            unfolded(coding, PACKED[coding](BODY) + b"more")


@CODINGS
@given(junk=st.binary(min_size=1, max_size=60))
def test_junk_is_never_a_body(coding: str, junk: bytes) -> None:
    """By luck it may be a whole stream of next to nothing, but no other error comes of it."""
    with suppress(Garbled, TooMuch):
        assert len(unfolded(coding, junk)) <= 60 * 1032


@CODINGS
def test_a_bomb_is_given_up_at_the_cap(coding: str) -> None:
    with pytest.raises(TooMuch):
        unfolded(coding, PACKED[coding](b" " * 2_000_000), piece=100_000)
    data = PACKED[coding](BODY)
    assert unfolded(coding, data, cap=max(len(BODY), len(data))) == BODY
    with pytest.raises(TooMuch):
        unfolded(coding, data, cap=len(BODY) - 1)


@pytest.mark.parametrize("coding", ["lzma", "gzip, lzma", "gzip;q=1", ", ".join(["gzip"] * 9)])
def test_what_was_not_asked_for_is_refused_by_name(coding: str) -> None:
    with pytest.raises(Garbled, match=rf"encoded as '{coding[:20]}.*asked for \(but gzip, defl"):
        unfolded(coding, b"x")
    assert unfolded(coding, b"") == b""


def test_codings_on_two_lines_are_two() -> None:
    headers: Any = CIMultiDict([("Content-Encoding", "gzip"), ("Content-Encoding", "br")])
    body = Unfolding(10_000)
    body.announced(headers)
    body.feed(brotli.compress(gzip.compress(BODY)))
    assert body.whole() == BODY


def test_all_that_is_installed_is_asked_for() -> None:
    assert ACCEPTED == "gzip, deflate, br, zstd"
