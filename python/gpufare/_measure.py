"""compare, run, advise and breakeven: the program's commands as functions."""
from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Union

from ._arrays import view_of
from ._errors import Interrupted, _text, check, usage
from ._native import ffi, lib
from ._report import Report, failure_of, forms_of, written
from ._session import (Cancel, Handles, Machine, Measuring, Path, Progress, Value, bytes_of, find_workload,
                       make_params, merged, seconds, select, whole)

_OUTCOMES = {lib.GF_OUTCOME_OK: "ok", lib.GF_OUTCOME_UNSUPPORTED: "unsupported", lib.GF_OUTCOME_FAILED: "failed",
             lib.GF_OUTCOME_MISMATCH: "mismatch"}
_PHASES = {_text(lib.gf_phase_name(phase)): phase for phase in range(lib.GF_PHASE_COUNT)}


@dataclass(frozen=True)
class Statistics:
    """Of the samples of one phase, in ns."""

    count: int
    median_ns: int
    min_ns: int
    max_ns: int
    q1_ns: int
    q3_ns: int


@dataclass(frozen=True)
class Result:
    """What one device made of a problem."""

    label: str  #: "native:avx2"
    outcome: str  #: "ok", "unsupported", "failed", "mismatch"
    reason: str  #: "" when ok
    phases: Dict[str, Statistics]  #: what was measured: "kernel", "total" ...; "pipelined"
    checksum: float
    answer: str

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"

    @property
    def total_ns(self) -> Optional[int]:
        """The median of the better round trip, serial or pipelined; None without a verified time."""
        times = [self.phases[name].median_ns for name in ("total", "pipelined") if name in self.phases]
        return min(times) if times else None


def _statistics(native: Any) -> Statistics:
    return Statistics(native.count, native.median_ns, native.min_ns, native.max_ns, native.q1_ns, native.q3_ns)


def _result(handle: Any) -> Result:
    phases = {name: lib.gf_result_phase(handle, phase) for name, phase in _PHASES.items()}
    phases["pipelined"] = lib.gf_result_pipelined(handle)
    return Result(_text(lib.gf_result_label(handle)), _OUTCOMES[lib.gf_result_outcome(handle)],
                  _text(lib.gf_result_reason(handle)),
                  {name: _statistics(each) for name, each in phases.items() if each.count > 0},
                  lib.gf_result_checksum(handle), _text(lib.gf_result_answer(handle)))


class Comparison(Report):
    """What `compare` found; `results` has a `Result` for each device."""

    def __init__(self, handle: Any, cut_short: str = "", schema: str = "") -> None:
        super().__init__(forms_of(lib.gf_comparison_report, handle, cut_short, schema),
                         failure_of(lib.gf_comparison_status, handle))
        self.results: List[Result] = [_result(lib.gf_comparison_result(handle, i))
                                      for i in range(lib.gf_comparison_result_count(handle))]

    def __getitem__(self, label: str) -> Result:
        """The result of a device: "native:avx2", or the first one of "native"."""
        for result in self.results:
            if label in (result.label, result.label.rpartition(":")[0]):
                return result
        raise KeyError(f"{label}: no such result; there are: {', '.join(each.label for each in self.results)}")


class Run(Comparison):
    """What `run` found. `output` is the result itself, `write_png` its picture."""

    def __init__(self, handle: Any, handles: Handles, has_picture: bool) -> None:
        super().__init__(handle, schema="gpufare.run/1")
        self._comparison, self._handles, self._has_picture = handle, handles, has_picture

    @property
    def result(self) -> Result:
        return self.results[0]

    @property
    def output(self) -> Any:
        """The output as it lies in the library's memory, read-only: a NumPy array, or a memoryview
        without NumPy. It keeps what it lies in."""
        info, memory = ffi.new("gf_array_info *"), ffi.new("void **")
        check(lib.gf_comparison_output, self._comparison, self._latest(), info, memory)
        return view_of(info, memory[0], self._handles, read_only=True)

    def _latest(self) -> Any:
        return lib.gf_comparison_result(self._comparison, 0)

    def write_png(self, path: Path) -> None:
        """Writes the picture; UsageError where the workload has none."""
        check(lib.gf_comparison_write_png, self._comparison, self._latest(), bytes_of(path, "path"))

    def write_npy(self, path: Path) -> None:
        check(lib.gf_comparison_write_npy, self._comparison, self._latest(), bytes_of(path, "path"))

    def _repr_png_(self) -> Optional[bytes]:
        if not self._has_picture or not self.result.ok:
            return None
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "picture.png")
            self.write_png(path)
            with open(path, "rb") as file:
                return file.read()


