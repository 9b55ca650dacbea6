"""NumPy: whole-array operations. Diffusion writes with `out=` into arrays that are there; Julia keeps only
the points that have not escaped, in arrays that shrink. NumPy computes with one thread."""
from common import serve


def load(_):
    global np
    import numpy as np
    return {}


class Julia:
    threads = 1

    def __init__(self, problem):
        self.problem = problem
        self.counts = np.empty(problem.height * problem.width, np.uint16)
        self.grid_x = np.tile(problem.x, problem.height)
        self.grid_y = np.repeat(problem.y, problem.width)

    def reset(self):
        pass

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

    def result(self):
        return self.counts


class Diffusion:
    threads = 1

    def __init__(self, problem):
        self.problem = problem
        self.fields = [problem.field.copy(), problem.field.copy()]
        inner = (problem.height - 2, problem.width - 2)
        self.lap, self.scratch = np.empty(inner, problem.dtype), np.empty(inner, problem.dtype)
        self.last = 0

    def reset(self):
        self.fields[0][:] = self.problem.field

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

    def result(self):
        return self.fields[self.last]


if __name__ == "__main__":
    serve(load, Julia, Diffusion, notes="one thread: NumPy has no more")
