"""Checks what tools/bench/accuracy made of tiny problems, then its figures on made-up times.
Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR"""
import copy
import json
import subprocess
import sys
from pathlib import Path

SOURCE, BUILD, SCRATCH = (Path(argument) for argument in sys.argv[1:4])
sys.path.insert(0, str(SOURCE / "tools/bench"))
import accuracy_cases  # noqa: E402
import accuracy_judge  # noqa: E402
import accuracy_report  # noqa: E402


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


# ---- Judging, on made-up predictions

LIMITS = {"close_ratio": 1.05, "errors_alike": 0.6, "least_certainty": 0.6, "most_loss": 0.15, "least_lead": 1.03}


def made_case(name, fast_ns, slow_ns, certainty, loss, doubt, bound=False):
    """A case of two candidates on two devices, of which `a:x` is predicted faster, and what predictions say of it."""
    truth = {label: {"ns": {"total": ns}, "totals": [ns] * 3, "transfers": 1}
             for label, ns in (("a:x", fast_ns), ("b:y", slow_ns))}
    row = {"total_ns": [100, 50, 200], "h2d_ns": [0, 0, 0], "d2h_ns": [0, 0, 0], "beyond": False}
    lead = {"certainty": certainty, "loss": loss, "doubt": doubt}
    answer = {"name": name, "bound": bound, "rows": [{"both": row}, {"both": {**row, "total_ns": [200, 100, 400]}}],
              "leads": {"both": [[None, lead], [None, None]]}}
    return accuracy_judge.judge_case({"name": name, "workload": "made"}, truth, answer, "both", LIMITS)


judged = [made_case("right", 100, 200, 0.97, 0.01, "none"), made_case("wrong", 200, 100, 0.65, 0.1, "none"),
          made_case("near", 100, 200, 0.62, 0.02, "near"), made_case("wide", 200, 100, 0.63, 0.47, "wide"),
          made_case("bound", 100, 200, 0.99, 0, "none", bound=True)]
figures = accuracy_judge.summarise(judged)
for name, wanted in {"cases": 5, "bounded": 0.2, "decided": 2, "right": 0.5, "too_close": 0.4, "regret": 0.5}.items():
    near(figures[name], wanted, f"made-up predictions: {name}")

# A bound is neither right nor wrong nor too close, and its wrong totals are no errors of predictions.
for lines in (accuracy_report.wrong_lines(judged), accuracy_report.close_lines(judged)):
    expect("bound" not in "".join(lines), "a bound is listed as a decision")
expect("| bound | `a:x` |" in "\n".join(accuracy_report.bound_lines(judged)), "a bound is not listed")
expect("not predicted" in next(line for line in accuracy_report.case_lines(judged) if "| bound |" in line),
       "a bound is not marked among all cases")

# What is too close to call counts as such a case of the measurements, too, only where they don't order the two.
near(figures["level"], 0, "made-up predictions: level")
near(accuracy_judge.summarise([made_case("level", 100, 103, 0.62, 0.02, "near")])["level"], 1, "level times")
# Times that the clock doesn't tell apart came half true.
near(accuracy_judge.chosen_ones([made_case("tied", 100, 100, 0.62, 0.02, "near")])[0]["fastest"], 0.5, "a tie, chosen")
near(made_case("tied", 100, 100, 0.62, 0.02, "near")["pairs"][0]["fastest"], 0.5, "a tie of a pair")

# Two that are level, and a third that is faster than both: the chosen one lost, whatever it is level with.
three = {label: {"ns": {"total": ns}, "totals": [ns] * 3} for label, ns in (("a:x", 200), ("b:y", 200), ("c:z", 100))}
decision = accuracy_judge.decide(three, list(three), {"a:x": 1, "b:y": 2, "c:z": 3},
                                 lambda a, b: {"certainty": 0.9, "loss": 0.01, "doubt": "none"}, LIMITS)
expect(decision["chosen"] == "a:x" and decision["best"] == "c:z" and not decision["tied"],
       f"a lost choice that is level with another is judged {decision}")
