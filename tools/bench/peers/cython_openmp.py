"""Cython with OpenMP: cython_kernels.pyx, which the benchmark compiles with -O3 -march=native."""
from common import Counts, FieldPair, serve


def load(_):
    global kernels
    import cython_kernels as kernels
    return {"cython": kernels.CYTHON_VERSION}


class Julia(Counts):
    def run(self, _):
        p = self.problem
        kernels.julia(p.x, p.y, p.c_re, p.c_im, p.max_iter, self.counts, p.threads)


class Diffusion(FieldPair):
    def run(self, steps):
        kernels.diffusion(self.fields[0], self.fields[1], self.problem.rate, steps, self.threads)
        self.last = steps % 2


if __name__ == "__main__":
    serve(load, Julia, Diffusion)
