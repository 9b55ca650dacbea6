"""Machine code of one kernel: its instructions, its main loop, and what that loop takes for one unit of work."""
import re
from dataclasses import dataclass, field

FEW = 5  # operations that a loop with some arithmetic has
KINDS = ("arithmetic", "integer", "move", "local", "global", "branch")


class Failed(Exception):
    """Why a kernel has no code, in one line."""


@dataclass
class Instruction:
    """`weight`: the part of the work-items that run in step for which it works. `operations`: of each of them, two in
    packed ones."""

    opcode: str
    kind: str
    weight: float = 1
    operations: int = 1
    fused: bool = False
    target: str = None  # the label of a branch or a call
    text: str = ""
    loop: str = None  # the inner loop that it is in, where the compiler says so


@dataclass
class Code:
    """`trouble`: what may not be, one line each."""

    instructions: list
    labels: dict  # of each label the index of the instruction behind it
    registers: int = 0
    local_bytes: int = 0
    private_bytes: int = 0
    spills: int = 0
    width: int = 0  # work-items that run in step
    occupancy: str = ""
    trouble: list = field(default_factory=list)

    def fused(self):
        return sum(each.fused for each in self.instructions)


@dataclass
class Loop:
    """What the main loop, or a kernel without loops, takes for a unit of work."""

    units: float
    instructions: float
    kinds: dict
    is_loop: bool

    def share(self):
        return self.kinds["arithmetic"] / self.instructions if self.instructions else 0


# ---- Loops -------------------------------------------------------------------


def backward_branches(code):
    """(first, last) of each loop, by the branch that ends it."""
    for last, each in enumerate(code.instructions):
        first = code.labels.get(each.target)
        if first is not None and first <= last and "CALL" not in each.opcode:
            yield first, last


def inner_loops(code):
    """Loops that hold no other. A branch from several places to one label is one loop, to the last of them."""
    ends = {}
    for first, last in backward_branches(code):
        ends[first] = max(last, ends.get(first, last))
    spans = list(ends.items())
    return [(first, last) for first, last in spans
            if not any((a, b) != (first, last) and first <= a and b <= last for a, b in spans)]


def with_calls(code, body):
    """The instructions of a loop with those of the functions that it calls, each as often as it is called."""
    for each in body:
        yield each
        start = code.labels.get(each.target) if "CALL" in each.opcode else None
        if start is None:
            continue
        for called in code.instructions[start:]:
            yield called
            if called.opcode.startswith("RET"):
                break


def weight_of(instructions, kind):
    return sum(each.weight for each in instructions if each.kind == kind)


def main_loop(code, shortest):
    """The inner loop with the most arithmetic, or the most instructions if there is none; the whole kernel without
    loops. `shortest`: the shortest one with some arithmetic."""
    named = sorted({each.loop for each in code.instructions if each.loop})
    bodies = [[each for each in code.instructions if each.loop == name] for name in named] or \
        [list(with_calls(code, code.instructions[first:last + 1])) for first, last in inner_loops(code)]
    if not bodies:
        return code.instructions, False
    if shortest:
        return min((body for body in bodies if weight_of(body, "arithmetic") >= FEW), key=len, default=[]), True
    return max(bodies, key=lambda body: (weight_of(body, "arithmetic"), len(body))), True


# ---- Units of work -----------------------------------------------------------


def count(body, pattern):
    return sum(each.weight * each.operations for each in body if re.match(pattern, each.opcode, re.IGNORECASE))


def measure(code, units_of, shortest=False):
    """The main loop. `units_of(body)`: how many units of work it does."""
    body, is_loop = main_loop(code, shortest)
    units = units_of(body) if body else 0
    if not units or units <= 0:
        raise Failed("its main loop was not found")
    kinds = {kind: weight_of(body, kind) / units for kind in KINDS}
    return Loop(units, sum(kinds.values()), kinds, is_loop)
