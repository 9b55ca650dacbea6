"""Clients in Python on the compatibility libraries, loaded by path and by name, against NumPy and plain Python, to
the bit; and the tables of examples/python on small problems. Usage: check_classic.py SOURCE_DIR LIBRARY_DIR SCRATCH_DIR;
the tool is $GPUFARE."""
import json
import os
import shutil
import subprocess
import sys
from array import array
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np

SOURCE, LIBRARIES, SCRATCH = (Path(argument).resolve() for argument in sys.argv[1:])
EXAMPLES = SOURCE / "examples/python"
sys.path.insert(0, str(EXAMPLES))
import classic  # noqa: E402
import diffusion_cffi  # noqa: E402
import diffusion_ctypes  # noqa: E402
import tables  # noqa: E402

CLIENTS = {"ctypes": diffusion_ctypes, "cffi": diffusion_cffi}
SHOWN = {"diffusion": {"evolve"}, "julia": {"calculate_z"}, "prime": {"check_prime", "smallest_divisor"},
         "sum": {"sum_values"}}
SIDE, DT = 512, 0.1
failures = []


def expect(holds, text):
    if not holds:
        failures.append(text)
        print(f"FAILED: {text}")


# ---- diffusion.so ----


def numpy_step(grid, out, dt, D=1.0):
    u = grid[1:-1, 1:-1]
    laplacian = grid[2:, 1:-1] + grid[:-2, 1:-1] + grid[1:-1, 2:] + grid[1:-1, :-2] - 4 * u
    out[1:-1, 1:-1] = u + D * dt * laplacian


def field(seed, offset=0):
    """Random values of many sizes, `offset` bytes from where NumPy would put them."""
    random = np.random.default_rng(seed)
    memory = np.zeros(SIDE * SIDE * 8 + 64, np.uint8)
    grid = memory[offset:offset + SIDE * SIDE * 8].view(float).reshape(SIDE, SIDE)
    grid[:] = random.standard_normal((SIDE, SIDE)) * 2.0 ** random.integers(-30, 30, (SIDE, SIDE))
    return grid


def same(a, b):
    return a.tobytes() == b.tobytes()


def check_steps(evolve, what, offset=0):
    grid, out = field(1, offset), field(2, offset)
    wanted, other = grid.copy(), out.copy()
    for _ in range(10):
        evolve(grid, out, DT)
        numpy_step(wanted, other, DT)
        expect(same(out, other), f"{what}: differs from NumPy, or the edge was written")
        expect(same(grid, wanted), f"{what}: what is read was written")
        grid, out, wanted, other = out, grid, other, wanted


def check_refused(load, what):
    grid = field(3)
    before = grid.copy()
    evolve = load(str(LIBRARIES / "diffusion.so"))
    for _ in range(3):
        evolve(grid, grid, DT)
    expect(same(grid, before), f"{what}: in == out was written")


def said_by(name):
    """stderr of a process in which a client gives the same array twice."""
    text = (f"import sys; sys.path[:0] = [{str(EXAMPLES)!r}]; import {name} as c, numpy as np\n"
            f"evolve = c.load({str(LIBRARIES / 'diffusion.so')!r}); grid = np.ones((512, 512))\n"
            "for _ in range(3): evolve(grid, grid, 0.1)\nassert (grid == 1).all()\n")
    done = subprocess.run([sys.executable, "-B", "-c", text], capture_output=True, text=True)
    expect(done.returncode == 0, f"{name}: {done.stderr}")
    return done.stderr


def check_diffusion():
    for how, client in CLIENTS.items():
        evolve = client.load(str(LIBRARIES / "diffusion.so"))
        check_steps(evolve, f"{how}, by path")
        for offset in (8, 4, 1):  # no vector's alignment, and no number's
            check_steps(evolve, f"{how}, {offset} bytes off", offset)
        said = said_by(client.__name__)
        expect(said.count("\n") == 1 and "evolve writes nothing" in said, f"{how}: in == out: '{said}'")
        ran = subprocess.run([sys.executable, "-B", EXAMPLES / f"{client.__name__}.py", "--steps", "50"], text=True,
                             capture_output=True, env={**os.environ, "LD_LIBRARY_PATH": str(LIBRARIES)})
        expect(ran.returncode == 0 and ran.stdout.startswith("50 steps"), f"{how}, by name: {ran.stderr}")
        grid = diffusion_ctypes.first_state()
        wanted, other = grid.copy(), grid.copy()
        for _ in range(50):
            numpy_step(wanted, other, DT)
            wanted, other = other, wanted
        expect(same(diffusion_ctypes.run(evolve, 50)[0], wanted), f"{how}: 50 steps of the client differ from NumPy's")


def check_shown():
    for stem, wanted in SHOWN.items():
        listing = subprocess.run(["nm", "-D", "--defined-only", LIBRARIES / f"{stem}.so"], check=True, text=True,
                                 capture_output=True).stdout
        shown = {line.split()[-1] for line in listing.splitlines()}
        expect(shown == wanted, f"{stem}.so shows {sorted(shown)}")


# ---- Lists and numbers ----