# ---- Comparing ------------------------------------------------------------------


class _Job:
    """A comparison with its targets, up to where something runs."""

    def __init__(self, workload: Path, values: Dict[str, Value], machine: Machine, measuring: Measuring) -> None:
        self.handles, self.cancel = Handles(), Cancel()
        self.workload = find_workload(workload)
        self.params = make_params(self.handles, self.workload, values)
        self.options = measuring.options(self.handles, self.cancel)
        self.machine = machine

    def open(self, device: Optional[str], purpose: int, all_variants: bool = False, inputs: bool = True) -> None:
        """Everything that can be refused is refused before a driver is opened."""
        self.session = self.machine.open(self.handles, self.workload, self.cancel)
        self.comparison = self._compare(self.params)
        if inputs:
            check(lib.gf_comparison_make_inputs, self.comparison)
        self.targets = select(self.handles, self.session, self.workload, device, purpose)
        if all_variants:
            check(lib.gf_target_list_add_variants, self.targets, self.workload)
        check(lib.gf_comparison_resolve_targets, self.comparison, self.targets)

    def _compare(self, params: Any) -> Any:
        return self.handles.create("gf_comparison", lib.gf_comparison_destroy, lib.gf_comparison_create,
                                   self.session, params, self.options)

    def run_all(self) -> None:
        result = ffi.new("gf_result const **")
        for i in range(self.targets.count):
            check(lib.gf_comparison_run, self.comparison, self.targets.targets + i, result)
            check(lib.gf_comparison_raise_ceilings, self.comparison, result[0])

    def cut_short(self, what: str, done: int, planned: int) -> str:
        return f"interrupted after {done} of {planned} {what}"

    def measure(self) -> None:
        """Runs all targets; what was finished before Ctrl-C is the report of the exception."""
        try:
            with self.cancel:
                self.run_all()
        except Interrupted as error:
            done = lib.gf_comparison_result_count(self.comparison)
            if done > 0:
                error.report = Comparison(self.comparison, self.cut_short("devices", done, self.targets.count))
            raise


def compare(workload: Path, device: Optional[str] = None, *, all_variants: bool = False,
            threads: Optional[int] = None, isa: Optional[str] = None, in_process: bool = False, deadline: float = 0,
            warmup: Optional[int] = None, repeat: Optional[int] = None, min_time: Optional[float] = None,
            max_samples: Optional[int] = None, verify: str = "auto", seed: Optional[int] = None,
            tune: Union[None, bool, str, Dict[str, int]] = None, pipeline: bool = True, watch: bool = True,
            progress: Optional[Callable[[Progress], Any]] = None, params: Optional[Dict[str, Value]] = None,
            **parameters: Value) -> Comparison:
    """Runs a workload on every device, proves the results, and says which device wins.

    `workload` is a name ("julia") or the path of a manifest; its parameters are keywords, with _ for
    -, or in `params`. `device` is a device list as of `gpufare -d`; None: every device. The other
    arguments are the program's options. A device that fails is a row with its reason: see `ok` and
    `check()`. Ctrl-C raises `Interrupted`, whose `report` has what was finished.
    """
    job = _Job(workload, merged(params, parameters), Machine(threads, isa, in_process, deadline),
               Measuring(warmup, repeat, min_time, max_samples, verify, seed, tune, pipeline, watch, progress))
    try:
        with job.cancel:
            job.open(device, lib.GF_PICK_MANY, all_variants)
        job.measure()
        return Comparison(job.comparison)
    finally:
        job.handles.close()


