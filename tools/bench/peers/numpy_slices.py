"""NumPy: whole-array operations. Diffusion writes with `out=` into arrays that are there; Julia keeps only
the points that have not escaped, in arrays that shrink. NumPy computes with one thread."""
from common import Counts, FieldPair, serve


def load(_):
    global np
    import numpy as np
    return {}


class Julia(Counts):
    def __init__(self, problem):
        super().__init__(problem)
        self.threads = 1
        self.counts = self.counts.reshape(-1)
        self.grid_x = np.tile(problem.x, problem.height)
        self.grid_y = np.repeat(problem.y, problem.width)

    def run(self, _):
        p = self.problem
        zr, zi = self.grid_x, self.grid_y
        at = np.arange(zr.size)
        four = p.dtype.type(4)
        self.counts[:] = p.max_iter
        with np.errstate(over="ignore", invalid="ignore"):
            for n in range(p.max_iter):
                a, b = zr * zr, zi * zi
                inside = a + b < four
                if not inside.all():
                    self.counts[at[~inside]] = n
                    at, zr, zi = at[inside], zr[inside], zi[inside]
                    a, b = a[inside], b[inside]
                    if at.size == 0:
                        break
                product = zr * zi
                zr = (a - b) + p.c_re
                zi = (product + product) + p.c_im


class Diffusion(FieldPair):
    def __init__(self, problem):
        super().__init__(problem)
        self.threads = 1
        inner = (problem.height - 2, problem.width - 2)
        self.lap, self.scratch = np.empty(inner, problem.dtype), np.empty(inner, problem.dtype)

    def run(self, steps):
        rate, four = self.problem.rate, self.problem.dtype.type(4)
        lap, scratch = self.lap, self.scratch
        for step in range(steps):
            u, v = self.fields[step % 2], self.fields[(step + 1) % 2]
            np.add(u[2:, 1:-1], u[:-2, 1:-1], out=lap)
            lap += u[1:-1, 2:]
            lap += u[1:-1, :-2]
            np.multiply(u[1:-1, 1:-1], four, out=scratch)
            lap -= scratch
            lap *= rate
            np.add(u[1:-1, 1:-1], lap, out=v[1:-1, 1:-1])
        self.last = steps % 2


if __name__ == "__main__":
    serve(load, Julia, Diffusion, notes="one thread: NumPy has no more")
