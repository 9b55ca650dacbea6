"""What the rows of the tables share: what a row is, what it needs, how its loops are compiled."""
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
FLAGS = ["-O3", "-march=native", "-ffp-contract=off", "-fPIC", "-shared"]

# How to get what a row needs: Debian's package, PyPI's.
PACKAGES = {"numpy": ("python3-numpy", "numpy"), "numexpr": ("python3-numexpr", "numexpr"),
            "cython": ("cython3", "cython"), "numba": ("python3-numba", "numba"), "cffi": ("python3-cffi", "cffi"),
            "torch": ("python3-torch", "torch"), "a C compiler": ("gcc", None), "Python.h": ("python3-dev", None),
            "PoCL": ("pocl-opencl-icd", None)}


class NotInstalled(Exception):
    def __init__(self, what):
        debian, pypi = PACKAGES[what]
        super().__init__(f"{what}: apt install {debian}" + (f", or pip install {pypi}" if pypi else ""))


class Failed(Exception):
    """Why a row has no result, in one line."""


def need(module):
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if (error.name or "").split(".")[0] not in (module, ""):
            raise Failed(f"{module} can't be loaded: {error}") from error
        raise NotInstalled(module) from error


@dataclass
class Work:
    """One problem in the form that a row takes it in. `run` is timed; `reset` comes before each run and is not."""

    run: Callable
    result: Callable  # bytes of the last run's result, in the form that all rows of a table share
    reset: Callable = lambda: None
    threads: int = 1


@dataclass
class Row:
    """`make(problem)` gives the Work. Slow rows take a part of the problem, where it can be had in parts."""

    name: str
    make: Callable
    about: str
    slow: bool = False


def cores():
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def digest(data):
    return hashlib.sha256(data).hexdigest()


def little(values):
    """The bytes of an array, least significant first."""
    values = array(values.typecode, values)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


# ---- Compiling ----


def compiler():
    found = next(filter(shutil.which, [os.environ.get("CC", "cc"), "cc", "gcc", "clang"]), None)
    if found is None:
        raise NotInstalled("a C compiler")
    return found


def call(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise Failed(f"{Path(command[0]).name}: {next((line for line in lines if 'error' in line), lines[-1])}")


def compile_library(source, library, *more):
    """Compiles a C file into a library, unless one is there that is newer. Rows may do so at the same time."""
    if library.exists() and library.stat().st_mtime > source.stat().st_mtime:
        return library
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        made = Path(folder) / library.name
        call([compiler(), *FLAGS, str(source), *more, "-o", str(made)])
        os.replace(made, library)
    return library


def plain_library(build, stem):
    """The library STEM.so of plain_STEM.c, in a folder where there is nothing else."""
    return compile_library(HERE / f"plain_{stem}.c", Path(build) / "plain" / f"{stem}.so")


def cython_loops(build):
    """The module of loops.pyx."""
    need("cython")
    include = sysconfig.get_path("include")
    if not (Path(include) / "Python.h").exists():
        raise NotInstalled("Python.h")
    folder = Path(build) / f"cython-{sys.implementation.cache_tag}"
    folder.mkdir(parents=True, exist_ok=True)
    source, module = folder / "loops.c", folder / f"loops{sysconfig.get_config_var('EXT_SUFFIX')}"
    pyx = HERE / "loops.pyx"
    if not source.exists() or source.stat().st_mtime < pyx.stat().st_mtime:
        call([sys.executable, "-m", "cython", "-3", str(pyx), "-o", str(source)])
    compile_library(source, module, "-fopenmp", f"-I{include}")
    sys.path.insert(0, str(folder))
    return importlib.import_module("loops")


# ---- gpufare's compatibility libraries ----


def compat_library(problem, stem):
    path = Path(problem.compat or "") / f"{stem}.so"
    if not problem.compat or not path.exists():
        raise Failed(f"gpufare's {stem}.so was not found: build gpufare, or give its program with --gpufare")
    return path
