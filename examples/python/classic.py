"""gpufare's kernels behind the functions that timing loops in Python call, through ctypes.

    from classic import calculate_z, check_prime, sum_values

    counts = calculate_z(300, zs, cs)          # lists of complex numbers in, a list of counts out
    with ThreadPoolExecutor() as pool:         # ctypes gives up the interpreter's lock while a number is tested
        answers = list(pool.map(check_prime, numbers))
    total = sum_values(values)                 # array("d") or an array of float64

The libraries julia.so, prime.so and sum.so are looked for, in this order: in the folder that `use` was given; by
their names, so in LD_LIBRARY_PATH; in lib/gpufare beside the program gpufare in PATH; in a build of this tree.

`threads`: 0 for all cores. Calls from several threads and processes, forked ones too, may run at the same time."""
import ctypes
import functools
import itertools
import operator
import shutil
from array import array
from pathlib import Path

_folder = None
ARGUMENTS = {
    "julia": ("calculate_z", ctypes.c_int, [ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t,
                                            ctypes.c_void_p, ctypes.c_uint32]),
    "prime": ("smallest_divisor", ctypes.c_uint64, [ctypes.c_uint64, ctypes.c_uint32]),
    "sum": ("sum_values", ctypes.c_double, [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32]),
}


def use(folder):
    """Takes the libraries of this folder."""
    global _folder
    _folder = Path(folder)
    _function.cache_clear()


def places(name):
    """Where a library may be, in the order in which they are tried."""
    if _folder:
        return [_folder / name]
    program = shutil.which("gpufare")
    bases = [Path(program).resolve().parent.parent] if program else []
    bases += sorted(Path(__file__).resolve().parent.parent.parent.glob("build*"))
    patterns = ("lib/gpufare", "lib/*/gpufare", "lib64/gpufare")
    return [name] + [folder / name for base in bases for pattern in patterns for folder in sorted(base.glob(pattern))]


@functools.lru_cache(maxsize=None)
def _function(stem):
    name, result, arguments = ARGUMENTS[stem]
    tried = []
    for place in places(f"{stem}.so"):
        try:
            function = getattr(ctypes.CDLL(str(place)), name)
        except (OSError, AttributeError) as error:
            tried.append(str(error))
            continue
        function.restype, function.argtypes = result, arguments
        return function
    raise OSError(f"{stem}.so of gpufare can't be loaded: {'; '.join(tried)}; give its folder to classic.use()")


def _reals(numbers):
    """(address, what keeps it alive) of complex numbers as pairs of f64."""
    try:
        import numpy as np
    except ImportError:
        pairs = array("d", itertools.chain.from_iterable((z.real, z.imag) for z in numbers))
        return pairs.buffer_info()[0], pairs
    pairs = np.ascontiguousarray(numbers, dtype=np.complex128)
    return pairs.ctypes.data, pairs


def calculate_z(maxiter, zs, cs, threads=0):
    """For each point the updates z = z*z + c while abs(z) < 2, `maxiter` at most, as a list."""
    if len(zs) != len(cs):
        raise ValueError(f"calculate_z: {len(zs)} values of z and {len(cs)} of c; give as many")
    if maxiter > 0xffffffff:
        raise ValueError(f"calculate_z: maxiter is {maxiter}; at most {0xffffffff}")
    counts = array("I", bytes(4 * len(zs)))
    (z, keep_z), (c, keep_c) = _reals(zs), _reals(cs)
    _function("julia")(max(0, maxiter), z, c, len(zs), counts.buffer_info()[0], threads)
    return counts.tolist()


calculate_z_serial_purepython = calculate_z  # the name in loops that began without a library


def smallest_divisor(number, threads=0):
    """The smallest divisor of a number from 2 on; the number itself if it is prime."""
    number = operator.index(number)
    if not 2 <= number < 1 << 63:
        raise ValueError(f"smallest_divisor: {number} is not from 2 to 2^63 - 1")
    return _function("prime")(number, threads)


def check_prime(number):
    """Whether a number below 2^63 is prime. One thread: callers share their numbers out."""
    return number >= 2 and smallest_divisor(number, 1) == number


def sum_values(values, threads=0):
    """The sum of array("d") or of a C-contiguous array of float64."""
    view = memoryview(values)
    if view.format != "d" or not view.c_contiguous:
        raise ValueError(f"sum_values: values of format '{view.format}'; give float64 in one block")
    if view.nbytes == 0:
        return 0.0
    address = values.buffer_info()[0] if isinstance(values, array) else values.ctypes.data
    return _function("sum")(address, view.nbytes // 8, threads)
