"""What a kernel's main loop does, by kernel: the unit of its work, and how many of them one round makes."""
import re
from dataclasses import dataclass
from typing import Callable

from machine import count

PRODUCT = r"[DF]MUL|v_(pk_|dual_)?mul_f|mul\b"
FUSED = r"[DF]FMA|v_(pk_|dual_)?(fma|fmac|mad|fmaak|fmamk)_f|mad\b"
SUM = r"[DF]ADD|v_(pk_|dual_)?(add|sub|subrev)_f|add\b"


@dataclass(frozen=True)
class Kind:
    """`local`: elements that pass through local memory for a unit. `shortest`: the main loop is the shortest one that
    computes; the others are for a few first rounds."""

    unit: str
    units: Callable  # (options, body of the loop) -> units of one round
    local: int = 0
    shortest: bool = False


def option(options, name):
    found = re.search(rf"\b{name}=(\d+)", options)
    return int(found[1]) if found else None


def reals(body):
    return [each for each in body if each.kind == "arithmetic"]


def products(body):
    return count(reals(body), f"({PRODUCT}|{FUSED})")


KERNELS = {
    "diffusion_naive": Kind("cell", lambda options, body: 1),
    # 4u, or its fused sum, and the product with the rate.
    "diffusion_streamed": Kind("cell-step", lambda options, body: round(products(body)) / 2, local=3),
    # zr^2, zi^2 and zr zi; zi is fused where that is exact.
    "julia_naive": Kind("iteration", lambda options, body: round(count(reals(body), PRODUCT)) // 3),
    "julia_unrolled": Kind("iteration", lambda options, body: option(options, "GF_UNROLL")),
    "peak_naive": Kind("round", lambda options, body: round(products(body)) / 2),
    "prime_naive": Kind("candidate", lambda options, body: 1),
    "prime_reciprocals": Kind("candidate", lambda options, body: 1, shortest=True),
    "sum_group": Kind("value", lambda options, body: round(count(reals(body), SUM))),
}
# Kernels without arithmetic of a unit: all that matters is their memory.
DEFAULT = Kind("round", lambda options, body: 1)
# Spills that may be, with the reason: what a plan has by default never spills.
SEARCHED = "only a search tries it, which times it"
MAY_SPILL = (("pvc", r"diffusion_streamed f64 .*STEPS=12"), ("pvc", r"diffusion_streamed f64 .*BUFFERS=1"))


def reason_for_spills(build):
    """Why this build may spill; None: it may not."""
    return next((SEARCHED for target, pattern in MAY_SPILL
                 if not build["default"] and build["target"] == target and re.search(pattern, build["label"])), None)


def kind_of(kernel):
    return KERNELS.get(kernel, DEFAULT)
