"""tools/drivers/judge.py finds what is wrong in the rows of a driver, and takes what is known of it. Argument: SOURCE_DIR"""
import sys

KNOWN = "the known reason"


def check(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def main():
    sys.path.insert(0, f"{sys.argv[1]}/tools/drivers")
    import catalogue
    import judge

    fault = catalogue.Fault("failed", "julia", "vector", "SIGABRT", "its compiler aborts")
    driver = catalogue.Driver(title="A driver", how="", works=(("julia", "f32"), ("prime", "")), refusals=(KNOWN,),
                              faults=(fault,))

    def row(label, outcome="ok", reason="", workload="julia", precision="f32"):
        kind = "native" if label.startswith("native") else "opencl-cpu"
        return judge.Row(workload, label, kind, precision, "strict" if precision else "", outcome, reason)

    sound = [row("native:scalar"), row("native:scalar"), row("0:0:naive"), row("0:0:naive", "unsupported", KNOWN),
             row("0:0:vector", "failed", "crashed with SIGABRT"), row("0:0:vector", "failed", "crashed with SIGABRT"),
             row("native:scalar", workload="prime", precision=""), row("0:0:naive", workload="prime", precision="")]

    def wrong(rows, left_out=0, whole=True):
        return "\n".join(judge.judge(driver, rows, left_out, whole))

    def changed(index, new):
        return sound[:index] + [new] + sound[index + 1:]

    check(wrong(sound) == "", f"what is known is wrong: {wrong(sound)}")
    check("no device" in wrong(sound[:2]), "a driver without a device passes")
    check("mismatch" in wrong(changed(2, row("0:0:naive", "mismatch", "3 of 4 differ"))), "a wrong result passes")
    check("failed: -5" in wrong(changed(2, row("0:0:naive", "failed", "-5"))), "an unknown failure passes")
    check("SIGSEGV" in wrong(changed(4, row("0:0:vector", "failed", "SIGSEGV"))), "another failure of a variant passes")
    check("unsupported: why not" in wrong(changed(3, row("0:0:naive", "unsupported", "why not"))),
          "a refusal for an unknown reason passes")
    check("prime in whole numbers: no variant" in wrong(changed(7, row("0:0:naive", "unsupported", KNOWN, "prime", ""))),
          "a workload that is refused everywhere passes")
    check("prime: no variant" in wrong(changed(7, row("0:0:naive", "unsupported", KNOWN, "prime", "")), whole=False),
          "a short run without a workload passes")
    strict = catalogue.Driver(title="", how="", works=(("julia", "f32 strict"),), refusals=(KNOWN,), faults=(fault,))
    refused = [line for line in changed(2, row("0:0:naive", "unsupported", KNOWN)) if line.workload == "julia"]
    relaxed = [line._replace(math="relaxed") if line.outcome == "ok" else line for line in sound]
    check(judge.judge(strict, sound, 0, True) == [], "strict math that is right is not known")
    for rows in (refused, relaxed):
        check("julia in f32 strict: no variant" in "\n".join(judge.judge(strict, rows, 0, True)),
              "strict math that is refused everywhere passes")
    older = catalogue.Driver(title="", how="", works=(("julia", "f32 strict"),), lacks=(KNOWN,), faults=(fault,))
    check(judge.judge(older, refused, 0, True) == [], "what only some versions compute must be computed by all")
    check("failed: -5" in "\n".join(judge.judge(older, changed(2, row("0:0:naive", "failed", "-5")), 0, True)),
          "a failure passes beside what a version lacks")
    without_fault = [row(line.label) if line.label == "0:0:vector" else line for line in sound]
    check("a known fault did not show: its compiler aborts" in wrong(without_fault), "a fault that is gone is not told")
    check(wrong(without_fault, whole=False) == "", "a short run must show every fault")
    check("1 runs are missing" in wrong(sound[:3] + sound[4:]), "a run that is missing passes")
    check(wrong(sound[:4] + sound[5:], left_out=1) == "", "a run that is said to be left out is missing")
    check("1 runs are said to be left out, 0" in wrong(sound, left_out=1), "runs are left out although none is missing")
    check("more than" in wrong(sound + [row("0:0:naive")]), "a run more than of the native path passes")
    check("native:scalar" in wrong(changed(0, row("native:scalar", "failed", "-1"))), "a failure of the native path passes")
    counted = judge.counts(sound)
    check(counted == {"ok": 2, "unsupported": 1, "failed": 2, "mismatch": 0}, f"counted otherwise: {counted}")
    check(judge.kernels(sound)["julia"]["vector"] == {"f32 strict": {"failed": 2}}, "kernels are counted otherwise")
    told = judge.reasons(sound)
    check([(entry["runs"], entry["kernels"]) for entry in told] ==
          [(2, ["julia:vector f32 strict"]), (1, ["julia:naive f32 strict"])], f"reasons are told otherwise: {told}")


if __name__ == "__main__":
    main()
