"""Opening the library's handles, and how a call of it ends: with Ctrl-C, or when they are closed."""
from __future__ import annotations

import os
import signal
import threading
import weakref
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from ._errors import Error, Interrupted, _text, check, exception_of, usage
from ._native import ffi, lib

try:  # without the search for a name of the handler, which takes longer than a short kernel
    from _signal import getsignal  # type: ignore
except ImportError:
    from signal import getsignal

#: What a parameter takes: a number, text, or several numbers (of a size: width, height).
Value = Union[int, float, str, Sequence[Union[int, float]]]
Path = Union[str, os.PathLike[str]]

# ---- Forked processes -----------------------------------------------------------

_native_used = False
_forked = False


def _after_fork() -> None:
    global _forked
    _forked = _native_used


os.register_at_fork(after_in_child=_after_fork)


def enter() -> None:
    """Refuses what would hang: threads of OpenMP and of drivers do not come along into a child."""
    global _native_used
    if _forked:
        raise Error("this process was forked from one that had used gpufare, whose threads are not here; "
                    "start processes anew (multiprocessing: the method 'spawn')")
    _native_used = True


# ---- Ctrl-C ---------------------------------------------------------------------

_main_thread = threading.main_thread().ident
_SIGINT, _PYTHONS_OWN = int(signal.SIGINT), signal.default_int_handler


class Cancel:
    """The flag by which Ctrl-C ends the library's work, while `with` it works."""

    def __init__(self) -> None:
        self.flag = ffi.new("sig_atomic_t *", 0)
        self.raised: Optional[BaseException] = None
        self._noticed = False

    @staticmethod
    def needs_turns() -> bool:
        """Other handlers than Python's own decide for themselves, as soon as they can run."""
        return threading.get_ident() == _main_thread and getsignal(_SIGINT) is not _PYTHONS_OWN

    def __enter__(self) -> "Cancel":
        self.flag[0] = 0
        self.raised = None
        self._noticed = (threading.get_ident() == _main_thread and getsignal(_SIGINT) is _PYTHONS_OWN
                         and lib.gpufare_interrupts_begin(self.flag))
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self._noticed:
            lib.gpufare_interrupts_end()
        if self.raised is not None:
            raise self.raised from None
        if self._noticed and self.flag[0] != 0 and not isinstance(error, BaseException):
            raise Interrupted("interrupted")


# ---- Progress -------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """Where the work stands, before each round trip."""

    device: str
    variant: str
    stage: str  #: "reference", "search", "build", "warm-up", "sample", "frames"
    done: int
    planned: int
    expected_s: float  #: for the rest of the work on this device; 0: not known yet


class _Listener:
    """Calls the user's function, and lets signal handlers of Python run."""

    def __init__(self, function: Optional[Callable[[Progress], Any]], cancel: Cancel) -> None:
        self.function, self.cancel = function, cancel

    def __call__(self, progress: Any) -> None:
        try:
            if self.function is not None:
                self.function(Progress(_text(progress.device_id), _text(progress.variant), _text(progress.stage),
                                       progress.done, progress.planned, progress.expected_ns * 1e-9))
        except BaseException as error:  # a KeyboardInterrupt, too: it must not be lost in C
            self.cancel.raised = error
            self.cancel.flag[0] = 1


def _on_error(kind: Any, error: BaseException, trace: Any) -> None:
    """What a signal handler raised between the callback's lines."""
    listener = ffi.from_handle(trace.tb_frame.f_locals["context"])
    listener.cancel.raised = error
    listener.cancel.flag[0] = 1


@ffi.def_extern(name="gpufare_on_progress", onerror=_on_error)
def _on_progress(progress: Any, context: Any) -> None:
    ffi.from_handle(context)(progress)


# ---- Handles --------------------------------------------------------------------


def _close_all(handles: List[Tuple[Callable[[Any], None], Any]], kept: List[Any]) -> None:
    """`kept`: what the handles point to, which must stay until they are closed. In a forked process nothing is
    closed: threads and drivers belong to the one that it came from."""
    if _forked:
        handles.clear()
    while handles:
        close, handle = handles.pop()
        close(handle)
    kept.clear()


def bytes_of(text: Path, name: str) -> bytes:
    """As C takes them, for which a zero byte would be the end."""
    if not isinstance(text, (str, os.PathLike)):
        raise usage(name, f"{text!r} is no text; give one, with commas between several names")
    made = os.fsencode(text)
    if b"\0" in made:
        raise usage(name, f"{text!r} has a zero byte in it; leave that out")
    return made


class Handles:
    """Handles of the library, closed in the reverse order, at the latest with their owner."""

    def __init__(self) -> None:
        self._handles: List[Tuple[Callable[[Any], None], Any]] = []
        self._keep: List[Any] = []
        self._finalizer = weakref.finalize(self, _close_all, self._handles, self._keep)

    def keep(self, thing: Any) -> Any:
        """Memory that C points to."""
        self._keep.append(thing)
        return thing

    def text(self, text: Optional[str], name: str) -> Any:
        """A text of C, of what is called `name` where it is refused."""
        return ffi.NULL if text is None else self.keep(ffi.new("char[]", bytes_of(text, name)))

    def add(self, close: Callable[[Any], None], handle: Any) -> Any:
        self._handles.append((close, handle))
        return handle

    def create(self, kind: str, close: Callable[[Any], None], function: Any, *arguments: Any) -> Any:
        """The handle that function(*arguments, KIND **, error) makes."""
        made = ffi.new(f"{kind} **")
        check(function, *arguments, made)
        return self.add(close, made[0])

    def close(self) -> None:
        self._finalizer()


# ---- What users give ------------------------------------------------------------