three["c:z"]["ns"]["total"] = 300
expect(accuracy_judge.decide(three, list(three), {"a:x": 1, "b:y": 2, "c:z": 3},
                             lambda a, b: {"certainty": 0.9, "loss": 0.01, "doubt": "none"}, LIMITS)["tied"],
       "two fastest that are level are no tie")


# ---- The truth, from made-up rounds

def made_round(h2d, kernel, total):
    return {"rows": {"a:x": {"status": "ok", "transfers": 2, "total_quartiles": [total, total],
                             "ns": {"h2d": h2d, "kernel": kernel, "d2h": h2d, "total": total}}}}


# Each phase has its own middle, not that of the round with the middle total, whose transfers are odd.
truth = accuracy_judge.truths({"rounds": [made_round(20000, 100, 40300), made_round(90000, 10, 181000),
                                          made_round(30000, 90, 60100), made_round(25000, 120, 99999),
                                          made_round(21000, 80, 42200)]})["a:x"]
for name, wanted in {"h2d": 25000, "d2h": 25000, "kernel": 90, "total": 60100}.items():
    near(truth["ns"][name], wanted, f"the truth of {name}")
near(accuracy_judge.run_deviation([100, 200]), 0.6931471805599453 / 1.1284, "the deviation of two rounds")
near(accuracy_judge.run_deviation([100, 100]), 0.01, "the deviation of equal rounds, a nanosecond")
near(accuracy_judge.run_deviation([100]), 0, "the deviation of one round")
near(accuracy_judge.run_deviation([0, 0]), 0, "the deviation of what takes no time")
truth = accuracy_judge.truths({"rounds": [made_round(1000, 10000, 12000), made_round(2000, 10000, 14000)]})["a:x"]
near(truth["transfer_deviation"], 0.6931471805599453 / 1.1284, "the deviation of transfers")
near(truth["compute_deviation"], 1e-4, "the deviation of equal computing, a nanosecond")

# Noise alone: none in rounds that agree; of two rounds each has the share sqrt(1/2) of their difference.
noise = accuracy_judge.noise_alone({"case": {"a:x": {"totals": [100] * 3, "transfers": 1, "transfer_ns": [9000] * 3}}})
expect(noise["total_p90"] == 0 and noise["transfer_median"] == 0, f"noise of equal rounds is {noise}")
noise = accuracy_judge.noise_alone({"case": {"a:x": {"totals": [100, 200], "transfers": 1, "transfer_ns": [1, 1]}}})
expect(noise["transfer_median"] is None, "in place nothing is transferred")
near(noise["total_p90"], 2 ** (0.5 ** 0.5) - 1, "noise of two rounds that differ by a factor of 2")

# The curve: 3 of 4 that were stated at 0.62 to 0.65 came true, and what was lost is the geometric mean of 1, 1, 1, 16.
stated = [{"certainty": certainty, "loss": 0.1, "fastest": fastest, "times_as_long": times}
          for certainty, fastest, times in ((0.62, True, 1), (0.63, True, 1), (0.64, True, 1), (0.65, False, 16))]
curve = accuracy_judge.calibration_curve(stated + [{"certainty": 1, "loss": 0, "fastest": True, "times_as_long": 1}])
expect([found["count"] for found in curve] == [4, 1], f"the bins of the curve are {curve}")
for name, wanted in {"stated": 0.635, "measured": 0.75, "stated_loss": 0.1, "measured_loss": 1}.items():
    near(curve[0][name], wanted, f"the curve's {name}")
low, high = accuracy_judge.frequency_interval(0, 10)  # Wilson: z^2 / (n + z^2) above 0 of 10
near(low, 0, "the interval of 0 of 10")
near(high, 1.645**2 / (10 + 1.645**2), "the end of the interval of 0 of 10")

# The rule's own limits decide what the predictor decided; without a limit on the loss one more case is decided.
limits = accuracy_judge.other_limits(judged[:2] + judged[3:], LIMITS)
near(limits[0]["too_close"], 0.25, "too close by the rule's own limits")
near(next(found for found in limits if found["most_loss"] is None)["too_close"], 0, "too close with any loss")

