"""Runs one row of a table in a process of its own: `row.py TABLE ROW PROBLEM`, the problem as JSON. Prints one
line of JSON: the digests of the results, the samples, or why there are none."""
import importlib
import json
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

from rowkit import Failed, NotInstalled, digest

MOST_SAMPLES = 10000


def sample(work):
    work.reset()
    start = time.perf_counter_ns()
    work.run()
    return time.perf_counter_ns() - start


def measure(work, problem):
    """Samples until there are enough of both, their number and their time. The first run is not one of them: it may
    compile."""
    samples = []
    sample(work)
    while len(samples) < problem.samples or (sum(samples) < problem.seconds * 1e9 and len(samples) < MOST_SAMPLES):
        samples.append(sample(work))
    return samples


def check(row, problem):
    """The digest of a small part of the problem."""
    part = SimpleNamespace(**{**vars(problem), "steps": problem.check_steps})
    work = row.make(part)
    sample(work)
    return digest(work.result())


def answer(row, problem):
    in_parts = hasattr(problem, "check_steps")
    digests = {}
    if in_parts:
        digests[str(problem.check_steps)] = check(row, problem)
        problem.steps = problem.check_steps if row.slow else problem.steps
    work = row.make(problem)
    samples = measure(work, problem)
    # After the last sample, so that what was timed is what is checked.
    digests[str(problem.steps)] = digest(work.result())
    return {"status": "ok", "digests": digests, "steps": problem.steps, "samples_ns": samples, "threads": work.threads,
            "versions": versions()}


def versions():
    """Of what the row has loaded."""
    names = ("numpy", "numexpr", "Cython", "numba", "cffi", "torch")
    found = {name: getattr(sys.modules.get(name), "__version__", None) for name in names}
    return {name.lower(): version for name, version in found.items() if version}


def main():
    table, name, text = sys.argv[1:]
    problem = SimpleNamespace(**json.loads(text))
    row = next(row for row in importlib.import_module(f"{table}_rows").ROWS if row.name == name)
    try:
        said = answer(replace(row), problem)
    except NotInstalled as error:
        said = {"status": "not installed", "reason": str(error)}
    except Failed as error:
        said = {"status": "failed", "reason": str(error)}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
