#!/usr/bin/env python3
"""Diffusion on a grid of 512 x 512, each step by `evolve` of a library called diffusion.so, through ctypes:

    void evolve(double **in, double **out, double D, double dt)

Both arrays are one block each, in C order; the declaration with two stars is a custom that changes nothing.
A library given by name is looked for in LD_LIBRARY_PATH and where the system has libraries."""
import argparse
import ctypes
import time

import numpy as np

SIDE = 512
ARRAY = ctypes.POINTER(ctypes.POINTER(ctypes.c_double))


def load(library="diffusion.so"):
    """The function evolve(grid, out, dt, D=1.0) of a library."""
    function = ctypes.CDLL(library).evolve
    function.argtypes = [ARRAY, ARRAY, ctypes.c_double, ctypes.c_double]
    function.restype = None

    def evolve(grid, out, dt, D=1.0):
        function(grid.ctypes.data_as(ARRAY), out.ctypes.data_as(ARRAY), D, dt)

    return evolve


def first_state(side=SIDE):
    """Zeros, with a square of 0.005."""
    grid = np.zeros((side, side))
    low, high = int(side * 0.4), int(side * 0.5)
    grid[low:high, low:high] = 0.005
    return grid


def run(evolve, steps, dt=0.1):
    """The state after `steps` steps, and the seconds that they took. The edge keeps its value."""
    grid = first_state()
    out = grid.copy()
    start = time.perf_counter()
    for _ in range(steps):
        evolve(grid, out, dt)
        grid, out = out, grid
    return grid, time.perf_counter() - start


def main(load, how):
    parser = argparse.ArgumentParser(description=f"Diffusion by evolve() of a library, through {how}.")
    parser.add_argument("--library", default="diffusion.so", help="its name or its path (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=500, help="time steps (default: %(default)s)")
    settings = parser.parse_args()
    if settings.steps < 1:
        parser.error(f"--steps {settings.steps}: at least 1")
    try:
        evolve = load(settings.library)
    except (OSError, AttributeError) as error:
        parser.error(f"--library {settings.library}: {error}")
    grid, seconds = run(evolve, settings.steps)
    print(f"{settings.steps} steps, {1e6 * seconds / settings.steps:.1f} us each; the field adds up to {grid.sum():.6f}")


if __name__ == "__main__":
    main(load, "ctypes")
