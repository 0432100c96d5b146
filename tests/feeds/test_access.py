"""What the user sees where the feeds give something else than prices: in Python and in a shell."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from energy_async import Request
from energy_async.cli.entry import run
from nanocorp_async import DecodeFailed, Nanocorp, NotSubscribed, StatusError, market_feeds, tidy
from nanocorp_async.models import market_feeds as models
from tests.feeds.conftest import LOGIN_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.feeds.conftest import Serving

NULL_ROW = dict.fromkeys(models.DayAheadPrice.__struct_encode_fields__)


@pytest.fixture
def shell(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Coroutine[Any, Any, tuple[int, str, str]]]:
    """Run a command against an answer: its exit code, output and complaints."""

    async def call(words: str, status: int, body: str, **kinds: str) -> tuple[int, str, str]:
        async with serving(status, body, **kinds) as (url, _):
            monkeypatch.setenv("NANOCORP_BASE_URL", url)
            monkeypatch.setenv("NANOCORP_TOKEN", "a-secret-token")
            capsys.readouterr()
            code = await asyncio.to_thread(run, "nanocorp", "nanocorp_async.cli.app", words.split())
        written = capsys.readouterr()
        assert "a-secret-token" not in written.out + written.err
        assert "Traceback" not in written.err
        return code, written.out, written.err

    return call


Shell = Any


async def test_without_a_subscription_the_dashboard_is_named(serving: Serving) -> None:
    async with (
        serving(401, '{"error": "Subscription required"}') as (url, asked),
        Nanocorp("token", base_url=url) as client,
    ):
        with pytest.raises(NotSubscribed) as caught:
            await market_feeds.get_fcr_capacity(client)
    assert asked == ["/api/fcr-capacity"]
    assert str(caught.value) == (
        "HTTP 401 from GET /api/fcr-capacity; the token has no active subscription, or is not "
        "valid; see the dashboard; the server says: Subscription required "
        "(market_feeds.get_fcr_capacity)"
    )


async def test_a_login_page_is_not_taken_for_an_answer(serving: Serving) -> None:
    async with (
        serving(200, LOGIN_PAGE, "text/html") as (url, _),
        Nanocorp("token", base_url=url) as client,
    ):
        with pytest.raises(DecodeFailed, match="a login page may stand between") as caught:
            await market_feeds.get_day_ahead_prices(client)
    assert "text/html" in str(caught.value)
    assert caught.value.path == ""


async def test_a_redirect_to_a_login_page_of_the_same_host_ends_there(serving: Serving) -> None:
    async with (
        serving(302, "", Location="/login") as (url, asked),
        Nanocorp("token", base_url=url, retries=0) as client,
    ):
        with pytest.raises(DecodeFailed, match="a login page may stand between"):
            await market_feeds.get_day_ahead_prices(client)
    assert asked == ["/api/day-ahead-prices", "/login"]


@pytest.mark.parametrize("raw", [False, True])
async def test_a_redirect_to_a_dashboard_elsewhere_is_not_followed(
    serving: Serving, raw: bool
) -> None:
    async with (
        serving(302, "", Location="https://energysignal.fr/en/dashboard?next=secret") as (url, _),
        Nanocorp("token", base_url=url) as client,
    ):
        request = Request(market_feeds.OPERATIONS["get_day_ahead_prices"])
        send = client.send_raw if raw else client.send
        with pytest.raises(StatusError) as caught:
            await send(request)
    assert caught.value.status == 302
    assert str(caught.value) == (
        "HTTP 302 from GET /api/day-ahead-prices; redirected to "
        "https://energysignal.fr/en/dashboard, not followed; check the base URL; a login page or "
        "dashboard there means that the token is not accepted (market_feeds.get_day_ahead_prices)"
    )
    assert caught.value.args == (caught.value.message,)


async def test_other_errors_say_nothing_of_logins(serving: Serving) -> None:
    async with serving(404, "{}") as (url, _), Nanocorp("token", base_url=url) as client:
        with pytest.raises(StatusError) as caught:
            await market_feeds.get_day_ahead_prices(client)
    assert "dashboard" not in str(caught.value)


async def test_empty_rows_are_an_empty_list(serving: Serving) -> None:
    async with serving(200, '{"rows": []}') as (url, _), Nanocorp("t", base_url=url) as client:
        answer = await market_feeds.get_day_ahead_prices(client)
    assert (answer.rows, tidy.rows(answer)) == ([], [])


async def test_nulls_are_none(serving: Serving) -> None:
    body = msgspec.json.encode({"rows": [NULL_ROW], "latestDate": None}).decode()
    async with serving(200, body) as (url, _), Nanocorp("t", base_url=url) as client:
        answer = await market_feeds.get_day_ahead_prices(client)
    assert answer == models.DayAheadPrices(rows=[models.DayAheadPrice()])
    assert [row.price for row in tidy.rows(answer)] == [None]


# In a shell


async def test_a_shell_says_what_a_401_means(shell: Shell) -> None:
    code, out, err = await shell("day-ahead", 401, '{"error": "Subscription required"}')
    assert (code, out) == (1, "")
    first, second = err.splitlines()
    assert first.startswith("error: HTTP 401 from GET /api/day-ahead-prices; the token has no")
    assert second == "  check NANOCORP_TOKEN"


async def test_a_shell_says_that_a_web_page_came(shell: Shell) -> None:
    code, out, err = await shell("day-ahead", 200, LOGIN_PAGE, kind="text/html")
    assert (code, out) == (1, "")
    first, second = err.splitlines()
    assert first.startswith("error: expected JSON, got text/html")
    assert second == "  check the token and the address of the API: this is a web page"


async def test_a_shell_says_where_a_redirect_leads(shell: Shell) -> None:
    code, out, err = await shell("day-ahead", 302, "", Location="https://energysignal.fr/en/login")
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert "https://energysignal.fr/en/login" in line
    assert "the token is not accepted" in line


async def test_a_shell_says_that_there_are_no_rows(shell: Shell) -> None:
    code, out, err = await shell("day-ahead", 200, '{"rows": []}')
    assert (code, out, err) == (3, "", "note: day-ahead: the feed holds no rows\n")


async def test_a_shell_draws_nothing_from_nothing(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "chart.png"
    code, _, err = await shell(f"day-ahead --plot {path}", 200, '{"rows": []}')
    assert code == 3
    assert "the feed holds no rows" in err
    assert not path.exists()


async def test_a_shell_counts_prices_that_are_missing(shell: Shell) -> None:
    rows = [NULL_ROW, {**NULL_ROW, "price_eur_mwh": 5, "hour_start_utc": "2026-05-23T22:00:00Z"}]
    body = msgspec.json.encode({"rows": rows}).decode()
    code, out, err = await shell("day-ahead", 200, body)
    assert (code, err) == (0, "note: day-ahead: 1 row of 2 without a price\n")
    dated, undated = csv.DictReader(io.StringIO(out))
    assert (dated["price"], undated["price"], undated["start"]) == ("5", "", "")
    code, out, _ = await shell("day-ahead --format table", 200, body)
    assert code == 0
    assert "\N{EN DASH}" in out


async def test_a_shell_survives_null_in_place_of_everything(shell: Shell) -> None:
    nulls = {"afrr": None, "mfrr": {"rows": None, "chartRows": None, "latestRow": None}}
    code, _, err = await shell("energy", 200, msgspec.json.encode(nulls).decode())
    assert code == 3
    assert err.splitlines() == [
        "note: afrr-energy: the feed holds no rows",
        "note: mfrr-energy: the feed holds no rows",
    ]


async def test_a_shell_names_the_feed_that_lacks_a_day(shell: Shell) -> None:
    """One of two has rows; the other's silence is told all the same."""
    row = {
        "period_start_utc": "2026-05-23T10:00:00Z",
        "period_end_utc": "2026-05-23T10:15:00Z",
        "upward_price_eur_mwh": 0,
        "downward_price_eur_mwh": 0,
    }
    bucket = {"bucket_start_utc": "2026-05-22T10:00:00Z", "bucket_end_utc": "2026-05-22T10:05:00Z"}
    answer = {"afrr": {"chartRows": [bucket]}, "mfrr": {"chartRows": [row]}}
    body = msgspec.json.encode(answer).decode()
    code, out, err = await shell("energy --day 2026-05-23 -f table", 200, body)
    assert code == 0
    first, *others = err.splitlines()
    assert first == (
        "note: afrr-energy: no rows for 2026-05-23; rows start from 2026-05-22 10:00 to "
        "2026-05-22 10:00 UTC"
    )
    assert [line.partition(";")[0] for line in others] == [
        "note: mfrr-energy DOWNWARD: 1 of 96",
        "note: mfrr-energy UPWARD: 1 of 96",
    ]
    shown = [line.split() for line in out.splitlines() if "WARD" in line]
    assert [line[-2:] for line in shown] == [["DOWNWARD", "0"], ["UPWARD", "0"]]
