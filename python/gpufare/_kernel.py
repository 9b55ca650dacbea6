"""Kernels as functions of arrays."""
from __future__ import annotations

import threading
from typing import Any, Dict, List, NamedTuple, Optional, Union

from . import _session
from ._arrays import ArrayInfo, given_array, info_of, names, new_array, view_of
from ._devices import Device, device_of
from ._errors import Error, _text, check, exception_of, usage
from ._native import ffi, lib
from ._session import (Cancel, Handles, Machine, Measuring, Path, Value, find_workload, make_params, merged,
                       parameters_of, select)


class Call(NamedTuple):
    """What one call of a kernel gave and took."""

    outputs: Dict[str, Any]  #: the arrays that hold results: the ones given, and new ones
    total_ns: int  #: by the host's clock
    h2d_ns: int
    compute_ns: int
    d2h_ns: int
    copied_bytes: int  #: from the arrays to others of the host and back; 0: nothing
    transferred_bytes: int  #: to the device's own memory and back; 0: it computes in place


class Kernel:
    """A workload on one device, called with arrays.

        saxpy = gpufare.Kernel.from_manifest("examples/saxpy", n=x.size, a=2.5)
        saxpy(x=x, y=y)

    The arrays are anything with C-ordered memory on the host: NumPy arrays, array.array, memoryviews,
    and DLPack arrays, of any shape with as many elements of the type. What the kernel writes is in
    them afterwards; those that it only writes may be left out and are made. A device that shares the
    host's memory computes on them as they are. They are kept until the next call or `close`.

    A call proves nothing: that is what `compare` is for. The driver, and a CPU function of the
    user's, run in this process, as in any other program; one that crashes takes Python along.
    With `isolated=True` they run in a process of their own, which only sees the memory of `array`:
    other arrays are copied.
    """

    def __init__(self, workload: Path, device: Optional[str] = None, *, threads: Optional[int] = None,
                 isa: Optional[str] = None, isolated: bool = False, deadline: float = 0,
                 tune: Union[None, bool, str, Dict[str, int]] = None, params: Optional[Dict[str, Value]] = None,
                 **parameters: Value) -> None:
        options: Dict[str, Any] = {"threads": threads, "isa": isa, "isolated": isolated, "deadline": deadline,
                                   "tune": tune}
        self._origin = (workload, device, options, merged(params, parameters))
        self._lock = threading.Lock()
        self._cancel = Cancel()
        self._handles: Optional[Handles] = Handles()
        native = find_workload(workload)
        made = make_params(self._handles, native, self._origin[3])
        self.name = _text(lib.gf_workload_name(native))
        self.summary = _text(lib.gf_workload_summary(native))
        self.parameters = {name: _text(lib.gf_params_text(made, name.encode())) for name in parameters_of(native)}
        with self._cancel:
            self._open(native, made, device, Machine(threads, isa, not isolated, deadline), Measuring(tune=tune))
        self._note_arrays()

    @classmethod
    def from_manifest(cls, path: Path, device: Optional[str] = None, **options: Any) -> "Kernel":
        """The kernel that a manifest describes: its path, or that of its folder. Options: as of Kernel."""
        return cls(path, device, **options)

    def replace(self, **parameters: Value) -> "Kernel":
        """The same kernel with other values of parameters."""
        workload, device, options, before = self._origin
        return type(self)(workload, device, params={**before, **parameters}, **options)

    def _open(self, workload: Any, params: Any, device: Optional[str], machine: Machine,
              measuring: Measuring) -> None:
        handles = self._handles
        assert handles is not None
        options = measuring.options(handles, self._cancel)
        session = machine.open(handles, workload, self._cancel)
        targets = select(handles, session, workload, device, lib.GF_PICK_ONE)
        self._call = handles.create("gf_call", lib.gf_call_destroy, lib.gf_call_create, session, params,
                                    targets.targets, options)
        self.device: Device = device_of(targets.targets[0].device)
        self.label = _text(lib.gf_call_label(self._call))

    def _note_arrays(self) -> None:
        self._natives = []
        for i in range(lib.gf_call_array_count(self._call)):
            native = ffi.new("gf_array_info *")
            lib.gf_call_get_array(self._call, i, native)
            self._natives.append(native)
        infos = [info_of(native) for native in self._natives]
        #: The arrays that a call takes, in the kernel's order.
        self.arrays: List[ArrayInfo] = [info for info in infos if info.goes_up or info.comes_down]
        self._index = {info.name: i for i, info in enumerate(infos) if info.goes_up or info.comes_down}
        self._info = {info.name: info for info in self.arrays}
        self._results = [info.name for info in self.arrays if info.comes_down]
        self._given: Dict[str, Any] = {}  # by name: what is bound now
        self._kept: Dict[str, Any] = {}
        self._error = ffi.new("gf_error *")
        self._times = ffi.new("gf_call_times *")

    def _which(self, name: str) -> int:
        if self._handles is None:
            raise Error(f"{self.name} was closed; make the kernel again")
        if name not in self._index:
            raise usage(name, f"{self.name} has no such array; there are: {names(self.arrays)}")
        return self._index[name]

    # ---- Arrays of the library's own ----

    def array(self, name: str) -> Any:
        """An array in the memory that the device transfers fastest, or computes on in place also when
        `isolated`; zeros at first. Each name has one, which stays as long as it is used."""
        index = self._which(name)
        memory = ffi.new("void **")
        with self._lock:
            check(lib.gf_call_allocate, self._call, index, memory)
            made = view_of(self._natives[index], memory[0], self._handles)
            self._given[name], self._kept[name] = made, None
        return made

    def initial(self, name: str) -> Any:
        """A new array with the first content that `compare` gives it, as the manifest says."""
        index = self._which(name)
        made = new_array(self._natives[index])
        check(lib.gf_call_fill, self._call, index, ffi.from_buffer(made))
        return made

    # ---- Calling ----

    def _bind(self, name: str, thing: Any) -> None:
        index = self._which(name)
        if self._given.get(name) is thing:  # its memory is held, so that it is where it was
            return
        given = given_array(thing, self._info[name])
        if lib.gf_call_bind(self._call, index, given.address, self._error) != lib.GF_OK:
            raise exception_of(self._error)
        self._kept[name] = given
        self._given[name] = thing if given.keeps is thing else None

    def _bind_all(self, arrays: Dict[str, Any]) -> Dict[str, Any]:
        for info in self.arrays:
            if info.name in arrays:
                continue
            if info.goes_up:
                missing = [each for each in self.arrays if each.goes_up and each.name not in arrays]
                raise usage(info.name, f"{self.name} reads this array; give what is missing: {names(missing)}")
            arrays[info.name] = new_array(self._natives[self._index[info.name]])
        for name, thing in arrays.items():
            self._bind(name, thing)
        return {name: arrays[name] for name in self._results}

    def __call__(self, **arrays: Any) -> Call:
        """Runs once on these arrays. Other threads of Python go on meanwhile; Ctrl-C raises Interrupted."""
        if _session._forked:
            _session.enter()
        with self._lock:
            outputs = self._bind_all(arrays)
            times = self._times
            with self._cancel:
                if lib.gf_call_run(self._call, times, self._error) != lib.GF_OK:
                    raise exception_of(self._error)
            return Call(outputs, times.total_ns, times.h2d_ns, times.compute_ns, times.d2h_ns, times.copied_bytes,
                        times.transferred_bytes)

    # ---- The end ----

    def close(self) -> None:
        """Lets go of the device and of the arrays. Arrays of `array` stay as long as they are used."""
        with self._lock:
            if self._handles is None:
                return
            for index in self._index.values():
                check(lib.gf_call_bind, self._call, index, ffi.NULL)
            self._given.clear()
            self._kept.clear()
            self._handles = self._call = None

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<gpufare.Kernel {self.name} on {self.label}: {names(self.arrays)}>"
