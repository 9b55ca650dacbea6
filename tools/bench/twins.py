#!/usr/bin/env python3
"""Users' kernels in gpufare against bare programs that run the same code, in turns A B A B:

  twins     the CPU functions of examples/, against a program that calls them, by gcc -O3 -march=native -fopenmp
  kernels   their OpenCL kernels, against a bare OpenCL host program
  built-in  the kernels of Julia and diffusion as manifests, against the built-in workloads

A program, as gpufare, gets its inputs anew before each call. The C library gives it huge pages, which gpufare's arrays
have; the twins are also timed without, and in a loop that leaves all data where it is, in the caches. See
docs/your-own-kernel.md."""
import argparse
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "bare"))
from cases import CASES  # noqa: E402
from watch import Watch  # noqa: E402

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
SCHEMA = "gpufare.twins-bench/1"
GOALS = {"twins": 0.05, "kernels": 0.03, "built-in": 0.03}
C_TYPES = {"f32": "float", "u32": "unsigned", "u8": "unsigned char", "u64": "unsigned long"}
COMPILE = ["gcc", "-O3", "-march=native", "-fopenmp"]


def output(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400, **more)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(f"{' '.join(map(str, command))}: {lines[-1]}")
    return done.stdout


def environment(huge):
    """Of both sides: a twin may have memory of its own."""
    return dict(os.environ, GLIBC_TUNABLES=f"glibc.malloc.hugetlb={int(huge)}")


# ---- gpufare


def gpufare(options, arguments, device):
    """Medians in ns of the kernel and of the whole."""
    result = json.loads(output([options.gpufare, "run", *arguments, "-d", device, "--no-tune", "--quiet", "--repeat", "5",
                                "--min-time", str(options.seconds), "--max-samples", "100000", "--json", "-"],
                               env=environment(True)))
    row = result["results"][0]
    if row["status"] != "ok":
        raise RuntimeError(f"{' '.join(arguments)} on {device}: {row['status']}: {row['reason']}")
    return {"kernel": row["phases"]["kernel"]["median_ns"], "total": row["phases"]["total"]["median_ns"]}


def run_case(options, case, device):
    words = [word for name, value in case.parameters.items() for word in (f"--{name}", str(value))]
    return gpufare(options, [str(ROOT / "examples" / case.example), *words], device)


# ---- Bare programs


def call_of(case):
    """Whole numbers come from memory at run time, as a program has them, so that nothing is compiled for one size."""
    twin = case.twin
    call = re.sub(r"(?<![\w.])\d+(?![\w.])", lambda found: f"({found[0]} + zero)", twin.call)
    if twin.length is None:
        body = f"{call};"
    else:
        body = ("_Pragma(\"omp parallel\") { size_t t = (size_t)omp_get_thread_num(), "
                f"parts = (size_t)omp_get_num_threads(), length = {twin.length}, begin = length * t / parts, "
                f"end = length * (t + 1) / parts; {call}; }}")
    if not twin.each_step:
        return body
    first, second = case.pair
    return f"for (int s = 0; s < {case.steps}; s++) {{ {body} void *held = {first}; {first} = {second}; {second} = held; }}"


def program_of(case):
    lines = ['#include "bare.h"', "#include <omp.h>", f'#include "{ROOT}/examples/{case.example}/{case.example}.c"',
             "static volatile size_t no_more;", "static array arrays[] = {"]
    for text in case.arrays:
        name, kind, count, access, begin, a, b = text.split()
        lines.append(f'{{"{name}", "{kind}", "{access}", "{begin}", {a}, {b}, {count}, 0, 0, 0}},')
    count = len(case.arrays)
    lines += ["};", "int main(int argc, char **argv) {", f"for (int i = 0; i < {count}; i++) begin_array(&arrays[i]);",
              "const double seconds = strtod(argv[1], NULL), begin_ns = now_ns();",
              "const size_t zero = no_more;",
              "for (int i = 0; i < 6 || now_ns() - begin_ns < 1e9 * seconds; i++) {",
              f"for (int k = 0; k < {count} && argc < 3; k++) refresh(&arrays[k]);"]
    for i, text in enumerate(case.arrays):
        name, kind = text.split()[:2]
        lines.append(f"{C_TYPES[kind]} *{name} = arrays[{i}].memory; (void){name};")
    lines += ["const double start = now_ns();", call_of(case), 'const double ns = now_ns() - start;',
              'if (i > 0) printf("%.0f\\n", ns);', "}", "return 0;", "}"]
    return "\n".join(lines) + "\n"


