"""What a run may do when the driver fails: nothing may be lost that does not need the driver, and nothing may be called
right that is not. docs/fault-tests.md has the rules."""
import re

from place import CODES
from scenes import DEADLINE_S
from observed import report_of, strange_files, torn_files

# The tool's own exit statuses but for 2, since the commands are right, and 130, since nobody interrupts them.
STATUSES = {0, 1, 3, 4, 5}
SLACK_S = 2
NO_END = "the tool did not end"

# Ends of the process; each has words that a report says of it.
ACTIONS = {"abort": "SIGABRT", "exit": "exit status 7", "segv": "SIGSEGV", "kill": "SIGKILL", "hang": "deadline",
           "noise": "deadline", "noise-stdout": "deadline"}


# ---- What a report claims

def facts_of(device):
    """Without how many cores there are for gpufare at the moment, which is no fact of the driver's."""
    moment = ("limits", "compute_units") if device.get("kind") == "native" else ("limits",)
    return {key: value for key, value in device.items() if key not in moment}


def row_label(row):
    return f"{row['device']['id']}:{row['variant']}"


def claims_of_comparison(report):
    claims = {}
    for place, row in enumerate(report["results"]):
        phases = row["phases"] or {}
        claims[f"{place} {row_label(row)}"] = {
            "status": row["status"], "checksum": row["checksum"], "phases": sorted(phases),
            "mismatches": (row["verification"] or {}).get("mismatches"), "device": facts_of(row["device"]),
            "host memory": (row["traffic"] or {}).get("host_memory"), "pipelined": row["pipelined"] is not None,
            "clock trouble": row["clock_trouble"]}
    return claims


def claims_of_advice(report):
    claims = {f"contender {c['device']}": {"possible": c["possible"]} for c in report["contenders"]}
    for c in report["check"] or []:
        claims[f"check {c['device']}"] = {"measured": "total" in (c["phases"] or {})}
    return claims


def claims_of_sweep(report):
    claims = {}
    for device in report["devices"]:
        for place, value in enumerate(device["values"]):
            claims[f"{device['label']} {place}"] = {"status": value.get("status"),
                                                    "measured": value.get("measured") is not None}
    return claims


def known(value):
    """The shape of a profile: which numbers are known."""
    if isinstance(value, dict):
        return {key: known(part) for key, part in value.items()}
    if isinstance(value, list):
        return len(value) > 0
    return value is not None


def claims_of_calibration(report):
    return {profile["device"]["id"]: {"device": profile["device"], "ceilings": known(profile["ceilings"])}
            for profile in report["profiles"]}


def claims_of_devices(report):
    return {device["id"]: facts_of(device) for device in report["devices"]}


def claims_of_doctor(report):
    numberless = re.compile(r"[0-9][0-9.,]*")
    claims, counts = {}, {}
    for row in report["rows"]:
        word = row["subject"].split()[0]
        counts[word] = counts.get(word, 0) + 1
        if row["subject"] != "machine load" and word != "native":
            claims[f"{word} {counts[word]}"] = {key: numberless.sub("#", str(value)) for key, value in row.items()}
    return claims


CLAIMS = {"run": claims_of_comparison, "compare": claims_of_comparison, "advise": claims_of_advice,
          "breakeven": claims_of_sweep, "calibrate": claims_of_calibration, "devices": claims_of_devices,
          "doctor": claims_of_doctor}


def claims_of(scene, report):
    return CLAIMS[scene.verb](report) if report is not None else {}


def differences(wanted, got, path=""):
    """(path, wanted, got) of every value that differs."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        found = []
        for key in list(wanted) + [key for key in got if key not in wanted]:
            found += differences(wanted.get(key), got.get(key), f"{path}/{key}")
        return found
    return [] if wanted == got else [(path, wanted, got)]


# ---- The judgement

def is_native(path):
    return re.match(r"/(\d+ )?(contender |check )?native", path) is not None


# Words that stand for a fact that the driver does not give. What can't be known to be there is not used.
UNKNOWN = {"unknown", "unnamed", "platform", "device", "?", "#", "f#x#", "f32x?", "f64x?", "()", "(),", "unsupported",
           "warn", "opencl-accel"}


# What is done without, as the report shows.
FALLBACKS = ("/host memory", "/pipelined", "/clock trouble")


def is_warned_of(changes):
    """Whether the doctor's row itself says that something is wrong."""
    return any(path.startswith("/") and path.endswith("/status") and (wanted, got) in
               (("pass", "warn"), ("pass", "fail"), ("warn", "fail")) for path, wanted, got in changes)


def is_loss(change):
    """Whether a fact has only become unknown."""
    path, wanted, got = change
    if path.endswith(FALLBACKS):
        return True
    if path.count("/") == 1:  # a device or a row is gone
        return False
    if isinstance(got, str) and isinstance(wanted, str):
        untold = path.endswith("/class_source") and "does not tell" in got
        return untold or set(got.split()) <= set(wanted.split()) | UNKNOWN
    return got in (None, 0, False, [])


def is_other_variant(change, changes):
    """Whether a device has its rows under the name of another variant: which one suits it depends on facts."""
    path, wanted, got = change
    device = re.search(r"\d+:\d+:", path)
    if device is None or path.count("/") > 1 or (wanted is None) == (got is None):
        return False
    rows = [c for c in changes if device[0] in c[0] and c[0].count("/") == 1]
    return any(w is None for _, w, _ in rows) and any(g is None for _, _, g in rows)


def is_unused(change, changes):
    """Whether advice did not check a device because it is not used for what it can't be known to do."""
    path, _, got = change
    unused = (path.replace("/check ", "/contender ", 1) + "/possible", True, False)
    return got is None and path.startswith("/check ") and unused in changes


