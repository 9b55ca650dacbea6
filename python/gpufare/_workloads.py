"""What can be run: the built-in workloads, and their parameters."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional

from ._errors import _text
from ._native import lib
from ._session import Path, find_workload, parameters_of


@dataclass(frozen=True)
class Parameter:
    """A parameter of a workload: its default as text, what it means, its unit."""

    name: str
    default: str
    help: str
    unit: str


@dataclass(frozen=True)
class Workload:
    name: str
    summary: str
    parameters: List[Parameter]


def workloads(path: Optional[Path] = None) -> List[Workload]:
    """The built-in workloads, or the one that a manifest describes."""
    if path is not None:
        found = [find_workload(path)]
    else:
        found = [lib.gf_workload_at(i) for i in range(lib.gf_workload_count())]
    return [Workload(_text(lib.gf_workload_name(each)), _text(lib.gf_workload_summary(each)),
                     [Parameter(name, _text(row.default_text), _text(row.help), _text(row.unit))
                      for name, row in parameters_of(each).items()]) for each in found]
