"""The problems that are timed. All of them are problems of gpufare's own command line."""
from dataclasses import dataclass, replace

# A Siegel disk: theta is the golden mean, lambda = exp(2 pi i theta) is the multiplier of the fixed point
# lambda / 2, c = lambda / 2 - lambda^2 / 4. Orbits near the fixed point turn about it for ever: none escapes,
# none settles on a point or a cycle, none comes near 0. So only iterating gives the counts.
SIEGEL_C = (-0.390540870218401, -0.586787907346969)
SIEGEL_VIEW = (-0.42, -0.32, -0.39, -0.29)


@dataclass(frozen=True)
class Case:
    name: str
    workload: str
    precision: str
    width: int
    height: int
    max_iter: int = 1
    c: tuple = (-0.62772, -0.42193)
    view: tuple = (-1.8, 1.8, -1.8, 1.8)
    steps: int = 1
    warmup_steps: int = 1
    init: str = "gaussian"
    all_interior: bool = False
    in_cache: bool = True
    repeat: int = 3  # fewest samples of a process
    min_time: float = 0.3  # least sum of the samples, in seconds
    about: str = ""

    def options(self):
        """The tool's arguments."""
        size = ["--size", f"{self.width}x{self.height}", "--precision", self.precision]
        if self.workload == "julia":
            return size + ["--max-iter", str(self.max_iter), f"--c={join(self.c)}", f"--view={join(self.view)}"]
        return size + ["--steps", str(self.steps), "--init", self.init, "--dt", "0.1"]


def join(numbers):
    return ",".join(repr(number) for number in numbers)


def in_both_precisions(case):
    return [replace(case, name=f"{case.name}-{precision}", precision=precision) for precision in ("f64", "f32")]


def diffusion(name, side, steps, warmup_steps, **more):
    return Case(name, "diffusion", "", side, side, steps=steps, warmup_steps=warmup_steps, **more)


FULL = [
    case
    for group in (
        Case("julia", "julia", "", 1000, 1000, max_iter=300, about="the default picture"),
        Case("julia-interior", "julia", "", 1000, 1000, max_iter=300, c=SIEGEL_C, view=SIEGEL_VIEW,
             all_interior=True, about="a piece of a Siegel disk: no point escapes or settles"),
        diffusion("diffusion-512", 512, 1000, 100, about="a bell; the fields fit a cache"),
        diffusion("diffusion-640", 640, 500, 50, about="a bell; the fields fit a cache"),
        diffusion("diffusion-8192", 8192, 64, 4, in_cache=False, repeat=1, min_time=0,
                  about="a bell; the fields are far larger than a cache"),
        diffusion("diffusion-square-512", 512, 1000, 100, init="square",
                  about="a square in zeros, the tool's default: its front runs through denormal numbers, "
                        "which CPUs handle slowly, in f32 above all"),
    )
    for case in in_both_precisions(group)
]

# The same kinds of problem in a fraction of a second, to test the benchmark itself.
QUICK = [
    replace(case, width=64, height=48, max_iter=min(case.max_iter, 50), steps=min(case.steps, 20),
            warmup_steps=min(case.warmup_steps, 2), repeat=2, min_time=0)
    for case in FULL
    if case.name in ("julia-f64", "julia-interior-f32", "diffusion-512-f64", "diffusion-8192-f32")
]


def select(cases, names, hint=None):
    """The cases whose names begin with one of `names`, in their own order; all if there is none. Raises ValueError,
    with a hint which names there are: a list of them, unless another is given."""
    for name in names:
        if not any(case.name.startswith(name) for case in cases):
            hint = hint or f"there are {', '.join(case.name for case in cases)}"
            raise ValueError(f"--cases {name}: there is no such case; {hint}")
    return [case for case in cases if not names or any(case.name.startswith(name) for name in names)]
