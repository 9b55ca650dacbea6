"""What must hold of the benchmark's record, whatever peers this machine has, and of how goals are judged.
Arguments: SOURCE_DIR bench.json"""
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


def made_up_case(name, **times_ns):
    kinds = {"native": "gpufare-native", "slow": "openmp", "fast": "openmp", "failed": "openmp"}
    return {"name": name, "rows": [{"kind": kinds[row], "label": row, "median_ns": time, "rate": time and 1e9 / time}
                                   for row, time in times_ns.items()]}


def check_goals():
    """The faster of two builds is the denominator, what has no time is none, and what is missing is said."""
    sys.path.insert(0, f"{sys.argv[1]}/tools/bench")
    import goals

    cases = [made_up_case("julia-f64", native=10, slow=100, fast=79, failed=None),
             made_up_case("diffusion-512-f64", native=10, slow=30, fast=30)]
    verdicts = {record["goal"]: record for record in goals.judge(cases, {}, 2)}
    check(len(verdicts) == len(goals.GOALS), "goals with the same text")
    julia = next(v for text, v in verdicts.items() if text.startswith("julia-f64") and "OpenMP C" in text)
    check(julia["ratio"] == 7.9 and julia["verdict"] == "does not hold" and "fast" in julia["detail"],
          f"not judged against the faster build: {julia}")
    diffusion = next(v for text, v in verdicts.items() if text.startswith("diffusion-512-f64") and "OpenMP C" in text)
    check(diffusion["ratio"] == 3 and diffusion["verdict"] == "holds", f"a ratio that is just reached: {diffusion}")
    others = [v for v in verdicts.values() if v not in (julia, diffusion)]
    check(all(v["verdict"] == "not measured" and v["ratio"] is None for v in others), "a goal without figures is judged")


def main():
    check_goals()
    with open(sys.argv[2], encoding="utf-8") as file:
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
