#!/usr/bin/env python3
"""Writes docs/drivers.md from the newest record of drivers in docs/measurements, or says with --check whether the page
is what the record makes."""
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/drivers"))
import catalogue  # noqa: E402  pylint: disable=wrong-import-position
import record  # noqa: E402  pylint: disable=wrong-import-position

# Those of tools/chroots, with the word that tells them.
SYSTEMS = (("Debian 12", "(bookworm)"), ("Debian 13", "(trixie)"), ("Debian sid", "/sid"))

INTRODUCTION = """\
# Drivers

What gpufare computes on the OpenCL drivers that packages bring for CPUs, from runs of
`tools/drivers/run` on real drivers: every workload, variant, precision and choice at odd sizes
(`plain_driver`), and the command-line tests. `tools/drivers/page.py` writes this page from
`measurements/{record}`. What a driver may refuse or break is listed in
`tools/drivers/catalogue.py`: a run that shows anything else fails, as does one in which a known
fault no longer shows.

"right" are runs whose result held against the reference, "refused" those that gpufare does not
start, with the reason, "failed" those in which the driver crashed, hung or returned an error,
"wrong" those whose result differed, so that no time of them counts. All of them end as one row of
the table with a status; none ends the program. Not counted are variants that are not for a problem.
Of the command-line tests those that did not run, and those that can't run on a driver, count too.
"""

RUN_IT = """\
## Run it

```
tools/test --drivers                   all of it, after the other tests
tools/drivers/run rusticl intel        some drivers; --help lists them
tools/drivers/run --short              a small part, on two: what tools/test runs
tools/drivers/fetch FOLDER rusticl     only get a driver, apart from the machine's own
```

Drivers are kept in `build-release/drivers/NAME`: `vendors` is what `OCL_ICD_VENDORS` is set to,
`environment` what else has to be set. No other program of the machine sees them. Packages of PyPI
are pinned and live in a virtual environment there; of Debian's packages only the driver itself is
unpacked there, what it depends on is installed. A driver that can't be had is counted as skipped,
with the reason. In a clean Debian: `tools/chroots/run SUITE tools/drivers/run --record FILE pocl
rusticl`.
"""


