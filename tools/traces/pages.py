#!/usr/bin/env python3
"""Writes docs/traces from the newest record of tools/traces/run; --check: says whether it is up to date."""
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools/drivers"), str(ROOT / "tools/bench")]
import catalogue  # noqa: E402  pylint: disable=wrong-import-position
import programs  # noqa: E402  pylint: disable=wrong-import-position
import records  # noqa: E402  pylint: disable=wrong-import-position

PARTS = ("build", "alloc", "up", "down", "copy", "kernels", "overlap", "waiting", "host")
KERNELS = 5
WORDS = {"same": "same", "differs": "DIFFERS", "varies": "varies by itself", "does not run": "does not run"}

INTRODUCTION = """\
# Traces of programs that Debian packages

`tools/traces/run` runs each of these programs as its package brings it, without and with `gpufare trace`, on
drivers that packages bring, and compares what it prints, the files that it writes and its exit status;
`tools/traces/pages.py` writes these pages from `measurements/{record}`. Times in what programs print, which differ
from run to run, are left out of the comparison; `tools/traces/programs.py` has them, and each command.

*same*: nothing differs. *varies by itself*: two runs without the trace differ, too. *does not run*: without the
trace, either, with the reason on the program's page. Kernels were compiled by an earlier run, where a driver keeps
them. The machine has {cores} cores, which other work shared: times are of such a machine, and counts and bytes exact.
"""

RUN_IT = """\
## Run it

```
tools/traces/run                            all programs on PoCL, Intel's runtime and Mesa's rusticl
tools/traces/run --drivers pocl x264-lookahead ffmpeg-filters
tools/traces/run --record FILE              keep what was shown; then tools/traces/pages.py
```

It installs the programs' packages, and gets the drivers as [drivers](../drivers.md) says, apart
from the machine's own.
"""


def wrap(text):
    return "\n\n".join(textwrap.fill(" ".join(paragraph.split()), 100, break_long_words=False, break_on_hyphens=False)
                       if not paragraph.startswith(("#", "```", "|", "- ")) else paragraph for paragraph in text.split("\n\n"))


def bullets(lines):
    return "\n".join(textwrap.fill("- " + line, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
                     for line in lines)


def table(rows):
    rule = "|" + "---|" * len(rows[0])
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], rule, *lines[1:]])


def number(count):
    return f"{count:,}"


def size(count):
    for unit in ("B", "KiB", "MiB"):
        if count < 10240:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.0f} GiB"


def driver_name(entry):
    return f"{catalogue.DRIVERS[entry['driver']].title} ({entry['driver_packages'][-1].split()[-1]})"


def sums(entry, *keys):
    """Of all processes of a trace."""
    return [sum(process["sums"][key] for process in entry["report"]["processes"]) for key in keys]


def part(entry, name):
    ledgers = [process["ledger"] for process in entry["report"]["processes"]]
    total = sum(ledger["total_ns"] for ledger in ledgers)
    return sum(ledger[name + "_ns"] for ledger in ledgers) / total if total else 0


def outcome(entry):
    return WORDS[entry["outcome"]] if entry else "not tried"


def ledger(entries):
    """One column for each driver with a report."""
    rows = [["", *(driver_name(entry) for entry in entries)],
            ["what it prints and ends with", *(outcome(entry) for entry in entries)],
            ["seconds without, with the trace", *(f"{entry['seconds'][0]:.1f}, {entry['seconds'][1]:.1f}" for entry in entries)]]
    rows += [[name, *(f"{part(entry, name):.1%}" for entry in entries)] for name in PARTS]
    for title, keys in (("builds", ("builds",)), ("launches", ("launches",)), ("uploads", ("uploads", "up_bytes")),
                        ("downloads", ("downloads", "down_bytes"))):
        found = [sums(entry, *keys) for entry in entries]
        rows.append([title, *(number(values[0]) + (f" of {size(values[1])}" if len(values) > 1 and values[0] else "")
                              for values in found)])
    rows.append(["faster with all transfers free, at most",
                 *(", ".join(speedup(process["limits"]["transfers_free"]) for process in entry["report"]["processes"])
                   for entry in entries)])
    return table(rows)


def speedup(factor):
    """In three digits; 1 is none."""
    return "no faster" if f"{factor:.3g}" == "1" else f"{factor:.3g} times"


