"""Exceptions: what the library refuses or can't do, with its status and the remedy."""
from __future__ import annotations

from typing import Any

from ._native import ffi, lib


class Error(Exception):
    """Something that the library refused or could not do.

    The text is one line that names the subject, its value, the limit and what to do.
    """

    #: One of gpufare's exit statuses, the same as the program's.
    status: int = lib.GF_FAILED
    #: The parameter or option that the error is about, or "".
    parameter: str = ""
    #: The code of the layer below (errno, an OpenCL code) and its name; 0 and "" if there is none.
    native_code: int = 0
    native_name: str = ""
    #: A longer text, such as a compiler's messages, or "".
    log: str = ""
    #: What had been finished, or None.
    report: Any = None

    @property
    def status_name(self) -> str:
        return _text(lib.gf_status_name(self.status))

    @property
    def remedy(self) -> str:
        """What to do about it: the part of the text that says so, or all of it."""
        return str(self).rpartition("; ")[2]


class UsageError(Error, ValueError):
    """An invalid or ambiguous value."""

    status = lib.GF_USAGE


class NoDeviceError(Error, LookupError):
    """No device matches."""

    status = lib.GF_NO_DEVICE


class MismatchError(Error):
    """Results disagree."""

    status = lib.GF_MISMATCH


class UnsupportedError(Error):
    """A device, or this machine, lacks something."""

    status = lib.GF_UNSUPPORTED


class FindingsError(Error):
    """A check found errors."""

    status = lib.GF_FINDINGS


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while the library worked. `report` has what was finished before, or is None."""

    status: int = lib.GF_INTERRUPTED
    report: Any = None


_CLASSES = {kind.status: kind for kind in (UsageError, NoDeviceError, MismatchError, UnsupportedError, FindingsError)}


def _text(chars: Any) -> str:
    return "" if chars == ffi.NULL else ffi.string(chars).decode("utf-8", "replace")


def usage(parameter: str, text: str) -> UsageError:
    """An error about what was given to Python, in the form of the library's own."""
    error = UsageError(f"{parameter}: {text}")
    error.parameter = parameter
    return error


def exception_of(error: Any) -> BaseException:
    """The exception for a gf_error, which is cleared."""
    text = _text(error.text)
    if error.status == lib.GF_INTERRUPTED:
        lib.gf_error_clear(error)
        return Interrupted(text)
    made = _CLASSES.get(error.status, Error)(text)
    made.status = error.status
    made.parameter = _text(error.parameter)
    made.native_code = error.native_code
    made.native_name = _text(error.native_name)
    made.log = _text(error.log)
    lib.gf_error_clear(error)
    return made


def check(function: Any, *arguments: Any) -> None:
    """Calls function(..., gf_error *) and raises what it fails with."""
    error = ffi.new("gf_error *")
    if function(*arguments, error) != lib.GF_OK:
        raise exception_of(error)
