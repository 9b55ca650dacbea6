"""gpufare's goals, judged by one run. Each goal is a ratio of two figures of that run."""

# Pixel updates per cycle of one core; the all-interior grid must reach 85 % of them.
JULIA_ITERATIONS_A_CYCLE = 1.6


class Missing(Exception):
    """A goal needs a figure that was not measured."""


class Figures:
    """The figures for the goals: times in ns by case and entry, ceilings."""

    def __init__(self, cases, ceilings, threads):
        self.cases, self.ceilings, self.threads = cases, ceilings, threads

    def _fastest(self, case, kind):
        rows = [row for row in self.cases.get(case, {"rows": []})["rows"]
                if row["kind"] == kind and row["median_ns"] is not None]
        if not rows:
            raise Missing(f"{case} has no undisturbed time of {kind}")
        return min(rows, key=lambda row: row["median_ns"])

    def time(self, case, kind):
        return self._fastest(case, kind)["median_ns"]

    def name(self, case, kind):
        return self._fastest(case, kind)["label"]

    def rate(self, case, kind):
        return self._fastest(case, kind)["rate"]

    def ceiling(self, name, precision):
        value = self.ceilings.get(precision, {}).get(name)
        if value is None:
            raise Missing(f"the ceiling {name} is not known")
        return value["best"]


NATIVE, POCL = "gpufare-native", "gpufare-opencl-cpu"


def faster_than(case, kind, limit, what):
    """gpufare native against the fastest row of a kind."""
    def measure(f):
        return f.time(case, kind) / f.time(case, NATIVE), f"against {f.name(case, kind)}"
    return (f"{case}: gpufare native at least {limit:g} times as fast as {what}", measure, limit)


def interior(f):
    clock = f.ceiling("clock_ghz", "f64")
    iterations = f.rate("julia-interior-f64", NATIVE) / (clock * f.threads)
    return iterations / JULIA_ITERATIONS_A_CYCLE, (
        f"{iterations:.2f} iterations/cycle/core at {clock:.2f} GHz")


def pocl_share(case, limit):
    def measure(f):
        return f.time(case, NATIVE) / f.time(case, POCL), f"{f.name(case, POCL)} against gpufare native"
    return (f"{case}: OpenCL on the CPU at least {limit:.0%} of gpufare native's rate", measure, limit)


def roofline(f):
    limit = f.ceiling("copy_nt", "f64") / 16
    return f.rate("diffusion-8192-f64", NATIVE) / limit, f"of {limit:.2f} GCell/s = non-temporal copy / 16 B"


def f32_gain(case):
    def measure(f):
        return f.time(f"{case}-f64", NATIVE) / f.time(f"{case}-f32", NATIVE), "gpufare native, f32 against f64"
    return (f"{case}: f32 at least 1.7 times as fast as f64", measure, 1.7)


# text, measurement, least ratio
GOALS = [
    faster_than("julia-f64", "numba", 8, "Numba prange"),
    faster_than("julia-f64", "openmp", 8, "plain OpenMP C, the faster build"),
    ("julia-interior-f64: at least 85 % of 1.6 iterations/cycle/core", interior, 0.85),
    pocl_share("julia-f64", 0.75),
    ("diffusion-8192-f64: at least 3 times the one-step roofline", roofline, 3),
    faster_than("diffusion-8192-f64", "openmp", 8, "one-step OpenMP C, the faster build"),
    faster_than("diffusion-512-f64", "openmp", 3, "one-step OpenMP C, the faster build"),
    pocl_share("diffusion-512-f64", 0.5),
    pocl_share("diffusion-640-f64", 0.5),
    pocl_share("diffusion-8192-f64", 0.5),
    f32_gain("diffusion-512"),
    f32_gain("diffusion-640"),
    f32_gain("diffusion-8192"),
]


def judge(cases, ceilings, threads):
    """One record for each goal."""
    figures = Figures({case["name"]: case for case in cases}, ceilings, threads)
    records = []
    for text, measure, limit in GOALS:
        try:
            ratio, detail = measure(figures)
            verdict = "holds" if ratio >= limit else "does not hold"
        except Missing as error:
            ratio, detail, verdict = None, str(error), "not measured"
        records.append({"goal": text, "limit": limit, "ratio": ratio, "detail": detail, "verdict": verdict})
    return records
