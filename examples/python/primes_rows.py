"""Are six numbers prime? Numbers are shared out to threads or processes; the answers come back in order."""
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext

import classic
from rowkit import Row, Work, compat_library, cores


def is_prime(number):
    """Trial division by 2 and odd numbers."""
    if number % 2 == 0:
        return number == 2
    divisor = 3
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 2
    return number > 1


class OneAfterTheOther:
    map = staticmethod(map)


def rows_of(function, pool, prepare=lambda problem: None, threads=cores):
    def make(problem):
        prepare(problem)
        answers = []

        def run():
            with pool() as executor:
                answers[:] = executor.map(function, problem.numbers)

        return Work(run, lambda: bytes(answers), threads=threads())

    return make


def alone():
    return nullcontext(OneAfterTheOther)


def threads():
    return ThreadPoolExecutor(max_workers=cores())


def processes():
    return ProcessPoolExecutor(max_workers=cores())


def prepare(problem):
    classic.use(compat_library(problem, "prime").parent)


def on_all_cores(number):
    return classic.smallest_divisor(number) == number


def one():
    return 1


ROWS = [
    Row("pure Python", rows_of(is_prime, alone, threads=one), "one number after the other", slow=True),
    Row("ThreadPoolExecutor", rows_of(is_prime, threads), "one thread has the interpreter at a time", slow=True),
    Row("ProcessPoolExecutor", rows_of(is_prime, processes), "starting the processes is included", slow=True),
    Row("gpufare's prime.so", rows_of(classic.check_prime, alone, prepare, one), "one number after the other"),
    Row("gpufare's prime.so, ThreadPoolExecutor", rows_of(classic.check_prime, threads, prepare),
        "ctypes gives up the interpreter's lock"),
    Row("gpufare's prime.so, ProcessPoolExecutor", rows_of(classic.check_prime, processes, prepare),
        "starting the processes is included"),
    Row("gpufare's prime.so, each on all cores", rows_of(on_all_cores, alone, prepare), "one number after the other"),
]