def check_julia():
    side, extent = 1000, 3.6
    axis = [-1.8 + i * extent / side for i in range(side)]
    zs = [complex(x, 1.8 - j * extent / side) for j in range(side) for x in axis]
    counts = classic.calculate_z_serial_purepython(300, zs, [complex(-0.62772, -0.42193)] * len(zs))
    expect(isinstance(counts, list) and len(counts) == len(zs), "calculate_z gives no list of counts")
    expect(sum(counts) == 33219980, f"the counts add up to {sum(counts)}")
    expect(classic.calculate_z(0, zs[:5], zs[:5]) == [0] * 5, "no iterations: not 0")
    expect(classic.calculate_z(10, [], []) == [], "no points: not []")
    for maxiter, points in ((1 << 32, [0j]), (3, [])):
        try:
            classic.calculate_z(maxiter, [0j], points)
            expect(False, f"maxiter {maxiter}, {len(points)} values of c: accepted")
        except ValueError:
            pass


def sieve(limit):
    prime = bytearray([0, 0]) + bytearray([1]) * (limit - 2)
    for i in range(2, int(limit ** 0.5) + 1):
        prime[2 * i::i] = bytes(len(prime[2 * i::i]))
    return [bool(each) for each in prime]


def check_primes():
    numbers = range(5000)
    wanted = sieve(5000)
    expect(classic.smallest_divisor(999999999989) == 999999999989, "999999999989 is prime")  # on all cores, before fork
    for pool in (ThreadPoolExecutor, ProcessPoolExecutor):
        with pool(max_workers=3) as executor:
            answers = list(executor.map(classic.check_prime, numbers, chunksize=100))
        expect(answers == wanted, f"{pool.__name__}: the answers differ from a sieve's")
    expect(not classic.check_prime(-7), "-7 counts as prime")
    try:
        classic.check_prime(1 << 63)
        expect(False, "2^63 was accepted")
    except ValueError:
        pass


def check_sum():
    values = np.arange(100001, dtype=float)
    for given in (values, array("d", values)):
        expect(classic.sum_values(given) == 5000050000.0, f"the sum of {type(given)} is {classic.sum_values(given)}")
    expect(classic.sum_values(values[:0]) == 0, "the sum of nothing is not 0")
    try:
        classic.sum_values(values[::2])
        expect(False, "values that are not side by side were accepted")
    except ValueError:
        pass


# ---- The tables ----


def made(digest):
    return {"status": "ok", "digests": {"1": digest}, "steps": 1, "samples_ns": [3, 1, 2]}


def check_judge():
    truth, first, other = {}, made("a"), made("b")
    tables.judge(first, truth)
    tables.judge(other, truth)
    expect(first["median_ns"] == 2 and (first["min_ns"], first["max_ns"]) == (1, 3), f"the first row: {first}")
    expect(other["status"] == "wrong result" and "median_ns" not in other and "samples_ns" not in other,
           f"a wrong result has a time: {other}")
    stranger = {**made("c"), "digests": {"7": "c"}}
    tables.judge(stranger, truth)
    expect(stranger["status"] == "wrong result", "a row with no result in common is believed")


def run_tables(*arguments):
    return subprocess.run([sys.executable, "-B", EXAMPLES / "tables.py", *arguments], text=True, capture_output=True,
                          cwd=SCRATCH)


def check_tables():
    done = run_tables("--quick", "--tables", "diffusion,primes", "--only", "NumPy", "--only", "'s", "--gpufare",
                      os.environ["GPUFARE"], "--json", "tables.json")
    expect(done.returncode == 0, f"tables.py: {done.returncode}: {done.stderr[-500:]} {done.stdout[-2000:]}")
    record = json.loads((SCRATCH / "tables.json").read_text())
    for table, least in zip(record["tables"], (5, 5)):
        right = [row["row"] for row in table["rows"] if row["status"] == "ok"]
        expect(len(right) >= least and len(right) == len(table["rows"]), f"{table['name']}: only {right} are ok")
        expect(f"| {right[-1]}" in done.stdout, f"{right[-1]} is not in the printed table")
    for arguments, word in ((("--tables", "nothing"), "--tables nothing"), (("--samples", "0"), "--samples 0"),
                            (("--json", "no/such/x.json"), "no/such/x.json"), (("--gpufare", "/no"), "--gpufare /no")):
        done = run_tables("--quick", *arguments)
        last = done.stderr.strip().splitlines()[-1]
        expect(done.returncode == 2 and word in last and not done.stdout, f"{arguments}: {done.returncode}, {last}")


def check_missing():
    """A peer that is not installed has a row that says how to get it, and no time."""
    hidden = SCRATCH / "hidden"
    hidden.mkdir()
    (hidden / "numpy.py").write_text("raise ModuleNotFoundError(\"No module named 'numpy'\", name='numpy')\n")
    environment = {**os.environ, "PYTHONPATH": str(hidden)}
    done = subprocess.run([sys.executable, "-B", EXAMPLES / "tables.py", "--quick", "--tables", "diffusion", "--only",
                           "NumPy", "--json", "missing.json"], text=True, capture_output=True, cwd=SCRATCH,
                          env=environment)
    rows = json.loads((SCRATCH / "missing.json").read_text())["tables"][0]["rows"]
    said = [(row["status"], "python3-numpy" in row["reason"]) for row in rows[1:]]
    expect(done.returncode == 0 and said == [("not installed", True)] * 2 and "samples_ns" not in rows[1],
           f"without NumPy: {done.returncode}, {rows}")


def main():
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir(parents=True)
    classic.use(LIBRARIES)
    for check in (check_shown, check_diffusion, check_julia, check_primes, check_sum, check_judge, check_tables,
                  check_missing):
        print(check.__name__, flush=True)
        check()
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
