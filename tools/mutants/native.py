"""Mutants of the native kernels. Each is compiled apart and linked with gpufare in the place of the kernel, beside the
right one, so that every call says whether the results differ."""
import json
import random
import re
import shlex
import subprocess
import time
from pathlib import Path

import mutate
import trial

KERNELS = ["diffusion", "julia", "sum", "prime", "peak"]
THREADS = 3  # more than one, so that parts of threads matter
SECONDS = 120  # of a run that takes milliseconds, on a busy machine; native kernels have no deadline
CPU_SECONDS = 6

PROBLEMS = {
    "diffusion": [["--size", "67x43", "--steps", "7", "--boundary", "insulated", "--init", "@field"],
                  ["--size", "64x48", "--steps", "20", "--boundary", "periodic", "--init", "@field"],
                  ["--size", "200x37", "--steps", "5", "--boundary", "fixed", "--init", "@field", "--verify", "sampled"]],
    "julia": [["--size", "67x29", "--max-iter", "200"], ["--size", "50x31", "--max-iter", "60", "--c=-1.9,0.7"],
              ["--size", "67x9", "--max-iter", "70000", "--inputs", "list"]],
    "sum": [["--count", "50000"], ["--count", "3000001", "--verify", "sampled"]],
    "prime": [["--number", "1000000000039"], ["--number", "1000002999988999967"], ["--number", "10403"]],
    "peak": [["--size", "61x17", "--rounds", "3", "--steps", "2"], ["--size", "61x17", "--moves", "read", "--steps", "3"],
             ["--size", "45x11", "--rounds", "4", "--arithmetic", "integer"]],
}


class Target:
    def __init__(self, stem, isa, bits, arguments):
        self.stem, self.isa, self.bits = stem, isa, bits
        self.arguments = arguments + (["--precision", "f32"] if bits == 32 and stem != "prime" else [])
        self.is_sampled = "sampled" in arguments

    def name(self):
        return " ".join([f"{self.stem}:native:{self.isa}", *self.arguments])


def all_targets(isas):
    targets = []
    for i in range(max(map(len, PROBLEMS.values()))):
        for number, stem in enumerate(KERNELS):
            problems = PROBLEMS[stem]
            for isa in isas:
                bits = 32 if (i + number) % 2 == 1 and stem != "prime" else 64
                targets.append(Target(stem, isa, bits, problems[i % len(problems)]))
    return targets


# ---- Building


def one_text(folder, path, seen):
    """The text of a kernel with its own headers in it."""
    def include(match):
        name = match.group(1)
        beside = path.parent / name
        found = beside if beside.exists() else folder / name
        if found.name in ("kernel.h", "kernel_abi.h", "simd.h") or found in seen:
            return match.group(0) if found not in seen else ""
        if "#pragma once" in found.read_text():
            seen.add(found)
        return one_text(folder, found, seen)

    text = path.read_text().replace("#pragma once", "")
    return re.sub(r'^#include "([^"]+)"$', include, text, flags=re.M)


