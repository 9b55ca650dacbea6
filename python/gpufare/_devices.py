"""The devices of this machine."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional

from ._errors import _text, check
from ._native import lib
from ._report import Report, forms_of
from ._session import Cancel, Handles, Machine, enter

_CLASSES = {lib.GF_CLASS_NATIVE: "native", lib.GF_CLASS_GPU: "gpu", lib.GF_CLASS_CPU: "cpu",
            lib.GF_CLASS_ACCELERATOR: "accelerator"}


@dataclass(frozen=True)
class Device:
    """What is known of a device; unknown numbers are 0."""

    id: str  #: "native", or "P:D": as `device=` names it
    name: str
    kind: str  #: "native", "opencl-gpu", "opencl-cpu", "opencl-accel"
    device_class: str  #: "native", "gpu", "cpu", "accelerator"
    platform: str
    driver: str
    simd: str
    chip: str  #: what it computes on, where that is known
    limits: str  #: what keeps it from the whole machine
    global_memory_bytes: int
    max_alloc_bytes: int
    local_memory_bytes: int
    compute_units: int
    clock_mhz: int
    f64: bool
    unified_memory: bool  #: it shares the host's memory, so that arrays need not be copied


def device_of(handle: Any) -> Device:
    info = lib.gf_device_get_info(handle)
    texts: Dict[str, Any] = {name: _text(getattr(info, name))
             for name in ("id", "name", "kind", "platform", "driver", "simd", "chip", "limits")}
    numbers: Dict[str, Any] = {name: getattr(info, name)
               for name in ("global_memory_bytes", "max_alloc_bytes", "local_memory_bytes", "compute_units",
                            "clock_mhz", "f64", "unified_memory")}
    return Device(device_class=_CLASSES[info.device_class], **texts, **numbers)


class Devices(Report):
    """A sequence of `Device`, which shows as a table."""

    def __init__(self, forms: Any, devices: List[Device], warnings: List[str]) -> None:
        super().__init__(forms)
        self._devices = devices
        self._warnings = warnings

    @property
    def warnings(self) -> List[str]:
        return self._warnings

    def __len__(self) -> int:
        return len(self._devices)

    def __iter__(self) -> Iterator[Device]:
        return iter(self._devices)

    def __getitem__(self, index: int) -> Device:
        return self._devices[index]


def devices(*, threads: Optional[int] = None, isa: Optional[str] = None, in_process: bool = False,
            deadline: float = 0) -> Devices:
    """Every device of this machine. Drivers that can't be used are in `warnings`."""
    enter()
    handles, cancel = Handles(), Cancel()
    try:
        with cancel:
            session = Machine(threads, isa, in_process, deadline).open(handles, None, cancel)
            check(lib.gf_session_find_all, session)
        found = [device_of(lib.gf_session_device(session, i)) for i in range(lib.gf_session_device_count(session))]
        warnings = [_text(lib.gf_session_warning(session, i))
                    for i in range(lib.gf_session_warning_count(session))]
        return Devices(forms_of(lib.gf_session_report, session), found, warnings)
    finally:
        handles.close()
