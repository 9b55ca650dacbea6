#!/usr/bin/env python3
"""Compares the ceilings of `gpufare calibrate` with an independent program, and lists which share of
its ceiling each kernel reaches. What it measured is in a JSON file at once, and it goes on from
there until the file holds ROUNDS, so that it may run in pieces of --seconds:

  check_ceilings.py FILE calibrate ROUNDS   calibrations, each between two runs of
                                            independent_ceilings.c with as many threads
  check_ceilings.py FILE runs ROUNDS        calibrations, after each `advise --check` of diffusion
                                            with one step between stops, sum and peak: none can reach
                                            more than its ceiling
  check_ceilings.py FILE summary            what the file holds, in words; the status is 1 if a
                                            kernel passed its ceiling by more than it may

docs/calibration.md says what is compared.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import files
from watch import Watch

ROOT = Path(__file__).resolve().parents[2]
WORKLOADS = {
    "diffusion k=1, 4096x4096": ["diffusion", "-s", "4096x4096", "--steps", "10", "--steps-per-transfer", "1"],
    "diffusion k=1, 512x512": ["diffusion", "-s", "512x512", "--steps", "10", "--steps-per-transfer", "1"],
    "sum, 30 million": ["sum", "--count", "30000000"],
    "sum, 300 thousand": ["sum", "--count", "300000"],
    "peak, copies": ["peak", "-s", "4096x4096", "--rounds", "0"],
    "peak, reads": ["peak", "-s", "4096x8192", "--moves", "read"],
    "peak, 1000 rounds": ["peak", "-s", "1024x1024", "--rounds", "1000"],
}
RATES = ("f32", "f64", "integer")
MOST_SHARE = 1.03  # of its ceiling that a kernel may reach
# Sizes in bytes of the rates that a profile lists.
COPIED = [32 << 10] + [64 << 10 << 2 * i for i in range(1, 7)]
READ = [64 << 10 << 2 * i for i in range(7)]


def output_of(command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def report_of(arguments, *command):
    """The JSON report of a verb."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        output_of([arguments.gpufare, *command, "-q", "--json", str(path)], stderr=subprocess.DEVNULL)
        return json.loads(path.read_text())


def keep(arguments, record):
    """After each measurement: what is kept is complete, and it is all that was made."""
    files.write_whole(arguments.file, json.dumps(record, indent=1) + "\n")


def has_time(arguments):
    """For another measurement, if it takes as long as the longest so far."""
    now = time.monotonic()
    arguments.longest = max(arguments.longest, now - arguments.last)
    arguments.last = now
    return now - arguments.start + arguments.longest < arguments.seconds


def build_independent(folder):
    program = Path(folder) / "independent_ceilings"
    source = ROOT / "tools/bench/independent_ceilings.c"
    output_of(["cc", "-O3", "-march=native", "-fopenmp", "-std=gnu17", str(source), "-o", str(program)])
    return str(program)


def ceilings_of(arguments):
    """The kept ceilings of each device, and what other programs disturbed."""
    report = report_of(arguments, "calibrate", "-d", arguments.devices, "--show")
    return {profile["device"]["id"]: {**profile["ceilings"], "disturbed": profile["disturbed"],
                                      "took_s": profile["took_s"]} for profile in report["profiles"]}


def calibrate(arguments, record):
    """The rates of memory change with what neighbours do, within a minute even, so that only what
    was measured before and after a calibration can be compared with it."""
    with tempfile.TemporaryDirectory() as folder:
        program = build_independent(folder)
        threads = str(len(os.sched_getaffinity(0)))

        def independent():
            return json.loads(output_of([program, threads, "5"]))

        before = independent()
        while len(record["calibrations"]) < arguments.rounds and has_time(arguments):
            report_of(arguments, "calibrate", "-d", arguments.devices, "--quick")
            after = independent()
            record["calibrations"].append({"kept": ceilings_of(arguments), "before": before, "after": after})
            keep(arguments, record)
            before = after


