"""What must hold of the benchmark's record, whatever peers this machine has. Argument: bench.json"""
import json
import sys

WRONG = ("wrong", "silent")


def check(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def check_row(case, row):
    where = f"{case['name']}, {row['name']}"
    if row["name"] in WRONG:
        check(row["status"] != "ok" and row["median_ns"] is None, f"{where}: a wrong result has a time")
        return
    if row["status"] in ("not found", "skipped"):
        check(row["reason"] and row["median_ns"] is None, f"{where}: {row['status']}, without a reason")
        return
    check(row["status"] == "ok", f"{where}: {row['status']}: {row['reason']}")
    check(row["median_ns"] > 0 and row["min_ns"] <= row["median_ns"] <= row["max_ns"], f"{where}: no sensible time")
    check(0 < row["of_ceiling"], f"{where}: no share of a ceiling")
    check(all(turn["agreement"]["elements"] > 0 for turn in row["rounds"]), f"{where}: not verified in each round")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        record = json.load(file)
    check(record["schema"] == "gpufare.bench/1" and record["complete"], "not a complete record")
    check(len(record["cases"]) == 2, "not the two cases asked for")
    for case in record["cases"]:
        rows = {row["name"]: row for row in case["rows"]}
        for name in ("gpufare", "openmp", "openmp-native"):
            check(name in rows and rows[name]["status"] == "ok", f"{case['name']}: {name} has no row")
        for name in WRONG:
            check(name in rows, f"{case['name']}: {name} was dropped")
        for row in rows.values():
            check_row(case, row)
    kinds = [row["status"] for case in record["cases"] for row in case["rows"]]
    print(f"{kinds.count('ok')} rows verified, {kinds.count('not found')} not found")


main()
