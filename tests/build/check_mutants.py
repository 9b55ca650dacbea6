"""The parts of tools/mutants that need no device: which mutants are made, and how they are judged.
Argument: SOURCE_DIR"""
import sys

sys.path.insert(0, f"{sys.argv[1]}/tools/mutants")
import mutate  # noqa: E402
import trial  # noqa: E402

KERNEL = """
#define TWICE(x) ((x) + (x))
/* a + b */
static int used(int a, int b) {
    return TWICE(a) - b;
}
static int unused(int a, int b) {
    return a * b;
}
#ifdef LEFT_OUT
static int used(int a, int b) {
    return a / b;
}
#endif
kernel void start(global int *out) {
    out[get_global_id(0)] = used(1, 2);
}
"""
RIGHT, WRONG = b"right", b"wrong"


def expect(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def check_sites():
    facts = mutate.Facts(64, "get_global_id(0) == 3", 3, [5, 9])
    sites = mutate.sites_of(KERNEL, "start", facts, mutate.active_lines(KERNEL, [], "cc"))
    lines = {mutate.describe(KERNEL, site)["line"] for found in sites.values() for site in found}
    expect(lines == {2, 5, 15, 16}, f"other lines are changed than those that the kernel reaches: {lines}")
    made = {(site.operator, mutate.describe(KERNEL, site)["is"]) for found in sites.values() for site in found}
    for wanted in (("arithmetic", "#define TWICE(x) ((x) - (x))"), ("arithmetic", "return TWICE(a) + b;"),
                   ("index", "out[(get_global_id(0)) + 1] = used(1, 2);"), ("removed statement", ";"),
                   ("stale: one item", "if (!(get_global_id(0) == 3)) out[get_global_id(0)] = used(1, 2);"),
                   ("constant", "out[get_global_id(0)] = used(1, 3);")):
        expect(wanted in made, f"{wanted} is not made")
    for site in (site for found in sites.values() for site in found):
        expect(site.apply(KERNEL) != KERNEL, f"{site.operator} changes nothing")


def check_judge():
    """Exit status, status, reason, times, hashes seen, what the replays gave, and the class."""
    same, other = ["1", "2"], ["1", "3"]
    for case, wanted in (
            ((0, "ok", "", True, same, RIGHT, RIGHT), trial.EQUAL),
            ((0, "ok", "", True, other, WRONG, WRONG), trial.ACCEPTED),
            ((0, "ok", "", True, same, WRONG, WRONG), trial.ACCEPTED),
            ((0, "ok", "", True, other, RIGHT, RIGHT), trial.ACCEPTED),
            ((0, "ok", "", True, same, WRONG, RIGHT), trial.UNSTABLE),
            ((0, "ok", "", False, same, RIGHT, RIGHT), trial.ODD),
            ((4, "mismatch", "", False, ["3"], WRONG, WRONG), trial.REFUSED),
            ((4, "mismatch", "", True, ["3"], WRONG, WRONG), trial.ODD),
            ((4, "mismatch", "", False, ["1"], RIGHT, RIGHT), trial.FALSE_ALARM),
            ((4, "ok", "", False, ["3"], WRONG, WRONG), trial.ODD),
            ((1, "failed", "", False, [], trial.NOT_BUILT, trial.NOT_BUILT), trial.NOT_BUILT),
            ((1, "failed", "within the deadline", False, [], trial.HUNG, trial.HUNG), trial.HUNG),
            ((1, "failed", "crashed with SIGSEGV", False, [], trial.CRASHED, trial.CRASHED), trial.CRASHED),
            ((1, "failed", "out of memory", False, [], RIGHT, RIGHT), trial.FALSE_ALARM),
            ((-11, "no report", "", False, [], trial.CRASHED, trial.CRASHED), trial.ODD),
            ((None, "no report", "", False, [], trial.HUNG, trial.HUNG), trial.ODD)):
        status, said, reason, has_times, observed, truth, again = case
        judged = trial.judge(status, said, reason, has_times, observed, same, truth, again, RIGHT)
        expect(judged == wanted, f"{case} is judged {judged}, not {wanted}")


check_sites()
check_judge()
