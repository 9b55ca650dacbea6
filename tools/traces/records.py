"""The JSON that keeps what traced programs showed: one entry for each program and driver."""
import json

import files  # of tools/bench, whose folder `record` of tools/drivers adds

SCHEMA = "gpufare.traces/1"


def newest(folder):
    return max(folder.glob("*-traces.json"))


def read(path):
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept.get("schema") != SCHEMA:
        raise ValueError(f"{path} is no record of traces")
    return kept


def add(path, shown):
    kept = read(path) if path.exists() else {"schema": SCHEMA, "traces": []}
    same = (shown["program"], shown["driver"])
    kept["traces"] = [other for other in kept["traces"] if (other["program"], other["driver"]) != same] + [shown]
    kept["traces"].sort(key=lambda other: (other["program"], other["driver"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_whole(path, json.dumps(kept, indent=1) + "\n")
