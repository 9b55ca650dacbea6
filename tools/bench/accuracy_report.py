"""The record of tools/bench/accuracy as Markdown."""
import re
import textwrap

import accuracy_judge as judge
import files
import report

FIGURES = [
    ("right", "candidate chosen right, of the decided cases"),
    ("too_close", "too close to call, or not known"),
    ("level", "... and the measurements don't order them either"),
    ("bounded", "not predicted: the work is only bounded"),
    ("device_right", "device chosen right (native or OpenCL), of the decided cases"),
    ("device_too_close", "too close to call between devices"),
    ("regret", "regret: time lost against the best candidate, all cases"),
    ("transfer_median", "error of transfers, median"),
    ("transfer_p90", "... ninth decile"),
    ("speedup_median", "error of speed-ups against native:scalar, median"),
    ("speedup_p90", "... ninth decile"),
    ("total_median", "error of totals, median"),
    ("total_p90", "... ninth decile"),
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
                     report.share(record["repeatability"].get(name)), report.share(record["noise"].get(name))])
    return report.table(["", "goal:", f"{columns[0][0]}:", "", *(f"{text}:" for text, _ in columns[1:]),
                         "one round told by another:", "noise alone:"], rows)


def workload_lines(record):
    rows = []
    for workload, figures in record["figures"]["both"].items():
        rows.append([workload, figures["cases"],
                     *(report.share(figures[name]) for name in ("bounded", "right", "too_close", "regret",
                                                            "transfer_median", "transfer_p90", "speedup_median",
                                                            "speedup_p90", "total_median", "total_p90", "covered"))])
    return report.table(["", "cases:", "bounds:", "right:", "too close:", "regret:", "transfers, median:",
                         "ninth decile:", "speed-ups, median:", "ninth decile:", "totals, median:", "ninth decile:",
                         "in the interval:"], rows)


def candidate_lines(judged):
    judged = judge.predicted(judged)
    rows = []
    for label in sorted({label for case in judged for label in case["rows"]}):
        own = [case["rows"][label] for case in judged if label in case["rows"]]
        errors = [abs(row["error"]) for row in own]
        speed = [abs(case["speedups"][label]) for case in judged if label in case["speedups"]]
        rows.append([f"`{label}`", len(own), *(report.share(judge.quantile(errors, part)) for part in (0.5, 0.9)),
                     *(report.share(judge.quantile(speed, part)) for part in (0.5, 0.9)),
                     report.share(judge.share(row["covered"] for row in own)),
                     sum(case["best"] == label for case in judged), sum(case["chosen"] == label for case in judged)])
    return report.table(["candidate", "cases:", "error of its total, median:", "ninth decile:",
                         "of its speed-up, median:", "ninth decile:", "in the interval:", "measured best:",
                         "predicted best:"], rows)


# ---- What is stated, and what came true


def percent(share):
    return f"{share:.1%}"


def curve_lines(record):
    columns = ["stated probability", "number:", "stated, mean:", "measured:", "90 % interval of that:",
               "expected loss, stated:", "measured:"]
    lines = []
    for title, name in (("Each two candidates of a case", "pairs"), ("The chosen candidate, against all others", "chosen")):
        rows = [[f"{found['low']:.0%} to {found['high']:.0%}", found["count"], percent(found["stated"]),
                 percent(found["measured"]), " to ".join(percent(end) for end in found["interval"]),
                 percent(found["stated_loss"]), percent(found["measured_loss"])] for found in record["curve"][name]]
        lines += [f"{title}:", "", *report.table(columns, rows)]
    return lines


def limit_lines(record):
    rows = [[percent(found["least_certainty"]), "any" if found["most_loss"] is None else percent(found["most_loss"]),
             f"{found['least_lead']:.2f}", report.share(found["too_close"]), report.share(found["right"]),
             report.share(found["lost"])] for found in record["other_limits"]]
    return report.table(["least probability:", "largest expected loss:", "least ratio:", "too close:",
                         "right, of the decided:", "time lost by these:"], rows)


# ---- Cases


def decision_row(case):
    return [case["name"], f"`{case['chosen']}`", f"{case['certainty']:.0%}", percent(case["loss"]), f"`{case['best']}`",
            milliseconds(case["best_ns"]), f"{case['lost_ns'] / case['best_ns']:.0%}"]