class Builder:
    def __init__(self, root, build, folder):
        self.root, self.build, self.folder = Path(root), Path(build).resolve(), Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        commands = json.loads((self.build / "compile_commands.json").read_text())
        # The key "output" is missing, relative or absolute, by the version of CMake.
        self.commands = {re.search(r" -o (\S+)", entry["command"]).group(1): entry["command"] for entry in commands}
        steps = subprocess.run(["ninja", "-C", str(self.build), "-t", "commands", "bin/gpufare"], check=True,
                               capture_output=True, text=True).stdout.splitlines()
        self.link = re.search(r"^: && (.*) && :$", steps[-1]).group(1)

    def isas(self):
        with open("/proc/cpuinfo", encoding="ascii") as file:
            flags = file.read()
        return [isa for isa, flag in (("avx2", " avx2 "), ("avx512", " avx512bw ")) if flag in flags]

    def command(self, target):
        words = shlex.split(self.commands[f"CMakeFiles/cpu_f{target.bits}_{target.isa}.dir/cpu/{target.stem}.c.o"])
        keep = [word for word in words[:words.index("-o")]
                if not word.startswith("-W") and word not in ("-Werror", "-O3", "ccache") and not word.endswith("/ccache")]
        return keep + ["-O1", "-w", "-DNDEBUG"]

    def compile(self, target, source, output, *options):
        done = subprocess.run([*self.command(target), *options, "-o", str(output), "-c", str(source)], cwd=self.build,
                              stderr=subprocess.DEVNULL, check=False)
        return done.returncode == 0

    def entry(self, target):
        return f"gf_{target.stem}_f{target.bits}__{target.isa}"

    def prepare(self, target, number):
        """The right kernel, and what calls both."""
        target.folder = self.folder / str(number)
        target.folder.mkdir(exist_ok=True)
        folder = self.root / "cpu"
        target.source = one_text(folder, folder / f"{target.stem}.c", set())
        (target.folder / "right.c").write_text(target.source)
        target.resolved = [str(target.folder / "field.npy") if word == "@field" else word for word in target.arguments]
        if "@field" in target.arguments:
            cols, rows = map(int, target.arguments[target.arguments.index("--size") + 1].split("x"))
            trial.write_field(target.folder / "field.npy", cols, rows, target.bits == 32)
        options = [word for word in self.command(target) if word.startswith(("-D", "-m", "-f"))]
        target.lines = mutate.active_lines(target.source, options + [f"-I{folder}"], "cc", same=True)
        here = Path(__file__).resolve().parent
        made = (self.compile(target, target.folder / "right.c", target.folder / "right.o", f"-D{self.entry(target)}=right_kernel")
                and self.compile(target, here / "compared_call.c", target.folder / "call.o", f"-DENTRY={self.entry(target)}",
                                 f"-DSTEM_{target.stem}=1"))
        if not made:
            raise RuntimeError(f"{target.name()}: the right kernel does not build")

    def build_mutant(self, target, text):
        """gpufare with the mutant in it, or None."""
        source, output = self.folder / "mutant.c", self.folder / "gpufare"
        source.write_text(text)
        if not self.compile(target, source, self.folder / "mutant.o", f"-D{self.entry(target)}=mutant_kernel"):
            return None
        objects = [str(self.folder / "mutant.o"), str(target.folder / "right.o"), str(target.folder / "call.o")]
        words = shlex.split(self.link)
        words[words.index("-o") + 1] = str(output)
        done = subprocess.run(words[:1] + objects + words[1:], cwd=self.build, stderr=subprocess.DEVNULL, check=False)
        return output if done.returncode == 0 else None


# ---- Mutants


def choose(target, seed, index):
    numbers = random.Random(f"{seed}:native:{index}")
    facts = mutate.Facts(target.bits, None, None, [numbers.randrange(500), numbers.randrange(500)])
    sites = mutate.sites_of(target.source, "GF_KERNEL", facts, target.lines)
    return numbers.choice(sites[numbers.choice(sorted(sites))])


def judge(status, said, has_times, calls, ended):
    """`calls`: bytes that differ in each call; `ended`: the last call came to its end."""
    if status is None or status == -24:
        return trial.HUNG
    if status < 0:
        return trial.CRASHED
    sound = {0: ("ok", True), 1: ("failed", False), 4: ("mismatch", False)}
    if status not in sound or sound[status] != (said, has_times) or not ended or not calls:
        return trial.ODD
    if any(calls):
        return trial.ACCEPTED if status == 0 else trial.REFUSED
    return trial.EQUAL if status == 0 else trial.FALSE_ALARM


def try_mutant(builder, target, site, environment):
    started = time.monotonic()
    row = {"target": target.name(), "file": f"{target.stem}.c and its headers", "operator": site.operator,
           **mutate.describe(target.source, site), "verified": "sampled" if target.is_sampled else "whole"}
    program = builder.build_mutant(target, site.apply(target.source))
    report, log = builder.folder / "report.json", builder.folder / "log"
    for path in (report, log):
        path.unlink(missing_ok=True)
    if program is None:
        return {**row, "class": trial.NOT_BUILT, "exit_status": None, "status": "none",
                "seconds": round(time.monotonic() - started, 2)}
    command = [str(program), "run", target.stem, *target.resolved, "--device", f"native:{target.isa}", "--threads", str(THREADS),
               "--no-tune", "--no-watch", "--repeat", "2", "--min-time", "0", "--quiet", "--json", str(report)]
    status, _said = trial.run(command, {**environment, "MUTANT_LOG": str(log)}, SECONDS, CPU_SECONDS)
    said, reason, has_times = trial.outcome_of(report)
    notes = log.read_text().split("\n") if log.exists() else []
    calls = [int(line.split()[1]) for line in notes if line.startswith("call")]
    ended = len(calls) == sum(line.startswith("begin") for line in notes)
    row.update({"class": judge(status, said, has_times, calls, ended), "exit_status": status, "status": said})
    if status != 0:
        row["reason"] = reason[:160]
    row["seconds"] = round(time.monotonic() - started, 2)
    return row
