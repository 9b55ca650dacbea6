"""Cython with OpenMP: cython_kernels.pyx, which the benchmark compiles with -O3 -march=native."""
from common import serve


def load(_):
    global np, kernels
    import cython_kernels as kernels
    import numpy as np
    return {"cython": kernels.CYTHON_VERSION}


class Julia:
    def __init__(self, problem):
        self.problem = problem
        self.threads = problem.threads
        self.counts = np.empty((problem.height, problem.width), np.uint16)

    def reset(self):
        pass

    def run(self, _):
        p = self.problem
        kernels.julia(p.x, p.y, p.c_re, p.c_im, p.max_iter, self.counts, p.threads)

    def result(self):
        return self.counts


class Diffusion:
    def __init__(self, problem):
        self.problem = problem
        self.threads = problem.threads
        self.fields = [problem.field.copy(), problem.field.copy()]
        self.last = 0

    def reset(self):
        self.fields[0][:] = self.problem.field

    def run(self, steps):
        kernels.diffusion(self.fields[0], self.fields[1], self.problem.rate, steps, self.threads)
        self.last = steps % 2

    def result(self):
        return self.fields[self.last]


if __name__ == "__main__":
    serve(load, Julia, Diffusion)
