"""What was found when a dataset was checked, and what to do about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from energy_async.bulk.notebook import table_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Severity: TypeAlias = Literal["error", "warning", "notice"]
"""`error`: adding up gives a wrong figure. `warning`: it may. `notice`: good to know."""
Kind: TypeAlias = str
"""What a finding is: one of `KINDS`."""

_MOVE: Final = "The part was changed by hand: move it away and pull again."
_SERVICE: Final = "See since when, and until when, the asset is in service or under contract."
_ABSOLUTE: Final = "Count it from the revenue and the power, and ask upstream."
KINDS: Final[Mapping[Kind, tuple[Severity, str]]] = {
    "not pulled": ("error", "Run the same pull again: it asks only for what is missing."),
    "damaged": ("error", "`trlyr revenue repair` asks again for just that."),
    "stray file": ("error", "Move it away; what killed runs left, `trlyr revenue tidy` deletes."),
    "gap": ("error", "Ask for this time again; if it stays empty, ask upstream what became of it."),
    "duplicate": ("error", "Keep one of them; move the part away and pull again."),
    "conflict": ("error", "A correction, or two versions: keep the later one, by its version."),
    "overlap": ("error", "See which of the two rows is right, before adding up."),
    "backwards": ("error", "Their time is not known: leave them out, and ask upstream."),
    "an hour off": ("error", "From a clock change on the source has the other offset: ask it."),
    "no zone": ("error", _MOVE),
    "outside its window": ("error", _MOVE),
    "sum": ("error", "One was corrected since the other was fetched, or is wrong: pull both anew."),
    "normalised": ("error", _ABSOLUTE),
    "per year": ("error", _ABSOLUTE),
    "not compared": ("error", "Pull virtual_asset data points of the same assets and days."),
    "off grid": ("warning", "See whether they belong to other rows, before adding up."),
    "length": ("warning", "See whether their figures are for the time that they say."),
    "no figure": ("warning", "Ask for the time again later; do not take them for zero."),
    "begins late": ("warning", _SERVICE),
    "ends early": ("warning", _SERVICE),
    "no rows": ("notice", "Expected of assets that do not earn in this way; see that it is so."),
    "sparse": ("notice", "If the stream is like that, name it as sparse; else pull it again."),
    "unknown resolution": ("notice", "Pull a longer time: more rows show what they are."),
    "left out": ("notice", "Nothing to do."),
    "not checked": ("notice", "Give `powers`, the mean of rated charge and discharge power in MW."),
}
"""Every kind of finding: how grave it is as a rule, and what to do about it."""

_SHOWN: Final = 20
_MOMENT: Final = timedelta(seconds=1)
_TIME: Final = "%Y-%m-%d %H:%M"
_RANK: Final = {"error": 0, "warning": 1, "notice": 2}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found.

    Attributes:
        severity: See `Severity`.
        kind: What it is.
        text: What was found, in a sentence.
        advice: What to do about it.
        asset_id: Whose rows; empty if it is about several.
        stream: Of which stream; empty if it is about several.
        category: Of which category, where the dataset has any.
        start: Start of the time concerned, which belongs to it; aware and in UTC.
        end: End of that time, which does not belong to it.
        count: How many intervals or rows, or how many days of a sum.
        figures: The figures by name; a name ends with the unit.
    """

    severity: Severity
    kind: Kind
    text: str
    advice: str
    asset_id: str = ""
    stream: str = ""
    category: str = ""
    start: datetime | None = None
    end: datetime | None = None
    count: int = 0
    figures: dict[str, float] = {}

    @property
    def place(self) -> str:
        """The stream, category and asset that it is about, as far as there is one of each."""
        what = self.category or self.stream
        return " of ".join(filter(None, [what, self.asset_id]))

    @property
    def span(self) -> str:
        """The time concerned, in UTC; empty if it is about no particular time."""
        if self.start is None or self.end is None:
            return ""
        if self.end - self.start < _MOMENT:
            return f"{self.start:{_TIME}} UTC"
        return f"{self.start:{_TIME}} to {self.end:{_TIME}} UTC"

    def __str__(self) -> str:
        where = ", ".join(filter(None, [self.place, self.span]))
        return f"{self.severity} {self.kind}: {where + ': ' if where else ''}{self.text}"


