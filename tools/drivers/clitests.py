"""The command-line tests on one driver: those of the build, as ctest knows them, in this driver's environment."""
import json
import os
import re
import shutil
import signal
import subprocess
import time


def listed(build):
    """name -> (script, environment of the test)."""
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1", "-L", "cli"], check=True,
                           capture_output=True, text=True)
    tests = {}
    for test in json.loads(shown.stdout)["tests"]:
        properties = {entry["name"]: entry["value"] for entry in test["properties"]}
        tests[test["name"]] = (test["command"][-1], dict(entry.split("=", 1) for entry in properties["ENVIRONMENT"]),
                               properties["TIMEOUT"])
    return tests


SLOWER_DRIVERS = 4  # than the one that the time limits of tests are made for


def run_one(place, caches, name, script, own, limit_s):
    """outcome, why, seconds"""
    # Compiling takes longer than running: each test begins with the kernels of plain_driver.
    shutil.copytree(caches / "pocl", caches / name / "pocl", dirs_exist_ok=True)
    environment = place.environment(caches / name, {**own, "SLOWER": "10", "REFUSALS": "yes"})
    log = place.folder / f"{name}.log"
    begin = time.monotonic()
    with open(log, "wb") as stream:
        # A group of its own: what a test has started ends with it.
        test = subprocess.Popen(["bash", script], env=environment, stdout=stream, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            status = test.wait(timeout=limit_s)
        except BaseException as stopped:
            os.killpg(test.pid, signal.SIGKILL)
            test.wait()
            if not isinstance(stopped, subprocess.TimeoutExpired):
                raise
            status = None
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    seconds = round(time.monotonic() - begin, 1)
    if status == 0:
        return "passed", next((line for line in lines if line.endswith(" were refused by this driver")), ""), seconds
    if status == 77:
        return "skipped", next((line for line in lines if line.startswith("skipped: ")), "it says not why")[9:], seconds
    if status is None:
        return "not finished", f"after {limit_s:.0f} s", seconds
    wrong = [line[len("FAILED: "):] for line in lines if line.startswith("FAILED: ")]
    return "failed", "; ".join(wrong[:3]) or f"status {status}: {' '.join(lines[-1:])}", seconds


def run(place, caches, pattern):
    """Yields a record for each test whose name matches; None: no test does."""
    if pattern is None:
        return
    for name, (script, own, limit_s) in sorted(listed(place.build).items()):
        if not re.search(pattern, name):
            continue
        why = (place.driver.not_applicable or {}).get(name)
        outcome, seconds = "not applicable", 0.0
        if why is None:
            outcome, why, seconds = run_one(place, caches, name, script, own, SLOWER_DRIVERS * limit_s)
        print(f"   {name}: {outcome}{': ' + why if why else ''} ({seconds:.0f} s)", flush=True)
        yield {"name": name, "outcome": outcome, "why": why, "seconds": seconds}
