"""Tables as Excel files: real dates and numbers, and a sheet that says what the columns are."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from energy_async.delivery import time_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pyarrow as pa

__all__ = ["ExcelWriter"]

_MOST: Final = 1_048_576
"""Rows of a sheet, the one of names included."""
_ABOUT: Final = ("column", "unit", "description")
_KEYS: Final = (b"unit", b"description")
_OPTIONS: Final = {
    "constant_memory": True,
    "nan_inf_to_errors": True,
    "strings_to_formulas": False,  # a name that begins with = is a name
    "strings_to_urls": False,
}


class ExcelWriter:
    """Writes tables of one schema under each other; `close` makes the file whole.

    Excel knows no time zones: times are local to `zone`, which the sheet of columns names.

    Args:
        path: The file.
        schema: Of the tables.
        about: The sheet of columns, its head first; by default what the schema's metadata says.
        zone: Of the times.
        notes: Lines that stand above the columns, such as what the rows are and cover.
    """

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        *,
        about: Iterable[Sequence[str]] = (),
        zone: str = "UTC",
        notes: Iterable[str] = (),
    ) -> None:
        try:
            import xlsxwriter  # noqa: PLC0415 - an extra
        except ImportError as exc:
            raise ImportError('Excel needs xlsxwriter: pip install "trlyr-async[excel]"') from exc
        self._book = xlsxwriter.Workbook(str(path), _OPTIONS)
        self._zone = time_zone(zone)
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._bold = self._book.add_format({"bold": True})
        self._rows, self._next = self._book.add_worksheet("rows"), 1
        self._rows.freeze_panes(1, 0)
        self._rows.set_column(0, len(schema) - 1, 20)
        self._rows.write_row(0, 0, schema.names, self._bold)
        lines = [(text,) for text in (*notes, f"times are local to {zone}")]
        self._describe([*lines, *(about or _columns(schema))])

    def write_table(self, table: pa.Table) -> None:
        """Write the rows of a table.

        Raises:
            ValueError: They are more than a sheet takes.
        """
        if self._next + table.num_rows > _MOST:
            raise ValueError(f"a sheet takes {_MOST - 1:,} rows; write .csv or .parquet instead")
        columns = [one.to_pylist() for one in table.columns]
        for row in zip(*columns, strict=True):
            for number, value in enumerate(row):
                self._write(number, value)
            self._next += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _write(self, column: int, value: Any) -> None:  # noqa: ANN401 - of any column
        at = self._next, column
        match value:
            case None:
                pass  # an empty cell: missing is not zero
            case bool() | int() | float() | str() | Decimal():
                self._rows.write(*at, value)
            case datetime():
                local = value.astimezone(self._zone) if value.tzinfo else value
                self._rows.write_datetime(*at, local.replace(tzinfo=None), self._time)
            case date():
                self._rows.write_datetime(*at, value, self._date)
            case _:
                self._rows.write_string(*at, json.dumps(value, default=str))

    def _describe(self, lines: Iterable[Sequence[str]]) -> None:
        sheet = self._book.add_worksheet("columns")
        sheet.set_column(0, 0, 24)
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)


def _columns(schema: pa.Schema) -> list[Sequence[str]]:
    known = [(field.name, field.metadata or {}) for field in schema]
    cells = [(name, *(one.get(key, b"").decode() for key in _KEYS)) for name, one in known]
    return [_ABOUT, *cells]
