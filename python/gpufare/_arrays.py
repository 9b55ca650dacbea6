"""Arrays between Python and the library: whose memory is taken as it is, and what is refused."""
from __future__ import annotations

import sys
from typing import Any, List, NamedTuple, Tuple

from ._dlpack import host_array
from ._errors import _text, usage
from ._native import ffi

# The library's names of types: what memoryviews call them, and NumPy.
_FORMATS = {"f32": "f", "f64": "d", "u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "i32": "i",
            "i64": "q"}
# What a memoryview's format means; that of long depends on the machine.
_KINDS = {"f": "f", "d": "f", "B": "u", "H": "u", "I": "u", "L": "u", "Q": "u", "N": "u", "b": "i", "h": "i",
          "i": "i", "l": "i", "q": "i", "n": "i", "Zf": "c", "Zd": "c"}
_NATIVE_ORDER = "<" if sys.byteorder == "little" else ">"


class ArrayInfo(NamedTuple):
    """An array of a kernel."""

    name: str
    dtype: str  #: as NumPy has it: "f4", "u8" (8 bytes) ...; "c8", "c16": complex
    shape: Tuple[int, ...]
    nbytes: int
    goes_up: bool  #: the kernel reads what is there before
    comes_down: bool  #: it holds a result afterwards


def _element(info: Any) -> "Tuple[str, Tuple[int, ...]]":
    """The element as NumPy names it, and what its parts add to the shape."""
    kind = _text(info.type)
    letter, size = kind[0], int(kind[1:]) // 8
    if info.components == 2 and letter == "f":
        return f"c{2 * size}", ()
    return f"{letter}{size}", (info.components,) if info.components > 1 else ()


def info_of(info: Any) -> ArrayInfo:
    element, parts = _element(info)
    lines = tuple(n for n in (info.rows, info.cols) if n > 1) or (1,)
    return ArrayInfo(_text(info.name), element, lines + parts, info.bytes, info.goes_up, info.comes_down)


def _wrap(memory: Any, info: Any) -> Any:
    """A NumPy array over a buffer; without NumPy a memoryview, of complex numbers one of their parts."""
    described = info_of(info)
    try:
        import numpy
    except ImportError:
        shape = described.shape + ((2,) if described.dtype[0] == "c" else ())
        code: Any = _FORMATS[_text(info.type)]
        return memoryview(memory).cast("B").cast(code, shape)
    return numpy.frombuffer(memory, dtype=described.dtype).reshape(described.shape)


def view_of(info: Any, memory: Any, owner: Any, read_only: bool = False) -> Any:
    """The library's memory as an array, which keeps `owner`."""
    kept = ffi.gc(ffi.cast("char *", memory), lambda _, owner=owner: None)
    view = memoryview(ffi.buffer(kept, info.bytes))
    return _wrap(view.toreadonly() if read_only else view, info)


def new_array(info: Any) -> Any:
    """An array of Python's own."""
    return _wrap(bytearray(info.bytes), info)


class Given(NamedTuple):
    """What a caller gave for an array."""

    keeps: Any  #: keeps the memory where it is
    address: Any  #: char *


def _refuse(name: str, want: ArrayInfo, what: str) -> Exception:
    return usage(name, f"{what}; give a C-ordered array of {want.dtype} with {want.nbytes} bytes, such as of shape "
                       f"{want.shape}")


def _check(want: ArrayInfo, kind: str, item: int, nbytes: int, contiguous: bool) -> None:
    """A complex number may come as its two parts, and an array in any shape."""
    size = int(want.dtype[1:])
    fits = (kind, item) == (want.dtype[0], size) or (want.dtype[0] == "c" and (kind, item) == ("f", size // 2))
    if not fits:
        raise _refuse(want.name, want, f"elements of type {kind}{item} are no {want.dtype}")
    if nbytes != want.nbytes:
        raise _refuse(want.name, want, f"has {nbytes} bytes")
    if not contiguous:
        raise _refuse(want.name, want, "has gaps, or is not in C order")


def _from_buffer(thing: Any, view: memoryview, want: ArrayInfo) -> Given:
    code = view.format
    if code[0] in "@=" + _NATIVE_ORDER:
        code = code[1:]
    _check(want, _KINDS.get(code, "?" + view.format), view.itemsize, view.nbytes, view.c_contiguous)
    if want.comes_down and view.readonly:
        raise _refuse(want.name, want, "is read-only, and the kernel writes it")
    return Given(thing, ffi.from_buffer("char[]", thing, require_writable=want.comes_down))


def given_array(thing: Any, want: ArrayInfo) -> Given:
    """The memory of what a caller gave: a buffer, or a DLPack array on the host."""
    try:
        view = memoryview(thing)
    except TypeError:
        return _from_dlpack(thing, want)
    return _from_buffer(thing, view, want)


def _from_dlpack(thing: Any, want: ArrayInfo) -> Given:
    try:
        found = host_array(thing)
    except (TypeError, BufferError, ValueError) as error:
        raise _refuse(want.name, want, str(error)) from None
    if found is None:
        raise _refuse(want.name, want, f"{type(thing).__name__} is no array: it has neither a buffer nor __dlpack__")
    capsule, address, element, count, contiguous = found
    _check(want, element[0], int(element[1:] or 0), count * int(element[1:] or 0), contiguous)
    return Given(capsule, ffi.cast("char *", address))


def names(infos: List[ArrayInfo]) -> str:
    return ", ".join(info.name for info in infos)
