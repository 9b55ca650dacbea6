"""Checks tools/bench/account on tiny fields: its parts add up to the whole, and its count of updates is that of the plan.
Arguments: SOURCE_DIR COMPILER"""
import json
import os
import subprocess
import sys

PARTS = ["loop", "levels", "edges", "recomputed", "in_and_out", "tile_rest", "thread_rest"]
LANES = (2, 4, 8)  # of f64
ROWS, COLS, STEPS = 50, 64, 12


def expect(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def rows_computed():
    """Rows of all levels, if the whole field is one tile that goes down in blocks of 4 rows, of which each level's are
    one row higher: those of blocks that reach into the field."""
    return 4 * sum(-4 < first - level < ROWS
                   for level in range(1, STEPS + 1) for first in range(0, ROWS + STEPS + 4, 4))


def run(*arguments):
    return subprocess.run([f"{sys.argv[1]}/tools/bench/account", *arguments], capture_output=True, text=True,
                          env={**os.environ, "CC": sys.argv[2]})


# COLS are whole vectors in every case, and a fixed field needs no columns beyond it.
one = f"f64:{ROWS}:{COLS}:{STEPS}:{STEPS}:{COLS}:{ROWS}:1:1"
chain = f"f64:{ROWS}:2000:{STEPS}:6:400:25:2:2"
result = run("1", one, chain)
expect(result.returncode == 0, result.stderr)
accounts = [row["account"] for row in json.loads(result.stdout)]
expect(len(accounts) == 2, "not two cases")
for account in accounts:
    total = sum(account[part] for part in PARTS)
    expect(abs(total - account["whole"]) < 0.01, f"{total} is not the whole {account['whole']}")
    expect(account["whole"] > 0 and account["loop"] > 0, "no time")
expect(COLS // accounts[0]["strip_vectors"] in LANES, f"{accounts[0]['strip_vectors']} vectors")
computed = rows_computed() / (ROWS * STEPS)
expect(abs(accounts[0]["updates_of_a_result"] - computed) < 1e-4,
       f"{accounts[0]['updates_of_a_result']} updates of a result, not {computed}")
expect((accounts[1]["tiles"], accounts[1]["strips"]) == (2, 5), f"not a chain: {accounts[1]}")
expect(1 < accounts[1]["updates_of_a_result"] < 1.5, "what a chain computes beside its results")

for bad in (["0"], ["x"], ["1", "bogus"]):
    wrong = run(*bad)
    expect(wrong.returncode == 2 and wrong.stderr.count("\n") == 1 and not wrong.stdout, f"{bad}: {wrong.stderr}")
wrong = run("1", "f64:50:64:12:12:64:50:1:none")
expect(wrong.returncode != 0 and "none: give a number from 1" in wrong.stderr, wrong.stderr)
