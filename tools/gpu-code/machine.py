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
    targets: tuple = ()  # the labels of a branch, or of a call
    falls: bool = True  # whether the next instruction may follow
    text: str = ""

    def is_call(self):
        """Whether it comes back. To a label of the kernel a call is a jump."""
        return self.opcode.startswith("CALL") and not any(target.startswith(".L") for target in self.targets)


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


def blocks_of(code):
    """(first, end) of each basic block."""
    places = {0, len(code.instructions)} | {place for place in code.labels.values()}
    places |= {at + 1 for at, each in enumerate(code.instructions) if (each.targets and not each.is_call()) or not each.falls}
    places = sorted(place for place in places if place <= len(code.instructions))
    return list(zip(places, places[1:]))


def edges_of(code, blocks):
    """(block, block that may follow), by their numbers."""
    number_at = {first: number for number, (first, _) in enumerate(blocks)}
    for number, (_, end) in enumerate(blocks):
        last = code.instructions[end - 1]
        if last.falls and number + 1 < len(blocks):
            yield number, number + 1
        for label in () if last.is_call() else last.targets:
            if code.labels.get(label) in number_at:
                yield number, number_at[code.labels[label]]


def body_of(header, last, before):
    """The blocks of the loop that the edge from `last` to `header` closes: those from which `last` is reached without
    passing the header. If the first block is among them, the edge closes no loop."""
    body, waiting = {header}, [last]
    while waiting:
        block = waiting.pop()
        if block not in body:
            body.add(block)
            waiting += before.get(block, ())
    return None if 0 in body and header != 0 else body


def reached(edges):
    """The blocks to which a way leads from the first one: not those of functions that are called."""
    after, found, waiting = {}, set(), [0]
    for block, following in edges:
        after.setdefault(block, []).append(following)
    while waiting:
        block = waiting.pop()
        if block not in found:
            found.add(block)
            waiting += after.get(block, ())
    return found


def inner_loops(code):
    """The instructions of each loop that holds no other."""
    blocks = blocks_of(code)
    edges = set(edges_of(code, blocks))
    begun = reached(edges)
    edges = {edge for edge in edges if edge[0] in begun}
    before, loops = {}, {}
    for block, following in edges:
        before.setdefault(following, []).append(block)
    for block, following in edges:
        body = body_of(following, block, before)
        if body is not None:
            loops.setdefault(following, set()).update(body)
    inner = [body for body in loops.values() if not any(other < body for other in loops.values())]
    return [[each for block in sorted(body) for each in code.instructions[slice(*blocks[block])]] for body in inner]


def with_calls(code, body):
    """The instructions of a loop with those of the functions that it calls, each as often as it is called."""
    for each in body:
        yield each
        start = code.labels.get(each.targets[0]) if each.is_call() and each.targets else None
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
    bodies = [list(with_calls(code, body)) for body in inner_loops(code)]
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
