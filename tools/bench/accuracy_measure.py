"""The measuring half of tools/bench/accuracy: every case on every candidate, in several rounds apart in time."""
import datetime
import json
import math
import os
import random
import shutil
import statistics
import time

import accuracy_predict
import files

SCHEMA = "gpufare.accuracy-times/1"
REPEAT = 3  # fewest samples of a candidate: all that the longest cases get
PHASES = ("alloc", "h2d", "launch", "kernel", "d2h", "unexplained", "total")


def shortened(value):
    """A measured time has no more than six significant digits."""
    if isinstance(value, dict):
        return {key: shortened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def write_json(path, document):
    """Writes the file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_whole(path, json.dumps(shortened(document), separators=(",", ":")) + "\n")


def candidates(settings):
    """Native with its best instruction set, the same with one thread, the scalar kernel, and every OpenCL device with
    its best variant."""
    if settings.device:
        return settings.device.split(",")
    report = json.loads(accuracy_predict.call([str(settings.gpufare), "devices", "--json", "-"], settings.timeout))
    devices = report["devices"]
    native = next((device for device in devices if device["id"] == "native"), None)
    isa = [f"native:{native['simd']}", f"native:{native['simd']}-1t"] if native and native["simd"] else ["native"]
    return [*isa, "native:scalar"] + [d["id"] for d in devices if d["id"] != "native"]


# ---- One case


def quartiles(samples):
    if len(samples) < 2:
        return [round(samples[0])] * 2
    lower, _, upper = statistics.quantiles(samples, n=4, method="inclusive")
    return [round(lower), round(upper)]


def row_of(result):
    """One result as it is stored: quartiles instead of samples."""
    if result["status"] != "ok":
        return {"status": result["status"], "reason": result["reason"]}
    phases = result["phases"]
    samples = phases["total"]["samples_ns"]
    return {"status": "ok", "ns": {name: phases[name]["median_ns"] for name in PHASES if phases.get(name)},
            "total_quartiles": quartiles(samples), "samples": len(samples),
            "transfers": result["traffic"]["transfers"]}


def label_of(result):
    return f"{result['device']['id']}:{result['variant']}"


def measure_case(settings, case, devices):
    """The rows of one case, measured in a random order."""
    order = list(devices)
    random.shuffle(order)
    command = [str(settings.gpufare), "compare", case.workload, *case.options(), "--device", ",".join(order),
               "--no-pipeline", "--repeat", str(REPEAT), "--min-time", str(settings.min_time),
               "--quiet", "--json", "-"]
    report = json.loads(accuracy_predict.call(command, settings.timeout, accepted=(0, 4)))  # 4: a device disagrees
    rows = {label_of(result): row_of(result) for result in report["results"]}
    return rows, report["machine"]


# ---- All cases


def load(path):
    """The measurements so far; None without such a file."""
    if not path.exists():
        return None
    document = json.loads(path.read_text())
    if document.get("schema") != SCHEMA:
        raise RuntimeError(f"{path}: this is not a file of measured cases")
    return document


def new_document(devices):
    return {"schema": SCHEMA, "machine": None, "contenders": devices, "profiles": [], "calibrated": [], "cases": []}


def record_of(document, case):
    for record in document["cases"]:
        if record["name"] == case.name:
            return record
    record = {"name": case.name, "workload": case.workload, "values": dict(case.values), "rounds": []}
    document["cases"].append(record)
    return record


def pending(document, cases, rounds, seed):
    """(round, case) of all missing measurements, round by round, each in a random order."""
    todo = []
    for number in range(rounds):
        order = list(cases)
        random.Random(seed + number).shuffle(order)
        todo += [(number, case) for case in order if len(record_of(document, case)["rounds"]) <= number]
    return todo


def measure_cases(settings, document, cases, say, is_late):
    """Measures every missing case of every round. False: time ran out."""
    todo = pending(document, cases, settings.rounds, settings.seed)
    for done, (number, case) in enumerate(todo):
        if is_late():
            say(f"{len(todo) - done} measurements are left: run it again to go on")
            return False
        say(f"round {number + 1}, {len(todo) - done} to go: {case.name}")
        rows, machine = measure_case(settings, case, document["contenders"])
        document["machine"] = document["machine"] or machine
        at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        record_of(document, case)["rounds"].append({"at": at, "load": os.getloadavg()[0], "rows": rows})
        write_json(settings.times, document)
    return True


def calibrate(settings, document, cases, say, is_late):
    """Measures the profiles for predictions, for the kernels that ran the cases. False: time ran out."""
    cache = settings.times.resolve().with_suffix(".cache")  # a relative one is not used
    for kind in accuracy_predict.kinds_of(cases):
        name = " ".join(word for word in kind if word)
        if name in document["calibrated"]:
            continue
        if is_late():
            say("calibration is left: run it again to go on")
            return False
        say(f"calibrating: {name}")
        own = [record for record in document["cases"]
               if (record["workload"], record["values"].get("precision")) == kind]
        labels = sorted({label for record in own for turn in record["rounds"] for label in turn["rows"]})
        accuracy_predict.calibrate(settings, kind, labels, cache)
        document["profiles"] = accuracy_predict.kept_profiles(cache)
        document["calibrated"].append(name)
        write_json(settings.times, document)
    shutil.rmtree(cache, ignore_errors=True)
    return True


def measure(settings, cases, say):
    """Measures what settings.times lacks and saves it after every step. False: time ran out."""
    end = time.monotonic() + settings.seconds if settings.seconds else math.inf

    def is_late():
        return time.monotonic() > end

    document = load(settings.times) or new_document(candidates(settings))
    return all(step(settings, document, cases, say, is_late) for step in (measure_cases, calibrate))
