"""The problems on which predictions are judged: typical problems of users, but no calibration cases."""
from dataclasses import dataclass

# A dendrite, a rabbit, a dust (all points leave), and a Siegel disk (no point near its centre ever leaves).
DENDRITE, RABBIT, DUST, SIEGEL = "0,1", "-0.1226,0.7449", "0.4,0.4", "-0.390541,-0.586788"


@dataclass(frozen=True)
class Case:
    workload: str
    values: tuple  # (parameter, value), in the order in which they are shown

    @property
    def name(self):
        return " ".join([self.workload, *(f"{name}={value}" for name, value in self.values)])

    def options(self):
        """The tool's arguments. Joined by =, because a value may begin with a minus, like an option."""
        return [f"--{name}={value}" for name, value in self.values]

    def get(self, name, default=None):
        return dict(self.values).get(name, default)


def make(workload, **values):
    return Case(workload, tuple((name.replace("_", "-"), str(value)) for name, value in values.items()))


def julia(precision, width, height=None, **more):
    return make("julia", size=f"{width}x{height or width}", precision=precision, **more)


def diffusion(precision, width, height, steps, **more):
    return make("diffusion", size=f"{width}x{height}", precision=precision, steps=steps, **more)


JULIA = [
    julia("f64", 50, max_iter=100),
    julia("f32", 50, max_iter=1000),
    julia("f64", 90),
    julia("f32", 120, max_iter=3000),
    julia("f64", 150, max_iter=5000),
    julia("f32", 160, c=RABBIT),
    julia("f64", 256, 192, c=DENDRITE),
    julia("f32", 320, 240),
    julia("f64", 320, inputs="list"),
    julia("f64", 400, max_iter=2000, c=DUST),
    julia("f32", 640, 480, max_iter=50),
    julia("f64", 640, 480, c=RABBIT),
    julia("f64", 700, max_iter=600, view="-0.5,0.5,-0.5,0.5"),
    julia("f32", 720, inputs="list"),
    julia("f64", 800, 600, max_iter=100, inputs="list"),
    julia("f32", 900, max_iter=1000, c=DENDRITE),
    julia("f64", 900, max_iter=150, c=SIEGEL),
    julia("f32", 1200, 800, c=SIEGEL),
    julia("f64", 1280, 720),
    julia("f32", 1600, max_iter=60),
    julia("f64", 1920, 1080, max_iter=30, c=DUST),
    julia("f64", 1500, max_iter=80, inputs="list"),
    julia("f32", 2400, max_iter=30, inputs="list"),
    julia("f32", 3000, max_iter=100),
    julia("f64", 3000, max_iter=40),
]

DIFFUSION = [
    diffusion("f64", 32, 32, 200),
    diffusion("f32", 32, 32, 2000),
    diffusion("f64", 48, 48, 50, steps_per_transfer=1),
    diffusion("f32", 64, 96, 500),
    diffusion("f64", 100, 100, 1000, init="gaussian"),
    diffusion("f32", 100, 100, 60, steps_per_transfer=2),
    diffusion("f64", 200, 200, 300, init="gaussian"),
    diffusion("f32", 200, 150, 64, steps_per_transfer=16, init="gaussian"),
    diffusion("f64", 256, 256, 100, boundary="periodic"),
    diffusion("f64", 320, 320, 24, steps_per_transfer=1, host_use="write"),
    diffusion("f32", 384, 256, 200, init="gaussian"),
    diffusion("f64", 400, 400, 80, steps_per_transfer=4),
    diffusion("f32", 640, 640, 50, init="gaussian"),
    diffusion("f64", 700, 500, 30, steps_per_transfer=10, init="gaussian"),
    diffusion("f64", 800, 800, 100, init="gaussian"),
    diffusion("f32", 800, 800, 12, steps_per_transfer=1, host_use="write", init="gaussian"),
    diffusion("f32", 1200, 1200, 40, boundary="insulated", init="gaussian"),
    diffusion("f64", 1280, 1024, 16, steps_per_transfer=2, init="gaussian"),
    diffusion("f64", 1500, 1500, 30),
    diffusion("f32", 1800, 1800, 6, steps_per_transfer=1, init="gaussian"),
    diffusion("f64", 2400, 1600, 20, init="gaussian"),
    diffusion("f32", 2500, 2500, 16, steps_per_transfer=8, init="gaussian"),
    diffusion("f64", 3000, 3000, 8, init="gaussian"),
    diffusion("f32", 3600, 3600, 6, init="gaussian"),
    diffusion("f64", 3000, 2000, 3, steps_per_transfer=1, init="gaussian"),
    diffusion("f32", 4096, 2048, 4, steps_per_transfer=2, init="gaussian"),
]

SUM = [
    make("sum", count=count, precision=precision)
    for count, precision in (
        (10_000, "f64"), (20_000, "f32"), (70_000, "f64"), (100_000, "f32"), (200_000, "f64"), (600_000, "f32"),
        (1_500_000, "f64"), (2_000_000, "f32"), (5_000_000, "f64"), (10_000_000, "f32"), (12_000_000, "f64"),
        (40_000_000, "f32"), (60_000_000, "f64"), (100_000_000, "f32"),
    )
]

# Seven divides the third number from the end, which ends one block of candidates early and no other.
PRIME = [
    make("prime", number=number)
    for number in (7919, 104729, 15485863, 179424673, 32416190071, 112272535095293, 115280095190773,
                   1099726899285419, 1000000000000001, 10657331232548839,
                   72057594037927931)
]

FULL = JULIA + DIFFUSION + SUM + PRIME

# Just enough to predict one case from the others: they only show that everything works.
QUICK = [
    *(make("sum", count=count, precision="f64") for count in (1500, 5000, 20_000, 70_000)),
    *(make("prime", number=number) for number in (7919, 104729, 15485863, 179424673)),
]