def runs_of(arguments, name, command):
    """A run of each device: its share of the ceiling as predicted, and as measured against the ceiling after the run. It
    passed a ceiling if that was raised: the share alone can't show it, since the ceiling follows the kernel."""
    before = ceilings_of(arguments)
    report = report_of(arguments, "advise", *command, "-d", arguments.devices, "--check", "--min-time", "0.2")
    after = ceilings_of(arguments)
    candidates = {candidate["device"]: candidate for candidate in report["contenders"]}
    for check in report["check"]:
        candidate, phases = candidates[check["device"]], check["phases"]
        roofline = candidate["roofline"]
        measured = sum(phases[phase]["measured_ns"] for phase in ("kernel", "launch") if phases.get(phase))
        predicted = candidate["phases"]["kernel"]["value_ns"] + candidate["phases"]["launch"]["value_ns"]
        device = candidate["device"].rsplit(":", 1)[0]
        yield {"workload": name, "device": candidate["device"], "ceiling": roofline["ceiling"],
               "ceiling_ns": roofline["ceiling_ns"], "measured_ns": measured, "predicted_ns": predicted,
               "share": roofline["ceiling_ns"] / measured, "raised_by": raised_by(before[device], after[device])}


def numbers(ceilings):
    """Each rate, and the inverse of the shortest launch."""
    flat = {key: value for key, value in ceilings.items() if key.endswith("_per_s") and not isinstance(value, list)}
    for key in ("copies_bytes_per_s", "reads_bytes_per_s"):
        flat.update({f"{key}[{i}]": value for i, value in enumerate(ceilings[key])})
    flat["launch"] = 1 / ceilings["least_launch_ns"]
    return flat


def raised_by(before, after):
    old, new = numbers(before), numbers(after)
    return max([new[key] / old[key] for key in new if old.get(key)], default=1)


def rounds_of(record, name):
    """How many runs of a workload there are, by the device that has the most."""
    devices = [run["device"].rsplit(":", 1)[0] for run in record["runs"] if run["workload"] == name]
    return max(map(devices.count, devices), default=0)


def watched_runs(arguments, name):
    """runs_of, each with whether other programs ran meanwhile, and how much processor time they took; and whether the
    ceilings are of a disturbed calibration."""
    kept = ceilings_of(arguments)
    watch, start = Watch(), time.monotonic()
    found = list(runs_of(arguments, name, WORKLOADS[name]))
    wall = time.monotonic() - start
    watched = {"others": watch.took() / wall, "disturbed": watch.disturbed(wall)}
    return [{**run, **watched, "calibration_disturbed":
             any(kept[run["device"].rsplit(":", 1)[0]]["disturbed"].values())} for run in found]


def runs(arguments, record):
    """Each round has a calibration of its own: a ceiling that was raised once is not passed again."""
    for count in range(arguments.rounds):
        missing = [name for name in WORKLOADS if rounds_of(record, name) <= count]
        if missing and has_time(arguments):
            report_of(arguments, "calibrate", "-d", arguments.devices, "--quick")
        for name in missing:
            if not has_time(arguments):
                return
            record["runs"].extend(watched_runs(arguments, name))
            keep(arguments, record)


def percent(ratio):
    return f"{100 * (ratio - 1):+.1f} %"


def by_size(kind, rates):
    return {f"{kind} {int(size) // 1024} KiB": rate for size, rate in rates}


def rates_of_independent(run):
    return {**{rate: run[rate] for rate in RATES}, **by_size("copies", run["copies"].items()),
            **by_size("reads", run["reads"].items())}


def rates_of_kept(kept):
    rates = {**{rate: kept[f"{rate}_operations_per_s"] for rate in RATES},
             **by_size("copies", zip(COPIED, kept["copies_bytes_per_s"])),
             **by_size("reads", zip(READ, kept["reads_bytes_per_s"]))}
    return {name: rate * 1e-9 for name, rate in rates.items()}


def compare(entry, device):
    """By rate that both measured: the kept one as a multiple of the independent ones around it, whose
    geometric mean counts, and the larger of these as a multiple of the smaller. Sizes differ where
    one of the two is of another version."""
    before, after = (rates_of_independent(entry[time]) for time in ("before", "after"))
    kept = rates_of_kept(entry["kept"][device])
    return {name: (kept[name] / math.sqrt(before[name] * after[name]),
                   max(before[name], after[name]) / min(before[name], after[name]))
            for name in before if name in after and name in kept}