def as_text(value: Value) -> str:
    """A value as the command line takes it."""
    if isinstance(value, (list, tuple)):
        return ",".join(as_text(part) for part in value)
    return repr(float(value)) if isinstance(value, float) else str(value)


def whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise usage(name, f"{value!r} is no whole number; give one from {least} to {most}")
    if not least <= value.__index__() <= most:
        raise usage(name, f"{value!r} is out of range; give a whole number from {least} to {most}")
    return int(value.__index__())


def seconds(name: str, value: Any, most: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise usage(name, f"{value!r} is no number of seconds; give one from 0 to {most:g}") from None
    if not 0 <= number <= most:
        raise usage(name, f"{value!r} is out of range; give seconds from 0 to {most:g}")
    return number


def find_workload(workload: Path) -> Any:
    enter()
    error = ffi.new("gf_error *")
    found = lib.gf_workload_find(bytes_of(workload, "workload"), error)
    if found == ffi.NULL:
        raise exception_of(error)
    return found


def parameters_of(workload: Any) -> Dict[str, Any]:
    count = ffi.new("size_t *")
    rows = lib.gf_workload_params(workload, count)
    return {_text(rows[i].name): rows[i] for i in range(count[0])}


def _parameter_name(known: Iterable[str], name: str) -> str:
    """Names of Python have no dashes."""
    dashed = name.replace("_", "-")
    return dashed if name not in known and dashed in known else name


def make_params(handles: Handles, workload: Any, values: Dict[str, Value]) -> Any:
    params = handles.create("gf_params", lib.gf_params_destroy, lib.gf_params_create, workload)
    known = parameters_of(workload)
    for given, value in values.items():
        name = _parameter_name(known, given)
        is_size = name in known and known[name].type == lib.GF_PARAM_SIZE
        text = "x".join(map(as_text, value)) if is_size and isinstance(value, (list, tuple)) else as_text(value)
        check(lib.gf_params_set, params, bytes_of(name, "params"), handles.text(text, name))
    return params


def merged(params: Optional[Dict[str, Value]], keywords: Dict[str, Value]) -> Dict[str, Value]:
    twice = set(params or {}) & set(keywords)
    if twice:
        raise usage(min(twice), "given twice, also in params; leave one out")
    return {**(params or {}), **keywords}


@dataclass(frozen=True)
class Machine:
    """How devices are opened: the options of a session."""

    threads: Optional[int] = None
    isa: Optional[str] = None
    in_process: bool = False
    deadline: float = 0

    def open(self, handles: Handles, workload: Any, cancel: Cancel) -> Any:
        options = ffi.new("gf_session_options *", {
            "thread_count": 0 if self.threads is None else whole("threads", self.threads, 1, lib.GF_MAX_THREADS),
            "isa": handles.text(self.isa, "isa"),
            "in_process": self.in_process,
            "deadline_s": seconds("deadline", self.deadline, 1e6),
            "loads_kernels": workload is not None and lib.gf_workload_loads_kernels(workload),
            "cancel": cancel.flag})
        handles.keep(cancel)
        return handles.create("gf_session", lib.gf_session_close, lib.gf_session_open, options)


_VERIFY = {"auto": lib.GF_VERIFY_AUTO, "full": lib.GF_VERIFY_FULL, "sampled": lib.GF_VERIFY_SAMPLED}


@dataclass(frozen=True)
class Measuring:
    """How round trips are measured; None: the library's default."""

    warmup: Optional[int] = None
    repeat: Optional[int] = None
    min_time: Optional[float] = None
    max_samples: Optional[int] = None
    verify: str = "auto"
    seed: Optional[int] = None
    tune: Union[None, bool, str, Dict[str, int]] = None
    pipeline: bool = True
    watch: bool = True
    progress: Optional[Callable[[Progress], Any]] = None

    def options(self, handles: Handles, cancel: Cancel) -> Any:
        """`tune`: values of tunables; False: their defaults, without a search."""
        options = handles.keep(ffi.new("gf_run_options *"))
        lib.gf_run_options_defaults(options)
        for name, field, least, most in (("warmup", "warmup", 0, 1000000), ("repeat", "repeat", 1, 1000000),
                                         ("max_samples", "max_samples", 1, 1000000), ("seed", "seed", 0, 2**64 - 1)):
            if getattr(self, name) is not None:
                setattr(options, field, whole(name, getattr(self, name), least, most))
        if self.min_time is not None:
            options.min_time_s = seconds("min_time", self.min_time, 86400)
        if self.verify not in _VERIFY:
            raise usage("verify", f"{self.verify!r} is none of {', '.join(_VERIFY)}; give one of them")
        options.verify = _VERIFY[self.verify]
        options.search = self.tune is not False
        options.tuning = handles.text(self._tuning(), "tune")
        options.pipeline, options.watch = self.pipeline, self.watch
        options.cancel = cancel.flag
        if self.progress is not None or cancel.needs_turns():
            options.progress = lib.gpufare_on_progress
            options.progress_context = handles.keep(ffi.new_handle(handles.keep(_Listener(self.progress, cancel))))
        return options

    def _tuning(self) -> Optional[str]:
        if isinstance(self.tune, dict):
            return ",".join(f"{name}={value}" for name, value in self.tune.items())
        return self.tune if isinstance(self.tune, str) else None


def select(handles: Handles, session: Any, workload: Any, device: Optional[str], purpose: int) -> Any:
    targets = handles.keep(ffi.new("gf_target_list *"))
    handles.add(lib.gf_target_list_clear, targets)
    check(lib.gf_session_select, session, workload, handles.text(device, "device"), purpose, targets)
    return targets
