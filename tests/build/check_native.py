"""Checks tools/bench/native on made-up runs: which pairs count, what is said of runs that fail, and which rows count.
Arguments: SOURCE_DIR"""
import contextlib
import io
import json
import sys
import types

sys.path.insert(0, f"{sys.argv[1]}/tools/bench")
import native  # noqa: E402


def expect(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def settings(**others):
    return types.SimpleNamespace(**{"rounds": 7, "most_rounds": 31, "min_time": 0.05, "search_time": 0.01, "disturbed": 0,
                                    "most_others": 0.1, "gpufare": "gpufare", **others})


def refusal(call):
    """The message with which a call fails."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            call()
    except RuntimeError as error:
        return str(error)
    sys.exit("FAILED: what can't be measured is measured")


# ---- Pairs


def made_up_runs(disturbed):
    """In place of native.run: the default takes 2 ms and the best 1.98. A disturbed default takes 20."""
    calls = {"native": 0}

    def run(_settings, _case, device, _extra, _min_time, _store):
        calls[device] = calls.get(device, 0) + 1
        if device == "native" and disturbed(calls["native"]):
            return 20, {"variant": "x", "tuning": None}, True
        return 2 if device == "native" else 1.98, {"variant": "x", "tuning": None}, False

    return run


native.run = made_up_runs(lambda turn: turn <= 3)
row = native.compare(settings(), ["sum"], "native", ("native:y",), None)
expect(row["disturbed"] == 3 and len(row["default_rounds_ms"]) == 7, f"3 disturbed pairs, 7 others: {row}")
expect(max(row["default_rounds_ms"]) == 2 and abs(row["ratio"] - 0.99) < 1e-9, f"a disturbed pair counts: {row}")
expect("7, 3 left out" in native.pairs_text(row), f"what was left out is not said: {native.pairs_text(row)}")
native.run = made_up_runs(lambda turn: True)
expect("disturbed 31 of 31 pairs" in refusal(lambda: native.compare(settings(), ["sum"], "native", ("native:y",), None)),
       "a case of which every pair was disturbed is no error")


# ---- Runs that fail


def failing_run(device):
    """In place of native.run: this device fails from its second run on."""
    calls = []

    def run(_settings, _case, asked, _extra, _min_time, _store):
        calls.append(asked)
        if asked == device and calls.count(asked) > 1:
            raise RuntimeError(f"gpufare run on {asked}: it broke")
        return 1, {"variant": "x", "tuning": None}, False

    return run


native.run = failing_run("native")
expect("it broke" in refusal(lambda: native.compare(settings(), ["sum"], "native", ("native:y",), None)),
       "the reason of a failed run is lost")
native.run = failing_run("native:scalar")  # with its second number of threads
with contextlib.redirect_stderr(io.StringIO()) as said:
    best, tried = native.search(settings(), ["sum"], ["scalar", "avx2"], 2, None)
expect(best[0] == "native:avx2" and tried == 3, f"what fails later is the best by hand: {best}, {tried} tried")
expect("it broke" in said.getvalue(), "a candidate that fails is not named")
native.run = failing_run(None)
none = refusal(lambda: native.time_candidates(settings(), ["sum"], [], None))
expect("no candidate" in none, f"an empty search says: {none}")


# ---- Rows


def made_up_row(case, ratio, **others):
    return {"device": "native", "case": case, "default_rounds_ms": [1] * 7, "best_rounds_ms": [ratio] * 7, **others}


# A row as older versions wrote it, a case that was measured again because it was low, and one that stays low.
rows = [made_up_row("a", 0.99), made_up_row("b", 0.5), made_up_row("b", 0.96, disturbed=1), made_up_row("c", 0.97),
        made_up_row("c", 0.9)]
lines = list(native.summary(rows, "best by hand"))
expect(lines == ["native, best by hand: 2 of 3 are at 0.95 or above; medians from 0.90 to 0.99."], f"summary: {lines}")
kept = json.loads(open(f"{sys.argv[1]}/docs/measurements/2026-11-29-native.json", encoding="utf-8").read())
expect("| case |" in native.table(kept), "saved rows can't be read")
