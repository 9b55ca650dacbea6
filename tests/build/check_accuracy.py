"""Checks what tools/bench/accuracy made of tiny problems, then its figures on made-up times.
Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR"""
import copy
import json
import subprocess
import sys
from pathlib import Path

SOURCE, BUILD, SCRATCH = (Path(argument) for argument in sys.argv[1:4])


def expect(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def near(value, wanted, what):
    expect(abs(value - wanted) <= 1e-6 * max(1, abs(wanted)), f"{what} is {value}, not {wanted}")


def predict(document, name):
    folder = SCRATCH / name
    folder.mkdir()
    (folder / "times.json").write_text(json.dumps(document))
    subprocess.run([SOURCE / "tools/bench/accuracy", "--predict", "--quick", "--build", BUILD, "--output", folder,
                    "--cases", "sum"], check=True, capture_output=True)
    return json.loads((folder / "accuracy.json").read_text())


def set_times(record, times):
    """Every round of a case takes a fixed time on each candidate, all of it in the kernel."""
    for turn in record["rounds"]:
        for label, row in turn["rows"].items():
            row["ns"] = {"alloc": 0, "h2d": 0, "launch": 0, "kernel": times[label], "d2h": 0, "unexplained": 0,
                         "total": times[label]}
            row["total_quartiles"] = [times[label]] * 2


measured = json.loads((SCRATCH / "out/times.json").read_text())
record = json.loads((SCRATCH / "out/accuracy.json").read_text())
expect(len(record["judged"]) == 8, f"{len(record['judged'])} cases were judged, not 8")
for case in record["judged"]:
    expect(len(case["rows"]) == 2, f"{case['name']}: {len(case['rows'])} candidates, not 2")
    expect(all(row["predicted_ns"] > 0 for row in case["rows"].values()), f"{case['name']}: no time is predicted")

# One candidate takes a ns for each value, the other two, without calibration cases and launches: what the others tell of each
# case is then exact, and transfers that take nothing are none.
fast, slow = sorted(measured["cases"][0]["rounds"][0]["rows"])
exact = copy.deepcopy(measured)
for profile in exact["profiles"]:
    profile["points"] = []
    profile["ceilings"]["launch_ns"] = 0
    profile["transfers"] = {direction: {} for direction in profile["transfers"]}
exact["cases"] = [case for case in exact["cases"] if case["workload"] == "sum"]
for case in exact["cases"]:
    set_times(case, {fast: int(case["values"]["count"]), slow: 2 * int(case["values"]["count"])})
figures = predict(exact, "exact")["figures"]["both"]["all"]
for name, wanted in {"cases": 4, "right": 1, "too_close": 0, "regret": 0, "transfers": 0, "speedup_p90": 0,
                     "total_p90": 0, "covered": 1}.items():
    near(figures[name], wanted, f"exact times: {name}")

# One case goes the other way round: the others tell it wrong, by a factor of 4 in the ratio, and the choice costs as
# much again as the best candidate takes.
wrong = copy.deepcopy(exact)
odd = wrong["cases"][0]
count = int(odd["values"]["count"])
set_times(odd, {fast: 2 * count, slow: count})
record = predict(wrong, "wrong")
case = next(case for case in record["judged"] if case["name"] == odd["name"])
expect(case["chosen"] == fast and case["best"] == slow and not case["right"], f"a wrong choice is judged {case}")
near(case["lost_ns"], count, "the time that a wrong choice costs")
error = case["speedups"][next(iter(case["speedups"]))]
near(error, 3 if slow == "native:scalar" else -0.75, "the error of the speed-up")
lost = sum(int(case["name"].split("count=")[1].split()[0]) for case in record["judged"] if case["chosen"] != case["best"])
near(record["figures"]["both"]["all"]["regret"], lost / sum(int(case["values"]["count"]) for case in wrong["cases"]),
     "regret")