def told(entry):
    """What a report found, and its notes."""
    lines = []
    for process in entry["report"]["processes"]:
        lines += [f"at most {finding['saving_ns'] / 1e6:.3g} ms: {finding['text']}" for finding in process["findings"]]
        lines += ["nothing was found that would save 2 % of its time"] if not process["findings"] else []
        lines += process["notes"]
    return lines


def milliseconds(ns):
    return "-" if ns is None else f"{ns / 1e6:.3f}"


def kernels(entry):
    """Those that ran longest; times that the driver does not give are left open."""
    all_kernels = sorted((kernel for process in entry["report"]["processes"] for kernel in process["kernels"]),
                         key=lambda kernel: (-(kernel["run_ns"] or 0), -kernel["launches"]))[:KERNELS]
    rows = [["kernel", "launches", "ms", "median ms", "begins after ms"]]
    rows += [[f"`{kernel['name']}`", number(kernel["launches"]),
              *(milliseconds(kernel[key]) for key in ("run_ns", "median_ns", "median_gap_ns"))] for kernel in all_kernels]
    return table(rows) if all_kernels else ""


def page(program, entries):
    command = " ".join(f"'{word}'" if " " in word or ";" in word else word for word in program.command)
    packages = ", ".join(f"{name} {version}" for name, version in max((entry["packages"] for entry in entries), key=len).items())
    command = " ".join([*(f"{name}={value}" for name, value in program.environment.items()), command])
    traced = [entry for entry in entries if "report" in entry]
    blocks = [f"# {program.name}", wrap(f"{program.about[0].upper()}{program.about[1:]} ({packages})."), f"```\n{command}\n```"]
    if traced:
        blocks.append(ledger(traced))
    for entry in entries:
        lines = told(entry) if "report" in entry else []
        if entry["why"]:
            lines.insert(0, f"{entry['outcome']}: {entry['why']}")
        lines += [f"set here besides: `{name}={value}`; `{{driver}}` is its folder" for name, value in program.on.get(entry["driver"], {}).items()]
        blocks += [f"## {driver_name(entry)}", bullets(lines)]
    if traced and kernels(traced[0]):
        blocks += [f"## Kernels on {driver_name(traced[0])}", kernels(traced[0])]
    return "\n\n".join(blocks) + "\n"


def found(entries):
    """The two largest parts, and the first finding, where it was traced first."""
    traced = next((entry for entry in entries if "report" in entry), None)
    if traced is None:
        return "-"
    largest = sorted(PARTS, key=lambda name: -part(traced, name))[:2]
    first = [finding["kind"] for process in traced["report"]["processes"] for finding in process["findings"]][:2]
    return ", ".join(f"{name} {part(traced, name):.0%}" for name in largest) + ("; " + ", ".join(first) if first else "")


def overview(by_program, names):
    rows = [["program", "what it does", *(catalogue.DRIVERS[name].title for name in names), "where its time goes, on the first"]]
    for program, entries in by_program:
        by_driver = {entry["driver"]: entry for entry in entries}
        rows.append([f"[{program.name}]({program.name}.md)", program.about, *(outcome(by_driver.get(name)) for name in names),
                     found(entries)])
    return table(rows)


def pages(path):
    """Names and texts."""
    kept = records.read(path)["traces"]
    order = list(catalogue.DRIVERS)
    names = sorted({entry["driver"] for entry in kept}, key=order.index)
    by_program = []
    for program in programs.PROGRAMS:
        entries = sorted((entry for entry in kept if entry["program"] == program.name), key=lambda entry: order.index(entry["driver"]))
        if entries:
            by_program.append((program, entries))
    cores = ", ".join(sorted({str(entry["cores"]) for entry in kept}))
    texts = {f"{program.name}.md": page(program, entries) for program, entries in by_program}
    texts["README.md"] = "\n".join([wrap(INTRODUCTION.format(record=path.name, cores=cores)).rstrip("\n") + "\n",
                                    overview(by_program, names) + "\n", RUN_IT])
    return texts


def main():
    path = records.newest(ROOT / "docs/measurements")
    folder = ROOT / "docs/traces"
    texts = pages(path)
    if "--check" in sys.argv[1:]:
        stale = [name for name, text in texts.items() if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text]
        stale += [other.name for other in folder.glob("*.md") if other.name not in texts]
        if stale:
            print(f"docs/traces is not what tools/traces/pages.py makes of {path.name}: {', '.join(stale)}")
        return 1 if stale else 0
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
