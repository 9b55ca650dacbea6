"""Checks tools/bench/thresholds.py on made-up times: where the threshold by hand lies, and which answers of gpufare agree.
Arguments: SOURCE_DIR"""
import sys
import types

sys.path.insert(0, f"{sys.argv[1]}/tools/bench")
import thresholds  # noqa: E402


def expect(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


sizes = thresholds.sizes_of(1000, 1 << 20)
expect(len(sizes) == 50 and sizes[0] == 1000 and sizes[-1] == 1 << 20, "50 sizes from end to end")
expect(thresholds.sizes_of(6, 21) == list(range(6, 22)), "whole numbers are measured once")

# The second device needs `ratio` times as long; ln of it is 1 before the tenth size, -1 from there on.
crossing = [1.0] * 10 + [-1.0] * 40
expect(thresholds.split(crossing) == (1, 10), "the second device from the tenth on")
expect(thresholds.split([-ratio for ratio in crossing]) == (0, 10), "the first device from the tenth on")
noisy = crossing[:5] + [-0.01] + crossing[6:30] + [0.01] + crossing[31:]
expect(thresholds.split(noisy) == (1, 10), "a wrong sign of a hundredth moves nothing")
expect(thresholds.split([0.5] * 50) == (0, 0), "the first device always")

options = types.SimpleNamespace(devices=["native:twin", "0:0"])


def verdict(ratios, answer, *rows):
    return thresholds.judge(options, sizes, ratios, {"answer": answer, "thresholds": list(rows)})["holds"]


def row(device, kind, crossing=None):
    return {"device": device, "kind": kind, "crossing": crossing}


expect(verdict(crossing, "0:0 wins", row("0:0:kernel", "from", sizes[10])), "the same place")
expect(verdict(crossing, "0:0 wins", row("0:0:kernel", "from", sizes[11])), "one step later")
expect(not verdict(crossing, "0:0 wins", row("0:0:kernel", "from", sizes[13])), "three steps later")
expect(not verdict(crossing, "native:twin wins", row("native:twin", "always")), "the other device")
expect(verdict([0.5] * 50, "native:twin wins", row("native:twin", "always")), "always")
expect(not verdict([0.5] * 50, "can't tell by measurements: the machine is busy"), "no answer is no agreement")
expect(verdict([0.01] * 50, "none wins: too close"), "too close for both")
expect(not verdict([0.5] * 50, "none wins: too close"), "too close for gpufare alone")
