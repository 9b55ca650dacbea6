# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loops of the C peer in Cython, with OpenMP through prange."""
import cython
from cython.parallel import prange
from libc.stdint cimport uint16_t

CYTHON_VERSION = cython.__version__  # of the compiler: put in when it translates this file

ctypedef fused real:
    float
    double


cdef int escape_count(real zr, real zi, real c_re, real c_im, int max_iter) noexcept nogil:
    cdef int n = 0
    cdef real a = zr * zr
    cdef real b = zi * zi
    cdef real p
    while n < max_iter and a + b < 4:
        p = zr * zi
        zr = (a - b) + c_re
        zi = (p + p) + c_im
        n += 1
        a = zr * zr
        b = zi * zi
    return n


def julia(real[::1] x, real[::1] y, real c_re, real c_im, int max_iter, uint16_t[:, ::1] counts,
          int threads):
    cdef Py_ssize_t i, j
    for j in prange(y.shape[0], nogil=True, schedule="dynamic", num_threads=threads):
        for i in range(x.shape[0]):
            counts[j, i] = <uint16_t>escape_count(x[i], y[j], c_re, c_im, max_iter)


cdef void update_row(const real *up, const real *u, const real *down, real *to, Py_ssize_t cols,
                     real rate) noexcept nogil:
    cdef Py_ssize_t j
    cdef real lap
    for j in range(1, cols - 1):
        lap = (((down[j] + up[j]) + u[j + 1]) + u[j - 1]) - 4 * u[j]
        to[j] = u[j] + rate * lap


cdef void one_step(const real *u, real *v, Py_ssize_t rows, Py_ssize_t cols, real rate,
                   int threads) noexcept nogil:
    cdef Py_ssize_t i
    for i in prange(1, rows - 1, schedule="static", num_threads=threads):
        update_row(u + (i - 1) * cols, u + i * cols, u + (i + 1) * cols, v + i * cols, cols, rate)


def diffusion(real[:, ::1] u, real[:, ::1] v, real rate, long steps, int threads):
    cdef long step
    with nogil:
        for step in range(steps):
            if step % 2 == 0:
                one_step(&u[0, 0], &v[0, 0], u.shape[0], u.shape[1], rate, threads)
            else:
                one_step(&v[0, 0], &u[0, 0], u.shape[0], u.shape[1], rate, threads)
