#!/usr/bin/env python3
"""The same as diffusion_ctypes.py through cffi, without a compiler (its ABI mode)."""
import cffi

from diffusion_ctypes import main


def load(library="diffusion.so"):
    """The function evolve(grid, out, dt, D=1.0) of a library."""
    ffi = cffi.FFI()
    ffi.cdef("void evolve(double **in, double **out, double D, double dt);")
    functions = ffi.dlopen(library)
    functions.evolve  # looked up now: a library without it is refused here

    def evolve(grid, out, dt, D=1.0):
        functions.evolve(ffi.cast("double **", grid.ctypes.data), ffi.cast("double **", out.ctypes.data), D, dt)

    return evolve


if __name__ == "__main__":
    main(load, "cffi")
