"""Runs gpufare on a machine with a GPU and keeps what it showed. See docs/gpus.md."""
import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "gpufare.gpu-run/1"
NOT_STARTED = 5  # seconds: with less left, a step is not begun


@dataclass(frozen=True)
class Step:
    """One command. Words that begin with @ are replaced: @bin, @device, @json, @output, @seconds."""

    name: str
    limit: float  # seconds
    command: str
    accepted: tuple = (0,)


def compare(name, problem, limit=60, options=""):
    return Step(name, limit, f"@bin/gpufare compare {problem} -d native,@device --json @json {options}", (0, 4))


# What matters most first: with little time the last ones are left out.
STEPS = (
    Step("devices", 60, "@bin/gpufare devices --json @json"),
    compare("compare-julia", "julia --all-variants"),
    compare("compare-diffusion", "diffusion --size 1024x1024 --all-variants"),
    Step("variants", 120, "@bin/plain_driver --every=6 --give-up --deadline=60 --rows=@output/variants.tsv @device"),
    Step("calibrate", 60, "@bin/gpufare calibrate --quick -d @device --json @json"),
    Step("launches", 30, "@bin/launches 200 9"),
    Step("raw", 30, "@bin/opencl_ceilings 256 9"),
    compare("compare-julia-large", "julia --size 8192x8192 --precision f32 --max-iter 1000"),
    compare("compare-diffusion-large", "diffusion --size 8192x8192 --precision f32 --steps 100"),
    compare("compare-diffusion-f64", "diffusion --size 8192x8192 --steps 100"),
    compare("compare-sum", "sum --count 100000000 --precision f32"),
    compare("compare-prime", "prime"),
    compare("compare-copies", "peak --size 16384x8192 --precision f32 --rounds 0"),
    compare("compare-reads", "peak --size 16384x8192 --precision f32 --moves read"),
    compare("compare-arithmetic", "peak --size 4096x4096 --precision f32 --rounds 1000"),
    compare("compare-arithmetic-f64", "peak --size 4096x4096 --rounds 1000"),
    Step("breakeven-julia", 60, "@bin/gpufare breakeven julia --sweep size=16x16:2048x2048:x2 --no-predict "
         "-d native,@device --json @json"),
    Step("breakeven-steps", 90, "@bin/gpufare breakeven diffusion --size 2048x2048 --sweep "
         "steps-per-transfer=1:256:x4 --steps 256 --no-predict -d native,@device --json @json"),
    Step("advise-julia", 120, "@bin/gpufare advise julia -d native,@device --budget 0 --check --json @json"),
    Step("advise-diffusion", 120,
         "@bin/gpufare advise diffusion --size 4096x4096 -d native,@device --budget 0 --check --json @json"),
    Step("doctor", 60, "@bin/gpufare doctor", (0, 1)),
    Step("accuracy", 600, "@tools/bench/accuracy --build @build --output @output/accuracy --measure --rounds 1 "
         "--min-time 0.05 --seconds @seconds --device native,@device", (0, 1)),
)


def read_arguments():
    names = ", ".join(step.name for step in STEPS)
    parser = argparse.ArgumentParser(prog="tools/gpu/run", allow_abbrev=False, description=__doc__,
                                     epilog=f"The steps, in order: {names}.")
    parser.add_argument("output", type=Path, metavar="OUTPUT", help="the folder of what is kept; which must not be there yet")
    parser.add_argument("--build", type=Path, default=ROOT / "build-release", metavar="DIR",
                        help="a build, or what tools/gpu/pack made of one; default build-release")
    parser.add_argument("--device", default="gpu", metavar="LIST", help="as of gpufare's own --device; default gpu")
    parser.add_argument("--seconds", type=float, default=300, metavar="S", help="for all steps, which take about 900; default 300")
    parser.add_argument("--steps", default="", metavar="LIST", help="these steps only")
    parser.add_argument("--skip", default="", metavar="LIST", help="all steps but these")
    settings = parser.parse_args()
    settings.build, settings.output = settings.build.resolve(), settings.output.resolve()
    if not (settings.build / "bin" / "gpufare").exists():
        parser.error(f"--build {settings.build}: it holds no bin/gpufare; build it, or make one with tools/gpu/pack")
    for name in [name for name in f"{settings.steps},{settings.skip}".split(",") if name]:
        if name not in {step.name for step in STEPS}:
            parser.error(f"{name}: no such step; there are {names}")
    return settings


