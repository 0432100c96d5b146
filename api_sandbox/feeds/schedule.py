"""When each French feed publishes, on Paris clocks, and what day it then stands at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Publication:
    """A daily publication at a fixed Paris time, for the delivery day `ahead` days later."""

    at: time
    ahead: int

    def latest(self, now: datetime) -> tuple[date, datetime]:
        """Give the newest published delivery day and when it was published."""
        local = now.astimezone(PARIS)
        day = local.date() if local.time() >= self.at else local.date() - timedelta(days=1)
        published = datetime.combine(day, self.at, tzinfo=PARIS)
        return day + timedelta(days=self.ahead), published

    def moment(self, delivery: date) -> datetime:
        """Give the time at which a delivery day is usually published."""
        return datetime.combine(delivery - timedelta(days=self.ahead), self.at, tzinfo=PARIS)


DAY_AHEAD = Publication(time(13, 0), ahead=1)
CAPACITY = Publication(time(16, 35, 24, 755_000), ahead=1)
AFRR_ENERGY = Publication(time(1, 10, 28, 164_000), ahead=-1)
MFRR_ENERGY = Publication(time(1, 20, 6, 497_000), ahead=-1)
