#!/usr/bin/env python3
"""Julia, diffusion, primes and a sum: in pure Python, with the libraries that are known for making it fast, and by
gpufare, in one run. `tables.py --help` lists the options; README.md explains the rows."""
import argparse
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import program_rows
from rowkit import HERE, Failed, NotInstalled

DONE, FAILURE, USAGE, DISAGREE, INTERRUPTED = 0, 1, 2, 4, 130
ROW_LIMIT_S = 1800


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    unit: str
    problem: dict  # for rows; "steps" divides their times
    quick: dict  # what is smaller with --quick


PRIMES = [100000000000031, 200000000012359, 500000000000057]
COMPOSITES = [99995579513017, 220000573000081, 94011000595403]  # their smallest divisors: 9999047, 11000027, 31337

TABLES = [
    Table("julia", "Julia, {side} x {side} points, {maxiter} iterations at most", "picture",
          {"side": 1000, "maxiter": 300, "steps": 1}, {"side": 60, "maxiter": 50}),
    Table("diffusion", "Diffusion, {side} x {side}, {steps} steps (slow rows: {check_steps})", "step",
          {"side": 512, "check_steps": 5, "steps": 100}, {"check_steps": 1, "steps": 3}),
    Table("primes", "Six numbers, three of them prime: {numbers}", "six numbers",
          {"numbers": PRIMES + COMPOSITES, "steps": 1}, {"numbers": [1000003, 1000033, 1000037, 1018081, 1002001, 999999]}),
    Table("sum", "The sum of {count} f64 values", "sum", {"count": 100000000, "steps": 1}, {"count": 100000}),
]


# ---- Running ----


def answer_of_python(python, table, row, problem):
    """Runs a row in a process of its own."""
    command = [python, "-B", str(HERE / "row.py"), table, row, json.dumps(problem)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ROW_LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"no end after {ROW_LIMIT_S} s") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Failed(lines[-1])
    return json.loads(done.stdout.strip().splitlines()[-1])


def all_rows(table, settings):
    """(name, about, function of the problem) of each row of a table."""
    rows = [(row.name, row.about, lambda problem, name=row.name: answer_of_python(
        settings.python, table.name, name, problem))
        for row in importlib.import_module(f"{table.name}_rows").ROWS]
    return rows + program_rows.rows(table.name, settings.gpufare)


def ask(function, problem):
    try:
        return function(problem)
    except NotInstalled as error:
        return {"status": "not installed", "reason": str(error)}
    except Failed as error:
        return {"status": "failed", "reason": str(error)}


def judge(answer, truth):
    """A result that differs from what is known gets no time; what is new is known from then on. Each row has at least
    one result in common with the first."""
    if answer["status"] != "ok":
        return
    wrong = [steps for steps, digest in answer["digests"].items() if truth.get(steps, digest) != digest]
    common = truth.keys() & answer["digests"].keys()
    if wrong or (truth and not common):
        answer.update(status="wrong result", reason="its result differs from that of the rows above")
        del answer["samples_ns"]
        return
    truth.update(answer["digests"])
    samples = answer["samples_ns"] = [ns / answer["steps"] for ns in answer["samples_ns"]]
    answer.update(median_ns=statistics.median(samples), min_ns=min(samples), max_ns=max(samples))


def run_table(table, settings):
    problem = problem_of(table, settings)
    truth, rows, first = {}, [], None
    for name, about, function in all_rows(table, settings):
        if rows and settings.only and not any(text.lower() in name.lower() for text in settings.only):
            continue
        print(f"{table.name}: {name} ...", file=sys.stderr, flush=True)
        answer = ask(function, problem)
        judge(answer, truth)
        answer = {"row": name, "about": about, **answer}
        if answer["status"] == "ok":
            first = first or answer["median_ns"]
            answer["times_as_fast"] = first / answer["median_ns"]
        elif not rows:
            raise Failed(f"{table.name}: the first row, which the others are compared with: {answer['reason']}")
        rows.append(answer)
    return {"name": table.name, "title": title(table, problem), "unit": table.unit,
            "problem": {**table.problem, **(table.quick if settings.quick else {})}, "rows": rows}


def problem_of(table, settings):
    return {**table.problem, **(table.quick if settings.quick else {}), "samples": settings.samples,
            "seconds": 0 if settings.quick else 1, "build": str(settings.build),
            "compat": str(settings.compat) if settings.compat else None}


def title(table, problem):
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in problem.items()}
    return table.title.format(**shown)


# ---- Writing ----


def time_text(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}" if ns < 1000 * size else f"{ns / size:.0f} {unit}"
    return f"{ns:.3g} ns"


def cells(row):
    if row["status"] != "ok":
        return [row["row"], row["status"], "", "", "", row["reason"]]
    spread = f"{time_text(row['min_ns'])} to {time_text(row['max_ns'])}"
    ratio = row["times_as_fast"]
    variant = f"{row['variant']}; " if "variant" in row else ""
    return [row["row"], time_text(row["median_ns"]), spread, f"{ratio:.3g}x" if ratio < 1000 else f"{ratio:.0f}x",
            str(row["threads"] or ""), variant + row["about"]]


