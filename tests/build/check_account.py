"""Checks tools/bench/account on tiny fields: its counts are those of the plan, counted here by itself, and what it
measures is positive and of the size that processors allow.
Arguments: SOURCE_DIR COMPILER"""
import json
import os
import subprocess
import sys

LANES = (2, 4, 8)  # of f64
BLOCK = 4  # rows
ROWS, COLS, STEPS = 50, 64, 12
# A result takes six operations, of which no core begins more than four in a cycle.
LEAST_CYCLES = 1.5
# What is measured beside other programs may be so many times too long, each part by itself.
WIDE = 3


def expect(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def rows_computed(bands, steps):
    """Rows of all levels of a pass: each band goes down in blocks of 4 rows, of which each level's are one row
    higher. It computes the blocks that reach into the rows that the later levels need."""
    height, computed = ROWS // bands, 0
    for first in range(0, ROWS, height):
        top, last = max(first - steps, 0), min(first + height + steps, ROWS)
        for level in range(1, steps + 1):
            begin, end = max(first - (steps - level), 0), min(first + height + steps - level, ROWS)
            computed += BLOCK * sum(begin - BLOCK < block - level < end
                                    for block in range(top, last + steps + BLOCK, BLOCK))
    return computed


def expect_count(account, bands, lanes):
    """Each strip computes all of its vectors in each of these rows."""
    columns = account["strips"] * account["strip_vectors"] * lanes / account["cols"]
    expect(1 <= columns < 1.1, f"{columns} columns for each one of the field")
    steps = account["steps_per_pass"]
    want = columns * rows_computed(bands, steps) / (ROWS * steps)
    expect(abs(account["updates_of_a_result"] - want) < 1e-4,
           f"{account['updates_of_a_result']} updates of a result, not {want}")


def expect_times(account):
    """Of what is measured by itself; the parts are differences of these."""
    loop = account["loop"]
    steps = loop + account["levels"] + account["edges"]
    tiles = account["whole"] - account["thread_rest"]
    expect(loop >= LEAST_CYCLES, f"the loop takes {loop} cycles, less than its operations")
    for name, cycles in (("all steps of a block", steps), ("a tile", tiles), ("a launch", account["whole"])):
        expect(loop < WIDE * cycles, f"{name}: {cycles} cycles, and the loop alone {loop}")
    expect(account["in_and_out"] > 0, "rows go in and out in no time")
    expect(steps < 100 * loop, f"the steps of a block take {steps} cycles, its loop {loop}")
    expect(0.2 < account["ghz"] < 20, f"{account['ghz']} GHz")


def run(*arguments):
    return subprocess.run([f"{sys.argv[1]}/tools/bench/account", *arguments], capture_output=True, text=True,
                          env={**os.environ, "CC": sys.argv[2]})


# COLS are whole vectors in every case, and a fixed field needs no columns beyond it.
one = f"f64:{ROWS}:{COLS}:{STEPS}:{STEPS}:{COLS}:{ROWS}:1:1"
passes = f"f64:{ROWS}:{COLS}:{STEPS}:{STEPS // 3}:{COLS}:{ROWS}:1:1"
chain = f"f64:{ROWS}:2000:{STEPS}:6:400:25:2:2"
result = run("1", one, passes, chain)
expect(result.returncode == 0, result.stderr)
accounts = [row["account"] for row in json.loads(result.stdout)]
expect(len(accounts) == 3, "not three cases")
vector = COLS // accounts[0]["strip_vectors"]
expect(vector in LANES, f"{accounts[0]['strip_vectors']} vectors")
expect((accounts[2]["tiles"], accounts[2]["strips"]) == (2, 5), f"not a chain: {accounts[2]}")
for row, bands in zip(accounts, (1, 1, 2)):
    expect_count(row, bands, vector)
    expect_times(row)

for bad in (["0"], ["x"], ["1", "bogus"]):
    wrong = run(*bad)
    expect(wrong.returncode == 2 and wrong.stderr.count("\n") == 1 and not wrong.stdout, f"{bad}: {wrong.stderr}")
wrong = run("1", "f64:50:64:12:12:64:50:1:none")
expect(wrong.returncode != 0 and "none: give a number from 1" in wrong.stderr, wrong.stderr)
