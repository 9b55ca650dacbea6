# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of the tables in Cython. Complex numbers come as pairs of doubles."""
from cython.parallel import prange


cdef inline unsigned int escape_count(unsigned int maxiter, double x, double y, double cx, double cy) noexcept nogil:
    cdef unsigned int n = 0
    cdef double next_x
    while n < maxiter and x * x + y * y < 4:
        next_x = x * x - y * y + cx
        y = x * y + x * y + cy
        x = next_x
        n += 1
    return n


def julia(unsigned int maxiter, const double[::1] zs, const double[::1] cs, unsigned int[::1] counts, int threads):
    cdef Py_ssize_t i
    for i in prange(counts.shape[0], nogil=True, schedule="dynamic", chunksize=1000, num_threads=threads):
        counts[i] = escape_count(maxiter, zs[2 * i], zs[2 * i + 1], cs[2 * i], cs[2 * i + 1])


def evolve(const double[:, ::1] grid, double[:, ::1] out, double D, double dt, int threads):
    cdef Py_ssize_t i, j
    cdef Py_ssize_t columns = grid.shape[1] - 1
    for i in prange(1, grid.shape[0] - 1, nogil=True, schedule="static", num_threads=threads):
        for j in range(1, columns):
            out[i, j] = grid[i, j] + D * dt * (grid[i + 1, j] + grid[i - 1, j] + grid[i, j + 1] + grid[i, j - 1]
                                               - 4 * grid[i, j])


def total(const double[::1] values):
    cdef Py_ssize_t i
    cdef double result = 0
    for i in range(values.shape[0]):
        result += values[i]
    return result
