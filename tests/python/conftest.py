"""What tests of the Python package share: kernels made for them, and the devices of this machine."""
import os
import subprocess
import sys
import textwrap

import pytest

import gpufare

# y = 2 x, and the addresses at which the kernel found its arrays.
WHERE_INI = """
[parameter n]
default = 1000
max = 1 << 28
[buffer x]
shape = n
[buffer y]
shape = n
access = out
[buffer seen]
shape = 2
access = out
[kernel]
global = n
[twin]
"""
WHERE_CL = """
kernel void where(const ulong n, global const double *x, global double *y, global ulong *seen) {
    const size_t i = get_global_id(0);
    if (i < n)
        y[i] = 2 * x[i];
    if (i == 0) {
        seen[0] = (ulong)x;
        seen[1] = (ulong)y;
    }
}
"""
WHERE_C = """
#include <stddef.h>
#include <stdint.h>
void where(size_t n, const double *x, double *y, uint64_t *seen) {
    for (size_t i = 0; i < n; i++)
        y[i] = 2 * x[i];
    seen[0] = (uintptr_t)x;
    seen[1] = (uintptr_t)y;
}
"""


def write_kernel(folder, name, manifest, kernel, twin):
    folder.mkdir()
    for ending, text in (("ini", manifest), ("cl", kernel), ("c", twin)):
        (folder / f"{name}.{ending}").write_text(text)
    return folder


@pytest.fixture(scope="session")
def where(tmp_path_factory):
    return write_kernel(tmp_path_factory.mktemp("kernels") / "where", "where", WHERE_INI, WHERE_CL, WHERE_C)


@pytest.fixture(scope="session")
def opencl_cpu():
    """The id of a CPU that a driver presents, such as PoCL's."""
    found = [device.id for device in gpufare.devices() if device.device_class == "cpu"]
    if not found:
        assert not os.environ.get("GPUFARE_ALL_TOOLS"), "there is no OpenCL driver for the CPU"
        pytest.skip("there is no OpenCL driver for the CPU")
    return found[0]


QUICK = {"min_time": 0, "repeat": 2, "warmup": 0, "tune": False, "watch": False}


@pytest.fixture
def python():
    """Runs a script in a Python of its own, and returns what it printed."""

    def run(script, status=0, **environment):
        done = subprocess.run([sys.executable, "-B", "-c", textwrap.dedent(script)], capture_output=True, text=True,
                              timeout=300, env={**os.environ, **environment}, check=False)
        assert done.returncode == status, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