def compile_twin(case, folder):
    path = folder / f"{case.example}-{case.parameters.get('n', 0)}"
    path.with_suffix(".c").write_text(program_of(case))
    output([*COMPILE, *case.twin.flags.split(), "-I", str(BENCH / "bare"), "-o", str(path), str(path.with_suffix(".c")), "-lm"])
    return path


def bare_twin(options, program, hot=False, huge=True):
    times = output([str(program), str(options.seconds)] + (["hot"] if hot else []), env=environment(huge))
    return statistics.median(float(line) for line in times.split())


def description_of(options, case):
    folder = ROOT / "examples" / case.example
    lines = [f"seconds {options.seconds}", f"file {folder / case.file}", f"options -I{folder} {case.options}",
             f"steps {case.steps}"]
    lines += [f"array {text}" for text in case.arrays]
    lines += [f"pair {' '.join(case.pair)}"] if case.pair else []
    for name, sizes, local, arguments in case.kernels:
        lines.append(f"kernel {name} {len(sizes)} {' '.join(map(str, sizes + local))}")
        lines += [f"arg {text}" for text in arguments]
    return "\n".join(lines) + "\n"


def bare_kernels(options, program, case, hot=False):
    lines = output([str(program)] + (["hot"] if hot else []), input=description_of(options, case), env=environment(True)).splitlines()
    rows = [line.split() for line in lines]
    return {"kernel": statistics.median(float(row[0]) for row in rows),
            "total": statistics.median(float(row[1]) for row in rows)}


# ---- Turns


def compare(options, part, name, ours, bare, phase="kernel"):
    """`ours` and `bare` in turns whose order changes. Pairs beside which other programs ran are made again, unless that
    goes on for too long."""
    pairs, disturbed = [], 0
    while len(pairs) < options.turns:
        watch, begin = Watch(), datetime.datetime.now()
        sides = (ours, bare) if len(pairs) % 2 == 0 else (bare, ours)
        found = {side: side() for side in sides}
        wall = (datetime.datetime.now() - begin).total_seconds()
        if watch.disturbed(wall) and disturbed < options.most_disturbed:
            disturbed += 1
            continue
        pairs.append((found[ours], found[bare], watch.disturbed(wall)))
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratios = [a[phase] / b[phase] for a, b in zip(first, second)]
    quartiles = statistics.quantiles(ratios, n=4, method="inclusive")
    return {"part": part, "name": name, "phase": phase, "ratio": quartiles[1], "ratio_q1": quartiles[0],
            "ratio_q3": quartiles[2], "gpufare_ns": first, "bare_ns": second, "pairs_made_again": disturbed,
            "disturbed_pairs": sum(pair[2] for pair in pairs), "goal": GOALS[part]}


def judge(row, hot_ns=None):
    """A program sees a time between that with inputs that were just written and that of a loop which writes nothing."""
    ours, bare = (statistics.median(time[row["phase"]] for time in row[side]) for side in ("gpufare_ns", "bare_ns"))
    goal, to_hot = row["goal"], None if hot_ns is None else ours / statistics.median(hot_ns)
    row |= {"bare_hot_ns": hot_ns, "ratio_to_hot": to_hot}
    row["holds"] = 1 - goal <= row["ratio"] <= 1 + goal or (to_hot is not None and row["ratio"] < 1 <= to_hot + goal)
    print(f"{row['part']:8} {row['name']:18} gpufare {ours / 1e6:9.4f} ms  bare {bare / 1e6:9.4f} ms  ratio {row['ratio']:.3f} "
          f"({row['ratio_q1']:.3f} to {row['ratio_q3']:.3f})  "
          f"{'' if to_hot is None else f'to a loop {to_hot:.3f}  '}"
          f"{'holds' if row['holds'] else 'DOES NOT HOLD'}"
          f"{'' if row['disturbed_pairs'] == 0 else '  disturbed ' + str(row['disturbed_pairs'])}", flush=True)
    return row


