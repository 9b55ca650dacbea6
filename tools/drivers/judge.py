"""Whether a driver did what is known of it, from the rows of plain_driver."""
import collections
import csv
import re

import catalogue

Row = collections.namedtuple("Row", "workload label kind precision math outcome reason")
OUTCOMES = ("ok", "unsupported", "failed", "mismatch")


class Unreadable(Exception):
    """The rows are not those of plain_driver."""


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for number, line in enumerate(lines, 1):
        if len(line) != len(Row._fields) or line[5] not in OUTCOMES:
            raise Unreadable(f"line {number} is not understood")
    return [Row(*line) for line in lines]


def variant(row):
    return row.label.split(":", 2)[2] if row.label.count(":") >= 2 else row.label


def precision(row):
    return " ".join(word for word in (row.precision, row.math) if word)


def of_driver(rows):
    return [row for row in rows if row.kind.startswith("opencl")]


def fits(fault, row):
    return (row.outcome == fault.outcome and re.fullmatch(fault.workload, row.workload) is not None and
            re.fullmatch(fault.variant, variant(row)) is not None and re.search(fault.reason, row.reason) is not None)


def unexpected(driver, rows):
    """Lines about rows that are neither right, nor refused for a known reason, nor a known fault."""
    refusals = catalogue.REFUSALS + driver.refusals + driver.lacks
    found = collections.Counter()
    for row in of_driver(rows):
        if row.outcome == "ok" or any(fits(fault, row) for fault in driver.faults):
            continue
        if row.outcome == "unsupported" and any(re.search(pattern, row.reason) for pattern in refusals):
            continue
        found[f"{row.workload} {row.label} {precision(row)}: {row.outcome}: {row.reason}"] += 1
    return [f"{line} ({count} runs)" for line, count in found.items()]


def excused(driver, rows):
    """Pairs of workload and precision that this version of the driver refuses for something that others have."""
    refused = [row for row in of_driver(rows) if row.outcome == "unsupported" and
               any(re.search(pattern, row.reason) for pattern in driver.lacks)]
    return {(row.workload, name) for row in refused for name in (row.precision, precision(row))}


def missing_works(driver, rows, whole):
    """What no variant computed, of what one must. A short run may leave out a precision, but no workload."""
    right = [row for row in of_driver(rows) if row.outcome == "ok"]
    due = set(driver.works) - excused(driver, rows)
    if not whole:
        done = {row.workload for row in right}
        return [f"{workload}: no variant computed it" for workload in sorted({works for works, _ in due} - done)]
    done = {(row.workload, name) for row in right for name in (row.precision, precision(row))}
    return [f"{workload} in {precision_ or 'whole numbers'}: no variant computed it"
            for workload, precision_ in driver.works if (workload, precision_) in due - done]


def vanished_faults(driver, rows):
    return [f"a known fault did not show: {fault.why}" for fault in driver.faults
            if fault.certain and not any(fits(fault, row) for row in of_driver(rows))]


def silently_skipped(rows, left_out):
    """Variants with fewer rows than the native path has of the workload: something did not run and nobody said so."""
    native = collections.Counter(row.workload for row in rows if row.label == "native:scalar")
    counts = collections.Counter((row.workload, row.label) for row in of_driver(rows))
    lacking = {key: native[key[0]] - count for key, count in counts.items() if native[key[0]] != count}
    if sum(lacking.values()) == left_out and min(lacking.values(), default=0) >= 0:
        return []
    return [f"{left_out} runs are said to be left out, {sum(lacking.values())} are missing"] + [
        f"{workload} on {label}: {abs(lacks)} runs {'are missing' if lacks > 0 else 'more than of the native path'}"
        for (workload, label), lacks in lacking.items()]


def native_faults(rows):
    return [f"{row.workload} {row.label} {precision(row)}: {row.outcome}: {row.reason}" for row in rows
            if not row.kind.startswith("opencl") and row.outcome != "ok"]


def judge(driver, rows, left_out, whole):
    """What is wrong, a line each. Known faults need not show in a short run."""
    if not of_driver(rows):
        return ["the driver has no device"]
    return (unexpected(driver, rows) + missing_works(driver, rows, whole) + (vanished_faults(driver, rows) if whole else []) +
            silently_skipped(rows, left_out) + native_faults(rows))


# ---- Summaries, for the record ----


def counts(rows):
    found = collections.Counter(row.outcome for row in of_driver(rows))
    return {outcome: found[outcome] for outcome in OUTCOMES}


def kernels(rows):
    """workload -> variant -> precision and math -> outcome -> count."""
    found = {}
    for row in of_driver(rows):
        cell = found.setdefault(row.workload, {}).setdefault(variant(row), {}).setdefault(precision(row), {})
        cell[row.outcome] = cell.get(row.outcome, 0) + 1
    return found


def reasons(rows):
    """The reasons for everything but ok, with whom they concern."""
    found = {}
    for row in of_driver(rows):
        if row.outcome != "ok":
            entry = found.setdefault((row.outcome, row.reason), {"runs": 0, "kernels": set()})
            entry["runs"] += 1
            entry["kernels"].add(f"{row.workload}:{variant(row)} {precision(row)}".strip())
    return [{"outcome": outcome, "reason": reason, "runs": entry["runs"], "kernels": sorted(entry["kernels"])}
            for (outcome, reason), entry in sorted(found.items())]
