"""The sum of many f64 values in memory: 0, 1, 2, ..., whose sums are whole numbers below 2^53, so that every order of
the additions gives the same."""
from array import array

import classic
from rowkit import NotInstalled, Row, Work, compat_library, cores, cython_loops, need


def of_values(values, function, **more):
    kept = []

    def run():
        kept[:] = [function(values)]

    return Work(run, lambda: float(kept[0]).hex().encode(), **more)


def plain_values(problem):
    return array("d", range(problem.count))


def numpy_values(problem):
    return need("numpy").arange(problem.count, dtype="float64")


def loop(values):
    total = 0.0
    for value in values:
        total += value
    return total


def pure_python(problem):
    return of_values(plain_values(problem), loop)


def builtin(problem):
    return of_values(plain_values(problem), sum)


def cython(problem):
    return of_values(numpy_values(problem), cython_loops(problem.build).total)


def numba(problem):
    nb = need("numba")
    return of_values(numpy_values(problem), nb.njit(loop))


def numpy_sum(problem):
    return of_values(numpy_values(problem), need("numpy").sum)


def ours(threads):
    def make(problem):
        classic.use(compat_library(problem, "sum").parent)
        try:
            values = numpy_values(problem)
        except NotInstalled:
            values = plain_values(problem)
        return of_values(values, lambda array: classic.sum_values(array, threads), threads=threads or cores())

    return make


ROWS = [
    Row("pure Python", pure_python, "a loop over array('d')", slow=True),
    Row("sum()", builtin, "Python's own, over array('d')", slow=True),
    Row("Cython", cython, "a loop with types"),
    Row("Numba", numba, "njit of the loop of the first row"),
    Row("NumPy", numpy_sum, "numpy.sum"),
    Row("gpufare's sum.so, one thread", ours(1), "classic.sum_values"),
    Row("gpufare's sum.so", ours(0), "the same on all cores"),
]
