"""Compiles every kernel that is meant for GPUs with three vendors' compilers, for GPUs that need not be here, and judges
the machine code. See docs/gpu-code.md."""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import amd
import machine
import intel
import kernels
import nvidia
import packages
import report

ROOT = Path(__file__).resolve().parents[2]
COUNTS = Path(__file__).with_name("counts.json")
SKIPPED = 77
MODULES = {"nvidia": nvidia, "amd": amd, "intel": intel}
TARGETS = {target: vendor for vendor, module in MODULES.items() for target in module.TARGETS}
# With --short: one target of each vendor, and kernels with the most to lose. What a search tries beside the defaults is
# compiled for these targets only, too.
SHORT_TARGETS = ("sm_90", "gfx942", "pvc")
SHORT_KERNELS = ("diffusion_streamed", "julia_unrolled", "sum_group")
# Of a vendor's targets the one for which contraction is tried: the front end decides it.
CONTRACTION_TARGETS = SHORT_TARGETS
WITHOUT_PRAGMAS = "without pragmas"


def read_arguments():
    parser = argparse.ArgumentParser(prog="tools/check-gpu-code", allow_abbrev=False, description=__doc__,
                                     epilog="Exit status: 0 all is well, 1 something is not, 2 usage, 77 no compiler can be had.")
    parser.add_argument("--build", type=Path, default=ROOT / "build-release", metavar="DIR",
                        help="a build with bin/gpu_plans, which also keeps the compilers; default build-release")
    parser.add_argument("--kernels", type=Path, default=ROOT / "kernels_cl", metavar="DIR",
                        help="the sources; default kernels_cl")
    parser.add_argument("--vendors", default=",".join(MODULES), metavar="LIST", help=f"some of {', '.join(MODULES)}")
    parser.add_argument("--only", metavar="REGEX", help="only kernels whose name matches")
    parser.add_argument("--short", action="store_true",
                        help=f"only the defaults of {', '.join(SHORT_KERNELS)} on {', '.join(SHORT_TARGETS)}")
    parser.add_argument("--no-fetch", action="store_true", help="only compilers that were fetched before")
    parser.add_argument("--fetch-only", action="store_true", help="get the compilers and end")
    parser.add_argument("--update", action="store_true", help="keep the counts of instructions, larger ones, too")
    settings = parser.parse_args()
    settings.build, settings.kernels = settings.build.resolve(), settings.kernels.resolve()
    settings.vendors = [name for name in settings.vendors.split(",") if name]
    for name in settings.vendors:
        if name not in MODULES:
            parser.error(f"{name}: no such vendor; there are {', '.join(MODULES)}")
    if not (settings.kernels / "prelude.h").exists():
        parser.error(f"--kernels {settings.kernels}: it holds no prelude.h")
    if settings.update and settings.short:
        parser.error("--update keeps the counts of all kernels, not of --short")
    return settings


# ---- What is compiled --------------------------------------------------------


def label_of(build):
    """A kernel and its options, without those that all have."""
    more = [word for word in re.findall(r"-D (\S+)", build["options"])
            if not re.match(r"GF_(REAL_BITS|RELAXED|FMA)=", word)]
    return " ".join([build["kernel"], build["precision"], *(word.removeprefix("GF_") for word in more)])


def builds_of(settings):
    """The different builds of all plans, by target."""
    program = settings.build / "bin" / "gpu_plans"
    try:
        done = subprocess.run([program], capture_output=True, text=True, check=True)
    except OSError:
        sys.exit(f"tools/check-gpu-code: {program} is missing; build it: cmake --build {settings.build} --target gpu_plans")
    except subprocess.CalledProcessError as error:
        sys.exit(f"tools/check-gpu-code: {program} failed: {error.stderr.strip()}")
    found = {}
    for line in done.stdout.splitlines():
        build = json.loads(line)
        if build["target"] not in TARGETS or TARGETS[build["target"]] not in settings.vendors:
            continue
        if settings.only and not re.search(settings.only, build["kernel"]):
            continue
        key = (build["target"], build["source"], build["kernel"], build["options"])
        build["default"] = build["default"] or found.get(key, build)["default"]
        found[key] = dict(build, label=label_of(build))
    builds = [build for build in found.values() if build["default"] or build["target"] in SHORT_TARGETS]
    if settings.short:
        builds = [build for build in builds if build["default"] and build["target"] in SHORT_TARGETS and
                  build["kernel"] in SHORT_KERNELS and "GF_INPUT_LIST=1" not in build["options"]]
    return builds


