"""The JSON that keeps what drivers showed: one run for each driver and system."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import catalogue  # noqa: E402  pylint: disable=wrong-import-position
import files  # noqa: E402  pylint: disable=wrong-import-position

SCHEMA = "gpufare.drivers/1"


def newest(folder):
    return max(folder.glob("*-drivers.json"))


def read(path):
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept.get("schema") != SCHEMA:
        raise ValueError(f"{path} is no record of drivers")
    return kept


def add(path, run):
    """Adds a run; an earlier one of the same driver on the same system is replaced."""
    kept = read(path) if path.exists() else {"schema": SCHEMA, "runs": []}
    same = (run["driver"], run["system"])
    kept["runs"] = [other for other in kept["runs"] if (other["driver"], other["system"]) != same] + [run]
    kept["runs"].sort(key=lambda other: (list(catalogue.DRIVERS).index(other["driver"]), other["system"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_whole(path, json.dumps(kept, indent=1) + "\n")
