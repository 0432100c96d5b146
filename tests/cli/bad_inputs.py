"""Command lines that are wrong, and what must be said of them: `python -m tests.cli.bad_inputs`.

Each stands with the exit code it must end with and a part of what it must print. None may write a
file, change one, or show a traceback.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.cli.entry import run
from energy_sandbox import Sandbox
from tests.cli.command_at import MODULES
from tests.cli.conftest import running
from tests.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BAD", "Bad", "Ended", "call", "digest", "workspace"]

ID: Final = "1c9fe5a8-7cb9-4d1c-a7f4-6b8b1d1a0c11"


class Bad(NamedTuple):
    """A command line, the code that it must end with, and what it must print."""

    line: str
    code: int
    said: str


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


_PULL: Final = "trlyr revenue pull -o new"
_OCTOBER: Final = "--month 2026-10"
_POINTS: Final = "trlyr revenue points pull virtual_asset daily -o new"
_SUBMIT: Final = f"trlyr schedule submit {ID} {ID}"

TIMES: Final = [
    ("", "no time is given"),
    ("--start 2026-10-01", "--start needs --end beside it"),
    ("--end 2026-10-01", "--end needs --start beside it"),
    ("--start 2026-10-01 --end 2026-10-01", "--end must be later than --start"),
    ("--start 2026-11-01 --end 2026-10-01", "--end must be later than --start"),
    ("--start 2026-10-01T00:00 --end 2026-11-01", "2026-10-01T00:00+02:00 for Europe/Berlin"),
    ("--start 2026-12-01T00:00 --end 2026-12-02", "2026-12-01T00:00+01:00 for Europe/Berlin"),
    ("--start 2026-10-25T02:30 --end 2026-11-01", "since the hour comes twice"),
    ("--start 2026-03-29T02:30 --end 2026-11-01", "the clocks of Europe/Berlin skip it"),
    ("--start 0001-01-01 --end 9999-12-31", "--start: expected a year from 1990 to 2100"),
    ("--start 2026-01-01 --end 9999-12-31", "--end: expected a year from 1990 to 2100"),
    ("--start 9999-12-31T23:59:59Z --end 2026-10-01", "--start: expected a year"),
    ("--start 1026-10-01 --end 2026-10-01", "--start: expected a year"),
    ("--start 2026-02-29 --end 2026-03-01", "--start: expected a day such as"),
    ("--start 2026-13-01 --end 2026-03-01", "--start: expected a day such as"),
    ("--start 01.10.2026 --end 2026-11-01", "--start: expected a day such as"),
    ("--start 2026-10 --end 2026-11", "--start: expected a day such as"),
    ("--start 20261001 --end 20261101", "has no offset"),
    ("--start 2026-10-01T24:00Z --end 2026-11-01", "--start: expected a day such as"),
    ("--start '' --end 2026-11-01", "--start: expected a day such as"),
    ("--start yesterday --end today", "--start: expected a day such as"),
    ("--month 2026-10 --year 2026", "given more than once"),
    ("--month 2026-10 --start 2026-10-01 --end 2026-11-01", "given more than once"),
    ("last-month --month 2026-10", "given more than once"),
    ("--month 2026-13", "--month: expected a month such as 2026-10"),
    ("--month 2026-00", "--month: expected a month such as 2026-10"),
    ("--month 2026", "--month: expected a month such as 2026-10"),
    ("--month October", "--month: expected a month such as 2026-10"),
    ("--month 0001-01", "--month: expected a year from 1990 to 2100"),
    ("--month 9999-12", "--month: expected a year from 1990 to 2100"),
    ("--month ''", "--month: expected a month such as 2026-10"),
    ("--year 26", "--year: expected a year such as 2026"),
    ("--year 0000", "--year: expected a year from 1990 to 2100"),
    ("--year 9999", "--year: expected a year from 1990 to 2100"),
    ("--year twenty", "--year: expected a year such as 2026"),
    ("tomorow", "RANGE: expected today, yesterday"),
    ("last-week", "RANGE: expected today, yesterday"),
    ("last-0-days", "RANGE: expected today, yesterday"),
    ("last-99999-days", "RANGE: expected today, yesterday"),
    ("2026-02-30", "RANGE: expected today, yesterday"),
    ("2026-13", "RANGE: expected a month such as 2026-10"),
    ("9999", "RANGE: expected a year from 1990 to 2100"),
    ("2026-10-01..2026-11-01", "RANGE: expected today, yesterday"),
    ("''", "RANGE: expected today, yesterday"),
]
"""Times that cannot be meant, for any command that pulls."""

BAD: Final = [
    *(Bad(f"{_PULL} {time}", 2, said) for time, said in TIMES),
    *(Bad(f"{_POINTS} {time}", 2, said) for time, said in TIMES[:12]),
    # Identifiers and names
    Bad(f"{_PULL} {_OCTOBER} --asset foo", 2, "'foo' is no identifier"),
    Bad(f"{_PULL} {_OCTOBER} --asset ''", 2, "'' is no identifier"),
    Bad(f"{_PULL} {_OCTOBER} --asset {ID}", 2, f"there is no '{ID}'"),
    Bad(f"{_PULL} {_OCTOBER} --asset {ID[:-1]}", 2, "is no identifier"),
    Bad(f"{_PULL} {_OCTOBER} --asset ../x", 2, "'../x' is no identifier"),
    Bad(f"{_PULL} {_OCTOBER} --organisation foo", 1, "403"),
    Bad(f"{_PULL} {_OCTOBER} --stream wholesal", 2, "did you mean wholesale?"),
    Bad(f"{_PULL} {_OCTOBER} --stream ''", 2, "there is no ''"),
    Bad(
        f"{_POINTS} {_OCTOBER} --category revenue_totl",
        2,
        "did you mean revenue_tolling or revenue_total",
    ),
    Bad(f"{_POINTS} {_OCTOBER} --category ''", 2, "--category: there is no ''"),
    Bad(f"{_POINTS} {_OCTOBER} --id foo", 2, "'foo' is no identifier"),
    Bad(f"trlyr revenue points pull battery daily {_OCTOBER} -o new", 2, "SUBJECT: there is no"),
    Bad(f"trlyr revenue points pull fleet weekly {_OCTOBER} -o new", 2, "RESOLUTION: there is no"),
    Bad(f"trlyr revenue points pull fleet daily {_OCTOBER} -o new", 2, "--id or --ids-file"),
    Bad(f"{_PULL} {_OCTOBER} --environment prodution", 2, "prodution"),
    Bad(f"{_PULL} {_OCTOBER} --environment ftp://x", 2, "it must start with https://"),
    Bad(f"{_PULL} {_OCTOBER} --environment https://u:p@x", 2, "credentials do not belong"),
    Bad(f"{_PULL} {_OCTOBER} --profile nobody", 2, "no profile 'nobody'"),
    # Files of identifiers
    Bad(f"{_PULL} {_OCTOBER} --assets-file nowhere.csv", 1, "nowhere.csv: No such file"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file .", 1, "Is a directory"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file empty.csv", 2, "empty.csv names no identifier"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file header.csv", 2, "header.csv names no identifier"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file page.html", 2, "page.html, line 1"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file other.csv", 2, "no column named id"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file two.csv", 2, "which of 2 identifiers"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file utf16.csv", 2, "neither text nor CSV in UTF-8"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file binary.csv", 2, "binary.csv"),
    Bad(f"{_PULL} {_OCTOBER} --assets-file october", 1, "Is a directory"),
    # Lengths and numbers
    *(
        Bad(f"{_PULL} {_OCTOBER} --window {text}", 2, "--window: expected a length such as 12h")
        for text in ("0d", "31", "1.5d", "-1d", "''", "99999999999w", "month")
    ),
    *(
        Bad(f"{_PULL} {_OCTOBER} --rate {text}", 2, "--rate")
        for text in ("0", "-1", "nan", "inf", "fast")
    ),
    *(Bad(f"{_PULL} {_OCTOBER} --concurrency {n}", 2, "--concurrency") for n in ("0", "-1", "x")),
    Bad(f"{_PULL} {_OCTOBER} --progress loud", 2, "--progress"),
    # Files to write
    Bad(f"{_PULL} {_OCTOBER} --report nope/x.json", 2, "there is no folder nope"),
    Bad(f"{_PULL} {_OCTOBER} --report october", 2, "end the name with .json"),
    Bad(f"{_PULL} {_OCTOBER} --report x.pdf", 2, "end the name with .json"),
    Bad("trlyr assets --month 1999-01", 3, "no virtual asset"),
    Bad("trlyr assets -o x.pdf", 2, "end the name with one of .csv"),
    Bad("trlyr assets -o x", 2, "end the name with one of .csv"),
    Bad("trlyr assets -o nope/x.csv", 2, "there is no folder nope"),
    Bad("trlyr assets -o x.csv -f json", 2, "the name ends as that of csv"),
    Bad("trlyr assets -o x.html -f csv", 2, "end the name with one of .csv"),
    Bad("trlyr assets -f xml", 2, "xml"),
    Bad("trlyr assets -o october", 2, "end the name"),
    Bad("trlyr revenue show october -o x.pdf", 2, "end the name with one of .csv"),
    Bad("trlyr revenue show october -o nope/x.csv", 2, "there is no folder nope"),
    Bad("trlyr revenue report october -o x.pdf", 2, "end the name with .html"),
    Bad("trlyr revenue report october -o nope/x.html", 2, "there is no folder nope"),
    Bad("trlyr revenue plot october -o x.html", 2, "end the name with .png"),
    Bad("trlyr revenue plot october -o nope/x.png", 2, "there is no folder nope"),
    Bad("trlyr revenue plot october -o october", 2, "end the name with .png"),
    Bad("trlyr revenue export october x.pdf", 2, "end the name with one of .parquet"),
    Bad("trlyr revenue export october nope/x.csv", 2, "there is no folder nope"),
    Bad("trlyr revenue export nowhere x.csv", 2, "nowhere"),
    Bad("nanocorp sheet -o x.pdf", 2, "end the name with .html"),
    Bad("nanocorp sheet -o nope/x.html", 2, "there is no folder nope"),
    Bad("nanocorp day-ahead -o x.pdf", 2, "end the name with one of .csv"),
    Bad("nanocorp day-ahead --plot x.html", 2, "end the name with .png"),
    Bad("nanocorp day-ahead --plot nope/x.png", 2, "there is no folder nope"),
    Bad("nanocorp energy -o nope/x.csv", 2, "there is no folder nope"),
    # Datasets
    *(
        Bad(f"trlyr revenue {command} nowhere", 2, "no dataset")
        for command in (
            "show",
            "check",
            "report",
            "plot",
            "update",
            "files",
            "tidy",
            "repair",
        )
    ),
    Bad("trlyr revenue show page.html", 2, "page.html"),
    Bad("trlyr revenue show .", 2, "no dataset"),
    Bad("trlyr revenue show s3:/bucket/x", 2, "URL"),
    Bad("trlyr revenue show ftp://host/x", 2, "ftp"),
    Bad("trlyr revenue show october --by asets", 2, "no figures by 'asets'; by asset"),
    Bad("trlyr revenue show october --by ''", 2, "no figures by"),
    Bad("trlyr revenue show october --as-of 2026-13-01", 2, "--as-of: expected a day"),
    Bad("trlyr revenue show october --as-of 1999-01-01", 3, "no row: not at that time"),
    Bad("trlyr revenue show october --as-of ''", 2, "--as-of: expected a day"),
    Bad("trlyr revenue show october --columns --by asset", 2, "--columns"),
    Bad("trlyr revenue check october --points nowhere", 2, "nowhere"),
    Bad("trlyr revenue check october --points october", 2, "october"),
    Bad("trlyr revenue check october --sparse nonsense", 2, "--sparse"),
    Bad("trlyr revenue update october --end 2026-09-01", 2, "not later than the beginning"),
    Bad("trlyr revenue update october --end 2026-10-01", 2, "not later than the beginning"),
    Bad("trlyr revenue update october --end ''", 2, "--end: expected a day"),
    Bad("trlyr revenue update october --recheck 0d", 2, "--recheck: expected a length"),
    Bad("trlyr revenue update october --asset foo", 2, "'foo' is no identifier"),
    Bad("trlyr revenue update october --report nope/x.json", 2, "there is no folder nope"),
    Bad("trlyr revenue update october --environment http://127.0.0.1:9", 2, "127.0.0.1:9"),
    Bad("trlyr revenue repair october --environment http://127.0.0.1:9", 2, "127.0.0.1:9"),
    Bad("trlyr revenue diff october someday", 2, "TIME: expected a day"),
    Bad("trlyr revenue diff october 2026-11-02 2026-11-01", 2, "later"),
    Bad("trlyr revenue tidy october --history soon", 2, "--history: expected a length"),
    Bad("trlyr revenue tidy october --history ''", 2, "--history: expected a length"),
    Bad(f"trlyr revenue pull {_OCTOBER} -o october --stream tolling", 2, "ask for the same"),
    Bad("trlyr revenue pull --month 2026-09 -o october", 2, "choose another place"),
    Bad(f"trlyr revenue pull {_OCTOBER} -o page.html", 1, "page.html"),
    Bad(f"trlyr revenue pull {_OCTOBER} -o files", 2, "files"),
    Bad(f"trlyr revenue pull {_OCTOBER} -o ''", 2, "an empty name is no place"),
    # Schedules
    Bad("trlyr schedule check nowhere.csv", 1, "nowhere.csv: No such file"),
    Bad("trlyr schedule check page.html", 2, "a schedule is a file named .csv or .parquet"),
    Bad("trlyr schedule check empty.csv", 2, "empty.csv has no column 'time'"),
    Bad("trlyr schedule check semi.csv", 2, "semi.csv"),
    Bad("trlyr schedule check naive.csv", 2, "error"),
    Bad("trlyr schedule check schedule.csv --power kw", 2, "no column 'kw'"),
    Bad("trlyr schedule check schedule.csv --day 2026-02-30", 2, "--day: expected a day"),
    Bad("trlyr schedule check schedule.csv --day ''", 2, "--day: expected a day"),
    Bad(f"trlyr schedule check schedule.csv --block {ID}", 2, "--asset"),
    Bad(f"{_SUBMIT} nowhere.csv", 1, "nowhere.csv: No such file"),
    Bad(f"trlyr schedule submit foo {ID} schedule.csv", 2, "ASSET: 'foo' is no identifier"),
    Bad(f"trlyr schedule submit {ID} foo schedule.csv", 2, "BLOCK: 'foo' is no identifier"),
    Bad(f"{_SUBMIT} schedule.csv --deadline soon", 2, "--deadline: expected a day"),
    Bad(f"{_SUBMIT} schedule.csv --deadline 2026-10-01T00:00", 2, "has no offset"),
    Bad("trlyr desk --journal nowhere.sqlite", 1, "no journal at nowhere.sqlite"),
    Bad("trlyr desk --journal page.html", 2, "page.html"),
    # Profiles, login, sandbox
    Bad("trlyr profile use nobody", 2, "no profile 'nobody'"),
    Bad("trlyr profile add ''  -u me", 2, "a profile needs a name"),
    Bad("trlyr profile add work", 2, "--username"),
    Bad("trlyr profile add work -u ''", 2, "a profile needs a name and a username"),
    Bad("trlyr profile add work -u me -e prodution", 2, "prodution"),
    Bad("trlyr profile add work -u me --organisation foo", 2, "'foo' is no identifier"),
    Bad("trlyr profile add work -u me --paths nowhere.json", 2, "nowhere.json"),
    Bad("trlyr profile add work -u me --paths page.html", 2, "page.html"),
    Bad("trlyr login --username nobody", 1, "401"),
    Bad("trlyr login --environment sandbocks", 2, "sandbocks"),
    Bad("trlyr sandbox --port 99999", 2, "--port"),
    Bad("trlyr sandbox --assets 0", 2, "--assets"),
    Bad("trlyr sandbox --rate -1", 2, "rate"),
    Bad("trlyr sandbox --token-lifetime 0", 2, "--token-lifetime"),
    Bad("trlyr api check --id fleet", 2, "--id takes NAME=VALUE"),
    Bad("trlyr api check --html x.pdf", 2, "end the name with .html"),
    Bad("trlyr api check --record nope/x.json", 2, "there is no folder nope"),
    Bad("trlyr api check --pause -1", 2, "--pause"),
    # Commands
    Bad("trlyr revenu", 2, "Did you mean 'revenue'"),
    Bad("trlyr revenue pul", 2, "Did you mean 'pull'"),
    Bad("trlyr revenue show", 2, "PLACE"),
    Bad("trlyr revenue show october november", 2, "november"),
    Bad("trlyr revenue pull --moth 2026-10", 2, "--month"),
    Bad("trlyr revenue pull --password secret", 2, "--password"),
    Bad("nanocorp day_ahead", 2, "Did you mean 'day-ahead'"),
    # French feeds
    Bad("nanocorp day-ahead --day 2026-13-01", 2, "--day: expected a day"),
    Bad("nanocorp day-ahead --day 0001-01-01", 2, "--day: expected a year"),
    Bad("nanocorp day-ahead --day ''", 2, "--day: expected a day"),
    Bad("nanocorp day-ahead --day 2026-10-25 yesterday", 2, "given more than once"),
    Bad("nanocorp day-ahead last-week", 2, "RANGE: expected today"),
    Bad("nanocorp day-ahead --start 2026-10-25T02:30 --end 2026-10-26", 2, "Europe/Paris"),
    Bad("nanocorp day-ahead --day 2020-01-01", 3, "no rows for 2020-01-01"),
    Bad("nanocorp day-ahead --month 2020-01", 3, "no rows for 2020-01-01 00:00 to 2020-02-01"),
    Bad("nanocorp day-ahead --tz Europe/Pariss", 2, "unknown time zone"),
    Bad("nanocorp day-ahead --tz ''", 2, "unknown time zone"),
    Bad("nanocorp day-ahead --price-period 1h", 2, "--price-period"),
    Bad("nanocorp energy --price-period 1h", 2, "--price-period"),
    Bad("nanocorp day-ahead --recent", 2, "--recent"),
    Bad("nanocorp fcr --recent", 2, "--recent"),
    Bad("nanocorp capacity --recent", 2, "--recent"),
    Bad("nanocorp fcr --price-period soon", 2, "--price-period: expected 15min"),
    Bad("nanocorp fcr --price-period ''", 2, "--price-period: expected 15min"),
    Bad("nanocorp sheet --day 2020-01-01 -o x.html", 3, "nothing was written"),
    Bad("nanocorp sheet --day 2026-13-01 -o x.html", 2, "--day: expected a day"),
    Bad("nanocorp sheet", 2, "--output"),
    Bad("nanocorp live --price-period 0h", 2, "--price-period: expected 15min"),
    Bad("nanocorp archive kept --feed day_ahead --once", 2, "day_ahead"),
    Bad("nanocorp archive kept --repair --once", 2, "--repair asks no feed"),
    Bad("nanocorp archive nowhere --repair", 2, "nowhere"),
    Bad("nanocorp archive page.html --once", 1, "page.html"),
    Bad("nanocorp archive files --once", 2, "files"),
    Bad("nanocorp watch energy", 2, "energy"),
    Bad("nanocorp day-ahead --environment ftp://x", 2, "it must start with https://"),
]


def call(line: str) -> Ended:
    """Run a command line in this process."""
    program, *words = shlex.split(line)
    out, err = _Text(), _Text()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(program, f"{MODULES[program]}.app", words, clock=Clock())
    return Ended(code, out.text, err.text)


class _Text(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        content: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return content.decode()


def digest(folder: Path) -> dict[str, str]:
    """What a folder holds: each file with a sum of its content."""
    return {
        str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest()
        if one.is_file()
        else ""
        for one in sorted(folder.rglob("*"))
    }


@contextlib.contextmanager
def workspace() -> Iterator[Path]:
    """A folder with a dataset of two assets and October, and files of all kinds; a sandbox runs."""
    before = dict(os.environ)
    with (
        tempfile.TemporaryDirectory() as name,
        contextlib.chdir(name),
        running(Sandbox(assets=2, clock=Clock())) as sandbox,
    ):
        home = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), f"{name}/home")
        os.environ.update(**sandbox.environment, **home, COLUMNS="200")
        os.environ.pop("TRLYR_PROFILE", None)
        folder = Path(name)
        _fill(folder)
        assert call("trlyr revenue pull --month 2026-10 -o october --rate 1000").code == 0
        try:
            yield folder
        finally:
            os.environ.clear()
            os.environ.update(before)


def _fill(folder: Path) -> None:
    (folder / "files").mkdir()
    (folder / "files" / "thesis.txt").write_text("mine")
    other = ID[:-1] + "2"
    contents = {
        "empty.csv": b"",
        "header.csv": b"id;name\n",
        "page.html": b"<!DOCTYPE html>\n<style>\nbody {color: red}\n</style>\n",
        "other.csv": f"asset;power\n{ID};7,5\n".encode(),
        "two.csv": f"{ID};{other}\n".encode(),
        "utf16.csv": f"id\n{ID}\n".encode("utf-16"),
        "binary.csv": b"\x00\x01\x02\n",
        "semi.csv": b"time;power\n2026-10-25T00:00:00Z;7,5\n",
        "naive.csv": b"time,power\n2026-10-25T00:00:00,7\n",
        "schedule.csv": b"time,power\n2026-10-25T00:00:00Z,7\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def main() -> int:
    """Run them all, print what each printed, and count what is wrong."""
    wrong: dict[str, int] = {"tracebacks": 0, "accepted wrongly": 0, "folders spoilt": 0}
    unsaid = 0
    with workspace() as folder:
        for number, bad in enumerate(BAD, 1):
            before = digest(folder)
            ended = call(bad.line)
            said = ended.out + ended.err
            sys.stdout.write(f"{number:3}. {bad.line}\n     [{int(ended.code)}] ")
            sys.stdout.write("\n         ".join(said.strip().splitlines()) + "\n")
            wrong["tracebacks"] += (
                "Traceback" in said or "unexpected " in ended.err.partition("\n")[0]
            )
            wrong["accepted wrongly"] += ended.code == 0
            wrong["folders spoilt"] += digest(folder) != before
            if ended.code != bad.code or bad.said not in said:
                unsaid += 1
                sys.stdout.write(f"     WANTED [{bad.code}] {bad.said}\n")
    counts = ", ".join(f"{what} {count}" for what, count in wrong.items())
    sys.stdout.write(f"{len(BAD)} bad inputs: {counts}, otherwise than expected {unsaid}\n")
    return bool(unsaid or any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main())