def finding(
    kind: Kind,
    text: str,
    *,
    severity: Severity | None = None,
    advice: str | None = None,
    **about: Any,  # noqa: ANN401 - the other fields
) -> Finding:
    """Make a finding, as grave as its kind is and with the advice of its kind, unless given."""
    usual = KINDS[kind]
    return Finding(
        kind=kind, text=text, severity=severity or usual[0], advice=advice or usual[1], **about
    )


class SeriesCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a stream, or a category of it, was checked for, over all assets.

    Attributes:
        stream: The stream.
        category: The category, empty where there is none.
        assets: How many assets have rows of it.
        resolutions: What its intervals are, as the rows show: `quarter-hours`, `days`, ...
        rows: How many rows there are.
        expected: How many intervals there should be; 0 where the rows are sparse by nature.
        missing: How many of them have no row.
        without_figure: How many rows have no figure.
    """

    stream: str
    category: str = ""
    assets: int = 0
    resolutions: tuple[str, ...] = ()
    rows: int = 0
    expected: int = 0
    missing: int = 0
    without_figure: int = 0


class Compared(msgspec.Struct, frozen=True):
    """How much was held against something else.

    Attributes:
        count: Days of assets, or figures.
        of: Of how many; 0 if that says nothing.
        assets: Of how many assets the days are.
        of_assets: Of how many there are.
        set_aside: Days that were not, because rows of theirs are missing, doubled or known to be
            wrong.
    """

    count: int
    of: int = 0
    assets: int = 0
    of_assets: int = 0
    set_aside: int = 0

    def __str__(self) -> str:
        if not self.of:
            return f"{self.count:,}"
        aside = f", {self.set_aside:,} set aside" if self.set_aside else ""
        days = f"{self.count:,} of {self.of:,} days of assets{aside}"
        return f"{days}, {self.assets:,} of {self.of_assets:,} assets"


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of a dataset found.

    Attributes:
        dataset: Where it lies.
        content: What its rows are.
        start: Start of its range.
        end: End of its range, which does not belong to it.
        assets: How many assets it was asked for.
        findings: Everything found, the gravest first.
        series: What there is, by stream and category.
        compared: What was held against what, and how much of it.
    """

    dataset: str
    content: str
    start: datetime
    end: datetime
    assets: int
    findings: tuple[Finding, ...] = ()
    series: tuple[SeriesCheck, ...] = ()
    compared: dict[str, Compared] = {}

    @property
    def clean(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return not self.errors and not self.warnings

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make a total wrong."""
        return self.of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that may make a total wrong."""
        return self.of("warning")

    @property
    def notices(self) -> tuple[Finding, ...]:
        """The findings that are good to know."""
        return self.of("notice")

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Give the findings of one severity."""
        return tuple(one for one in self.findings if one.severity == severity)

    def to_json(self) -> bytes:
        """Give everything as JSON; times are RFC 3339 in UTC."""
        found = {"clean": self.clean, **msgspec.structs.asdict(self)}
        return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        title, *_ = self._lines()
        rows = [
            (one.severity, one.kind, one.place, one.span, one.text, one.advice)
            for one in self.findings
        ]
        columns = ("severity", "kind", "where", "when", "what", "what to do")
        told = [f"compared {much}: {what}" for what, much in self.compared.items()]
        return table_html(title, columns, rows, "; ".join(told))

    def _lines(self) -> Iterator[str]:
        counts = (len(self.errors), len(self.warnings), len(self.notices))
        found = "{} errors, {} warnings, {} notices".format(*counts)
        yield f"{'clean' if self.clean else 'NOT CLEAN'}: {found}"
        yield from (f"  compared {much}: {what}" for what, much in self.compared.items())
        yield from (f"  {one}\n    {one.advice}" for one in self.findings[:_SHOWN])
        if len(self.findings) > _SHOWN:
            yield f"  ... and {len(self.findings) - _SHOWN} more"


def ranked(findings: list[Finding]) -> tuple[Finding, ...]:
    """Order findings: the gravest first, then by kind, stream, asset and time."""

    def rank(one: Finding) -> tuple[object, ...]:
        at = one.start.timestamp() if one.start else 0.0
        return _RANK[one.severity], one.kind, one.stream, one.category, one.asset_id, at

    return tuple(sorted(findings, key=rank))
