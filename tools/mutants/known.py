"""Mutants whose outcome is known: they show that the tool can tell. Each: kernels, target, what stood there and what does
now, and the class."""
import native
import targets
import trial

FIELD = targets.Target("diffusion", "naive", "--size", "37x23", "--steps", "2", "--boundary", "insulated", "--init", "@field")
PICTURE = targets.Target("julia", "naive", "--size", "37x29", "--max-iter", "50")
SUMS = targets.Target("sum", "group", "--count", "50000")

OPENCL = [
    (FIELD, "if (index > 0)", "if (index >= 1)", trial.EQUAL),
    # Only the last row and the last column.
    (FIELD, "return boundary == GF_PERIODIC ? 0 : count - 1;", "return boundary == GF_PERIODIC ? 0 : count - 2;", trial.REFUSED),
    # Writes a row behind the last one, with the right bits before it.
    (PICTURE, "if (column >= width || row >= rows)", "if (column >= width || row > rows)", trial.REFUSED),
    # One pixel is not written.
    (PICTURE, "counts[pixel] = (GF_COUNT)n;", "if (pixel != 1000) counts[pixel] = (GF_COUNT)n;", trial.REFUSED),
    (PICTURE, "uint n = 0;", "uint n = ;", trial.NOT_BUILT),
    # One sum is off by a unit in the last place.
    (SUMS, "sums[block] = pair.x + pair.y;",
     "sums[block] = (pair.x + pair.y) * (block == 3 ? 1.0000000000000002 : 1.0);", trial.REFUSED),
    # Half of the blocks have the poison.
    (SUMS, "if (me == 0) {", "if (me == 0 && block % 2 == 0) {", trial.REFUSED),
]

NATIVE_SUMS = ("sum", 64, ["--count", "50000"])
NATIVE = [
    (NATIVE_SUMS, "sums[block] = sum_block", "if (block != 3) sums[block] = sum_block", trial.REFUSED),
    (NATIVE_SUMS, "size_t block = 0; block <", "size_t block = 1 - 1; block <", trial.EQUAL),
]


def native_target(isa):
    stem, bits, arguments = NATIVE_SUMS
    return native.Target(stem, isa, bits, arguments)