class Judgement:
    def __init__(self):
        self.kind, self.findings = "", []

    def found(self, what):
        self.findings.append(what)


def judge_end(judgement, scene, outcome):
    if outcome.status < 0:
        judgement.found(f"the tool ended by signal {-outcome.status}" if not outcome.stopped else NO_END)
    elif outcome.status not in STATUSES:
        judgement.found(f"exit status {outcome.status}")
    if outcome.status not in (0, None) and "gpufare: " not in outcome.stderr and "failed" not in outcome.stdout:
        judgement.found(f"exit status {outcome.status} without a reason")
    if outcome.long_output:
        judgement.found("the output is not bounded")
    for orphan in outcome.orphans:
        judgement.found(f"a process is left: {orphan}")


def judge_time(judgement, outcome, usual_s, waits):
    """`waits`: the processes that made the tool wait until a deadline. The rest of the run is given ten times as long as
    it usually takes."""
    limit = waits * (DEADLINE_S + SLACK_S) + 10 * usual_s
    if waits and outcome.counted > limit:
        judgement.found(f"took {outcome.counted:.1f} s, more than {limit:.1f} s")


def judge_files(judgement, scene, folder, outcome):
    for name in torn_files(folder, scene.files):
        judgement.found(f"torn: {name}")
    for name in strange_files(folder, scene.files):
        judgement.found(f"left behind: {name}")
    missing = [name for name in scene.files if not (folder / "work" / name).exists()]
    if missing and outcome.status == 0:
        judgement.found(f"exit status 0 without {', '.join(missing)}")
    for path in folder.glob("sanitizer*"):
        judgement.found(f"sanitizer: {first_line_of(path)}")


def first_line_of(path):
    lines = [line for line in path.read_text(errors="replace").splitlines() if "ERROR" in line or "error:" in line]
    return (lines or ["?"])[0][:200]


def fault_is_seen(text, kind):
    if "not used: " in text or " has no time: " in text:
        return True
    if kind in ACTIONS:
        return ACTIONS[kind] in text or "gave no answer" in text or "did not answer" in text or "crashed" in text
    return f"({kind})" in text or CODES[int(kind)] in text


def gives_back(calls):
    """Whether a call is one of those that give back what no result needs any more: the calls after it lead to the
    release of memory, and no work comes before that."""
    for function in calls:
        if function == "clReleaseMemObject":
            return True
        if function not in GIVING_BACK:
            return False
    return False


GIVING_BACK = ("clEnqueueUnmapMemObject", "clFinish", "clReleaseEvent", "clWaitForEvents")


def calls_that_give_back(order):
    """["FUNCTION:N", ...] of an undisturbed run."""
    return [f"{function}:{number}" for place, (function, number) in enumerate(order)
            if function in GIVING_BACK and gives_back(name for name, _ in order[place + 1:place + 8])]


def judge_success(judgement, fault, seen, changes, given_back):
    """Exit status 0 although the fault was met."""
    function = fault[0]
    lost = [c for c in changes if not (is_loss(c) or is_other_variant(c, changes) or is_unused(c, changes))]
    if not changes and not seen:
        judgement.kind = "harmless"
        if not is_harmless(function) and not given_back:
            judgement.found("the fault is nowhere seen, and the exit status is 0")
    elif seen or is_warned_of(changes):
        judgement.kind = "told"
    else:
        fell_back = all(c[0].endswith(FALLBACKS) for c in changes)
        judgement.kind = "fallback" if fell_back else "fact unknown"
        if lost or not (is_query(function) or fell_back):
            path, wanted, got = (lost or changes)[0]
            judgement.found(f"exit status 0, but changed: {path}: {wanted} -> {got}")


def is_query(function):
    return re.fullmatch(r"clGet\w+", function) is not None


def is_harmless(function):
    """Calls on which no result depends. A query that fails leaves a fact unknown. What can't be released is the
    driver's loss."""
    return is_query(function) or function.startswith("clRelease")


def judge(scene, fault, outcome, folder, log, usual):
    """`fault`: (function, call, kind); `usual`: claims and time of the same run without a fault."""
    judgement = Judgement()
    function, call, kind = fault
    met = len(log["met"])
    report = report_of(folder)
    text = outcome.stdout + outcome.stderr + ("" if report is None else str(report))
    judge_end(judgement, scene, outcome)
    judge_time(judgement, outcome, usual["counted"], met if kind in ("hang", "noise", "noise-stdout") else 0)
    judge_files(judgement, scene, folder, outcome)
    changes = differences(usual["claims"], claims_of(scene, report)) if report is not None else []
    for path, wanted, got in changes:
        if is_native(path):
            judgement.found(f"a native row changed: {path}: {wanted} -> {got}")
    if log["leaked"] and kind not in ACTIONS:
        judgement.found(f"not released: {', '.join(log['leaked'])}")
    if met == 0:
        judgement.kind = "not met"
        if outcome.status != 0 or changes:
            judgement.found(f"without a fault: exit status {outcome.status}, {changes[:1]}")
    elif outcome.status == 0:
        given_back = gives_back(log["then"]) or f"{function}:{call.rstrip('+')}" in usual["given_back"]
        judge_success(judgement, fault, fault_is_seen(text, kind), changes, given_back)
    else:
        judgement.kind = f"status {outcome.status}"
    # Too busy a machine for the short deadline: an outcome as any other, but not that of the fault.
    if "within " in text and kind not in ("hang", "noise", "noise-stdout"):
        judgement.kind = "starved"
        judgement.findings = [f for f in judgement.findings if not f.startswith(("without a fault", "not released"))]
    return judgement