def disturbed_in(entry, device, name):
    """Whether the calibration itself says that other programs took the cores."""
    return entry["kept"][device]["disturbed"]["arithmetic" if name in RATES else name.split()[0]]


def summarise_calibrations(record):
    """Of each rate, the calibrations that nothing disturbed."""
    entries = record["calibrations"]
    for device in entries[0]["kept"]:
        took = [entry["kept"][device]["took_s"] for entry in entries]
        disturbed = {key for entry in entries for key, value in entry["kept"][device]["disturbed"].items() if value}
        print(f"{device}: {len(entries)} calibrations, {min(took):.1f} to {max(took):.1f} s; disturbed: "
              + (", ".join(sorted(disturbed)) or "nothing"))
        compared = [(entry, compare(entry, device)) for entry in entries]
        names = dict.fromkeys(name for _, rates in compared for name in rates)
        for name in names:
            counted = [rates[name] for entry, rates in compared
                       if name in rates and not disturbed_in(entry, device, name)]
            if not counted:
                print(f"  {name}: disturbed in each calibration")
                continue
            ratios, spreads = zip(*counted)
            print(f"  {name}: {len(counted)}, median {percent(statistics.median(ratios))} ({percent(min(ratios))} to "
                  f"{percent(max(ratios))}); the independent program against itself: median "
                  f"{percent(statistics.median(spreads))}, at most {percent(max(spreads))}")


def summarise_runs(record):
    kinds = sorted({(run["workload"], run["device"]) for run in record["runs"]})
    for workload, device in kinds:
        these = [run for run in record["runs"] if (run["workload"], run["device"]) == (workload, device)]
        shares = [run["share"] for run in these]
        print(f"{workload}, {device}: {len(these)} runs, {these[-1]['ceiling']}: measured share "
              f"{100 * min(shares):.1f} to {100 * max(shares):.1f} %, predicted up to "
              f"{100 * max(run['ceiling_ns'] / run['predicted_ns'] for run in these):.1f} %; a ceiling was raised by up "
              f"to {percent(max(run['raised_by'] for run in these))}")


def passed(record):
    """The runs beside which a kernel reached more of a calibrated ceiling than it may, in a case or in the run itself."""
    return [run for run in record["runs"] if max(run["share"], run["raised_by"]) > MOST_SHARE]


def is_disturbed(run):
    """Older files don't say."""
    return run.get("disturbed", False) or run.get("calibration_disturbed", False)


def summarise_shares(record):
    runs_made = record["runs"]
    highest = max(runs_made, key=lambda run: run["share"])
    disturbed = sum(is_disturbed(run) for run in runs_made)
    print(f"{len(runs_made)} runs, beside {len(passed(record))} of which a kernel passed a calibrated ceiling by more than "
          f"{100 * (MOST_SHARE - 1):.0f} %, in a case or in the run itself, and raised it; in "
          f"{sum(not is_disturbed(run) for run in passed(record))} of these no other program ran. Other programs ran beside "
          f"{disturbed} runs or their calibrations. The highest share of a raised ceiling is {100 * highest['share']:.1f} %: "
          f"{highest['workload']}, {highest['device']}")


def summarise(record):
    if record["calibrations"]:
        summarise_calibrations(record)
    if record["runs"]:
        summarise_runs(record)
        summarise_shares(record)
    return 1 if passed(record) else 0


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("action", choices=("calibrate", "runs", "summary"))
    parser.add_argument("rounds", type=int, nargs="?", default=1)
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin nothing that may take longer")
    parser.add_argument("--gpufare", default=str(ROOT / "build-release/bin/gpufare"))
    parser.add_argument("--devices", default="native")
    arguments = parser.parse_args()
    arguments.start = arguments.last = time.monotonic()
    arguments.longest = 0
    return arguments


def main():
    arguments = read_arguments()
    record = json.loads(arguments.file.read_text()) if arguments.file.exists() else {
        "schema": "gpufare.ceilings-check/2", "calibrations": [], "runs": []}
    if arguments.action == "summary":
        return summarise(record)
    record["machine"] = report_of(arguments, "calibrate", "-d", "native", "--show")["machine"]
    (calibrate if arguments.action == "calibrate" else runs)(arguments, record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
