"""Diffusion on 512 x 512: a square of 0.005, D = 1, dt = 0.1, edges kept. One order of operations in all rows:
centre + D * dt * ((((down + up) + right) + left) - 4 * centre)."""
from array import array

from rowkit import Row, Work, compat_library, cores, cython_loops, little, need, plain_library

D, DT = 1.0, 0.1


def square(side):
    """Where the first state is not zero."""
    return int(side * 0.4), int(side * 0.5)


def of_pair(problem, first, second, step, as_bytes, **more):
    """step(grid, out) on two arrays that change places. `first` and `second` put the first state back."""
    pair = [first(), second()]

    def reset():
        pair[:] = first(), second()

    def run():
        grid, out = pair
        for _ in range(problem.steps):
            step(grid, out)
            grid, out = out, grid
        pair[:] = grid, out

    return Work(run, lambda: as_bytes(pair[0]), reset=reset, **more)


# ---- Python alone ----


def first_lists(side):
    low, high = square(side)
    return [[0.005 if low <= i < high and low <= j < high else 0.0 for j in range(side)] for i in range(side)]


def lists_bytes(grid):
    return b"".join(little(array("d", row)) for row in grid)


def updated(row, above, below):
    """The inner cells of a row after one step."""
    rate = D * DT
    return [u + rate * (down + up + right + left - 4 * u)
            for u, down, up, right, left in zip(row[1:-1], below[1:-1], above[1:-1], row[2:], row)]


def pure_python(problem):
    grid = [first_lists(problem.side)]

    def run():
        rows = grid[0]
        for _ in range(problem.steps):
            inner = [[row[0], *updated(row, rows[i], rows[i + 2]), row[-1]] for i, row in enumerate(rows[1:-1])]
            rows = [rows[0], *inner, rows[-1]]
        grid[0] = rows

    def reset():
        grid[0] = first_lists(problem.side)

    return Work(run, lambda: lists_bytes(grid[0]), reset=reset)


def lists(problem):
    rate, last = D * DT, problem.side - 1

    def step(grid, out):
        for i in range(1, last):
            above, row, below, to = grid[i - 1], grid[i], grid[i + 1], out[i]
            for j in range(1, last):
                u = row[j]
                to[j] = u + rate * (below[j] + above[j] + row[j + 1] + row[j - 1] - 4 * u)

    def first():
        return first_lists(problem.side)

    return of_pair(problem, first, first, step, lists_bytes)


# ---- Arrays ----


def of_arrays(problem, step, **more):
    np = need("numpy")
    low, high = square(problem.side)
    state = np.zeros((problem.side, problem.side))
    state[low:high, low:high] = 0.005
    return of_pair(problem, state.copy, state.copy, step, lambda grid: grid.astype("<f8").tobytes(), **more)


def sides(grid):
    """Views of the inner cells and of their neighbours: centre, down, up, right, left."""
    return grid[1:-1, 1:-1], grid[2:, 1:-1], grid[:-2, 1:-1], grid[1:-1, 2:], grid[1:-1, :-2]


def numpy_arrays(problem):
    def step(grid, out):
        u, down, up, right, left = sides(grid)
        out[1:-1, 1:-1] = u + D * DT * (down + up + right + left - 4 * u)

    return of_arrays(problem, step)


def numpy_in_place(problem):
    np = need("numpy")
    laplacian, scratch = (np.empty((problem.side - 2, problem.side - 2)) for _ in range(2))

    def step(grid, out):
        u, down, up, right, left = sides(grid)
        np.add(down, up, out=laplacian)
        np.add(laplacian, right, out=laplacian)
        np.add(laplacian, left, out=laplacian)
        np.multiply(u, 4, out=scratch)
        np.subtract(laplacian, scratch, out=laplacian)
        np.multiply(laplacian, D * DT, out=laplacian)
        np.add(u, laplacian, out=out[1:-1, 1:-1])

    return of_arrays(problem, step)


