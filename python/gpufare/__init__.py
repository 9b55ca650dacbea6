"""gpufare: is the GPU worth the fare?

Runs a kernel on every compute device of this machine, proves that all computed the same, and says
which device wins and by how much.

    import gpufare
    gpufare.devices()
    gpufare.compare("julia", size=(1000, 1000))

docs/python.md describes the package.
"""
from ._arrays import ArrayInfo
from ._devices import Device, Devices, devices
from ._errors import (Error, FindingsError, Interrupted, MismatchError, NoDeviceError, UnsupportedError, UsageError,
                      _text)
from ._kernel import Call, Kernel
from ._measure import (Advice, Breakeven, Comparison, Result, Run, Statistics, advise, breakeven, compare, run)
from ._native import lib as _lib
from ._report import Report
from ._session import Progress
from ._table import Table
from ._workloads import Parameter, Workload, workloads

#: The version of the library.
__version__ = _text(_lib.gf_version())

__all__ = [
    "Advice", "ArrayInfo", "Breakeven", "Call", "Comparison", "Device", "Devices", "Error", "FindingsError",
    "Interrupted", "Kernel", "MismatchError", "NoDeviceError", "Parameter", "Progress", "Report", "Result", "Run",
    "Statistics", "Table", "UnsupportedError", "UsageError", "Workload", "advise", "breakeven", "compare", "devices",
    "run", "workloads",
]
for _name in __all__:  # as users know them
    globals()[_name].__module__ = __name__
