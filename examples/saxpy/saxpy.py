"""The kernel of this folder, from Python: which device is worth it, and then as a function of arrays.

    python saxpy.py [ELEMENTS]
"""
import sys
from pathlib import Path

import numpy

import gpufare

FOLDER = Path(__file__).parent


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1 << 20
    found = gpufare.compare(FOLDER, n=n, min_time=0.1)
    print(found)

    saxpy = gpufare.Kernel.from_manifest(FOLDER, "native", n=n, a=2.5)
    x = numpy.linspace(0, 1, n, dtype="f4")
    y = numpy.ones(n, dtype="f4")
    expected = numpy.float32(2.5) * x + y
    call = saxpy(x=x, y=y)
    assert (y == expected).all()
    print(f"{saxpy.label}: {call.total_ns / 1e3:.0f} us for {n} elements, {call.copied_bytes} bytes copied")


if __name__ == "__main__":
    main()