def numexpr_in_place(problem):
    ne = need("numexpr")
    ne.set_num_threads(cores())

    def step(grid, out):
        u, down, up, right, left = sides(grid)
        ne.evaluate("u + rate * (down + up + right + left - 4 * u)", {
            "u": u, "down": down, "up": up, "right": right, "left": left, "rate": D * DT}, out=out[1:-1, 1:-1])

    return of_arrays(problem, step, threads=cores())


def torch_in_place(problem):
    torch = need("torch")
    torch.set_num_threads(cores())
    laplacian, scratch = (torch.empty((problem.side - 2, problem.side - 2), dtype=torch.float64) for _ in range(2))
    low, high = square(problem.side)

    def first():
        grid = torch.zeros((problem.side, problem.side), dtype=torch.float64)
        grid[low:high, low:high] = 0.005
        return grid

    def step(grid, out):
        u, down, up, right, left = sides(grid)
        torch.add(down, up, out=laplacian)
        laplacian.add_(right).add_(left)
        torch.mul(u, 4, out=scratch)
        laplacian.sub_(scratch).mul_(D * DT).add_(u)
        out[1:-1, 1:-1].copy_(laplacian)

    return of_pair(problem, first, first, step, lambda grid: grid.numpy().astype("<f8").tobytes(), threads=cores())


# ---- Compiled loops ----


def cython(threads):
    def make(problem):
        loops, count = cython_loops(problem.build), cores() if threads else 1
        return of_arrays(problem, lambda grid, out: loops.evolve(grid, out, D, DT, count), threads=count)

    return make


def numba(threads):
    def make(problem):
        nb = need("numba")
        each = nb.prange if threads else range

        @nb.njit(parallel=threads)
        def step(grid, out):
            for i in each(1, grid.shape[0] - 1):
                for j in range(1, grid.shape[1] - 1):
                    out[i, j] = grid[i, j] + D * DT * (grid[i + 1, j] + grid[i - 1, j] + grid[i, j + 1]
                                                       + grid[i, j - 1] - 4 * grid[i, j])

        if threads:
            nb.set_num_threads(min(cores(), nb.config.NUMBA_NUM_THREADS))
        return of_arrays(problem, step, threads=nb.get_num_threads() if threads else 1)

    return make


def client(module, library):
    """One of the two clients, which are not changed: only the path of their library differs."""
    def make(problem):
        need("numpy")
        if module == "diffusion_cffi":
            need("cffi")
        evolve = need(module).load(str(library(problem)))
        return of_arrays(problem, lambda grid, out: evolve(grid, out, DT, D))

    return make


def plain(problem):
    return plain_library(problem.build, "diffusion")


def ours(problem):
    return compat_library(problem, "diffusion")


ROWS = [
    Row("pure Python", pure_python, "a new list of lists in each step", slow=True),
    Row("lists", lists, "two lists of lists that change places", slow=True),
    Row("NumPy", numpy_arrays, "slices, a new array for each operation"),
    Row("NumPy in place", numpy_in_place, "the same with out="),
    Row("numexpr", numexpr_in_place, "one expression a step"),
    Row("PyTorch", torch_in_place, "on the CPU, in place"),
    Row("Cython", cython(False), "a loop with types"),
    Row("Cython, prange", cython(True), "the same on all cores"),
    Row("Numba", numba(False), "njit"),
    Row("Numba, prange", numba(True), "njit(parallel=True)"),
    Row("ctypes", client("diffusion_ctypes", plain), "diffusion_ctypes.py with plain_diffusion.c"),
    Row("cffi", client("diffusion_cffi", plain), "diffusion_cffi.py with plain_diffusion.c"),
    Row("ctypes, gpufare's diffusion.so", client("diffusion_ctypes", ours), "the same client, another library"),
    Row("cffi, gpufare's diffusion.so", client("diffusion_cffi", ours), "the same client, another library"),
]
