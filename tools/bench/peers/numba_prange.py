"""Numba: the loops of the C peer, compiled with parallel=True and without fastmath."""
from common import Counts, FieldPair, serve


def load(_):
    global numba, count, advance
    import llvmlite
    import numba

    @numba.njit(parallel=True, fastmath=False, cache=True)
    def count(x, y, c_re, c_im, max_iter, counts):
        four = x.dtype.type(4)
        for j in numba.prange(y.size):
            for i in range(x.size):
                zr, zi = x[i], y[j]
                n = 0
                a, b = zr * zr, zi * zi
                while n < max_iter and a + b < four:
                    p = zr * zi
                    zr = (a - b) + c_re
                    zi = (p + p) + c_im
                    n += 1
                    a, b = zr * zr, zi * zi
                counts[j, i] = n

    # A function for each row, on one-dimensional arrays: with u[i + 1, j] in the loop LLVM does not vectorise
    # it, which costs a factor of 4.
    @numba.njit(fastmath=False, cache=True)
    def update_row(up, u, down, to, rate):
        four = u.dtype.type(4)
        for j in range(1, u.size - 1):
            lap = (((down[j] + up[j]) + u[j + 1]) + u[j - 1]) - four * u[j]
            to[j] = u[j] + rate * lap

    @numba.njit(parallel=True, fastmath=False, cache=True)
    def advance(u, v, rate, steps):
        rows = u.shape[0]
        for step in range(steps):
            if step % 2 == 0:
                for i in numba.prange(1, rows - 1):
                    update_row(u[i - 1], u[i], u[i + 1], v[i], rate)
            else:
                for i in numba.prange(1, rows - 1):
                    update_row(v[i - 1], v[i], v[i + 1], u[i], rate)

    return {"numba": numba.__version__, "llvmlite": llvmlite.__version__}


class Julia(Counts):
    def __init__(self, problem):
        super().__init__(problem)
        numba.set_num_threads(problem.threads)
        # Rows differ in work: small chunks are the nearest thing to dynamic scheduling.
        numba.set_parallel_chunksize(4)

    def run(self, _):
        p = self.problem
        count(p.x, p.y, p.c_re, p.c_im, p.max_iter, self.counts)


class Diffusion(FieldPair):
    def __init__(self, problem):
        super().__init__(problem)
        numba.set_num_threads(problem.threads)

    def run(self, steps):
        advance(self.fields[0], self.fields[1], self.problem.rate, steps)
        self.last = steps % 2


if __name__ == "__main__":
    serve(load, Julia, Diffusion)
