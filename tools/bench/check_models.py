"""Bounds from data sheets against measurements: which share is inside, and how wide they are."""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MEASUREMENTS = ROOT / "docs" / "measurements"
PAGE = ROOT / "docs" / "the-gpu-that-is-not-here.md"

# Units of times, and what a unit of a rate counts: work is divided by the rate.
TIMES = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
RATES = {"GB/s": ("bytes", 1), "TB/s": ("bytes", 1e3), "GFLOP/s": ("operations", 1),
         "TFLOP/s": ("operations", 1e3), "GIOP/s": ("operations", 1), "TIOP/s": ("operations", 1e3),
         "GCell/s": ("work", 1), "Giter/s": ("work", 1), "Gvalue/s": ("work", 1),
         "Gdiv/s": ("work", 1), "Gupdate/s": ("work", 1)}


def fail(text):
    sys.exit(f"check_models: {text}")


# ---- Bounds ------------------------------------------------------------------


LEFT_OUT = []  # the names of cases without bounds


def bounds_of(program, cases):
    """The answers of bound_cases, by the case's name; not of those that need more memory than there is."""
    request = json.dumps({"cases": cases})
    run = subprocess.run([program], input=request, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        fail(run.stderr.strip())
    answers = {case["name"]: case for case in json.loads(run.stdout)["cases"]}
    for name, answer in answers.items():
        if not answer["possible"]:
            print(f"check_models: left out: {name}: {answer['why_not']}", file=sys.stderr)
            LEFT_OUT.append(name)
    return {name: answer for name, answer in answers.items() if answer["possible"]}


def measured_ns(case, answer):
    """What a published value is as the time of the part."""
    unit, value, part = case["unit"], case["value"], case["as"]["part"]
    if unit in TIMES:
        return value * TIMES[unit]
    if unit not in RATES:
        fail(f"{case['name']}: unknown unit {unit}")
    what, scale = RATES[unit]
    if what == "bytes":
        what = {"up": "bytes_up", "down": "bytes_down"}.get(part, "bytes")
    return answer[what] / (value * scale)


def bounds_of_part(case, answer):
    pageable = case["as"].get("memory") == "pageable"
    return answer["pageable" if pageable else "parts"][case["as"]["part"]]


class Row:
    """One measurement beside its bounds."""

    def __init__(self, name, model, measured, best, worst, note="", case=None):
        self.name, self.model, self.measured = name, model, measured
        self.best, self.worst, self.note, self.case = best, worst, note, case

    @property
    def inside(self):
        return self.best <= self.measured <= self.worst

    @property
    def width(self):
        return self.worst / self.best if self.best > 0 else float("inf")

    @property
    def verdict(self):
        if self.inside:
            return "inside"
        return "better than the best" if self.measured < self.best else "worse than the worst"


def summary(rows):
    inside = sum(row.inside for row in rows)
    widths = [row.width for row in rows if row.best > 0]
    width = statistics.median(widths) if widths else float("nan")
    return inside, len(rows), width


# ---- Published measurements ------------------------------------------------------


def published_rows(program, path):
    document = json.loads(path.read_text())
    cases = [case for case in document["cases"] if case.get("as") and not case.get("own")]
    answers = bounds_of(program, [{"name": case["name"], "model": case["model"],
                                   "workload": case["as"]["workload"],
                                   "values": case["as"]["values"]} for case in cases])
    if not answers:
        fail(f"{path} has no measurement that there are bounds of")
    rows = []
    for case in cases:
        answer = answers.get(case["name"])
        if answer is None:
            continue
        best, worst = bounds_of_part(case, answer)
        rows.append(Row(case["name"], case["model"], measured_ns(case, answer), best, worst,
                        case=case))
    return rows


LEAST_INSIDE, MOST_WIDTH = 0.9, 3.0


def judge_published(rows):
    inside, count, width = summary(rows)
    faults = []
    if inside < LEAST_INSIDE * count:
        faults.append(f"only {inside} of {count} published measurements are inside")
    if width > MOST_WIDTH:
        faults.append(f"the worst is {width:.2f} times the best in the median")
    return faults


def as_value(case, row, ns):
    """A time in the unit of the published value."""
    return ns / TIMES[case["unit"]] if case["unit"] in TIMES else case["value"] * row.measured / ns


def published_table(rows, left_out):
    models = len({row.model for row in rows})
    inside, count, width = summary(rows)
    sentence = (f"{inside} of {count} published measurements on {models} models are inside "
                f"({100 * inside / count:.0f} %); the worst is {width:.2f} times the best in the "
                "median.")
    if left_out:
        sentence += f" Of {left_out} more there are no bounds, such as of those that do not fit into the memory."
    lines = [*textwrap.wrap(sentence, 100), "",
             "| what | model | published | bounds | | source |", "|---|---|--:|--:|---|---|"]
    for row in rows:
        case = row.case
        ends = sorted((as_value(case, row, row.best), as_value(case, row, row.worst)))
        lines.append(f"| {case['what']} | {row.model} | {case['value']:g} {case['unit']} | "
                     f"{ends[0]:.4g} to {ends[1]:.4g} | {row.verdict} | "
                     f"[{case['source']}]({case['address']}), {case['date']} |")
    return lines


# ---- The H200 ----------------------------------------------------------------------


def timed_rows(case, prefix):
    """Of a case of accuracy times: the rows whose label begins so, each with its middle round."""
    by_label = {}
    for round_ in case["rounds"]:
        for label, row in round_["rows"].items():
            if label.startswith(prefix) and row["status"] == "ok":
                by_label.setdefault(label, []).append(row["ns"])
    middle = {}
    for label, rounds in by_label.items():
        rounds.sort(key=lambda ns: ns["total"])
        middle[label] = rounds[(len(rounds) - 1) // 2]
    return middle


def device_rows(program, path, model, prefix):
    """Kernel and total of every case and row of accuracy times."""
    document = json.loads(path.read_text())
    answers = bounds_of(program, [{"name": case["name"], "model": model,
                                   "workload": case["workload"], "values": case["values"]}
                                  for case in document["cases"]])
    kernels, totals = [], []
    for case in document["cases"]:
        answer = answers.get(case["name"])
        if answer is None:
            continue
        for label, ns in timed_rows(case, prefix).items():
            name = f"{case['name']} ({label})"
            kernels.append(Row(name, model, ns["kernel"] + ns["launch"], *answer["parts"]["kernel"]))
            totals.append(Row(name, model, ns["total"], *answer["parts"]["total"]))
    return kernels, totals


def as_text(value):
    """A parameter of a report as gpufare takes it."""
    if isinstance(value, dict):
        return f"{value['width']}x{value['height']}"
    if isinstance(value, list):
        return ",".join(as_text(item) for item in value)
    return str(value)


def total_of(result):
    """The median of the better round trip."""
    serial = result["phases"]["total"]["median_ns"]
    return min(serial, result["pipelined"]["median_ns"]) if result["pipelined"] else serial


def fastest(report):
    """The fastest kernel of the GPU: `compare` may have been asked for those of CPUs as well."""
    rows = [result for result in report["results"]
            if result["device"]["id"] != "native" and result["status"] == "ok"]
    return min(rows, key=total_of, default=None)


def report_rows(program, path, model):
    """Kernel and round trip of the GPU in the reports of `compare`."""
    runs = json.loads(path.read_text())["runs"]
    reports = [report for run in runs for report in run["reports"].values()
               if isinstance(report, dict) and report.get("schema") == "gpufare.compare/1"]
    cases = [{"name": str(index), "model": model, "workload": report["workload"]["name"],
              "values": {name: as_text(value)
                         for name, value in report["workload"]["parameters"].items()}}
             for index, report in enumerate(reports)]
    answers = bounds_of(program, cases)
    kernels, totals = [], []
    for index, report in enumerate(reports):
        result = fastest(report)
        if result is None or str(index) not in answers:
            continue
        parts = answers[str(index)]["parts"]
        ns = {phase: entry["median_ns"] for phase, entry in result["phases"].items() if entry}
        workload = report["workload"]
        size = as_text(workload["parameters"].get("size", ""))
        what = " ".join(filter(None, (workload["name"], size)))
        name = f"{what} of docs/gpus.md ({result['variant']})"
        kernels.append(Row(name, model, ns["kernel"] + ns["launch"], *parts["kernel"]))
        totals.append(Row(name, model, total_of(result), *parts["total"]))
    return kernels, totals


def parts_table(parts):
    lines = ["| part | cases | inside | worst / best, median | better than the best | worse than the "
             "worst |", "|---|--:|--:|--:|--:|--:|"]
    for name, rows in parts:
        inside, count, width = summary(rows)
        better = sum(row.measured < row.best for row in rows)
        worse = sum(row.measured > row.worst for row in rows)
        lines.append(f"| {name} | {count} | {100 * inside / count:.0f} % | {width:.2f} | {better} | "
                     f"{worse} |")
    return lines


def outside_table(rows):
    outside = [row for row in rows if not row.inside]
    if not outside:
        return []
    lines = ["", "| outside | measured ms | best | worst |", "|---|--:|--:|--:|"]
    for row in outside:
        lines.append(f"| {row.name} | {row.measured * 1e-6:.4g} | {row.best * 1e-6:.4g} | "
                     f"{row.worst * 1e-6:.4g} |")
    return lines


# ---- Decisions on the CPU ------------------------------------------------------------


def decisions(program, path, model, prefix):
    """How often bounds of the model decide for or against it, beside native, and how often wrongly."""
    document = json.loads(path.read_text())
    answers = bounds_of(program, [{"name": case["name"], "model": model,
                                   "workload": case["workload"], "values": case["values"]}
                                  for case in document["cases"]])
    counts = {"worth it, even at its worst": 0, "not worth it, even at its best": 0, "open": 0}
    wrong = []
    for case in document["cases"]:
        if case["name"] not in answers:
            continue
        best, worst = answers[case["name"]]["parts"]["total"]
        native = min((ns["total"] for ns in timed_rows(case, "native").values()), default=None)
        device = min((ns["total"] for ns in timed_rows(case, prefix).values()), default=None)
        if native is None or device is None:
            continue
        if native <= best:
            counts["not worth it, even at its best"] += 1
            wrong += [case["name"]] if device < native else []
        elif native > worst:
            counts["worth it, even at its worst"] += 1
            wrong += [case["name"]] if device > native else []
        else:
            counts["open"] += 1
    lines = ["| verdict | cases |", "|---|--:|"]
    lines += [f"| {verdict} | {count} |" for verdict, count in counts.items()]
    lines += ["", f"{len(wrong)} of them were decided wrongly" + (": " + "; ".join(wrong) if wrong
                                                                  else ".")]
    return lines, wrong


# ---- The page ----------------------------------------------------------------------


def write_page(path, sections):
    """Replaces what stands between <!-- models NAME --> and <!-- end -->."""
    text = path.read_text()
    for name, lines in sections.items():
        pattern = re.compile(rf"(<!-- models {re.escape(name)} -->\n).*?(<!-- end -->)", re.S)
        if not pattern.search(text):
            fail(f"{path} has no place for {name}")
        body = "\n".join(lines)
        text = pattern.sub(lambda found: f"{found.group(1)}\n{body}\n\n{found.group(2)}", text)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(prog="check_models", description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"), help="folder of the build")
    parser.add_argument("--published", help="JSON of published measurements")
    parser.add_argument("--page", nargs="?", const=str(PAGE), help="write the tables into this page")
    parser.add_argument("--judge", action="store_true",
                        help="exit with 1 unless 90 %% of the published ones are inside, the worst is "
                        "at most 3 times the best in the median, and nothing is decided wrongly")
    arguments = parser.parse_args()
    program = pathlib.Path(arguments.build) / "bin" / "bound_cases"
    if not program.exists():
        fail(f"{program} is missing; build it, or give --build")
    published = pathlib.Path(arguments.published or
                             max(MEASUREMENTS.glob("*-published.json"), default="none"))
    sections = {}
    faults = []
    if not published.is_file():
        fail(f"{published} is no file of published measurements; give one with --published")
    rows = published_rows(program, published)
    sections["published"] = published_table(rows, len(LEFT_OUT))
    faults += judge_published(rows)
    h200 = MEASUREMENTS / "2026-11-29-h200-accuracy-times.json"
    kernels, totals = device_rows(program, h200, "h200", "0:0")
    more_kernels, more_totals = report_rows(program, MEASUREMENTS / "2026-11-29-h200.json", "h200")
    kernels += more_kernels
    totals += more_totals
    sections["h200"] = (parts_table([("kernel with its launches", kernels), ("round trip", totals)]) +
                        outside_table(kernels + totals))
    sections["h200 decisions"], wrong = decisions(program, h200, "h200", "0:0")
    faults += [f"decided wrongly: {name}" for name in wrong]
    cpu = MEASUREMENTS / "2026-11-29-accuracy-times.json"
    parts = []
    for label, prefix in (("PoCL", "0:0"), ("native, one and two threads", "native:avx512")):
        kernels, totals = device_rows(program, cpu, "epyc-9004-2", prefix)
        parts.append((label, totals))
    everything = [row for _, rows in parts for row in rows]
    sections["cpu"] = parts_table(parts + [("all", everything)]) + outside_table(everything)
    sections["cpu decisions"], wrong = decisions(program, cpu, "epyc-9004-2", "0:0")
    faults += [f"decided wrongly: {name}" for name in wrong]
    if arguments.page:
        write_page(pathlib.Path(arguments.page), sections)
    else:
        print(f"\n{len(LEFT_OUT)} cases are left out, since there are no bounds of them")
        for name, lines in sections.items():
            print(f"\n{name}\n")
            print("\n".join(lines))
    if arguments.judge and faults:
        fail("; ".join(faults))


if __name__ == "__main__":
    main()
