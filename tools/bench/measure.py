"""Runs one entry on one case once: starts its process, reads its output, compares its result."""
import ast
import json
import struct
import subprocess
import time

import roster

# Largest error, in units of rounding of the largest value, of a peer that contracts or reorders. Each step rounds,
# but also smooths the errors of earlier steps (discrete maximum principle), so that they hardly add up: the C peer
# with -ffp-contract=fast is 0.6 units off after 1000 steps. A wrong stencil or edge is off by millions.
UNITS = 64
EPSILON = {"f64": 2.0**-53, "f32": 2.0**-24}


class Trouble(Exception):
    """The reason why an entry has no time for a case; `status` is one of the words of common.py."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def finish(command, settings, entry):
    """Runs a process to its end; returns its output and its wall time in ns."""
    start = time.monotonic_ns()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=settings.timeout,
                              env=roster.surroundings(settings.threads, entry))
    except subprocess.TimeoutExpired as error:
        raise Trouble("failed", f"no answer within {settings.timeout:.0f} s") from error
    except OSError as error:
        raise Trouble("failed", f"can't be started: {error}") from error
    wall_ns = time.monotonic_ns() - start
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Trouble("failed", lines[-1])
    return done.stdout, wall_ns


# ---- gpufare


def gpufare_command(settings, case, device, repeat, min_time, report, result=None):
    command = [str(settings.gpufare), "run", case.workload, *case.options(), "--device", device,
               "--threads", str(settings.threads), "--warmup", "1", "--repeat", str(repeat),
               "--min-time", str(min_time), "--no-pipeline", "--quiet", "--json", str(report)]
    return command + (["--npy", str(result)] if result else [])


def read_report(path, settings):
    """The only result of a report; raises Trouble if it has no time."""
    try:
        report = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Trouble("failed", f"gpufare's report can't be read: {error}") from error
    result = report["results"][0]
    if result["status"] != "ok":
        raise Trouble("failed", result["reason"] or result["status"])
    phases = {name: phase["samples_ns"] for name, phase in result["phases"].items() if phase}
    # Everything between the last upload and the first download, with the launches, which the peers' times contain
    # too.
    compute = [kernel + launch for kernel, launch in zip(phases["kernel"], phases["launch"])]
    said = {"samples_ns": compute, "kernel_ns": phases["kernel"], "total_ns": phases["total"],
            "variant": result["variant"], "note": result["note"], "tuning": result.get("tuning"), "threads": settings.threads,
            "versions": {"driver": result["device"]["driver"], "gpufare": report["machine"]["gpufare"]},
            "verification": result["verification"]}
    return said


def npy_offset(path):
    """The offset of the data in a .npy file. Raises Trouble for any other file."""
    with open(path, "rb") as file:
        start = file.read(10)
        if start[:6] != b"\x93NUMPY" or start[6] != 1:
            raise Trouble("failed", f"{path}: not a .npy file of version 1")
        length = struct.unpack("<H", start[8:10])[0]
        ast.literal_eval(file.read(length).decode("latin1").strip())  # raises unless it is a header
    return 10 + length


def run_gpufare(settings, case, entry):
    report, result = settings.scratch / "report.json", settings.scratch / "result.npy"
    try:
        _, wall_ns = finish(gpufare_command(settings, case, entry.device, case.repeat, case.min_time, report, result),
                            settings, entry)
        said = read_report(report, settings)
        said["agreement"] = compare(settings, case, result, npy_offset(result))
    finally:
        for file in (report, result):
            file.unlink(missing_ok=True)
    return {**said, "wall_ns": wall_ns}


def make_reference(settings, case):
    """The result of gpufare's scalar kernel, one step in each pass, with which every result is compared."""
    report = settings.scratch / "reference.json"
    entry = roster.Entry("reference", "gpufare native:scalar", "", "")
    finish(gpufare_command(settings, case, "native:scalar", 1, 0, report, settings.reference), settings, entry)
    read_report(report, settings)
    settings.reference_offset = npy_offset(settings.reference)


def outer_clock(settings, case, entry, compute_ns):
    """Wall time of a sample by an outer clock: the difference of two processes that differ only in their number of
    samples. It includes the time between samples, poisoning and verification, so it must be a bit longer than
    gpufare's own time; a time shorter by more than noise would prove gpufare's wrong."""
    more = max(1, min(200, round(1e9 / max(compute_ns, 1))))
    report = settings.scratch / "report.json"
    walls, totals = [], []
    for repeat in (1, 1 + more):
        walls.append(finish(gpufare_command(settings, case, entry.device, repeat, 0, report), settings, entry)[1])
        totals.append(sum(read_report(report, settings)["total_ns"]))
    report.unlink()
    return {"samples": more, "outer_ns": (walls[1] - walls[0]) / more, "own_total_ns": (totals[1] - totals[0]) / more}


# ---- Peers


def make_inputs(settings, case):
    arrays, path = str(settings.build / "arrays"), str(settings.inputs)
    size = [case.precision, str(case.width), str(case.height)]
    if case.workload == "julia":
        roster.call([arrays, "coordinates", *size, *(repr(number) for number in case.view), path])
    else:
        roster.call([arrays, "field", *size, case.init, path])


def run_peer(settings, case, entry):
    result = settings.scratch / "result.bin"
    bits = case.precision[1:]
    arguments = {
        "workload": case.workload, "precision": case.precision, "width": case.width, "height": case.height,
        "threads": settings.threads, "max-iter": case.max_iter, "c-re": case.c[0], "c-im": case.c[1],
        "steps": case.steps, "warmup-steps": case.warmup_steps, "rate": 0.1, "input": settings.inputs,
        "result": result, "repeat": case.repeat, "min-time": case.min_time, "limit": settings.limit,
    }
    command = [part.format(bits=bits) for part in entry.command]
    # Joined by =, because a value may begin with a minus, like an option.
    command += [f"--{name}={value}" for name, value in arguments.items()]
    try:
        output, wall_ns = finish(command, settings, entry)
        try:
            said = json.loads(output.strip().splitlines()[-1])
        except (ValueError, IndexError) as error:
            raise Trouble("failed", "its output is not a line of JSON") from error
        if said["status"] != "ok":
            raise Trouble(said["status"], said["reason"])
        said["agreement"] = compare(settings, case, result, 0, entry.may_contract)
    finally:
        result.unlink(missing_ok=True)
    return {**said, "wall_ns": wall_ns}


# ---- Verification


def compare(settings, case, result, offset, may_contract=False):
    """Compares with the reference and returns the differences. Raises Trouble if there are too many."""
    kind = "u16" if case.workload == "julia" else case.precision
    try:
        said = roster.call([str(settings.build / "arrays"), "compare", kind, str(settings.reference),
                            str(settings.reference_offset), str(result), str(offset)])
    except roster.BuildError as error:
        raise Trouble("wrong result", str(error)) from error
    found = json.loads(said)
    allowed = 0.0
    if may_contract and case.workload == "diffusion":
        allowed = UNITS * EPSILON[case.precision] * found["max_abs"]
    found["allowed_error"] = allowed
    if found["differing"] and (found["not_finite"] or found["max_abs_error"] > allowed or kind == "u16"):
        raise Trouble("wrong result", f"{found['differing']} of {found['elements']} values differ from gpufare's "
                      f"verified ones, by up to {found['max_abs_error']:.3g}")
    return found


def run(settings, case, entry):
    return (run_gpufare if entry.device else run_peer)(settings, case, entry)
