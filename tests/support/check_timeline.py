"""Checks the timeline of a run: its spans are the samples of the JSON report beside it.

    check_timeline.py TIMELINE.json REPORT.json
"""

import json
import sys
from pathlib import Path

HOST, DEVICE = 1, 2


def spans(events, process, track, *names):
    return [e for e in events if e["ph"] == "X" and e["pid"] == process and e["tid"] == track and (not names or e["name"] in names)]


def fail(text):
    print(text)
    sys.exit(1)


def same(found, samples, what):
    """Durations in us, of spans in the order of time, against samples in ns."""
    durations = [round(e["dur"] * 1000) for e in sorted(found, key=lambda e: e["ts"])]
    if durations != samples:
        fail(f"{what}: spans of {durations[:4]} ns, samples of {samples[:4]} ns")


def check_order(host):
    """Spans of one track lie one after the other, or inside of one another."""
    open_until = []
    for event in sorted(host, key=lambda e: (e["ts"], -e["dur"])):
        while open_until and open_until[-1] <= event["ts"] + 0.0015:
            open_until.pop()
        if open_until and event["ts"] + event["dur"] > open_until[-1] + 0.0035:
            fail(f"{event['name']} at {event['ts']} overlaps another span")
        open_until.append(event["ts"] + event["dur"])


def check_result(events, process, result):
    phases, traffic = result["phases"], result["traffic"]
    same(spans(events, process, HOST, "round trip"), phases["total"]["samples_ns"], "round trips")
    same(spans(events, process, HOST, "launch"), phases["launch"]["samples_ns"], "launches")
    same(spans(events, process, HOST, "wait for the kernel"), phases["kernel"]["samples_ns"], "kernels")
    for name, key in (("h2d", "bytes_up"), ("d2h", "bytes_down")):
        found = spans(events, process, DEVICE, name)
        same(found, [ns for ns in phases[name]["samples_ns"] if ns > 0], name)
        if any(e["args"]["bytes"] != traffic[key] for e in found):
            fail(f"{name}: not {traffic[key]} bytes")
    if result["pipelined"] is not None:
        same(spans(events, process, HOST, "pipelined round trip"), result["pipelined"]["samples_ns"], "pipelined round trips")
    if not spans(events, process, HOST, "alloc"):
        fail("no allocation")
    check_order(spans(events, process, HOST))
    check_order(spans(events, process, DEVICE))
    if min(e["ts"] for e in spans(events, process, HOST)) < 0:
        fail("a span begins before the timeline")


def main():
    events = json.loads(Path(sys.argv[1]).read_text())["traceEvents"]
    results = json.loads(Path(sys.argv[2]).read_text())["results"]
    names = {e["pid"]: e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "process_name"}
    checked = 0
    for process, result in enumerate(results, start=1):
        if result["status"] != "ok":
            continue
        if process not in names:
            fail(f"process {process} has no name")
        check_result(events, process, result)
        checked += 1
    if checked == 0:
        fail("no result has times")
    print(f"{sys.argv[1]}: {checked} results, {len(events)} events")


main()
