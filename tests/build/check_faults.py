"""The judges of tools/faults, on runs that were made up: each breach of a rule is found, and a clean run is not.
Arguments: SOURCE_DIR"""
import copy
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]) / "tools/faults"))
from judge import claims_of, judge  # noqa: E402
from scenes import BY_NAME  # noqa: E402
from observed import Outcome, adopt_orphans, run_once  # noqa: E402
from trials import judge_result  # noqa: E402

SCENE = BY_NAME["compare"]
FAILURES = []


def row(device, status="ok", checksum=5):
    return {"device": {"id": device, "name": device}, "variant": "naive", "status": status, "checksum": checksum,
            "phases": {"total": {}}, "verification": {"mismatches": 0}, "traffic": {"host_memory": "pinned"},
            "pipelined": None, "clock_trouble": None}


USUAL_REPORT = {"results": [row("native"), row("0:0")]}
USUAL = {"claims": claims_of(SCENE, USUAL_REPORT), "counted": 0.1, "given_back": []}
LOG = {"met": ["clFinish"], "then": [], "leaked": []}


def judged(fault="clFinish:1:-5", report=USUAL_REPORT, files=SCENE.files, log=None, extra=(), text="", **outcome):
    """The findings on a run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("work", "tmp", "cache/gpufare"):
            (folder / part).mkdir(parents=True)
        for file in files:
            (folder / "work" / file).write_text(json.dumps(report) if file.endswith(".json") else "text\n")
        for path, content in extra:
            (folder / path).write_text(content)
        ended = Outcome(stdout=text, counted=0.1, **outcome)
        return judge(SCENE, fault.split(":"), ended, folder, {**LOG, **(log or {})}, USUAL).findings


def expect(name, findings, words):
    """`words` None: no finding."""
    right = not findings if words is None else len(findings) == 1 and words in findings[0]
    if not right:
        FAILURES.append(f"{name}: {findings}, not {words}")


def with_row(index, **changes):
    report = copy.deepcopy(USUAL_REPORT)
    report["results"][index].update(changes)
    return report


def check_rules():
    failed = with_row(1, status="failed", checksum=None, phases=None, verification=None, traffic=None,
                      reason="CL_OUT_OF_RESOURCES (-5)")
    expect("a failed row", judged(report=failed, status=1, text="failed"), None)
    expect("a signal", judged(report=failed, status=-11, text="failed"), "signal 11")
    expect("an exit status", judged(report=failed, status=2, text="failed"), "exit status 2")
    expect("silence", judged(status=0), "nowhere seen")
    expect("no reason", judged(report=failed, status=1), "without a reason")
    expect("it is told", judged(status=0, text="CL_OUT_OF_RESOURCES"), None)
    expect("a release", judged(fault="clReleaseEvent:1:-5", status=0), None)
    expect("a buffer is given back", judged(status=0, log={"then": ["clReleaseMemObject"]}), None)
    expect("work before it", judged(status=0, log={"then": ["clEnqueueNDRangeKernel"]}), "nowhere seen")
    expect("another checksum", judged(report=with_row(1, checksum=6), status=0), "but changed")
    gone = {"results": USUAL_REPORT["results"][:1]}
    expect("a device is gone", judged(fault="clGetDeviceIDs:1:-5", report=gone, status=0), "but changed")
    expect("it is said to be gone", judged(fault="clGetDeviceIDs:1:-5", report=gone, status=0, text="not used: 0:0"), None)
    expect("a fact is unknown", judged(fault="clGetDeviceInfo:1:-5", status=0, report=with_row(
        1, device={"id": "0:0", "name": "unnamed device"})), None)
    other = with_row(1, variant="group")
    expect("another variant", judged(fault="clGetDeviceInfo:1:-5", status=0, report=other), None)
    expect("another variant without a cause", judged(report=other, status=0), "but changed")
    expect("pageable memory", judged(report=with_row(1, traffic={"host_memory": "pageable"}), status=0), None)
    native = with_row(0, checksum=6)
    expect("a native row", judged(report=native, status=1, text="failed"), "native row changed")
    expect("no fault", judged(log={"met": []}, status=0), None)
    expect("failed without a fault", judged(report=failed, log={"met": []}, status=1, text="failed"), "without a fault")
    expect("a leak", judged(status=0, text="(-5)", log={"leaked": ["event 1"]}), "not released")
    expect("a missing report", judged(files=("report.json", "report.csv"), status=0, text="(-5)"), "without report.md")
    torn = [("cache/gpufare/probe-1.json", '{"a": ')]
    expect("a torn file", judged(status=0, text="(-5)", extra=torn), "torn: cache")
    expect("a temporary file", judged(status=0, text="(-5)", extra=[("work/.gpufare-1.tmp", "")]), "left behind")
    expect("a late end", judged(fault="clFinish:1:hang", status=1, text="deadline failed", report=failed), None)
    slow = Outcome(status=1, stdout="deadline failed", counted=9)
    expect("too late an end", late(slow, failed), "took 9.0 s")


def late(outcome, report):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("work", "tmp"):
            (folder / part).mkdir()
        (folder / "work/report.json").write_text(json.dumps(report))
        return judge(SCENE, ["clFinish", "1", "hang"], outcome, folder, LOG, USUAL).findings


def result_findings(content=b"right", entries=("epoch-1", "epoch-2"), **outcome):
    """The findings on the last run of a trial, whose result and whose states are these."""
    with tempfile.TemporaryDirectory() as name:
        folder, findings = Path(name), []
        for entry in entries:
            (folder / "work/c" / entry).mkdir(parents=True)
        if content is not None:
            (folder / "work/out.npy").write_bytes(content)
        judge_result(Outcome(**{"status": 0, **outcome}), folder, {"bytes": b"right"}, findings)
        return findings


def check_results():
    expect("a right result", result_findings(), None)
    expect("other bits", result_findings(content=b"wrong"), "other bits")
    expect("no result", result_findings(content=None), "exit status 0")
    expect("a failure", result_findings(status=4), "exit status 4")
    expect("half an epoch", result_findings(entries=("epoch-1", "writing-2")), "half an epoch")
    expect("three epochs", result_findings(entries=("epoch-1", "epoch-2", "epoch-3")), "more than two")
    expect("a damaged epoch", result_findings(stderr="epoch-1 is passed over"), "damaged")


def check_orphans():
    """A shell whose child lives on is found; one that takes its child with it is not."""
    adopt_orphans()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "work").mkdir()
        for script, orphans in (("sleep 1000 & exit 0", 1), ("sleep 0.1", 0)):
            outcome = run_once(["/bin/sh", "-c", script], dict(os.environ), folder, 60)
            if len(outcome.orphans) != orphans:
                FAILURES.append(f"{script}: orphans {outcome.orphans}")
        outcome = run_once(["/bin/sh", "-c", "exec sleep 1000"], dict(os.environ), folder, 0.2)
        if not outcome.stopped:
            FAILURES.append("a run without end was not stopped")


check_rules()
check_results()
check_orphans()
for failure in FAILURES:
    print("FAILED:", failure)
sys.exit(1 if FAILURES else 0)
