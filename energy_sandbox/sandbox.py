"""The sandbox: both servers, one world, and the levers that a test pulls."""

from __future__ import annotations

import asyncio
import math
import secrets
from typing import TYPE_CHECKING, Any, Literal, Self

from energy_sandbox import surprising
from energy_sandbox.counters import Counters
from energy_sandbox.documents import DOCUMENTS, load_documents
from energy_sandbox.faults import Fault, FaultBook, FaultKind
from energy_sandbox.feeds.behaviour import FeedBehaviour
from energy_sandbox.french_feeds import FrenchFeeds
from energy_sandbox.limiter import SlidingWindow
from energy_sandbox.problems import SandboxError, require_jsonschema
from energy_sandbox.server import HOST, ApiServer, wall_clock
from energy_sandbox.terralayr import Terralayr
from energy_sandbox.tokens import TokenBook
from energy_sandbox.world.noise import Noise
from energy_sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime


Upstream = Literal["documented", "surprising"]
Api = Terralayr | FrenchFeeds


class Sandbox:
    """Both APIs on loopback ports, for as long as the `async with` block lasts.

    Use it once; for another run make another one. Any number may run at the same time in one
    process. `organisation_id` owns every virtual asset (`virtual_asset_ids`; the first earns from
    every revenue stream), `physical_asset_ids` are those behind them in the same order;
    `portfolio_ids` have eight assets each, `fleet_ids` twenty.

    Args:
        seed: Decides every figure and identifier. The same seed gives the same world everywhere.
        assets: Number of virtual assets. A larger fleet begins with the same assets.
        rate: Requests per second that each API lets pass (see `limiter`); None for no limit.
        token_lifetime: Seconds that a terralayr token lives.
        faults: Faults at work from the start.
        clock: Gives the time in the world, aware: which French days are published, which assets are
            alive, which gates and auctions are open, what has been measured and earned. This
            machine's by default. Token lifetimes run on the real clock.
        port: Port of the terralayr API; 0 for a free one.
        feeds_port: Port of the French feeds; 0 for a free one.
        feeds: What the French feeds do on the world's clock: late days, corrections, outages, how
            much they hold, conditional requests.
        upstream: `surprising` for a terralayr that is not quite as its documents say: two revenue
            streams are at other paths and one is switched off, ranges are half-open, wholesale
            rows are hours, members are renamed and new, blocks have four markets, answers have
            quota headers.

    Raises:
        SandboxError: The `[sandbox]` extra is not installed, or a document has an operation that
            the sandbox cannot play; or, on entering, it does not run on asyncio.
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        assets: int = 40,
        rate: float | None = None,
        token_lifetime: float = 3600.0,
        faults: Iterable[Fault] | None = None,
        clock: Callable[[], datetime] = wall_clock,
        port: int = 0,
        feeds_port: int = 0,
        feeds: FeedBehaviour | None = None,
        upstream: Upstream = "documented",
    ) -> None:
        require_jsonschema()
        _check_arguments(assets, token_lifetime)
        noise = Noise(seed)
        self.seed = seed
        self.counters: Counters = Counters()
        self.username: str = f"sandbox-{seed}@example.com"
        self.password: str = noise.data(12, "password").hex()
        self.token: str = f"sandbox-{noise.data(16, 'feeds token').hex()}"
        self.world: World = World(seed, assets)
        fleet = self.world.fleet
        self.organisation_id: str = self.world.organisation_id
        self.virtual_asset_ids: list[str] = [battery.id for battery in fleet]
        self.physical_asset_ids: list[str] = [battery.physical_asset_id for battery in fleet]
        self.portfolio_ids: list[str] = list(
            dict.fromkeys(battery.portfolio_id for battery in fleet)
        )
        self.fleet_ids: list[str] = list(dict.fromkeys(battery.fleet_id for battery in fleet))
        self._ports, self._clock, self._used = (port, feeds_port), clock, False
        self._faults = FaultBook(noise, faults or ())
        self._tokens = TokenBook(secrets.token_bytes(32), token_lifetime)
        terralayr = Terralayr(
            self.world, self._tokens, self.counters,
            username=self.username, password=self.password, now=clock,
        )  # fmt: skip
        is_surprising = upstream == "surprising"
        rate = surprising.RATE if rate is None and is_surprising else rate
        self._terralayr = self._server(terralayr, "trlyr", rate, is_surprising=is_surprising)
        self._feeds = self._server(
            FrenchFeeds(noise, self.token, clock, feeds or FeedBehaviour()), "nanocorp", rate
        )

    def _server(
        self, api: Api, name: str, rate: float | None, *, is_surprising: bool = False
    ) -> ApiServer:
        return ApiServer(
            api.handlers(), load_documents(DOCUMENTS, name), authorise=api.authorise,
            faults=self._faults, counters=self.counters, clock=self._clock,
            limiter=None if rate is None else SlidingWindow(rate), is_surprising=is_surprising,
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        if self._used:
            raise SandboxError("a sandbox runs once; make another one")
        _check_loop()
        self._used = True
        try:
            await self._terralayr.start(self._ports[0])
            await self._feeds.start(self._ports[1])
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop both servers; doing so twice does nothing."""
        await self._terralayr.aclose()
        await self._feeds.aclose()

    @property
    def url(self) -> str:
        """Base URL of the terralayr API, once running, or for a port that was chosen."""
        return _url(self._terralayr, self._ports[0])

    @property
    def feeds_url(self) -> str:
        """Base URL of the French feeds, likewise."""
        return _url(self._feeds, self._ports[1])

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which the clients and commands use this sandbox."""
        return {
            "TRLYR_ENVIRONMENT": self.url,
            "TRLYR_USERNAME": self.username,
            "TRLYR_PASSWORD": self.password,
            "TRLYR_ORGANISATION_ID": self.organisation_id,
            "NANOCORP_BASE_URL": self.feeds_url,
            "NANOCORP_TOKEN": self.token,
        }

    def inject(self, kind: FaultKind, **fields: Any) -> Fault:  # noqa: ANN401 - fields of `Fault`
        """Put a fault to work: a kind and further fields of `Fault`.

        What is returned counts the requests struck (`hits`) and can end the fault (`remove()`).
        """
        return self._faults.inject(Fault(kind=kind, **fields))

    def revoke_tokens(self) -> int:
        """End every valid terralayr token and give their number; the next login works again."""
        return self._tokens.revoke_all()


def _check_arguments(assets: int, token_lifetime: float) -> None:
    if assets < 1:
        raise ValueError(f"assets must be at least 1, got {assets}")
    if not (math.isfinite(token_lifetime) and token_lifetime >= 0):
        raise ValueError(f"token_lifetime must not be negative, got {token_lifetime}")


def _url(server: ApiServer, port: int) -> str:
    if not (server.url or port):
        raise SandboxError("the sandbox is not running: use `async with Sandbox() as sandbox:`")
    return server.url or f"http://{HOST}:{port}"


def _check_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise SandboxError(
            "the sandbox runs on asyncio alone; from trio, run it in a thread of its own or by"
            " `trlyr sandbox`"
        ) from None