def measure_twin(options, name, case, folder):
    program = compile_twin(case, folder)

    def bare():
        return {"kernel": bare_twin(options, program)}

    row = compare(options, "twins", name, lambda: run_case(options, case, "native:twin"), bare)
    row["bare_small_pages_ns"] = [bare_twin(options, program, huge=False) for _ in range(3)]
    return judge(row, [bare_twin(options, program, hot=True) for _ in range(3)])


def measure_kernels(options, name, case, folder):
    program = folder / "opencl"
    if not program.exists():
        output(["gcc", "-O2", "-o", str(program), str(BENCH / "bare/opencl.c"), "-lOpenCL", "-lm"])
    row = compare(options, "kernels", name, lambda: run_case(options, case, f"{options.device}:kernel"),
                  lambda: bare_kernels(options, program, case))
    return judge(row, [bare_kernels(options, program, case, hot=True)["kernel"] for _ in range(3)])


def measure_built_in(options, folder):
    """The manifests that the tests use; diffusion begins as a file says."""
    for name in ("fractal", "heat"):
        shutil.copytree(ROOT / "tests/support/manifests" / name, folder / name)
        for source in ("prelude.h", "julia.cl", "diffusion.cl"):
            shutil.copy(ROOT / "kernels_cl" / source, folder / name)
    start = str(folder / "heat/start.npy")
    output([options.gpufare, "run", "diffusion", "--size", "640x640", "--init", "gaussian", "--steps", "1", "-d",
            options.device, "--no-tune", "--quiet", "--npy", start])
    sides = {
        "julia": (["julia", "--size", "1000x1000"], [str(folder / "fractal")], "naive"),
        "diffusion": (["diffusion", "--size", "640x640", "--steps", "500", "--init", start],
                      [str(folder / "heat"), "--rows", "640", "--cols", "640", "--count", "500"], "naive"),
    }
    return [judge(compare(options, "built-in", f"{name} ({phase})",
                          lambda manifest=manifest: gpufare(options, manifest, f"{options.device}:kernel"),
                          lambda built_in=built_in, variant=variant: gpufare(options, built_in,
                                                                             f"{options.device}:{variant}"), phase))
            for name, (built_in, manifest, variant) in sides.items() for phase in ("kernel", "total")]


def merged(before, rows):
    """Rows that were measured anew take the places of the same ones."""
    def key(row):
        return row["part"], row["name"]

    anew = {key(row): row for row in rows}
    kept = [anew.pop(key(row), row) for row in before]
    return kept + list(anew.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpufare", default=str(ROOT / "build-release/bin/gpufare"))
    parser.add_argument("--device", default="0:0", help="the OpenCL device")
    parser.add_argument("--turns", type=int, default=8, help="pairs of each case")
    parser.add_argument("--seconds", type=float, default=0.3, help="how long each side of a pair is timed")
    parser.add_argument("--most-disturbed", type=int, default=16, help="pairs of a case that are made again at most")
    parser.add_argument("--part", action="append", choices=list(GOALS), help="only these")
    parser.add_argument("--case", action="append", help="only these")
    parser.add_argument("--json", help="default: docs/measurements/DATE-twins.json; - for none")
    options = parser.parse_args()
    parts, rows = options.part or list(GOALS), []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        chosen = {name: case for name, case in CASES.items() if options.case is None or name in options.case}
        for part, measure in (("twins", measure_twin), ("kernels", measure_kernels)):
            for name, case in chosen.items() if part in parts else ():
                rows.append(measure(options, name, case, folder))
        if "built-in" in parts:
            rows += measure_built_in(options, folder)
    date = datetime.date.today().isoformat()
    machine = json.loads(output([options.gpufare, "run", "sum", "--count", "1", "-d", "native", "--no-tune", "--quiet",
                                 "--repeat", "1", "--min-time", "0", "--json", "-"]))["machine"]
    document = {"schema": SCHEMA, "date": date, "machine": machine, "compiler": output(["gcc", "--version"]).splitlines()[0],
                "compiled_by": " ".join(COMPILE), "turns": options.turns, "seconds": options.seconds, "rows": rows}
    if options.json != "-":
        path = Path(options.json or ROOT / f"docs/measurements/{date}-twins.json")
        if path.exists():  # of the same day: the other parts stay
            document["rows"] = merged(json.loads(path.read_text())["rows"], rows)
        path.write_text(json.dumps(document, indent=1) + "\n")
        print(f"written: {path}")
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
