"""A peer for the test of the benchmark: the fastest of all, and its result is wrong."""
import json
import sys

given = dict(argument[2:].split("=", 1) for argument in sys.argv[1:])
size = 2 if given["workload"] == "julia" else {"f64": 8, "f32": 4}[given["precision"]]
with open(given["result"], "wb") as file:
    file.write(bytes(int(given["width"]) * int(given["height"]) * size))
print(json.dumps({"status": "ok", "samples_ns": [1], "threads": 1, "versions": {}}))