def run(workload: Path, device: Optional[str] = None, *, threads: Optional[int] = None, isa: Optional[str] = None,
        in_process: bool = False, deadline: float = 0, warmup: Optional[int] = None, repeat: Optional[int] = None,
        min_time: Optional[float] = None, max_samples: Optional[int] = 50, verify: str = "auto",
        seed: Optional[int] = None, tune: Union[None, bool, str, Dict[str, int]] = None, pipeline: bool = True,
        watch: bool = True, progress: Optional[Callable[[Progress], Any]] = None,
        params: Optional[Dict[str, Value]] = None, **parameters: Value) -> Run:
    """Runs a workload on one device, the first GPU, else the native one; see `compare`.

    Raises what went wrong: `MismatchError`, `UnsupportedError`, `Error`; `report` has the row.
    """
    job = _Job(workload, merged(params, parameters), Machine(threads, isa, in_process, deadline),
               Measuring(warmup, repeat, min_time, max_samples, verify, seed, tune, pipeline, watch, progress))
    try:
        with job.cancel:
            job.open(device, lib.GF_PICK_ONE)
        job.measure()
        made = Run(job.comparison, job.handles, bool(lib.gf_workload_has_picture(job.workload)))
        made.check()
        return made
    except BaseException:
        job.handles.close()
        raise


# ---- Advice ---------------------------------------------------------------------


def _bounds(handles: Handles, device_model: Optional[str], host_cores: Optional[int],
            host_model: Optional[str]) -> Any:
    """Options for models among `device_model`; None without any."""
    has_models, has_profiles = ffi.new("bool *"), ffi.new("bool *")
    if device_model is None:
        return None
    check(lib.gf_device_model_check, handles.text(device_model, "device-model"), has_models, has_profiles)
    if not has_models[0]:
        return None
    cores = 0 if host_cores is None else whole("host-cores", host_cores, 1, lib.GF_MAX_THREADS)
    return handles.keep(ffi.new("gf_bound_options *", {"device_model": handles.text(device_model, "device-model"),
                                                      "host_cores": cores,
                                                      "host_model": handles.text(host_model, "host-model")}))


class Advice(Report):
    """A verdict before a run."""


def advise(workload: Path, device: Optional[str] = None, *, budget: float = 10, measure: bool = False,
           device_model: Optional[str] = None, host_cores: Optional[int] = None, host_model: Optional[str] = None,
           threads: Optional[int] = None, isa: Optional[str] = None, in_process: bool = False, deadline: float = 0,
           warmup: Optional[int] = None, repeat: Optional[int] = None, min_time: Optional[float] = None,
           max_samples: Optional[int] = None, verify: str = "auto", seed: Optional[int] = None,
           tune: Union[None, bool, str, Dict[str, int]] = None, pipeline: bool = True, watch: bool = True,
           progress: Optional[Callable[[Progress], Any]] = None, params: Optional[Dict[str, Value]] = None,
           **parameters: Value) -> Advice:
    """Predicts a workload on every device before it runs; see docs/advise.md.

    `budget`: seconds for measuring what the verdict needs on a new machine; 0: until nothing is
    missing. `measure`: then run every device and compare (`--check`). `device_model`: names of
    `gpufare models`, or files, for devices that are not here.
    """
    job = _Job(workload, merged(params, parameters), Machine(threads, isa, in_process, deadline),
               Measuring(warmup, repeat, min_time, max_samples, verify, seed, tune, pipeline, watch, progress))
    model = job.handles.text(device_model, "device-model")
    limit = seconds("budget", budget, 86400)
    try:
        bounds = _bounds(job.handles, device_model, host_cores, host_model)
        with job.cancel:
            job.open(device, lib.GF_PICK_MANY, inputs=False)
            create = lib.gf_advice_create_within if limit > 0 else lib.gf_advice_create
            advice = job.handles.create("gf_advice", lib.gf_advice_destroy, create, job.comparison, job.targets, model,
                                        *([limit] if limit > 0 else []))
        if measure:
            job.measure()
            check(lib.gf_advice_check, advice)
        if bounds is not None:
            check(lib.gf_advice_bound, advice, bounds)
        return Advice(forms_of(lib.gf_advice_report, advice))
    finally:
        job.handles.close()


# ---- Break-even -----------------------------------------------------------------


class Breakeven(Report):
    """From which value of a parameter on each device wins. `svg` is the drawing, None without cairo."""

    def __init__(self, lines: Any, cut_short: str = "") -> None:
        super().__init__(forms_of(lib.gf_breakeven_lines_report, lines, cut_short),
                         failure_of(lib.gf_breakeven_lines_status, lines))
        self.svg = _draw(lines)

    @property
    def verdict(self) -> str:
        """The answer in one line; that of each line where there is a second sweep."""
        return "; ".join(re.findall(r"^Answer(?: [^:]*)?: (.*)", self.text, re.M))

    def _repr_html_(self) -> str:
        return (self.svg or "") + super()._repr_html_()


