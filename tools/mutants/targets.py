"""The problems on which mutants run: small, at even and odd sizes, each variant of each OpenCL kernel."""


class Target:
    def __init__(self, workload, variant, *arguments):
        self.workload, self.variant, self.arguments = workload, variant, list(arguments)
        self.sampled = "sampled" in arguments

    def name(self):
        return " ".join([f"{self.workload}:{self.variant}", *self.arguments])


# @field: an array of random cells, of which no two are equal; in the default square most cells are 0.
DIFFUSION = [
    ["--size", "37x23", "--steps", "5", "--boundary", "fixed", "--init", "@field"],
    ["--size", "64x48", "--steps", "4", "--boundary", "periodic", "--precision", "f32", "--init", "@field"],
    ["--size", "131x19", "--steps", "9", "--boundary", "insulated", "--steps-per-transfer", "4", "--init", "@field"],
    ["--size", "40x40", "--steps", "6"],
    ["--size", "96x200", "--steps", "2", "--boundary", "insulated", "--init", "@field", "--verify", "sampled"],
]
JULIA = [
    ["--size", "37x29", "--max-iter", "200"],
    ["--size", "128x40", "--max-iter", "90", "--precision", "f32"],
    ["--size", "67x9", "--max-iter", "70000", "--inputs", "list"],
    ["--size", "50x31", "--max-iter", "60", "--c=-1.9,0.7"],
    ["--size", "200x300", "--max-iter", "60", "--verify", "sampled"],
]
SUM = [
    ["--count", "50000"],
    ["--count", "1001", "--precision", "f32"],
    ["--count", "49152"],
    ["--count", "3000001", "--verify", "sampled"],
]
PRIME = [
    ["--number", "1000000000039"],        # a prime
    ["--number", "1000002999988999967"],  # 1000003 * 999999999989, above 2^53
    ["--number", "10403"],                # 101 * 103
    ["--number", "100000380000361"],      # 10000019^2
    ["--number", "1000003"],              # a prime
    ["--number", "999999999989", "--verify", "sampled"],
]
PEAK = [
    ["--size", "61x17", "--rounds", "3", "--steps", "2"],
    ["--size", "64x32", "--rounds", "5", "--precision", "f32"],
    ["--size", "45x11", "--rounds", "4", "--arithmetic", "integer"],
    ["--size", "300x100", "--rounds", "2", "--verify", "sampled"],
]
COPY = [
    ["--size", "61x17", "--rounds", "0", "--steps", "3"],
    ["--size", "301x100", "--rounds", "0", "--verify", "sampled"],
]
READ = [
    ["--size", "61x17", "--moves", "read", "--steps", "3"],
    ["--size", "128x33", "--moves", "read", "--precision", "f32"],
]


def all_targets():
    """In an order in which neighbours are of different workloads."""
    lists = [[Target("diffusion", variant, *arguments) for arguments in DIFFUSION
              for variant in ("naive", "vector", "blocked", "streamed")],
             [Target("julia", variant, *arguments) for arguments in JULIA
              for variant in ("naive", "vector", "unrolled")],
             [Target("sum", variant, *arguments) for arguments in SUM for variant in ("naive", "group")],
             [Target("prime", variant, *arguments) for arguments in PRIME for variant in ("naive", "reciprocals", "vector")],
             [Target("peak", variant, *arguments) for arguments in PEAK for variant in ("naive", "vector", "streamed")]
             + [Target("peak", "persistent", *arguments) for arguments in COPY + READ]]
    longest = max(map(len, lists))
    return [targets[i] for i in range(longest) for targets in lists if i < len(targets)]