# Enough cases, and none twice.
names = [case.name for case in accuracy_cases.FULL]
expect(len(names) >= 120 and len(set(names)) == len(names), f"{len(names)} cases, {len(set(names))} names")

# ---- Predicting, on tiny problems

measured = json.loads((SCRATCH / "out/times.json").read_text())
record = json.loads((SCRATCH / "out/accuracy.json").read_text())
expect("<svg" in (SCRATCH / "out/accuracy.svg").read_text(), "there is no picture of the curve")
expect(sum(found["count"] for found in record["curve"]["chosen"]) == 8, f"the curve is {record['curve']}")
expect(len(record["judged"]) == 8, f"{len(record['judged'])} cases were judged, not 8")
for case in record["judged"]:
    expect(len(case["rows"]) == 2, f"{case['name']}: {len(case['rows'])} candidates, not 2")
    expect(all(row["predicted_ns"] > 0 for row in case["rows"].values()), f"{case['name']}: no time is predicted")

# One candidate takes 10 ns for each value, the other 20, without calibration cases and launches: what the others tell of
# each case is then exact, no memory is too slow for it, and transfers that take nothing are none.
VALUE_NS = 10
fast, slow = sorted(measured["cases"][0]["rounds"][0]["rows"])
exact = copy.deepcopy(measured)
for profile in exact["profiles"]:
    profile["points"] = []
    profile["ceilings"]["launch_ns"] = 0
    profile["transfers"] = {direction: {} for direction in profile["transfers"]}
exact["cases"] = [case for case in exact["cases"] if case["workload"] == "sum"]
for case in exact["cases"]:
    ns = VALUE_NS * int(case["values"]["count"])
    set_times(case, {fast: ns, slow: 2 * ns})
figures = predict(exact, "exact")["figures"]["both"]["all"]
for name, wanted in {"cases": 4, "right": 1, "too_close": 0, "regret": 0, "transfers": 0, "speedup_p90": 0,
                     "total_p90": 0, "covered": 1}.items():
    near(figures[name], wanted, f"exact times: {name}")

# One case goes the other way round: the others tell it wrong, by a factor of 4 in the ratio, and the choice costs as
# much again as the best candidate takes.
wrong = copy.deepcopy(exact)
odd = wrong["cases"][0]
ns = VALUE_NS * int(odd["values"]["count"])
set_times(odd, {fast: 2 * ns, slow: ns})
record = predict(wrong, "wrong")
case = next(case for case in record["judged"] if case["name"] == odd["name"])
expect(case["chosen"] == fast and case["best"] == slow and not case["right"], f"a wrong choice is judged {case}")
near(case["lost_ns"], ns, "the time that a wrong choice costs")
error = case["speedups"][next(iter(case["speedups"]))]
near(error, 3 if slow == "native:scalar" else -0.75, "the error of the speed-up")
lost = sum(int(case["name"].split("count=")[1].split()[0]) for case in record["judged"] if case["chosen"] != case["best"])
near(record["figures"]["both"]["all"]["regret"], lost / sum(int(case["values"]["count"]) for case in wrong["cases"]),
     "regret")

# A page gets the sections of these times, whatever stood there; other times' and its text stay.
page = SCRATCH / "page.md"
page.write_text("before\n<!-- accuracy figures of times.json -->\nstale words\n<!-- end -->\nbetween\n"
                "<!-- accuracy figures of other.json -->\nkept\n<!-- end -->\nafter\n")
accuracy_report.fill_page(page, record)
text = page.read_text()
expect("stale words" not in text and "kept" in text and "| regret" in text and text.startswith("before\n") and
       "between" in text and text.endswith("after\n"), f"the page is {text}")
page.write_text("nothing is marked")
try:
    accuracy_report.fill_page(page, record)
    sys.exit("FAILED: a page without marks was accepted")
except RuntimeError:
    pass