def wrap(text, indent=""):
    return textwrap.fill(text, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def title(run):
    version = ", ".join(run["packages"])
    system = re.sub(r"Debian GNU/Linux (\S+).*", r"Debian \1", run["system"])
    return f"{catalogue.DRIVERS[run['driver']].title} ({version}; {system})"


def clock(run):
    return {"believed": "yes", "refused": "no"}.get(run.get("clock", {}).get("verdict"), "not known")


def is_of_the_problem(reason):
    return any(re.search(pattern, reason) for pattern in catalogue.REFUSALS)


def refused(run):
    return sum(entry["runs"] for entry in run["plain_driver"].get("reasons", [])
               if entry["outcome"] == "unsupported" and not is_of_the_problem(entry["reason"]))


def precisions(run):
    """What some variant of each workload computes right."""
    done = {}
    for workload, variants in run["plain_driver"].get("kernels", {}).items():
        for cells in variants.values():
            for name, cell in cells.items():
                if cell.get("ok"):
                    done.setdefault(name or "whole numbers", set()).add(workload)
    every = set(run["plain_driver"].get("kernels", {})) - {"prime"}
    return "; ".join(name if workloads >= every or name == "whole numbers" else f"{name}: {', '.join(sorted(workloads))}"
                     for name, workloads in sorted(done.items()))


def all_tests(run):
    """Those of the build; records that do not have them are of a build with those of today."""
    return run.get("all_tests") or sorted(path.stem for path in (ROOT / "tests/cli").glob("cli_*.sh"))


def not_run(run):
    return [name for name in all_tests(run) if name not in {test["name"] for test in run["tests"]}]


def deadline(run):
    """Seconds, of a run whose options name it."""
    return next((option.partition("=")[2] for option in run["plain_driver_options"] if option.startswith("--deadline=")), "")


def overview(runs):
    rows = []
    for run in runs:
        counts = run["plain_driver"]
        tests = run["tests"]
        passed = sum(test["outcome"] == "passed" for test in tests)
        rows.append([title(run), run["device"]["name"], precisions(run), clock(run),
                     str(counts.get("ok", 0)), str(refused(run)), str(counts.get("failed", 0)),
                     str(counts.get("mismatch", 0)),
                     f"{passed} of {len(all_tests(run))}"])
    return table(["driver", "device", "computes", "its clock is used", "right", "refused", "failed", "wrong",
                  "command-line tests passed"], rows)


def generic(text):
    """A reason without what differs between runs of one cause."""
    text = re.sub(r"\bdevice \d+:\d+", "the device", text)
    text = re.sub(r"variant \S+ of workload \S+", "the variant", text)
    return re.sub(r"\b0x[0-9a-f]{5,}\b", "0x...", text)


def merged(reasons):
    found = {}
    for entry in reasons:
        if entry["outcome"] == "unsupported" and is_of_the_problem(entry["reason"]):
            continue
        runs, kernels = found.setdefault((entry["outcome"], generic(entry["reason"])), [0, set()])
        found[(entry["outcome"], generic(entry["reason"]))][0] = runs + entry["runs"]
        kernels.update(entry["kernels"])
    return found


WORDS = {"unsupported": "refused", "failed": "failed", "mismatch": "wrong"}


def shortened(kernels):
    """By workload: the variants, or "all" for more than names fit."""
    by_workload = {}
    for kernel in sorted(kernels):
        name, _, precision = kernel.partition(" ")
        workload, _, variant = name.partition(":")
        by_workload.setdefault((workload, precision), []).append(variant)
    groups = {}
    for (workload, precision), variants in by_workload.items():
        groups.setdefault((workload, tuple(variants)), []).append(precision)
    return "; ".join(f"{workload} ({', '.join(variants)}){' in ' if any(precisions_) else ''}"
                     f"{', '.join(word for word in precisions_ if word)}"
                     for (workload, variants), precisions_ in sorted(groups.items()))


def tests_told(run):
    """Tests that passed by name, the others with the reason."""
    passed = [test["name"] for test in run["tests"] if test["outcome"] == "passed" and not test["why"]]
    lines = [wrap(f"Command-line tests that passed: {', '.join(passed)}.") + "\n"] if passed else []
    lines += [wrap(f"- {test['name']}: {test['outcome']}: {test['why']}", "  ") for test in run["tests"] if test["why"]]
    missing = not_run(run)
    if missing:
        lines += ["" if lines and lines[-1].startswith("- ") else None, wrap(f"Not run: {', '.join(missing)}.")]
    return [line for line in lines if line is not None]


def details(run):
    driver = catalogue.DRIVERS[run["driver"]]
    lines = [f"## {title(run)}\n", wrap(f"To get it: {driver.how}.") + "\n"]
    lines += [wrap(note.format(deadline=deadline(run))) + "\n" for note in driver.notes]
    if clock(run) == "no":
        lines.append(wrap(f"The host's clock is used instead of its own: {run['clock']['why']}.") + "\n")
    counts = run["plain_driver"]
    options = ", ".join(f"`{option}`" for option in run["plain_driver_options"])
    if "commit" not in run:
        lines.append(wrap("This run went by what the driver claims, not by what small kernels measure; its commit is not in "
                          "the record.") + "\n")
    if options or "commit" in run:
        build = f" of commit {run['commit']}" if "commit" in run else ""
        lines.append(wrap(f"`plain_driver`{build} ran with {options or 'all sizes'}.") + "\n")
    if counts.get("left_out"):
        lines.append(wrap(f"After a failure {counts['left_out']} further runs of the same variant in the same precision "
                          "were left out.") + "\n")
    rows = [[WORDS[outcome], reason, str(count), shortened(kernels)]
            for (outcome, reason), (count, kernels) in sorted(merged(counts.get("reasons", [])).items())]
    if rows:
        lines.append(table(["", "reason", "runs", "kernels"], rows))
    else:
        lines.append("Everything ran and was right.\n")
    lines += tests_told(run)
    return "\n".join(lines).rstrip("\n") + "\n"


def not_tried(runs):
    """Drivers that tools/drivers/run knows, and systems, of which there is no run."""
    drivers = [driver.title for name, driver in catalogue.DRIVERS.items() if name not in {run["driver"] for run in runs}]
    systems = [name for name, word in SYSTEMS if not any(word in run["system"] for run in runs)]
    lines = [f"- {title_}: no run" for title_ in drivers] + [f"- {name}: no run of any driver" for name in systems]
    return "Not run:\n\n" + "\n".join(lines) + "\n" if lines else ""


def page(kept, name):
    runs = kept["runs"]
    head = INTRODUCTION.format(record=name)
    parts = [head, overview(runs), not_tried(runs), *(details(run) for run in runs), RUN_IT]
    return "\n".join(part for part in parts if part)


def main():
    path = record.newest(ROOT / "docs/measurements")
    target = ROOT / "docs/drivers.md"
    text = page(record.read(path), path.name)
    if "--check" in sys.argv[1:]:
        if target.read_text(encoding="utf-8") != text:
            print("docs/drivers.md is not what tools/drivers/page.py makes of " + path.name)
            return 1
        return 0
    target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