def chosen(settings):
    wanted, skipped = settings.steps.split(","), settings.skip.split(",")
    return [step for step in STEPS if (settings.steps == "" or step.name in wanted) and step.name not in skipped]


def environment_of(settings):
    """Profiles and compiled kernels are those of this run: another's would hide what it takes to make them."""
    environment = dict(os.environ, XDG_CACHE_HOME=str(settings.output / "cache"))
    libraries = settings.build / "lib"
    if libraries.is_dir() and any(libraries.glob("libOpenCL*")):
        before = os.environ.get("LD_LIBRARY_PATH")
        environment["LD_LIBRARY_PATH"] = f"{libraries}:{before}" if before else str(libraries)
    return environment


def words_of(step, settings, seconds):
    values = {"@bin": str(settings.build / "bin"), "@build": str(settings.build), "@device": settings.device,
              "@json": str(settings.output / f"{step.name}.json"), "@output": str(settings.output),
              "@tools": str(ROOT / "tools"), "@seconds": f"{max(seconds - 20, 1):.0f}"}

    def filled(word):
        for key in sorted(values, key=len, reverse=True):
            word = word.replace(key, values[key])
        return word

    return [filled(word) for word in step.command.split()]


def end_group(child):
    """Ends what is left of a step."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, number)
        try:
            child.wait(timeout=3)
        except subprocess.TimeoutExpired:
            continue


def prepare(settings):
    """Compiles the programs that a build folder lacks and tools/gpu/pack would have brought."""
    for source in (ROOT / "tools/gpu/launches.c", ROOT / "tools/bench/opencl_ceilings.c"):
        program = settings.build / "bin" / source.stem
        if not program.exists():
            subprocess.run(["cc", "-std=gnu17", "-O2", "-o", program, source, "-lOpenCL"], check=False)


def run_step(step, settings, seconds):
    """Runs one step; what it printed goes to OUTPUT/NAME.txt. A step that takes too long is ended with its children."""
    limit = min(step.limit, seconds)
    command = words_of(step, settings, limit)
    begin = time.monotonic()
    status = None
    with open(settings.output / f"{step.name}.txt", "w", encoding="utf-8") as text:
        try:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=text, stderr=subprocess.STDOUT,
                                     env=environment_of(settings), start_new_session=True)
        except OSError as error:
            text.write(f"{command[0]}: {error.strerror}\n")
            return {"name": step.name, "outcome": "failed", "status": None, "seconds": 0}
        try:
            status = child.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            pass
        finally:  # Ctrl-C, too: nothing may stay on the GPU
            end_group(child)
    outcome = "ended" if status is None else "ok" if status in step.accepted else "failed"
    return {"name": step.name, "command": [Path(command[0]).name, *command[1:]], "outcome": outcome, "status": status,
            "seconds": round(time.monotonic() - begin, 2)}


def lines_of(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return None


def machine():
    """What the machine says of itself, apart from gpufare."""
    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count(),
            "gpus": lines_of(["nvidia-smi", "--format=csv,noheader",
                                "--query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,"
                                "pcie.link.gen.current,pcie.link.width.current"])}


def main():
    settings = read_arguments()
    try:
        settings.output.mkdir(parents=True)
    except OSError as error:
        sys.exit(f"tools/gpu/run: {settings.output}: {error.strerror}; give a folder that is not there yet")
    prepare(settings)
    end = time.monotonic() + settings.seconds
    record = {"schema": SCHEMA, "date": datetime.date.today().isoformat(), "machine": machine(), "steps": []}
    for step in chosen(settings):
        left = end - time.monotonic()
        if left < NOT_STARTED:
            done = {"name": step.name, "outcome": "left out"}
        else:
            done = run_step(step, settings, left)
        record["steps"].append(done)
        print(f"{done['outcome']:8} {done.get('seconds', 0):7.1f} s  {step.name}", flush=True)
        (settings.output / "gpu.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    done = [step["outcome"] for step in record["steps"]]
    return 0 if "ok" in done and all(outcome in ("ok", "left out") for outcome in done) else 1


if __name__ == "__main__":
    sys.exit(main())
