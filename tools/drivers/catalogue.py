"""The drivers that packages bring, and what is known of each: what it must compute, what may be refused and what it is
known to break. A run that shows anything else fails, and so does one in which a known fault no longer shows."""
from dataclasses import dataclass

EVERY_PRECISION = ("f32", "f64")
FLOATING = ("julia", "diffusion", "sum", "peak")


@dataclass(frozen=True)
class Fault:
    """Runs that the driver, not gpufare, makes fail."""
    outcome: str     # failed or mismatch
    workload: str    # regular expressions
    variant: str
    reason: str
    why: str         # for the table
    certain: bool = True  # False: it does not show in every run


@dataclass(frozen=True)
class Driver:
    title: str
    how: str         # to get it, for users
    # Pairs of workload and precision, "f32" or "f32 strict", that at least one variant must compute.
    works: tuple
    # Regular expressions of the reasons that may be given for a refusal, besides those for every driver.
    refusals: tuple = ()
    # The same, of what only some versions lack: what is refused for it need not be computed.
    lacks: tuple = ()
    faults: tuple = ()
    options: tuple = ()   # of plain_driver
    short: tuple = ("--every=6",)  # the same in the short form: each combination once
    # Tests that don't apply, with the reason.
    not_applicable: dict = None
    notes: tuple = ()     # for the table


def every(workloads, precisions):
    return tuple((workload, precision) for workload in workloads for precision in precisions)


# A variant that a workload does not offer for a problem or a device.
REFUSALS = (r"^variant \S+ of workload \S+ does not suit this problem or device ",)

# A compiler that ends its process or takes longer than its deadline. What it leaves in its kernel cache then answers
# CL_INVALID_KERNEL_NAME.
ENDS = r"crashed with SIG(ABRT|SEGV)|no answer within the deadline|CL_INVALID_KERNEL_NAME"

DRIVERS = {
    "pocl": Driver(
        title="PoCL",
        how="`apt install pocl-opencl-icd`",
        works=every(FLOATING, EVERY_PRECISION) + (("prime", ""),)),
    "rusticl": Driver(
        title="rusticl, llvmpipe",
        how="`apt install mesa-opencl-icd`, then `export RUSTICL_ENABLE=llvmpipe`",
        # Its driver claims less than is true; what small kernels measured decides.
        works=every(FLOATING, ("f32",)) + every(("sum", "peak"), ("f32 strict",)) + (("prime", ""),),
        refusals=(r"has no f64", r"takes (f32 )?numbers below", r"its loops end after \d+ rounds"),
        # Version 26 calls fma() a function that it can't find.
        lacks=(r"has no right fma\(\) in f32 \(measured: does not compile",),
        not_applicable={"cli_facts": "its sound device has f64, exact fma() and loops without a limit"},
        notes=("Version 22.3.6 gives every command 1 ns, and ends a work-item's loops after 65,535 rounds without an "
               "error; `findings/rusticl-event-times.sh` and `findings/rusticl-loops.sh` show it without gpufare.",)),
    "intel": Driver(
        title="Intel's CPU runtime",
        how="`pip install intel-opencl-rt intel-cmplr-lib-rt` in a virtual environment, and an `.icd` file with the "
            "absolute path of `lib/libintelocl.so` there: the one that pip installs names a folder that does not exist",
        works=every(FLOATING, EVERY_PRECISION) + (("prime", ""),),
        # It compiles a vector kernel for 7 to 15 s.
        short=("--every=36",),
        notes=("It keeps no compiled kernels, and takes seconds for one with vectors: the table waits, and says so on a "
               "terminal. `findings/intel-binary-argument-names.sh` shows what it does not tell of a program that is "
               "made from its own binary.",)),
    "pocl-pypi": Driver(
        title="PoCL of PyPI",
        how="`pip install pyopencl[pocl]`",
        works=every(FLOATING, EVERY_PRECISION) + (("prime", ""),),
        faults=(
            Fault("failed", "diffusion", "vector|blocked", ENDS, "its compiler ends its process, or misses its deadline, on vectors"),
            Fault("failed", "julia", "vector", ENDS, "its compiler misses its deadline on vectors"),
            Fault("failed", "peak", "vector|streamed|persistent", ENDS, "its compiler ends its process, or misses its deadline, on vectors"),
            Fault("failed", "prime", "vector|reciprocals", ENDS, "its compiler can't select fma()"),
            Fault("mismatch", "peak", "persistent", "differ from the reference", "wrong for an array of one element",
                  certain=False)),
        # Kernels without vectors take a second.
        options=("--give-up", "--deadline=6"),
        not_applicable=dict.fromkeys(
            ("cli_advise", "cli_breakeven", "cli_calibrate", "cli_checkpoint", "cli_cores", "cli_export", "cli_facts",
             "cli_field", "cli_interrupt", "cli_json", "cli_known_answers", "cli_layer", "cli_ledgers", "cli_memory",
             "cli_rank_queue", "cli_rank_states", "cli_ranks", "cli_set", "cli_user_kernel", "cli_worker"),
            "needs kernels that this driver's compiler aborts on"),
        notes=("Its compiler aborts on valid kernels with vectors, or has not compiled them within {deadline} s. Kernels "
               "without them run, in every precision: `-d 0:0:naive`.",)),
    "oclgrind": Driver(
        title="Oclgrind",
        how="`apt install oclgrind`",
        works=every(FLOATING, EVERY_PRECISION) + (("prime", ""),),
        # It makes a kernel a hundred times slower.
        options=("--every=6",),
        not_applicable=dict.fromkeys(
            ("cli_advise", "cli_breakeven", "cli_calibrate", "cli_cores", "cli_interrupt", "cli_known_answers",
             "cli_layer", "cli_set", "cli_worker"), "it takes hundreds of times as long on a simulated device") |
        {"cli_facts": "its arithmetic takes no options, with which that test makes drivers that round otherwise"}),
}
SHORT = ("rusticl", "intel")