DECISION_HEAD = ["case", "predicted fastest", "certainty:", "expected loss:", "measured fastest", "ms:", "time lost:"]


def decision_lines(cases):
    return report.table(DECISION_HEAD, [decision_row(case) for case in cases]) if cases else ["None.", ""]


def wrong_lines(judged):
    return decision_lines([case for case in judge.predicted(judged) if not case["too_close"] and not case["right"]])


def close_lines(judged):
    return decision_lines([case for case in judge.predicted(judged) if case["too_close"]])


def bound_lines(judged):
    rows = [[case["name"], f"`{label}`", f"{milliseconds(row['low_ns'])} to {milliseconds(row['high_ns'])}",
             milliseconds(row["measured_ns"]), "yes" if row["covered"] else "**no**"]
            for case in judged if case["bound"] for label, row in case["rows"].items()]
    return report.table(["case", "candidate", "ms, from least to most:", "measured:", "between"],
                        rows) if rows else ["None.", ""]


def speedup_lines(judged):
    judged = judge.predicted(judged)
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


def verdict_of(case):
    if case["bound"]:
        return "not predicted"
    return "too close" if case["too_close"] else "right" if case["right"] else "**wrong**"


def case_lines(judged):
    """Every case, every candidate."""
    labels = sorted({label for case in judged for label in case["rows"]})
    rows = []
    for case in judged:
        cells = [case["name"], "" if case["bound"] else f"`{case['chosen']}`", verdict_of(case)]
        for label in labels:
            row = case["rows"].get(label)
            error = "" if case["bound"] or not row else f" ({row['error']:+.0%})"
            cells.append(f"{milliseconds(row['measured_ns'])}{error}" if row else "")
        rows.append(cells)
    return report.table(["case", "chosen", "", *(f"`{label}`, ms (error):" for label in labels)], rows)


# ---- All sections


def system_of(machine):
    """Its name and version: what a builder of kernels adds means nothing to others."""
    return re.sub(r"^(\w+ \d+\.\d+)\S*", r"\1", machine["os"])


def commit_of(record):
    """A tree with changes of its own is no commit that could be looked up."""
    commit = record["commit"]
    return f"changes to commit {commit[:-len('-dirty')]}" if commit.endswith("-dirty") else f"commit {commit}"


def machine_lines(record):
    machine = record["machine"]
    text = (f"{machine['cpu']}, {machine['threads']} threads, {system_of(machine)}, {machine['compiler']}, gpufare "
            f"{machine['gpufare']}, {commit_of(record)}. {len(record['judged'])} cases, each measured in "
            f"{record['rounds']} rounds apart in time.")
    return [*textwrap.wrap(text, 100), ""]


def sections(record):
    """(name, title, lines) of each."""
    judged = record["judged"]
    return [
        ("machine", None, machine_lines(record)),
        ("figures", "The figures", goal_lines(record)),
        ("workloads", "By workload", workload_lines(record)),
        ("candidates", "By candidate", candidate_lines(judged)),
        ("calibration", "What is stated, and what came true", curve_lines(record)),
        ("limits", "Other limits of the rule", limit_lines(record)),
        ("wrong", "Wrong candidates", wrong_lines(judged)),
        ("close", "Too close to call, or not known", close_lines(judged)),
        ("bounds", "Not predicted: the work is only bounded", bound_lines(judged)),
        ("speedups", "Largest errors of speed-ups", speedup_lines(judged)),
        ("cases", "All cases", case_lines(judged)),
    ]


def markdown(record):
    lines = [f"# Predictions beside measurements, {record['date']}", ""]
    for _, title, own in sections(record):
        lines += [*([f"## {title}", ""] if title else []), *own]
    return "\n".join(lines).rstrip() + "\n"


def fill_page(path, record):
    """Writes the marked sections of a page anew. Raises RuntimeError if none of these times is marked."""
    page = path.read_text(encoding="utf-8")
    filled = 0
    for name, _, lines in sections(record):
        mark = f"<!-- accuracy {name} of {record['times']} -->"
        body = "\n".join(lines).strip()
        page, count = re.subn(re.escape(mark) + r".*?<!-- end -->", lambda _: f"{mark}\n\n{body}\n\n<!-- end -->", page,
                              flags=re.DOTALL)
        filled += count
    if filled == 0:
        raise RuntimeError(f"--page {path}: it has no section <!-- accuracy SECTION of {record['times']} -->")
    files.write_whole(path, page)