def write_sources(settings, folder):
    """Each source as the host puts it together; and without its words about contraction, in a folder of their own."""
    prelude = (settings.kernels / "prelude.h").read_text(encoding="utf-8")
    (folder / WITHOUT_PRAGMAS).mkdir()
    for path in settings.kernels.glob("*.cl"):
        text = f'{prelude}\n#line 1 "{path.name}"\n{path.read_text(encoding="utf-8")}'
        (folder / path.name).write_text(text, encoding="utf-8")
        without = re.sub(r"#pragma (OPENCL|STDC) FP_CONTRACT.*", "", text)
        (folder / WITHOUT_PRAGMAS / path.name).write_text(without, encoding="utf-8")


# ---- Judging -----------------------------------------------------------------


def contraction_trouble(module, compilers, build, sources, target, folder):
    first, second = module.contraction(compilers, build, sources / build["source"],
                                       sources / WITHOUT_PRAGMAS / build["source"], target, folder)
    return [] if first == second else [f"{first} sums of products are fused, {second} with contraction off"]


def judge(compilers, build, sources, folder):
    """A row of the report. `trouble` has a line for each thing that may not be."""
    module, target = MODULES[TARGETS[build["target"]]], build["target"]
    row = {**build, "code": None, "loop": None, "declared": None, "trouble": []}
    source = sources / build["source"]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        try:
            code = row["code"] = module.compile_kernel(compilers, build, source, target, Path(scratch))
            row["trouble"] += code.trouble
            if build["default"]:
                kind = kernels.kind_of(build["kernel"])
                row["loop"] = machine.measure(code, lambda body: kind.units(build["options"], body), kind.shortest)
                if target in CONTRACTION_TARGETS:
                    row["trouble"] += contraction_trouble(module, compilers, build, sources, target, Path(scratch))
        except machine.Failed as why:
            row["trouble"].append(f"does not compile: {why}" if row["code"] is None else str(why))
            return row
    if code.spills or code.private_bytes:
        row["declared"] = kernels.reason_for_spills(build)
        if not row["declared"]:
            row["trouble"].append(f"{code.spills} bytes or registers are spilled, {code.private_bytes} bytes of private memory")
    return row


def judge_all(settings, builds, compilers):
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        write_sources(settings, Path(folder))
        waiting = [pool.submit(judge, compilers[TARGETS[build["target"]]], build, Path(folder), folder) for build in builds]
        return [each.result() for each in waiting]


# ---- Vendors -----------------------------------------------------------------


def get_compilers(settings):
    """The compilers that can be had; says why where they can't."""
    found = {}
    for vendor in settings.vendors:
        compilers = packages.Compilers(packages.cache_of(settings.build), vendor)
        try:
            if settings.no_fetch:
                compilers.test()
            else:
                compilers.fetch()
            found[vendor] = compilers
        except packages.Missing as why:
            print(f"SKIPPED: {vendor}: {why}", flush=True)
    return found


def say_trouble(rows):
    """The same trouble of several builds of a kernel in one line."""
    lines = collections.Counter()
    for row in rows:
        for line in row["trouble"]:
            lines[f"FAILED: {row['label']} on {row['target']}: {line}"] += 1
    for line in lines:
        print(line)
    for row in rows:
        if row["declared"]:
            print(f"spills, as declared: {row['label']} on {row['target']}: {row['declared']}")
    return len(lines)


def judge_counts(settings, rows, vendors):
    """Lines about counts that are wrong, after keeping them if asked."""
    kept = report.load(COUNTS)
    made_by = {vendor: packages.versions(vendor) for vendor in vendors}
    if settings.update:
        report.update(COUNTS, kept, rows, made_by)
        return []
    wrong, smaller = report.compare(kept, rows, made_by)
    if smaller:
        print(f"{smaller} counts are smaller than those kept; --update keeps them")
    return wrong


def main():
    settings = read_arguments()
    compilers = get_compilers(settings)
    if not compilers:
        print("SKIPPED: no compiler for GPUs can be had here; nothing was checked")
        return SKIPPED
    if settings.fetch_only:
        return 0
    settings.vendors = list(compilers)
    builds = builds_of(settings)
    if not builds:
        sys.exit("tools/check-gpu-code: no kernel is left to check")
    rows = judge_all(settings, builds, compilers)
    units = {target: unit for module in MODULES.values() for target, unit in module.UNITS.items()}
    shown = [row for row in rows if row["default"] and row["code"] is not None]
    report.print_table(sorted(shown, key=lambda row: (row["label"], list(TARGETS).index(row["target"]))), units)
    failed = say_trouble(rows)
    wrong = judge_counts(settings, rows, compilers)
    for line in wrong:
        print(f"FAILED: {line}")
    print(f"{len(rows)} builds of {len({row['kernel'] for row in rows})} kernels, {failed + len(wrong)} failed")
    return 1 if failed or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
