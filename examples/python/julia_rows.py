"""Julia's timing loop: lists zs and cs in, counts out. Strict arithmetic, so that all rows give the same counts:
a = re^2, b = im^2, p = re im; inside while a + b < 4; then re = (a - b) + c.re, im = (p + p) + c.im."""
import ctypes
from array import array

import classic
from rowkit import Row, Work, compat_library, cores, cython_loops, little, need, plain_library

C = complex(-0.62772, -0.42193)
VIEW = (-1.8, 1.8)


def points(side):
    """Lists of starting values, row by row from the top, and of c."""
    extent = VIEW[1] - VIEW[0]
    xs = [VIEW[0] + i * extent / side for i in range(side)]
    ys = [VIEW[1] - j * extent / side for j in range(side)]
    return [complex(x, y) for y in ys for x in xs], [C] * (side * side)


def counts_bytes(counts):
    return little(array("H", counts))


# ---- Python alone ----


def complex_numbers(maxiter, zs, cs):
    counts = []
    for z, c in zip(zs, cs):
        n = 0
        while n < maxiter and abs(z) < 2:
            z = z * z + c
            n += 1
        counts.append(n)
    return counts


def float_lists(maxiter, xs, ys, cxs, cys, counts):
    for i in range(len(xs)):
        x, y, cx, cy = xs[i], ys[i], cxs[i], cys[i]
        a, b, n = x * x, y * y, 0
        while n < maxiter and a + b < 4:
            p = x * y
            x = a - b + cx
            y = p + p + cy
            a, b = x * x, y * y
            n += 1
        counts[i] = n


def pure_python(problem):
    zs, cs = points(problem.side)
    return of_lists(complex_numbers, problem.maxiter, zs, cs)


def of_lists(function, maxiter, zs, cs, **more):
    kept = []

    def run():
        kept[:] = function(maxiter, zs, cs)

    return Work(run, lambda: counts_bytes(kept), **more)


def lists(problem):
    zs, cs = points(problem.side)
    parts = [[number.real for number in zs], [number.imag for number in zs],
             [number.real for number in cs], [number.imag for number in cs]]
    counts = [0] * len(zs)
    return Work(lambda: float_lists(problem.maxiter, *parts, counts), lambda: counts_bytes(counts))


# ---- Arrays ----


def of_arrays(problem, function, **more):
    """function(maxiter, zs, cs, counts) with NumPy's complex arrays and u32 counts, which begin with zeros."""
    np = need("numpy")
    zs, cs = (np.array(numbers) for numbers in points(problem.side))
    counts = np.zeros(len(zs), np.uint32)
    return Work(lambda: function(problem.maxiter, zs, cs, counts), lambda: counts.astype("<u2").tobytes(),
                reset=lambda: counts.fill(0), **more)


def numpy_arrays(problem):
    """All points, whether they are outside or not: none comes back inside, since |c| < 1.9."""
    np = need("numpy")

    def run(maxiter, zs, cs, counts):
        x, y, cx, cy = zs.real, zs.imag, cs.real, cs.imag
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(maxiter):
                a, b, p = x * x, y * y, x * y
                counts += a + b < 4
                x, y = a - b + cx, p + p + cy

    return of_arrays(problem, run)


def numpy_in_place(problem):
    np = need("numpy")
    size = problem.side * problem.side
    x, y, a, b = (np.empty(size) for _ in range(4))
    inside = np.empty(size, bool)

    def run(maxiter, zs, cs, counts):
        x[:], y[:] = zs.real, zs.imag
        cx, cy = cs.real.copy(), cs.imag.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(maxiter):
                np.multiply(x, x, out=a)
                np.multiply(y, y, out=b)
                np.multiply(x, y, out=y)
                np.add(a, b, out=x)
                np.less(x, 4, out=inside)
                np.add(counts, inside, out=counts)
                np.subtract(a, b, out=x)
                np.add(x, cx, out=x)
                np.add(y, y, out=y)
                np.add(y, cy, out=y)

    return of_arrays(problem, run)


def numpy_inside(problem):
    np = need("numpy")

    def run(maxiter, zs, cs, counts):
        at, x, y, cx, cy = np.arange(len(zs)), zs.real, zs.imag, cs.real, cs.imag
        for n in range(maxiter):
            a, b = x * x, y * y
            inside = a + b < 4
            if not inside.all():
                counts[at[~inside]] = n
                at, x, y, cx, cy, a, b = (each[inside] for each in (at, x, y, cx, cy, a, b))
            p = x * y
            x, y = a - b + cx, p + p + cy
        counts[at] = maxiter

    return of_arrays(problem, run)


def numexpr_in_place(problem):
    np, ne = need("numpy"), need("numexpr")
    size = problem.side * problem.side
    n = np.empty(size, np.int32)
    ne.set_num_threads(cores())

    def run(maxiter, zs, cs, counts):
        names = {"x": zs.real.copy(), "y": zs.imag.copy(), "cx": cs.real.copy(), "cy": cs.imag.copy(), "n": n,
                 "one": np.int32(1), "none": np.int32(0)}
        other = np.empty(size)
        n.fill(0)
        for _ in range(maxiter):
            ne.evaluate("n + where(x * x + y * y < 4, one, none)", names, out=n)
            ne.evaluate("x * x - y * y + cx", names, out=other)
            ne.evaluate("x * y + x * y + cy", names, out=names["y"])
            names["x"], other = other, names["x"]
        counts[:] = n

    return of_arrays(problem, run, threads=cores())


