"""What the peers written in Python share: the arguments, the clock, the result.

Every peer, in whatever language, is a program with these arguments, each as --name=value; all are always
given:

    --workload julia|diffusion  --precision f64|f32  --width W --height H  --threads N
    --max-iter N --c-re X --c-im Y      (julia)
    --steps N --warmup-steps N --rate R (diffusion)
    --input FILE    julia: x of each column, then y of each row; diffusion: the first state
    --result FILE   where the result of the last sample goes: u16 counts, or the field
    --repeat N --min-time SECONDS       samples at least, and seconds that they add up to at least
    --limit SECONDS                     a peer whose sample would take longer says so and stops

Files hold plain arrays in the machine's byte order. It prints one line of JSON:

    {"status": "ok", "samples_ns": [...], "threads": N, "versions": {...}, "notes": "..."}
    {"status": "not found" | "skipped" | "failed", "reason": "..."}

No time counts before the result has been verified.
Only computing is timed, with the data where the peer computes. Imports, compilation, allocation, the
first touch of memory and the first state lie outside, and so do two warm-up runs (for diffusion of
--warmup-steps steps). `notes` says what a reader of the table must know about this peer.

A peer in Python gives `serve` three things: `load(arguments)`, which imports what it needs, raises
ImportError when that is missing and returns the versions; and for each workload a class, or None, with

    __init__(problem)   set up; everything that the timed part needs is allocated here
    reset()             put the first state back (diffusion), outside the timed part
    run(steps)          compute, and come back when it is done; steps means nothing to julia
    result()            the result as a NumPy array
    threads             how many threads really compute
"""
import argparse
import gc
import json
import sys
import time


class Problem:
    def __init__(self, arguments, numpy):
        self.workload = arguments.workload
        self.width, self.height = arguments.width, arguments.height
        self.threads = arguments.threads
        self.max_iter = arguments.max_iter
        self.steps, self.warmup_steps = arguments.steps, arguments.warmup_steps
        self.dtype = numpy.dtype(arguments.precision.replace("f", "float"))
        self.c_re, self.c_im = self.dtype.type(arguments.c_re), self.dtype.type(arguments.c_im)
        self.rate = self.dtype.type(arguments.rate)
        inputs = numpy.fromfile(arguments.input, dtype=self.dtype)
        if self.workload == "julia":
            self.x, self.y = inputs[: self.width].copy(), inputs[self.width :].copy()
        else:
            self.field = inputs.reshape(self.height, self.width)


class Solver:
    """What most solvers begin with."""

    def __init__(self, problem):
        self.problem, self.threads = problem, problem.threads

    def reset(self):
        """Julia has no state."""


class Counts(Solver):
    """A Julia solver whose run() fills `counts`, a NumPy array."""

    def __init__(self, problem):
        import numpy

        super().__init__(problem)
        self.counts = numpy.empty((problem.height, problem.width), numpy.uint16)

    def result(self):
        return self.counts


class FieldPair(Solver):
    """A diffusion solver whose run() steps from fields[0] to fields[1] and back, and notes the last in `last`."""

    def __init__(self, problem):
        super().__init__(problem)
        self.fields, self.last = [problem.field.copy(), problem.field.copy()], 0

    def reset(self):
        self.fields[0][:] = self.problem.field

    def result(self):
        return self.fields[self.last]


def read_arguments():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("workload", "precision", "input", "result"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("width", "height", "threads", "max-iter", "steps", "warmup-steps", "repeat"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("c-re", "c-im", "rate", "min-time", "limit"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--device", default="cpu", help="for peers that have several")
    return parser.parse_args()


def answer(**line):
    print(json.dumps(line))
    sys.exit(0)


def timed(solver, steps):
    solver.reset()
    start = time.perf_counter_ns()
    solver.run(steps)
    return time.perf_counter_ns() - start


def measure(solver, problem, arguments):
    timed(solver, problem.warmup_steps)
    warm_ns = timed(solver, problem.warmup_steps)
    share = problem.steps / problem.warmup_steps if problem.workload == "diffusion" else 1
    if warm_ns * share > arguments.limit * 1e9:
        answer(status="skipped", reason=f"one sample would take about {warm_ns * share / 1e9:.0f} s, "
               f"the limit is {arguments.limit:.0f} s")
    samples = []
    gc.disable()
    while len(samples) < arguments.repeat or sum(samples) < arguments.min_time * 1e9:
        samples.append(timed(solver, problem.steps))
    return samples


def serve(load, julia, diffusion, notes=""):
    arguments = read_arguments()
    try:
        versions = load(arguments)
        import numpy
    except ImportError as error:
        answer(status="not found", reason=str(error))
    versions = {"python": sys.version.split()[0], "numpy": numpy.__version__, **versions}
    problem = Problem(arguments, numpy)
    make = julia if problem.workload == "julia" else diffusion
    if make is None:
        answer(status="skipped", reason=f"{problem.workload} can't be written in it")
    solver = make(problem)
    samples = measure(solver, problem, arguments)
    kind = numpy.uint16 if problem.workload == "julia" else problem.dtype
    numpy.ascontiguousarray(solver.result(), dtype=kind).tofile(arguments.result)
    answer(status="ok", samples_ns=samples, threads=solver.threads, versions=versions, notes=notes)
