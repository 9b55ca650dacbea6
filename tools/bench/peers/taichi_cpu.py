"""Taichi on the CPU, with fast_math off: the loops of the C peer."""
from common import Counts, FieldPair, serve


def load(arguments):
    global ti, count, advance
    import taichi as ti

    real = ti.f64 if arguments.precision == "f64" else ti.f32
    ti.init(arch=ti.cpu, cpu_max_num_threads=arguments.threads, fast_math=False, default_fp=real)
    reals_1d, reals_2d = ti.types.ndarray(dtype=real, ndim=1), ti.types.ndarray(dtype=real, ndim=2)

    @ti.kernel
    def count(x: reals_1d, y: reals_1d, c_re: real, c_im: real, max_iter: ti.i32,
              counts: ti.types.ndarray(dtype=ti.u16, ndim=2)):
        for j, i in ti.ndrange(counts.shape[0], counts.shape[1]):
            zr, zi = x[i], y[j]
            n = 0
            a, b = zr * zr, zi * zi
            while n < max_iter and a + b < 4:
                p = zr * zi
                zr = (a - b) + c_re
                zi = (p + p) + c_im
                n += 1
                a, b = zr * zr, zi * zi
            counts[j, i] = ti.cast(n, ti.u16)

    @ti.kernel
    def advance(u: reals_2d, v: reals_2d, rate: real):
        for i, j in ti.ndrange((1, u.shape[0] - 1), (1, u.shape[1] - 1)):
            lap = (((u[i + 1, j] + u[i - 1, j]) + u[i, j + 1]) + u[i, j - 1]) - 4 * u[i, j]
            v[i, j] = u[i, j] + rate * lap

    return {"taichi": ".".join(str(part) for part in ti.__version__)}


class Julia(Counts):
    def run(self, _):
        p = self.problem
        count(p.x, p.y, float(p.c_re), float(p.c_im), p.max_iter, self.counts)
        ti.sync()


class Diffusion(FieldPair):
    def run(self, steps):
        for step in range(steps):
            advance(self.fields[step % 2], self.fields[(step + 1) % 2], float(self.problem.rate))
        ti.sync()
        self.last = steps % 2


if __name__ == "__main__":
    serve(load, Julia, Diffusion)
