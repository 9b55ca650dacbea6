"""The predicting half of tools/bench/accuracy: gpufare's own code predicts the measured times."""
import json
import os
import subprocess
from pathlib import Path

PROFILE_SCHEMA = "gpufare.profile/1"


def call(command, timeout, accepted=(0,), **options):
    """The standard output of a command. Raises RuntimeError with its standard error unless its status is accepted."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"{command[0]}: {error}") from error
    if done.returncode not in accepted:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(lines[-1])
    return done.stdout


# ---- Profiles, measured as for a user


def kinds_of(cases):
    """The workloads and precisions that need calibration cases."""
    return sorted({(case.workload, case.get("precision")) for case in cases}, key=str)


def calibrate(settings, kind, labels, cache):
    """Has `gpufare advise` measure the calibration cases of these devices and variants for one kind, with a cache
    folder of its own, so that the user's is neither read nor changed."""
    workload, precision = kind
    command = [str(settings.gpufare), "advise", workload, "--device", ",".join(labels), "--budget", "0", "--quiet"]
    command += ["--precision", precision] if precision else []
    call(command, settings.timeout, env={**os.environ, "XDG_CACHE_HOME": str(cache)})


def kept_profiles(cache):
    kept = [json.loads(path.read_text()) for path in sorted(Path(cache).rglob("*.json"))]
    return [document for document in kept if document.get("schema") == PROFILE_SCHEMA]


# ---- Predictions


def row_request(label, truth, profiles):
    device, variant = label.rsplit(":", 1)
    index = next(i for i, profile in enumerate(profiles) if profile["device"]["id"] == device)
    times = {f"{name}_ns": truth["ns"].get(name, 0) for name in ("alloc", "h2d", "launch", "kernel", "d2h", "total")}
    return {"profile": index, "variant": variant, "spread": truth["spread"],
            **{key: truth[key] for key in ("run_deviation", "compute_deviation", "transfer_deviation")}, **times}


def without_transfers(profile):
    """The ablation: a profile whose transfers take no time."""
    free = {"a_ns": 0, "b_ns_per_byte": 0}
    return {**profile, "transfers": {direction: {memory: {**line, **free} for memory, line in lines.items()}
                                     for direction, lines in profile["transfers"].items()}}


def predict(settings, document, truth_of, transfers=True):
    """The output of predict_cases: every case predicted from others, from calibration cases, and from both."""
    profiles = [profile if transfers else without_transfers(profile) for profile in document["profiles"]]
    cases = [{"name": record["name"], "workload": record["workload"], "values": record["values"],
              "rows": [row_request(label, truth, profiles) for label, truth in truth_of[record["name"]].items()]}
             for record in document["cases"] if record["name"] in truth_of]
    return json.loads(call([str(settings.predictor)], settings.timeout,
                           input=json.dumps({"profiles": profiles, "cases": cases})))
