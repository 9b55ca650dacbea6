"""The examples as tools/bench/twins runs them without gpufare: arrays, launches with the first candidates of their
tunables, calls of their CPU functions. Written by hand from the manifests, so that it shares no code with their reader."""
import math


class Case:
    def __init__(self, example, arrays, kernels, options="", twin=None, steps=1, pair=None, parameters=None, file=None):
        self.example, self.arrays, self.kernels, self.options = example, arrays, kernels, options
        self.twin, self.steps, self.pair, self.parameters = twin, steps, pair, parameters or {}
        self.file = file or f"{example}.cl"


class Twin:
    """`call`: C with the arrays' names, and begin and end if there is a `length`. `each_step`: once for each step."""

    def __init__(self, call, length=None, flags="", each_step=False):
        self.call, self.length, self.flags, self.each_step = call, length, flags, each_step


def array(name, kind, count, access, begin="zeros 0 0"):
    return f"{name} {kind} {count} {access} {begin}"


def up(count, unit):
    return -(-count // unit) * unit


def buffers(*names):
    return [f"buffer {name}" for name in names]


def saxpy(n):
    return Case("saxpy", [array("x", "f32", n, "in", "uniform -1 1"), array("y", "f32", n, "inout", "uniform -1 1")],
                [("saxpy", [up(n, 64)], [64], [f"u64 {n}", "f32 2.5", *buffers("x", "y")])],
                twin=Twin("saxpy(begin, end, 2.5f, x, y)", n), parameters={"n": n})


def matrix_product(m, n, k):
    return Case("matrix_product", [array("a", "f32", m * k, "in", "uniform 0 1"), array("b", "f32", k * n, "in", "uniform 0 1"),
                                   array("c", "f32", m * n, "out")],
                [("matrix_product", [up(n, 64) // 4, up(m, 64) // 4], [16, 16],
                  [f"u32 {m}", f"u32 {n}", f"u32 {k}", *buffers("a", "b", "c"), f"local {16 * 4 * 16 * 4}",
                   f"local {16 * 16 * 4 * 4}"])], "-D ROWS=4 -D COLUMNS=4 -D DEPTH=16",
                Twin(f"matrix_product(begin, end, {n}, {k}, a, b, c)", m, "-ffp-contract=fast"),
                parameters={"m": m, "n": n, "k": k})


def nbody(n, steps):
    softening2 = 0.05 * 0.05
    return Case("nbody", [array("bodies", "f32", 4 * n, "inout", "uniform 0 1"), array("moved", "f32", 4 * n, "scratch"),
                          array("velocity", "f32", 4 * n, "inout")],
                [("nbody", [up(n, 64)], [64], [f"u32 {n}", "f32 0.01", f"f32 {1 / n!r}", f"f32 {softening2!r}",
                                               *buffers("bodies", "moved", "velocity"), f"local {64 * 16}"])],
                "-D BODIES=1",
                Twin(f"nbody(begin, end, {n}, 0.01f, {1 / n:.17f}, {softening2:.17f}, bodies, moved, velocity)", n,
                     "-ffp-contract=fast -fno-math-errno", True),
                steps, ("bodies", "moved"), {"n": n, "steps": steps})


def histogram(n):
    return Case("histogram", [array("values", "u8", n, "in", "normal 128 40"), array("bins", "u32", 256, "inout")],
                [("histogram", [64 * 128], [128], [f"u64 {n}", *buffers("values", "bins"), f"local {256 * 4 * 4}"])],
                "-D COPIES=4 -D GROUPS=64", Twin(f"histogram({n}, values, bins)"), parameters={"n": n})


def convolution(rows, cols):
    return Case("convolution", [array("image", "f32", rows * cols, "in", "uniform 0 1"),
                                array("weights", "f32", 9, "in", "uniform -1 1"), array("filtered", "f32", rows * cols, "out")],
                [("convolution", [up(cols, 32), up(-(-rows // 4), 8)], [32, 8],
                  [f"u32 {rows}", f"u32 {cols}", *buffers("image", "weights", "filtered")])], "-D ROWS=4",
                Twin(f"convolution(begin, end, {rows}, {cols}, image, weights, filtered)", rows),
                parameters={"rows": rows, "cols": cols})


def fft(log2_n):
    n, steps = 1 << log2_n, (log2_n + 1) // 2
    spans = [1 << 2 * step if log2_n % 2 == 0 else (1 << 2 * step) // 2 for step in range(steps)]
    return Case("fft", [array("signal", "f32", 2 * n, "inout", "uniform -1 1"), array("spare", "f32", 2 * n, "scratch")],
                [("fft", [up(n // 4, 64)], [64],
                  [f"u32 {log2_n}", "each " + " ".join(map(str, spans)), *buffers("signal", "spare")])],
                twin=Twin(f"fft({log2_n}, signal, spare)", flags="-ffp-contract=fast"), steps=steps, pair=("signal", "spare"),
                parameters={"log2_n": log2_n})


def black_scholes(n):
    names = ("spot", "strike", "years", "call", "put")
    begins = ("uniform 5 30", "uniform 1 100", "uniform 0.25 10", "zeros 0 0", "zeros 0 0")
    return Case("black_scholes", [array(name, "f32", n, "out" if i > 2 else "in", begins[i]) for i, name in enumerate(names)],
                [("black_scholes", [up(n, 64)], [64], [f"u32 {n}", "f32 0.02", "f32 0.3", *buffers(*names)])],
                twin=Twin("black_scholes(begin, end, 0.02f, 0.3f, spot, strike, years, call, put)", n, "-ffast-math -ffp-contract=fast"),
                parameters={"n": n})


def spmv(rows, per_row):
    total = rows * per_row
    return Case("spmv", [array("row_begins", "u32", rows + 1, "in", f"offsets {total} 0"),
                         array("columns", "u32", total, "in", f"whole 0 {rows - 1}"),
                         array("values", "f32", total, "in", "uniform 0 1"), array("x", "f32", rows, "in", "uniform 0 1"),
                         array("y", "f32", rows, "out")],
                [("spmv", [up(rows * 8, 64)], [64],
                  [f"u32 {rows}", *buffers("row_begins", "columns", "values", "x", "y"), "local 256"])], "-D LANES=8",
                Twin("spmv(begin, end, row_begins, columns, values, x, y)", rows, "-ffast-math -ffp-contract=fast"),
                parameters={"rows": rows, "per_row": per_row})


def bitonic_sort(n):
    merges = max(0, math.ceil(math.log2(n)) - 10)
    return Case("bitonic_sort", [array("keys", "u32", n, "inout", "whole 0 4294967295")],
                [("bitonic_sort", [-(-n // 1024) * 256], [256], [f"u32 {n}", "step", *buffers("keys")])],
                twin=Twin(f"bitonic_sort({n}, keys)"), steps=(merges + 1) * (merges + 2) // 2, parameters={"n": n})


def monte_carlo_pi(points):
    streams = -(-points // 1024)
    return Case("monte_carlo_pi", [array("hits", "u32", streams, "scratch"), array("inside", "u64", 1, "out")],
                [("count_hits", [up(streams, 64)], [64], [f"u64 {points // 2}", "u32 20261", *buffers("hits")]),
                 ("add_hits", [64], [64], [f"u64 {streams}", *buffers("hits", "inside"), "local 512"])],
                twin=Twin(f"monte_carlo_pi({points // 2}, 20261, inside)"), parameters={"points": points})


def stencil(nx, ny, nz, steps):
    n = nx * ny * nz
    return Case("stencil", [array("u", "f32", n, "inout", "uniform 0 100"), array("v", "f32", n, "scratch")],
                [("stencil", [up(nx, 32), up(ny, 8), -(-nz // 8)], [32, 8, 1],
                  [f"u32 {nx}", f"u32 {ny}", f"u32 {nz}", "f32 0.1", *buffers("u", "v")])], "-D DEPTH=8",
                Twin(f"stencil(begin, end, {nx}, {ny}, {nz}, 0.1f, u, v)", nz, each_step=True), steps, ("u", "v"),
                {"nx": nx, "ny": ny, "nz": nz, "steps": steps})


def prefix_sum(n):
    blocks = -(-n // 1024)
    return Case("prefix_sum", [array("x", "u32", n, "in", "whole 0 1000"), array("sums", "u32", n, "out"),
                               array("totals", "u32", blocks, "scratch")],
                [("scan_blocks", [blocks * 128], [128], [f"u32 {n}", *buffers("x", "sums", "totals"), "local 512"]),
                 ("scan_totals", [128], [128], [f"u32 {blocks}", *buffers("totals"), "local 512"]),
                 ("add_totals", [up(n, 128)], [128], [f"u32 {n}", *buffers("totals", "sums")])],
                twin=Twin(f"prefix_sum({n}, x, sums)"), parameters={"n": n})


# Sizes that take some milliseconds, apart from the second one. Arrays that a cache just holds are avoided: what is left
# there of the writing of inputs differs from program to program.
CASES = {
    "saxpy": saxpy(1 << 24), "saxpy-100000": saxpy(100000), "matrix_product": matrix_product(384, 384, 384),
    "nbody": nbody(2048, 4), "histogram": histogram(1 << 24), "convolution": convolution(4096, 4096), "fft": fft(18),
    "black_scholes": black_scholes(1 << 18), "spmv": spmv(1 << 18, 32), "bitonic_sort": bitonic_sort(1 << 17),
    "monte_carlo_pi": monte_carlo_pi(1 << 20), "stencil": stencil(64, 64, 64, 20), "prefix_sum": prefix_sum(1 << 20),
}
