"""CuPy with raw CUDA kernels, one work-item for each pixel or cell, without contraction."""
from common import serve

SOURCE = r"""
extern "C" __global__ void count(const REAL *x, const REAL *y, REAL c_re, REAL c_im, int max_iter,
                                 int width, int height, unsigned short *counts) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= width || j >= height)
        return;
    REAL zr = x[i], zi = y[j], a = zr * zr, b = zi * zi;
    int n = 0;
    while (n < max_iter && a + b < 4) {
        const REAL p = zr * zi;
        zr = (a - b) + c_re;
        zi = (p + p) + c_im;
        n++;
        a = zr * zr;
        b = zi * zi;
    }
    counts[(size_t)j * width + i] = (unsigned short)n;
}
extern "C" __global__ void advance(const REAL *u, REAL *v, REAL rate, int cols, int rows) {
    const int j = blockIdx.x * blockDim.x + threadIdx.x + 1;
    const int i = blockIdx.y * blockDim.y + threadIdx.y + 1;
    if (i >= rows - 1 || j >= cols - 1)
        return;
    const size_t at = (size_t)i * cols + j;
    v[at] = u[at] + rate * ((((u[at + cols] + u[at - cols]) + u[at + 1]) + u[at - 1]) - 4 * u[at]);
}
"""
BLOCK = (32, 8)


def load(arguments):
    global cp, kernels
    import cupy as cp

    try:
        name = cp.cuda.runtime.getDeviceProperties(0)["name"].decode()
    except cp.cuda.runtime.CUDARuntimeError as error:
        raise ImportError(f"CuPy finds no device: {error}") from error
    real = "double" if arguments.precision == "f64" else "float"
    kernels = cp.RawModule(code=SOURCE.replace("REAL", real), options=("--fmad=false",))
    return {"cupy": cp.__version__, "device": name}


def blocks(width, height):
    return (-(-width // BLOCK[0]), -(-height // BLOCK[1]))


def wait():
    cp.cuda.get_current_stream().synchronize()


class Julia:
    threads = 1

    def __init__(self, problem):
        self.problem = p = problem
        self.kernel = kernels.get_function("count")
        self.counts = cp.empty((p.height, p.width), cp.uint16)
        self.arguments = (cp.asarray(p.x), cp.asarray(p.y), p.c_re, p.c_im, cp.int32(p.max_iter),
                          cp.int32(p.width), cp.int32(p.height), self.counts)

    def reset(self):
        wait()

    def run(self, _):
        self.kernel(blocks(self.problem.width, self.problem.height), BLOCK, self.arguments)
        wait()

    def result(self):
        return cp.asnumpy(self.counts)


class Diffusion:
    threads = 1

    def __init__(self, problem):
        self.problem = problem
        self.kernel = kernels.get_function("advance")
        self.first = cp.asarray(problem.field)
        self.fields = [self.first.copy(), self.first.copy()]
        self.last = 0

    def reset(self):
        self.fields[0][:] = self.first
        wait()

    def run(self, steps):
        p = self.problem
        grid = blocks(p.width - 2, p.height - 2)
        for step in range(steps):
            self.kernel(grid, BLOCK, (self.fields[step % 2], self.fields[(step + 1) % 2], p.rate,
                                      cp.int32(p.width), cp.int32(p.height)))
        wait()
        self.last = steps % 2

    def result(self):
        return cp.asnumpy(self.fields[self.last])


if __name__ == "__main__":
    serve(load, Julia, Diffusion, notes="on the GPU")
