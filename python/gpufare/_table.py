"""Tables of reports: rows of typed values, in notebooks as HTML, and for pandas."""
from __future__ import annotations

import csv
import html
import io
import re
from typing import Any, Dict, Iterator, List, Sequence, Union, overload

Row = Dict[str, Any]


#: As the library writes them: Python takes "1_000" and "nan" for numbers, too.
_WHOLE = re.compile(r"-?[0-9]+")
_REAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def _value(text: str) -> Any:
    """A cell of CSV: None if it is empty, a number if it is one."""
    if text == "":
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _REAL.fullmatch(text) else text


def cells_html(columns: Sequence[str], rows: Sequence[Sequence[Any]], numeric: Sequence[bool]) -> str:
    def row(tag: str, cells: Sequence[Any]) -> str:
        return "<tr>" + "".join(
            f'<{tag} style="text-align: {"right" if right else "left"}">{html.escape(str(cell))}</{tag}>'
            for cell, right in zip(cells, numeric)) + "</tr>"

    body = "\n".join(row("td", cells) for cells in rows)
    return f"<table><thead>{row('th', columns)}</thead><tbody>\n{body}\n</tbody></table>"


class Table:
    """Rows with named columns, as the library's CSV has them: times in ns, sizes in bytes."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.columns: List[str] = list(columns)
        self.rows: List[Row] = [dict(zip(self.columns, row)) for row in rows]

    @classmethod
    def from_csv(cls, text: str) -> "Table":
        """The first table of a text."""
        lines = text.partition("\n\n")[0]
        columns, *rows = csv.reader(io.StringIO(lines)) if lines.strip() else [[]]
        return cls(columns, [[_value(cell) for cell in row] for row in rows])

    def column(self, name: str) -> List[Any]:
        if name not in self.columns:
            raise KeyError(f"{name}: there is no such column; there are: {', '.join(self.columns)}")
        return [row[name] for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: str) -> List[Any]: ...

    def __getitem__(self, index: Union[int, str]) -> Any:
        return self.column(index) if isinstance(index, str) else self.rows[index]

    def _filled(self) -> List[str]:
        """The columns that have something to show."""
        return [name for name in self.columns if any(row[name] is not None for row in self.rows)]

    def _shown(self) -> List[List[str]]:
        return [["" if row[name] is None else str(row[name]) for name in self._filled()] for row in self.rows]

    def __str__(self) -> str:
        rows = [self._filled(), *self._shown()]
        widths = [max(map(len, cells)) for cells in zip(*rows)]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)

    def __repr__(self) -> str:
        return f"<gpufare.Table of {len(self)} rows: {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        names = self._filled()
        return cells_html(names, self._shown(), [
            all(isinstance(row[name], (int, float, type(None))) for row in self.rows) for name in names])

    def to_pandas(self) -> Any:
        """A pandas.DataFrame; ImportError where pandas is not installed."""
        import pandas  # type: ignore

        return pandas.DataFrame(self.rows, columns=self.columns)
