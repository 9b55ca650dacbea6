"""Trials of saved states: a result is computed over some kills, going on from what was saved each time. How a trial is judged at
its end, how many are made, and what is counted of them."""
import argparse
import copy
import datetime
import json
import multiprocessing
import os
import re
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from files import write_whole  # noqa: E402
from observed import adopt_orphans  # noqa: E402
from place import ROOT  # noqa: E402

MOST_FINDINGS = 200
MOST_KILLS = 4  # of one result, which is then left alone
MOMENTS = ("any", "saved", "writing")  # after the start, after this run has saved its first state, while it writes one


# ---- One trial

def begin_trial(nothing, problem, every, task):
    """What is found in it, to begin with. `nothing`: what is counted, before anything has happened."""
    return {**copy.deepcopy(nothing), "problem": " ".join(problem), "every": every, "task": task, "findings": []}


def find_step(text):
    """The step that a run said it goes on from; 0: from the beginning."""
    found = re.search(r"going on from step (\d+) of", text)
    return int(found.group(1)) if found else 0


def judge_epochs(ended, findings):
    """No kill may damage an epoch."""
    if "passed over" in ended.stderr:
        findings.append(f"an epoch is damaged: {ended.stderr[-200:]}")


def judge_files(folder, findings):
    checkpoint = folder / "work/c"
    names = sorted(os.listdir(checkpoint)) if checkpoint.is_dir() else []
    if any(name.startswith("writing-") for name in names):
        findings.append(f"half an epoch is left: {names}")
    if sum(name.startswith("epoch-") for name in names) > 2:
        findings.append(f"more than two epochs are left: {names}")


def judge_result(ended, folder, usual, findings):
    """The last run, which was left alone: its result has the bits of `usual`, a run that was never killed, and nothing but
    states is left."""
    result = folder / "work/out.npy"
    if ended.status != 0 or not result.exists():
        findings.append(f"exit status {ended.status}: {ended.stderr[-300:]}")
    elif result.read_bytes() != usual["bytes"]:
        findings.append("the result has other bits")
    judge_epochs(ended, findings)
    judge_files(folder, findings)


# ---- Many of them

def parse(description, work, json_name, threads_help):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", default=str(ROOT / "build-release"), help="the build folder that is tried")
    parser.add_argument("--work", help=f"folder for runs; default: BUILD/{work}")
    parser.add_argument("--driver", default="tiny", choices=("tiny", "system"), help="the tests' own driver, or the first "
                        "device of those that are installed")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=3600, help="ends after this time, whatever was killed by then")
    parser.add_argument("--threads", type=int, default=1, help=threads_help)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help=f"default: docs/measurements/DATE-{json_name}.json; - for none")
    options = parser.parse_args()
    options.work = Path(options.work or Path(options.build) / work).resolve()
    options.json = options.json or ROOT / f"docs/measurements/{datetime.date.today().isoformat()}-{json_name}.json"
    return options


def new_document(schema, options, nothing):
    """Lists of names become counts of them."""
    counts = {key: {} if isinstance(value, list) else value for key, value in nothing.items()}
    return {**counts, "schema": schema, "date": datetime.date.today().isoformat(), "seed": options.seed,
            "driver": options.driver, "goal_kills": options.kills, "results": 0, "complete": False, "seconds": 0,
            "finding_count": 0, "findings": []}


def count(totals, names):
    """`names`: a list of them, or the count of each."""
    for name in names:
        totals[name] = totals.get(name, 0) + (names[name] if isinstance(names, dict) else 1)


def add(document, found, nothing):
    document["results"] += 1
    for key in nothing:
        if isinstance(found[key], int):
            document[key] += found[key]
        else:
            count(document[key], found[key])
    document["finding_count"] += 1 if found["findings"] else 0
    if found["findings"] and len(document["findings"]) < MOST_FINDINGS:
        document["findings"].append(found)


def kills_of(document):
    return sum(document["kills"].values())


def is_done(document, options, begin):
    return kills_of(document) >= options.kills or time.monotonic() - begin > options.seconds


def write(document, options, begin):
    document.update(complete=kills_of(document) >= options.kills, seconds=round(time.monotonic() - begin))
    if options.json != "-":
        write_whole(Path(options.json), json.dumps(document, indent=1, sort_keys=True) + "\n")


def begin_job(make_place, options):
    adopt_orphans()
    try_next.place = make_place(options)


def try_next(try_once, task):
    return try_once(try_next.place, task)


def run(options, document, nothing, make_place, try_once):
    begin, given, pending = time.monotonic(), 0, []
    with multiprocessing.Pool(options.jobs, begin_job, [make_place, options]) as pool:
        while pending or not is_done(document, options, begin):
            while len(pending) < options.jobs and not is_done(document, options, begin):
                pending.append(pool.apply_async(try_next, [try_once, f"{options.seed}/{given}"]))
                given += 1
            found = pending.pop(0).get()
            add(document, found, nothing)
            for finding in found["findings"]:
                print(f"{found['task']}: {found['problem']}: {finding}", flush=True)
            write(document, options, begin)


def make_trials(options, schema, nothing, make_place, try_once, runs):
    """Until there are enough kills, or no more time. `runs`: what a trial consists of, in a word. Returns the exit status."""
    document = new_document(schema, options, nothing)
    shutil.rmtree(options.work, ignore_errors=True)
    run(options, document, nothing, make_place, try_once)
    shutil.rmtree(options.work, ignore_errors=True)
    kills = kills_of(document)
    print(f"{kills} of {options.kills} kills, {document['results']} results, {document['went_on']} {runs} went on from a state, "
          f"{document['began_anew']} began anew; {document['finding_count']} results with findings")
    return 1 if document["finding_count"] or not kills else 0
