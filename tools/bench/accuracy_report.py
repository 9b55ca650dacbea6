"""The record of tools/bench/accuracy as Markdown."""
import accuracy_judge as judge
import report

FIGURES = [
    ("right", "candidate chosen right, of the decided cases"),
    ("too_close", "too close to call"),
    ("device_right", "device chosen right (native or OpenCL), of the decided cases"),
    ("device_too_close", "too close to call between devices"),
    ("regret", "regret: time lost against the best candidate, all cases"),
    ("transfer_median", "error of transfers, median"),
    ("transfer_p90", "... 90th percentile"),
    ("speedup_median", "error of speed-ups against native:scalar, median"),
    ("speedup_p90", "... 90th percentile"),
    ("total_median", "error of totals, median"),
    ("total_p90", "... 90th percentile"),
    ("covered", "totals inside the 90 % interval"),
    ("ratio_covered", "ratios of two totals inside the 90 % interval"),
    ("ratio_median", "median of their errors, as a share of that interval's half"),
]
MOST_SPEEDUPS = 12  # of the largest errors, in the table


def milliseconds(ns):
    return f"{ns / 1e6:.3g}"


def goal_of(name):
    if name not in judge.GOALS:
        return "", None
    words, limit = judge.GOALS[name]
    return f"{words} {limit:.0%}", (lambda value: value >= limit) if words == "at least" else (lambda v: v <= limit)


def goal_lines(record):
    """The figures with their goals, which apply to the first column of figures."""
    columns = [("leave one out", "both"), ("the same without transfers", "no transfers"),
               ("other cases alone", "others"), ("calibration cases alone", "calibration")]
    rows = []
    for name, text in FIGURES:
        goal, reached = goal_of(name)
        values = [record["figures"][key]["all"].get(name) for _, key in columns]
        verdict = "" if reached is None or values[0] is None else "reached" if reached(values[0]) else "**missed**"
        rows.append([text, goal, report.share(values[0]), verdict, *(report.share(value) for value in values[1:]),
                     report.share(record["repeatability"].get(name))])
    return report.table(["", "goal:", f"{columns[0][0]}:", "", *(f"{text}:" for text, _ in columns[1:]),
                         "one round told by another:"], rows)


def workload_lines(record):
    rows = []
    for workload, figures in record["figures"]["both"].items():
        rows.append([workload, figures["cases"],
                     *(report.share(figures[name]) for name in ("right", "too_close", "regret", "transfer_median",
                                                            "speedup_median", "speedup_p90", "total_median",
                                                            "total_p90", "covered"))])
    return report.table(["", "cases:", "right:", "too close:", "regret:", "transfers, median:", "speed-ups, median:",
                         "90th:", "totals, median:", "90th:", "in the interval:"], rows)


def candidate_lines(judged):
    rows = []
    for label in sorted({label for case in judged for label in case["rows"]}):
        own = [case["rows"][label] for case in judged if label in case["rows"]]
        errors = [abs(row["error"]) for row in own]
        rows.append([f"`{label}`", len(own), *(report.share(judge.quantile(errors, part)) for part in (0.5, 0.9)),
                     report.share(judge.share(row["covered"] for row in own)),
                     sum(case["best"] == label for case in judged), sum(case["chosen"] == label for case in judged)])
    return report.table(["candidate", "cases:", "error of its total, median:", "90th:", "in the interval:",
                         "measured best:", "predicted best:"], rows)


def decision_row(case):
    return [case["name"], f"`{case['chosen']}`", f"{case['certainty']:.0%}", f"`{case['best']}`",
            milliseconds(case["best_ns"]), f"{case['lost_ns'] / case['best_ns']:.0%}"]


DECISION_HEAD = ["case", "predicted fastest", "certainty:", "measured fastest", "ms:", "time lost:"]


def decision_lines(judged):
    wrong = [case for case in judged if not case["too_close"] and not case["right"]]
    close = [case for case in judged if case["too_close"]]
    lines = []
    for title, found in (("Wrong candidates", wrong), ("Too close to call", close)):
        lines += [f"## {title}", ""]
        lines += report.table(DECISION_HEAD, [decision_row(case) for case in found]) if found else ["None.", ""]
    return lines


def speedup_lines(judged):
    errors = [(abs(error), error, label, case) for case in judged for label, error in case["speedups"].items()]
    errors.sort(key=lambda entry: -entry[0])
    rows = []
    for _, error, label, case in errors[:MOST_SPEEDUPS]:
        cells = [case["name"], f"`{label}`", f"{error:+.0%}"]
        for name in (label, judge.BASELINE):
            row = case["rows"][name]
            cells.append(f"{milliseconds(row['predicted_ns'])} / {milliseconds(row['measured_ns'])}")
        rows.append(cells)
    return report.table(["case", "candidate", "error of its speed-up:", "ms, predicted / measured:",
                         "native:scalar, the same:"], rows)


def case_lines(judged):
    """Every case, every candidate."""
    labels = sorted({label for case in judged for label in case["rows"]})
    rows = []
    for case in judged:
        cells = [case["name"], f"`{case['chosen']}`", "too close" if case["too_close"] else
                 "right" if case["right"] else "**wrong**"]
        for label in labels:
            row = case["rows"].get(label)
            cells.append(f"{milliseconds(row['measured_ns'])} ({row['error']:+.0%})" if row else "")
        rows.append(cells)
    return report.table(["case", "chosen", "", *(f"`{label}`, ms (error):" for label in labels)], rows)


def markdown(record):
    machine, judged = record["machine"], record["judged"]
    lines = [f"# Predictions beside measurements, {record['date']}", "",
             f"{machine['cpu']}, {machine['threads']} threads, {machine['os']}, {machine['compiler']}, gpufare "
             f"{machine['gpufare']}, commit {record['commit']}. {len(judged)} cases, each measured in {record['rounds']} "
             "rounds apart in time.", ""]
    lines += goal_lines(record) + ["## By workload", "", *workload_lines(record)]
    lines += ["## By candidate", "", *candidate_lines(judged)] + decision_lines(judged)
    lines += ["## Largest errors of speed-ups", "", *speedup_lines(judged)]
    lines += ["## All cases", "", *case_lines(judged)]
    return "\n".join(lines).rstrip() + "\n"
