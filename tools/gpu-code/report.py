"""What was read from the code, as a table, and the counts that may only fall."""
import json

import kernels
from machine import KINDS

SCHEMA = "gpufare.gpu-code/1"
HEAD = ("kernel", "target", "registers", "local", "in step", "loop", *KINDS, "share", "a clock")
NOTE = ("Read from code that the vendors' compilers made, not measured. registers: of a work-item; local: bytes of local\n"
        "memory of a group; in step: work-items or waves that fit, of so many, and what limits them; loop: instructions of\n"
        "the main loop for a unit of its work, and of which kind; share: of arithmetic; a clock: units that a multiprocessor\n"
        "(compute unit, Xe core) can do at most in a clock if nothing but issue, arithmetic and local memory limits it.")


def bound(row, unit):
    """Units of work in a clock, and what limits them."""
    loop, real = row["loop"], row["precision"] if row["precision"] in ("f32", "f64") else None
    by = {}
    counted = loop.instructions - (loop.kinds["branch"] if unit.get("simds") else 0)
    if counted:
        by["issue"] = unit["issue"] / counted
    if real and loop.kinds["arithmetic"]:
        by[real] = unit[real] / loop.kinds["arithmetic"]
    local = kernels.kind_of(row["kernel"]).local
    if local and real:
        by["local memory"] = unit["local"] / (local * (8 if real == "f64" else 4))
    limit = min(by, key=by.get) if by else None
    return f"{by[limit]:.1f} ({limit})" if limit else ""


def cells(row, unit):
    code, loop = row["code"], row["loop"]
    first = [row["label"], row["target"], str(code.registers), str(code.local_bytes), code.occupancy]
    if loop is None:
        return [*first, *[""] * (len(HEAD) - len(first))]
    kinds = [f"{loop.kinds[kind]:.1f}" for kind in KINDS]
    return [*first, f"{loop.instructions:.1f}", *kinds, f"{100 * loop.share():.0f} %", bound(row, unit)]


def print_table(rows, units):
    """Rows of all vendors; `units`: what is known of each target."""
    lines = [HEAD, *(cells(row, units[row["target"]]) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    for line in lines:
        print("  ".join(text.ljust(width) if i < 2 else text.rjust(width) for i, (text, width) in
                        enumerate(zip(line, widths))).rstrip())
    print(NOTE)


# ---- Counts ------------------------------------------------------------------


def rounded(loop):
    return round(loop.instructions, 2)


def load(path):
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"schema": SCHEMA, "packages": {}, "counts": {}}
    return kept


def compare(kept, rows, packages):
    """One line for each count that is larger than it was, missing, or made by other compilers; and how many are smaller."""
    wrong, smaller = [], 0
    for vendor, names in packages.items():
        if kept["packages"].get(vendor) != names:
            wrong.append(f"{vendor}: the counts were made by other packages ({', '.join(kept['packages'].get(vendor, ['none']))}); "
                         "--update makes them anew")
    for row in rows:
        if row["loop"] is None:
            continue
        before = kept["counts"].get(row["label"], {}).get(row["target"])
        now = rounded(row["loop"])
        if before is None:
            wrong.append(f"{row['label']} on {row['target']}: no count is kept, it is {now} a unit; --update keeps it")
        elif now > before:
            wrong.append(f"{row['label']} on {row['target']}: {now} instructions a unit, which were {before}")
        smaller += before is not None and now < before
    return wrong, smaller


def update(path, kept, rows, packages):
    """Keeps the counts of these rows; those of other targets stay if their kernels do."""
    kept["packages"].update(packages)
    targets = {row["target"] for row in rows}
    for label in list(kept["counts"]):
        kept["counts"][label] = {target: count for target, count in kept["counts"][label].items() if target not in targets}
    for row in rows:
        if row["loop"] is not None:
            kept["counts"].setdefault(row["label"], {})[row["target"]] = rounded(row["loop"])
    kept["counts"] = {label: dict(sorted(counts.items())) for label, counts in sorted(kept["counts"].items()) if counts}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