def markdown(table):
    rows = table["rows"]
    head = ["row", f"time a {table['unit']}", "least to greatest", f"against {rows[0]['row']}", "threads", ""]
    if table["unit"].startswith("six"):
        head[1] = "time"
    body = [[cell.replace("|", "\\|") for cell in cells(row)] for row in rows]
    widths = [max(len(line[i]) for line in [head] + body) for i in range(len(head))]
    right = (1, 2, 3, 4)
    lines = [f"## {table['title']}", ""]
    for number, line in enumerate([head] + body):
        padded = [cell.rjust(width) if i in right else cell.ljust(width)
                  for i, (cell, width) in enumerate(zip(line, widths))]
        lines.append(f"| {' | '.join(padded)} |")
        if number == 0:
            rules = ["-" * (width - 1) + ":" if i in right else "-" * width for i, width in enumerate(widths)]
            lines.append(f"| {' | '.join(rules)} |")
    return "\n".join(lines + [""])


def machine(settings):
    """What the times were measured on."""
    facts = {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    if settings.gpufare:
        facts = json.loads(program_rows.ask(settings.gpufare, "devices", "--json", "-"))["machine"]
    return {**facts, "python": python_version(settings.python), "load_before": list(os.getloadavg())}


def python_version(python):
    says = "import platform; print(platform.python_implementation(), platform.python_version())"
    return subprocess.run([python, "-c", says], check=True, capture_output=True, text=True).stdout.strip()


def versions(tables):
    found = {}
    for row in (row for table in tables for row in table["rows"]):
        found.update(row.pop("versions", {}))
    return dict(sorted(found.items()))


def write(path, text):
    """The file appears when it is complete."""
    path = Path(path)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


# ---- The command line ----


def options():
    parser = argparse.ArgumentParser(description="Times the same four problems in many ways, each proved equal first.")
    names = ",".join(table.name for table in TABLES)
    parser.add_argument("--tables", default=names, metavar="LIST", help="which (default: %(default)s)")
    parser.add_argument("--only", action="append", metavar="TEXT",
                        help="the first row, and rows with this text in their names; may be repeated")
    parser.add_argument("--samples", type=int, metavar="N",
                        help="at least so many of each row (default: 3, with --quick 1); fast rows have more")
    parser.add_argument("--quick", action="store_true", help="small problems, to see what works; no times to quote")
    parser.add_argument("--json", metavar="FILE", help="also write everything, with all samples")
    parser.add_argument("--gpufare", metavar="FILE", help="the program (default: the newest build of this tree, or PATH)")
    parser.add_argument("--python", default=sys.executable, metavar="FILE",
                        help="the Python of the rows (default: %(default)s)")
    parser.add_argument("--build", default="build-tables", metavar="DIR",
                        help="where loops are compiled (default: ./%(default)s)")
    parser.add_argument("--install", action="store_true",
                        help="make a virtual environment in that folder, with requirements.txt, for the rows")
    return parser


def check(settings, parser):
    known = [table.name for table in TABLES]
    for name in settings.tables.split(","):
        if name not in known:
            parser.error(f"--tables {name}: there is no such table; there are {', '.join(known)}")
    if settings.samples is None:
        settings.samples = 1 if settings.quick else 3
    if settings.samples < 1:
        parser.error(f"--samples {settings.samples}: at least 1")
    if settings.json and not Path(settings.json).resolve().parent.is_dir():
        parser.error(f"--json {settings.json}: there is no such folder")
    if settings.gpufare and not os.access(settings.gpufare, os.X_OK):
        parser.error(f"--gpufare {settings.gpufare}: no program")
    settings.build = Path(settings.build).resolve()
    settings.gpufare = program_rows.find(settings.gpufare)
    settings.compat = settings.gpufare and program_rows.compat_folder(settings.gpufare)


def install(settings):
    """A virtual environment with the pinned packages, which the rows then run in."""
    folder = settings.build / "venv"
    python = folder / "bin" / "python"
    for command in ([settings.python, "-m", "venv", str(folder)],
                    [str(python), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")]):
        if subprocess.run(command).returncode != 0:
            raise Failed(f"--install: {' '.join(command)} failed")
    settings.python = str(python)


def run(settings):
    if settings.install:
        install(settings)
    began = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    record = {"schema": "gpufare.tables/1", "began": began, "machine": machine(settings),
              "settings": {"quick": settings.quick, "samples": settings.samples}, "tables": []}
    for table in TABLES:
        if table.name in settings.tables.split(","):
            record["tables"].append(run_table(table, settings))
            print(markdown(record["tables"][-1]), flush=True)
    record["versions"] = versions(record["tables"])
    if settings.json:
        write(settings.json, json.dumps(record, indent=1) + "\n")
    return [row["status"] for table in record["tables"] for row in table["rows"]]


def main():
    parser = options()
    settings = parser.parse_args()
    check(settings, parser)
    try:
        said = run(settings)
    except KeyboardInterrupt:
        print("tables.py: interrupted; no file was written", file=sys.stderr)
        return INTERRUPTED
    except (Failed, OSError) as error:
        print(f"tables.py: {error}", file=sys.stderr)
        return FAILURE
    if "wrong result" in said:
        return DISAGREE
    return FAILURE if "failed" in said else DONE


if __name__ == "__main__":
    sys.exit(main())
