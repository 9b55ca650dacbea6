"""What a command of the library found: one verdict, tables, and the report in all its forms."""
from __future__ import annotations

import html
import json
import re
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ._errors import check, exception_of
from ._native import ffi, lib
from ._table import Table, cells_html


def written(write: Any, handle: Any, form: int, style: Any) -> str:
    """What write(handle, form, style, FILE *, error) writes."""
    text, length = ffi.new("char **"), ffi.new("size_t *")
    stream = lib.open_memstream(text, length)
    if stream == ffi.NULL:
        raise MemoryError("no memory for a report")
    try:
        check(write, handle, form, style, stream)
    finally:
        closed = lib.fclose(stream)
        memory = ffi.gc(text[0], lib.free)
    if closed != 0:
        raise MemoryError("no memory for a report")
    return ffi.buffer(memory, length[0])[:].decode("utf-8", "replace")


def forms_of(write: Any, handle: Any, cut_short: str = "", schema: str = "") -> "Dict[str, str]":
    """The report of a handle as text, Markdown, CSV and JSON."""
    why = ffi.new("char[]", cut_short.encode()) if cut_short else ffi.NULL
    name = ffi.new("char[]", schema.encode()) if schema else ffi.NULL
    style = ffi.new("gf_report_style *", {"schema": name, "cut_short": why})
    return {name: written(write, handle, form, style)
            for name, form in (("text", lib.GF_FORMAT_TEXT), ("markdown", lib.GF_FORMAT_MARKDOWN),
                               ("csv", lib.GF_FORMAT_CSV), ("json", lib.GF_FORMAT_JSON))}


def failure_of(status: Any, handle: Any) -> Optional[BaseException]:
    """What a status function of the library says of a handle; None if it is content."""
    error = ffi.new("gf_error *")
    return exception_of(error) if status(handle, error) != lib.GF_OK else None


def _markdown_table(markdown: str) -> "Tuple[List[str], List[List[str]], List[bool]]":
    """The first table of a Markdown text: its titles, its rows, and which columns are numbers."""
    match = re.search(r"^\|.*\n\|[-:| ]+\|\n(\|.*\n?)*", markdown, re.M)
    lines = match[0].splitlines() if match else []

    def cells(line: str) -> List[str]:
        parts = re.split(r"(?<!\\)\|", line.strip()[1:-1])
        return [re.sub(r"\\([|\\<])", r"\1", part.strip()) for part in parts]

    if not lines:
        return [], [], []
    return cells(lines[0]), [cells(line) for line in lines[2:]], [rule.endswith(":") for rule in cells(lines[1])]


class Report:
    """A finished command. `print` and notebooks show the verdict, then its table."""

    #: The report as people, pipelines and programs read it.
    text: str
    markdown: str
    csv: str
    #: The JSON report, as objects of Python; docs of its schema are those of the command.
    json: Dict[str, Any]
    #: One row for each device, in machine units.
    table: Table

    def __init__(self, forms: "Dict[str, str]", failure: Optional[BaseException] = None) -> None:
        self.text, self.markdown, self.csv = forms["text"], forms["markdown"], forms["csv"]
        self.json = json.loads(forms["json"])
        self.table = Table.from_csv(self.csv)
        self._failure = failure

    @property
    def ok(self) -> bool:
        """Whether at least one device is right, and all others are, or lack something."""
        return self._failure is None

    def check(self) -> "Report":
        """Returns the report, or raises what the program would exit with: a wrong result, a failure,
        nothing that ran. The exception has the report."""
        if self._failure is not None:
            self._failure.report = self  # type: ignore[attr-defined]
            raise self._failure
        return self

    @property
    def verdict(self) -> str:
        """The verdict in one line; "" where there is none."""
        verdict = self.json.get("verdict")
        return verdict["text"] if isinstance(verdict, dict) else ""

    @property
    def warnings(self) -> List[str]:
        """One line for each driver or device that could not be used."""
        return list(self.json.get("not_used") or [])

    @property
    def cut_short(self) -> bool:
        """Whether the work ended early, so that the report is of what was finished."""
        return bool(self.json.get("cut_short"))

    def _first_line(self) -> str:
        return f"Verdict: {self.verdict}" if self.verdict else ""

    def _first_table(self) -> str:
        """The first table of the text report: behind its answer the first part that has more than one line."""
        parts = self.text.strip("\n").split("\n\n")
        return next((part for part in parts[1:] if "\n" in part), "")

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "\n".join(part for part in (self._first_line(), self._first_table()) if part)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("..." if cycle else str(self))

    def _repr_html_(self) -> str:
        columns, rows, numeric = _markdown_table(self.markdown)
        parts = [f"<p><b>{html.escape(self._first_line())}</b></p>"] if self._first_line() else []
        if rows:
            parts.append(cells_html(columns, rows, numeric))
        parts.append(f"<details><summary>Whole report</summary><pre>{html.escape(self.text)}</pre></details>")
        return "\n".join(parts)

    def to_pandas(self) -> Any:
        """The table as pandas.DataFrame; ImportError where pandas is not installed."""
        return self.table.to_pandas()