def _draw(lines: Any) -> Optional[str]:
    error = ffi.new("gf_error *")
    if lib.gf_plot_check(error) != lib.GF_OK:
        lib.gf_error_clear(error)
        return None

    def plot(handle: Any, form: int, style: Any, stream: Any, error: Any) -> int:
        return lib.gf_breakeven_lines_plot(handle, form, stream, error)

    return written(plot, lines, lib.GF_PLOT_SVG, ffi.NULL)


class _Sweep(_Job):
    """The values of a sweep, of several lines where there is a second one."""

    def make_lines(self, sweep: str, along: Optional[str]) -> None:
        self.lines = self.handles.create("gf_breakeven_lines", lib.gf_breakeven_lines_destroy,
                                         lib.gf_breakeven_lines_create, self.params, self.handles.text(sweep, "sweep"),
                                         self.handles.text(along, "along"))
        self.each = [lib.gf_breakeven_lines_at(self.lines, i) for i in range(lib.gf_breakeven_lines_count(self.lines))]
        if lib.gf_breakeven_threads(self.each[0], 0) > 0:
            raise usage("sweep", f"{sweep}: a sweep of threads opens the devices anew for each value, which Python "
                                 "does not; run `python -m gpufare breakeven`")
        self.count = lib.gf_breakeven_value_count(self.each[0])
        # Each curve is of one kernel: the best at the last value.
        self.params = lib.gf_breakeven_params(self.each[-1], self.count - 1)

    def measure_all(self) -> int:
        done = 0
        try:
            with self.cancel:
                for line in self.each:
                    for i in range(self.count):
                        check(lib.gf_breakeven_measure, line, i, self.session, self.targets, self.options)
                        done += 1
        except Interrupted as error:
            if done > 0:
                error.report = Breakeven(self.lines, self.cut_short("values", done, self.count * len(self.each)))
            raise
        return done

    def predict(self, model: Any) -> None:
        for line in self.each:
            check(lib.gf_breakeven_predict, line, self.session, self.targets, model, self.options)



def breakeven(workload: Path, sweep: str, along: Optional[str] = None, device: Optional[str] = None, *,
              predict: bool = True, measure: bool = True, device_model: Optional[str] = None,
              host_cores: Optional[int] = None, host_model: Optional[str] = None, threads: Optional[int] = None,
              isa: Optional[str] = None, in_process: bool = False, deadline: float = 0, warmup: Optional[int] = None,
              repeat: Optional[int] = None, min_time: Optional[float] = 0.1, max_samples: Optional[int] = None,
              verify: str = "auto", seed: Optional[int] = None, tune: Union[None, bool, str, Dict[str, int]] = None,
              pipeline: bool = True, watch: bool = True, progress: Optional[Callable[[Progress], Any]] = None,
              params: Optional[Dict[str, Value]] = None, **parameters: Value) -> Breakeven:
    """From which value of a parameter on each device wins: "size=64:4096", "n=1000:1000000:x4".

    `along` is a second sweep, at each value of which the first one is repeated. `predict` and
    `measure` say what is done at each value; see docs/breakeven.md.
    """
    job = _Sweep(workload, merged(params, parameters), Machine(threads, isa, in_process, deadline),
                 Measuring(warmup, repeat, min_time, max_samples, verify, seed, tune, pipeline, watch, progress))
    if not predict and not measure:
        raise usage("predict", "without measuring and predicting nothing is left; leave one of them on")
    try:
        job.make_lines(sweep, along)
        bounds = _bounds(job.handles, device_model, host_cores, host_model)
        with job.cancel:
            job.open(device, lib.GF_PICK_MANY, inputs=measure)
            if predict:
                job.predict(job.handles.text(device_model, "device-model"))
        if measure:
            job.measure_all()
        for line in job.each:
            check(lib.gf_breakeven_conclude, line, job.options.seed)
        if bounds is not None:
            for line in job.each:
                check(lib.gf_breakeven_bound, line, bounds)
        return Breakeven(job.lines)
    finally:
        job.handles.close()
