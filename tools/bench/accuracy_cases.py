"""The problems on which predictions are judged: typical problems of users, but no calibration cases."""
from dataclasses import dataclass

# A dendrite, a rabbit, a dust (all points leave), and a Siegel disk (no point near its centre ever leaves).
DENDRITE, RABBIT, DUST, SIEGEL = "0,1", "-0.1226,0.7449", "0.4,0.4", "-0.390541,-0.586788"

# Deep views: of a part where points leave soon, of the border of the set, and of its inside.
OUTSIDE, BORDER, INSIDE = "-0.5001,-0.4999,0.5999,0.6001", "-0.433,-0.429,0.257,0.261", "-0.02,0.02,-0.02,0.02"


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
    """Parameters of manifests have underscores, the tool's own have hyphens."""
    own = "/" not in workload
    return Case(workload, tuple((name.replace("_", "-") if own else name, str(value)) for name, value in values.items()))


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
    # many iterations, deep views, large and tiny pictures
    julia("f64", 16, max_iter=100_000),
    julia("f32", 24, 16, max_iter=500),
    julia("f64", 64, max_iter=100_000),
    julia("f32", 32, max_iter=20_000, c=RABBIT),
    julia("f64", 128, max_iter=50_000),
    julia("f32", 200, max_iter=20_000),
    julia("f64", 256, max_iter=10_000),
    julia("f32", 500, 400, max_iter=2500),
    julia("f64", 640, max_iter=4000),
    julia("f64", 4096, max_iter=50_000, view=OUTSIDE),
    julia("f32", 2000, max_iter=100_000, view=OUTSIDE),
    julia("f64", 800, max_iter=100_000, c=DUST),
    julia("f32", 1600, max_iter=20_000, c=DENDRITE),
    julia("f64", 120, 100, max_iter=20_000, view=BORDER),
    julia("f32", 320, max_iter=3000, view=BORDER),
    julia("f64", 64, 48, max_iter=50_000, view=INSIDE),
    julia("f32", 4096, max_iter=80),
    julia("f64", 4096, 3000, max_iter=30, c=RABBIT),
    julia("f64", 2048, 1024, max_iter=500, c=DENDRITE, inputs="list"),
    julia("f32", 1000, max_iter=200, inputs="shuffled"),
    julia("f64", 400, max_iter=1000, inputs="shuffled"),
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
    # tiny and large grids, 1 to 1000 steps between transfers
    diffusion("f64", 16, 16, 1000),
    diffusion("f32", 16, 20, 100, steps_per_transfer=1, init="gaussian"),
    diffusion("f64", 64, 64, 4000, steps_per_transfer=1000, init="gaussian"),
    diffusion("f32", 128, 128, 3000, steps_per_transfer=500, init="gaussian"),
    diffusion("f64", 256, 256, 200, steps_per_transfer=1, init="gaussian"),
    diffusion("f32", 300, 256, 2000, steps_per_transfer=1000, init="gaussian"),
    diffusion("f64", 512, 512, 100, steps_per_transfer=4, init="gaussian"),
    diffusion("f32", 512, 512, 200, steps_per_transfer=50, init="gaussian"),
    diffusion("f32", 1000, 999, 60, steps_per_transfer=8, init="gaussian"),
    diffusion("f64", 1000, 1000, 400, steps_per_transfer=100, init="gaussian"),
    diffusion("f64", 1024, 1024, 12, steps_per_transfer=1, boundary="periodic", init="gaussian"),
    diffusion("f32", 2048, 2048, 64, steps_per_transfer=32, init="gaussian"),
    diffusion("f64", 2048, 2048, 100, init="gaussian"),
    diffusion("f64", 4096, 4096, 20, init="gaussian"),
    diffusion("f32", 4096, 4096, 6, steps_per_transfer=1, host_use="write", init="gaussian"),
    diffusion("f64", 6000, 6000, 6, steps_per_transfer=2, init="gaussian"),
    diffusion("f32", 8192, 8192, 16, init="gaussian"),
    diffusion("f64", 8192, 8192, 4, init="gaussian"),
]

SUM = [
    make("sum", count=count, precision=precision)
    for count, precision in (
        (10_000, "f64"), (20_000, "f32"), (70_000, "f64"), (100_000, "f32"), (200_000, "f64"), (600_000, "f32"),
        (1_500_000, "f64"), (2_000_000, "f32"), (5_000_000, "f64"), (10_000_000, "f32"), (12_000_000, "f64"),
        (40_000_000, "f32"), (60_000_000, "f64"), (100_000_000, "f32"),
        (2500, "f32"), (300_000, "f64"), (25_000_000, "f64"), (150_000_000, "f64"), (200_000_000, "f32"),
        (300_000_000, "f32"), (300_000_000, "f64"),
    )
]

# Primes, and composites whose smallest divisor is 7 (the third of the first eleven from the end), 2, 101, 7919, 104729,
# 15485863 and 179424673: the search may end there, far below the root.
PRIME = [
    make("prime", number=number)
    for number in (7919, 104729, 15485863, 179424673, 32416190071, 112272535095293, 115280095190773,
                   1099726899285419, 1000000000000001, 10657331232548839, 72057594037927931,
                   1_000_000_000_000_000_000, 101 * 1_000_000_007, 7919 * 112272535095293, 104729 * 32416190071,
                   15485863 * 32416190071, 179424673 * 32416190071, 2_305_843_009_213_693_951, 67_280_421_310_721)
]

# Users' kernels, three sizes each: one that is computed while another process starts, one in the caches, one in memory.
EXAMPLES = [
    *(make("examples/bitonic_sort", n=n) for n in (3000, 70_000, 3_000_000)),
    *(make("examples/black_scholes", n=n) for n in (5000, 300_000, 5_000_000)),
    *(make("examples/convolution", rows=rows, cols=cols) for rows, cols in ((60, 90), (700, 500), (3000, 2500))),
    *(make("examples/fft", log2_n=log2_n) for log2_n in (11, 16, 22)),
    *(make("examples/histogram", n=n) for n in (20_000, 1_500_000, 40_000_000)),
    *(make("examples/matrix_product", m=m, n=n, k=k) for m, n, k in ((50, 60, 70), (300, 200, 250), (900, 1000, 800))),
    *(make("examples/monte_carlo_pi", points=points) for points in (30_000, 1_500_000, 60_000_000)),
    *(make("examples/nbody", n=n, steps=steps) for n, steps in ((300, 3), (1800, 5), (6000, 3))),
    *(make("examples/prefix_sum", n=n) for n in (6000, 400_000, 12_000_000)),
    *(make("examples/saxpy", n=n) for n in (3000, 300_000, 30_000_000)),
    *(make("examples/spmv", rows=rows, per_row=per_row) for rows, per_row in ((700, 20), (20_000, 40), (400_000, 24))),
    *(make("examples/stencil", nz=nz, ny=ny, nx=nx, steps=steps)
      for nz, ny, nx, steps in ((16, 20, 24, 10), (60, 70, 80, 12), (160, 150, 200, 6))),
]

FULL = JULIA + DIFFUSION + SUM + PRIME

# Just enough to predict one case from the others: they only show that everything works.
QUICK = [
    *(make("sum", count=count, precision="f64") for count in (1500, 5000, 20_000, 70_000)),
    *(make("prime", number=number) for number in (7919, 104729, 15485863, 179424673)),
]