def torch_in_place(problem):
    np, torch = need("numpy"), need("torch")
    torch.set_num_threads(cores())
    size = problem.side * problem.side
    x, y, a, b = (torch.empty(size, dtype=torch.float64) for _ in range(4))
    n = torch.empty(size, dtype=torch.int32)

    def run(maxiter, zs, cs, counts):
        x.copy_(torch.from_numpy(np.ascontiguousarray(zs.real)))
        y.copy_(torch.from_numpy(np.ascontiguousarray(zs.imag)))
        n.zero_()
        cx, cy = (torch.from_numpy(np.ascontiguousarray(part)) for part in (cs.real, cs.imag))
        for _ in range(maxiter):
            torch.mul(x, x, out=a)
            torch.mul(y, y, out=b)
            y.mul_(x)
            torch.add(a, b, out=x)
            n.add_(x < 4)
            torch.sub(a, b, out=x)
            x.add_(cx)
            y.add_(y).add_(cy)
        counts[:] = n.numpy()

    return of_arrays(problem, run, threads=cores())


# ---- Compiled loops ----


def cython(threads):
    def make(problem):
        loops = cython_loops(problem.build)
        count = cores() if threads else 1
        return of_arrays(problem, lambda maxiter, zs, cs, counts: loops.julia(
            maxiter, zs.view(float), cs.view(float), counts, count), threads=count)

    return make


def numba(threads):
    def make(problem):
        nb = need("numba")
        each = nb.prange if threads else range

        @nb.njit(parallel=threads)
        def loop(maxiter, zs, cs, counts):
            for i in each(len(zs)):
                x, y, cx, cy = zs[i].real, zs[i].imag, cs[i].real, cs[i].imag
                n = 0
                while n < maxiter and x * x + y * y < 4:
                    x, y = x * x - y * y + cx, x * y + x * y + cy
                    n += 1
                counts[i] = n

        if threads:
            nb.set_num_threads(min(cores(), nb.config.NUMBA_NUM_THREADS))
        return of_arrays(problem, loop, threads=nb.get_num_threads() if threads else 1)

    return make


def plain_ctypes(problem):
    function = ctypes.CDLL(str(plain_library(problem.build, "julia"))).calculate_z
    function.argtypes = [ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    return of_arrays(problem, lambda maxiter, zs, cs, counts: function(
        maxiter, zs.ctypes.data, cs.ctypes.data, len(zs), counts.ctypes.data))


def plain_cffi(problem):
    ffi = need("cffi").FFI()
    ffi.cdef("int calculate_z(uint32_t, const double *, const double *, size_t, uint32_t *);")
    library = ffi.dlopen(str(plain_library(problem.build, "julia")))

    def run(maxiter, zs, cs, counts):
        library.calculate_z(maxiter, ffi.cast("double *", zs.ctypes.data), ffi.cast("double *", cs.ctypes.data),
                            len(zs), ffi.cast("uint32_t *", counts.ctypes.data))

    return of_arrays(problem, run)


# ---- gpufare's library ----


def classic_lists(problem):
    classic.use(compat_library(problem, "julia").parent)
    zs, cs = points(problem.side)
    return of_lists(classic.calculate_z, problem.maxiter, zs, cs, threads=cores())


def classic_arrays(problem):
    function = ctypes.CDLL(str(compat_library(problem, "julia"))).calculate_z
    function.argtypes = [ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p,
                         ctypes.c_uint32]
    return of_arrays(problem, lambda maxiter, zs, cs, counts: function(
        maxiter, zs.ctypes.data, cs.ctypes.data, len(zs), counts.ctypes.data, 0), threads=cores())


ROWS = [
    Row("pure Python", pure_python, "complex numbers, abs(z) < 2", slow=True),
    Row("lists", lists, "floats in lists, squares kept", slow=True),
    Row("NumPy", numpy_arrays, "whole arrays, all points to the end"),
    Row("NumPy in place", numpy_in_place, "the same with out="),
    Row("NumPy, inside only", numpy_inside, "arrays shrink to the points that are inside"),
    Row("numexpr", numexpr_in_place, "three expressions a round, all points to the end"),
    Row("PyTorch", torch_in_place, "on the CPU, in place, all points to the end"),
    Row("Cython", cython(False), "a loop with types"),
    Row("Cython, prange", cython(True), "the same on all cores"),
    Row("Numba", numba(False), "njit"),
    Row("Numba, prange", numba(True), "njit(parallel=True)"),
    Row("ctypes", plain_ctypes, "plain_julia.c"),
    Row("cffi", plain_cffi, "plain_julia.c"),
    Row("gpufare's julia.so, lists", classic_lists, "classic.calculate_z: lists in, a list out"),
    Row("gpufare's julia.so, arrays", classic_arrays, "the same with NumPy's arrays"),
]
