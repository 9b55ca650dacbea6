"""Kernels called with arrays: whose memory they see, what is copied, and what is refused."""
import array
import multiprocessing
import resource
import threading
import time

import pytest
from conftest import WHERE_CL, write_kernel

import gpufare

numpy = pytest.importorskip("numpy")
N = 1000


def made(path, device="native", **options):
    return gpufare.Kernel.from_manifest(path, device, **options)


def given():
    return numpy.arange(N, dtype="f8"), numpy.zeros(N), numpy.zeros(2, "u8")


# ---- No copies ----


@pytest.mark.parametrize("on", ["native", "opencl"])
def test_a_cpu_computes_on_the_arrays_themselves(where, on, request):
    kernel = made(where, "native" if on == "native" else request.getfixturevalue("opencl_cpu"), n=N)
    for _ in range(3):  # others each time
        x, y, seen = given()
        call = kernel(x=x, y=y, seen=seen)
        assert (y == 2 * numpy.arange(N)).all()
        assert seen.tolist() == [x.ctypes.data, y.ctypes.data]
        assert (call.copied_bytes, call.transferred_bytes) == (0, 0)
        assert call.outputs["y"] is y and call.outputs["seen"] is seen


def test_large_arrays_take_no_more_memory(where):
    count = 8 << 20
    kernel = made(where, n=count)
    x, y = numpy.ones(count), numpy.full(count, 5.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kernel(x=x, y=y)
    assert (y == 2).all()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 << 10  # KiB; each array has 64 MiB


def test_what_is_isolated_sees_copies_or_memory_of_the_library(where):
    kernel = made(where, n=N, isolated=True)
    x, y, seen = given()
    call = kernel(x=x, y=y, seen=seen)
    assert (y == 2 * x).all()
    assert call.copied_bytes == x.nbytes + y.nbytes + seen.nbytes
    mine = {name: kernel.array(name) for name in ("x", "y", "seen")}
    mine["x"][:] = x
    assert kernel(**mine).copied_bytes == 0
    assert (mine["y"] == 2 * x).all()
    assert kernel.array("x").ctypes.data == mine["x"].ctypes.data
    kernel.close()
    del kernel
    assert mine["y"][-1] == 2 * (N - 1)  # the arrays keep what they lie in


def test_isolated_drivers_run_in_the_worker_of_the_package(where, opencl_cpu):
    x, y, seen = given()
    call = made(where, opencl_cpu, n=N, isolated=True)(x=x, y=y, seen=seen)
    assert call.copied_bytes == x.nbytes + y.nbytes + seen.nbytes
    assert (y == 2 * x).all() and seen[0] != x.ctypes.data


def test_an_array_that_is_misaligned_for_vectors_is_copied(where):
    x, y, seen = given()
    shifted = numpy.zeros(N + 1)[1:]
    if shifted.ctypes.data % 16 == 0:
        shifted = numpy.zeros(N + 2)[2:]
    shifted[:] = x
    call = made(where, n=N)(x=shifted, y=y, seen=seen)
    assert (y == 2 * x).all()
    assert call.copied_bytes == (0 if shifted.ctypes.data % 16 == 0 else x.nbytes)


def test_inputs_may_be_read_only(where):
    x, y, seen = given()
    x.flags.writeable = False
    made(where, n=N)(x=x, y=y, seen=seen)
    assert (y == 2 * x).all()


# ---- Other arrays than NumPy's ----


class OnlyDlpack:
    """A tensor that can be read in no other way."""

    def __init__(self, data, device=(1, 0)):
        self.data, self.device, self.exports = data, device, 0

    def __dlpack__(self, **_):
        self.exports += 1
        return self.data.__dlpack__()

    def __dlpack_device__(self):
        return self.device


def test_dlpack_arrays_of_the_host_are_used_in_place(where):
    x, y, seen = given()
    kernel = made(where, n=N)
    wrapped = OnlyDlpack(y)
    call = kernel(x=OnlyDlpack(x), y=wrapped, seen=seen)
    assert (y == 2 * x).all() and call.copied_bytes == 0
    assert seen.tolist() == [x.ctypes.data, y.ctypes.data]
    assert call.outputs["y"] is wrapped
    kernel(x=OnlyDlpack(x), y=wrapped, seen=seen)
    assert wrapped.exports == 2  # its memory may have moved


@pytest.mark.parametrize("bad, says", [
    (lambda: OnlyDlpack(numpy.zeros(N), (2, 0)), "lies on a device"),
    (lambda: OnlyDlpack(numpy.zeros(N, "f4")), "f4"),
    (lambda: OnlyDlpack(numpy.zeros((N, 2))[:, 0]), "gaps"),
    (lambda: object(), "no array"),
    (lambda: 5, "no array"),
    (lambda: [1.0] * N, "no array"),
    (lambda: numpy.zeros(N, "f4"), "f4"),
    (lambda: numpy.zeros(N, ">f8"), "no f8"),
    (lambda: numpy.zeros(N, "i8"), "i8"),
    (lambda: numpy.zeros(N - 1), f"has {8 * N - 8} bytes"),
    (lambda: numpy.zeros(2 * N)[::2], "gaps"),
    (lambda: bytearray(8 * N), "u1"),
])
def test_other_arrays_are_refused(where, bad, says):
    with pytest.raises(gpufare.UsageError) as caught:
        made(where, n=N)(x=bad(), y=numpy.zeros(N))
    assert says in str(caught.value) and caught.value.parameter == "x"
    assert "give a C-ordered array of f8" in caught.value.remedy


def test_buffers_of_any_kind_and_shape_are_taken(where):
    kernel = made(where, n=N)
    x = array.array("d", range(N))
    y = bytearray(8 * N)
    kernel(x=x, y=memoryview(y).cast("d"))
    assert memoryview(y).cast("d").tolist() == [2 * value for value in range(N)]
    square = numpy.zeros((25, 40))
    kernel(x=numpy.frombuffer(x).reshape(10, 100), y=square)
    assert square[-1, -1] == 2 * (N - 1)
    with pytest.raises(BufferError):
        x.append(1)  # the kernel has it
    kernel.close()
    x.append(1)


def test_outputs_may_be_left_out_and_inputs_not(where):
    kernel = made(where, n=N)
    x = numpy.arange(N, dtype="f8")
    outputs = kernel(x=x).outputs
    assert set(outputs) == {"y", "seen"} and (outputs["y"] == 2 * x).all() and outputs["seen"].dtype == "u8"
    with pytest.raises(gpufare.UsageError, match="x: .*reads this array; give what is missing: x$"):
        kernel()
    with pytest.raises(gpufare.UsageError, match="z: .*there are: x, y, seen"):
        kernel(x=x, z=x)
    frozen = numpy.zeros(N)
    frozen.flags.writeable = False
    with pytest.raises(gpufare.UsageError, match="y: is read-only"):
        kernel(x=x, y=frozen)
    with pytest.raises(gpufare.UsageError, match="x and y overlap"):
        kernel(x=x, y=x)


def test_without_numpy_there_are_memoryviews(where, python):
    printed = python(f"""
        import sys
        sys.modules["numpy"] = None  # import numpy fails
        import array, gpufare
        kernel = gpufare.Kernel.from_manifest({str(where)!r}, "native", n=10)
        call = kernel(x=array.array("d", range(10)))
        print(call.outputs["y"].tolist(), call.outputs["y"].format, len(kernel.array("x")))
        print(gpufare.run("sum", "native", count=10, min_time=0, repeat=2, tune=False).output.tolist()[0] > 0)
        """)
    assert printed.splitlines() == [f"{[2.0 * i for i in range(10)]} d 10", "True"]


# ---- What a kernel says of itself ----


def test_it_describes_its_arrays_and_parameters(where):
    kernel = made(where, n=N)
    assert (kernel.name, kernel.label, kernel.device.id) == ("where", "native:twin", "native")
    assert kernel.parameters == {"n": str(N)}
    assert [(info.name, info.dtype, info.shape) for info in kernel.arrays] == [
        ("x", "f8", (N,)), ("y", "f8", (N,)), ("seen", "u8", (2,))]
    assert [(info.goes_up, info.comes_down) for info in kernel.arrays] == [(True, False), (False, True), (False, True)]
    assert kernel.replace(n=7).arrays[0].shape == (7,)
    assert "x, y, seen" in repr(kernel)


def test_first_contents_are_those_of_the_manifest(where):
    kernel = made(where, n=N)
    x = kernel.initial("x")
    assert x.shape == (N,) and 0 <= x.min() < 0.1 and 0.9 < x.max() < 1
    with pytest.raises(gpufare.UsageError, match="y has no first content"):
        kernel.initial("y")


def test_built_in_workloads_are_kernels_too():
    kernel = gpufare.Kernel("sum", "native", count=40000)
    values = kernel.array("values")
    values[:] = 0
    values.reshape(-1)[:40000] = numpy.arange(40000)
    call = kernel(values=values)
    assert call.outputs["sums"].sum() == 39999 * 40000 // 2


def test_complex_numbers_are_complex_numbers():
    kernel = gpufare.Kernel("julia", "native", size=(16, 16), inputs="list", max_iter=50)
    zs = kernel.initial("zs")
    assert zs.dtype == "c16" and zs.shape == (16, 16)
    parts = zs.view("f8").reshape(16, 16, 2)  # the same numbers, as their parts
    one = kernel(zs=zs, cs=kernel.initial("cs")).outputs["counts"]
    other = kernel(zs=parts, cs=kernel.initial("cs")).outputs["counts"]
    assert one.dtype == "u2" and one.max() > 0 and (one == other).all()


# ---- Threads, processes, failures ----

# Takes about half a second, and ends soon after the flag is set, because it is called for each range.
SLOW_INI = """
[parameter n]
default = 64
[parameter rounds]
default = 20000000
max = 1 << 40
[buffer y]
shape = n
access = out
[kernel]
global = n
[twin]
"""
SLOW_C = """
#include <stddef.h>
#include <stdint.h>
void slow(size_t n, uint64_t rounds, double *y) {
    for (size_t i = 0; i < n; i++)
        y[i] = 1;
    for (volatile uint64_t k = 0; k < rounds; k++)
        ;
}
"""
SLOW_CL = "kernel void slow(const ulong n, const ulong rounds, global double *y) { y[get_global_id(0)] = 1; }\n"


def test_other_threads_of_python_run_meanwhile(tmp_path):
    kernel = made(write_kernel(tmp_path / "slow", "slow", SLOW_INI, SLOW_CL, SLOW_C), rounds=200000000)
    turns, ended = [0], threading.Event()

    def count():
        while not ended.is_set():
            turns[0] += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    while turns[0] == 0:
        time.sleep(0.001)
    before = turns[0]
    kernel()
    during = turns[0] - before
    ended.set()
    counter.join()
    assert during >= 3  # with the GIL held it would be 0 or 1


def test_kernels_of_several_threads_do_not_disturb_one_another(where):
    failures = []

    def work(shared):
        kernel = shared or made(where, n=N)
        for i in range(20):
            x = numpy.full(N, float(i))
            if not (kernel(x=x).outputs["y"] == 2 * i).all():
                failures.append(i)

    common = made(where, n=N)
    threads = [threading.Thread(target=work, args=(common if i % 2 else None,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def use_in_child(kernel, answers):
    try:
        kernel(x=numpy.zeros(N))
        answers.put("it ran")
    except gpufare.Error as error:
        answers.put(str(error))


def test_a_forked_process_is_told_instead_of_hanging(where):
    kernel = made(where, n=N)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=use_in_child, args=(kernel, answers))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert "spawn" in answers.get()


CRASH_C = """
#include <stddef.h>
void where(size_t n, const double *x, double *y, unsigned long *seen) {
    if (x[0] == 13)
        *(volatile int *)8 = 0;
    for (size_t i = 0; i < n; i++)
        y[i] = x[i];
    seen[0] = seen[1] = 0;
}
"""


def test_a_crash_in_an_isolated_kernel_is_an_exception(tmp_path):
    from conftest import WHERE_INI

    kernel = made(write_kernel(tmp_path / "where", "where", WHERE_INI, WHERE_CL, CRASH_C), n=N, isolated=True)
    mine = kernel.array("x")
    mine[:] = 13
    with pytest.raises(gpufare.Error, match="SIGSEGV") as caught:
        kernel(x=mine)
    assert caught.value.status == 1
    mine[:] = 5  # memory of the old process: it is copied now
    call = kernel(x=mine)
    assert (call.outputs["y"] == 5).all() and call.copied_bytes > 0


def test_a_closed_kernel_says_so(where):
    with made(where, n=N) as kernel:
        kernel(x=numpy.zeros(N))
    with pytest.raises(gpufare.Error, match="was closed"):
        kernel(x=numpy.zeros(N))
    kernel.close()


def test_a_kernel_that_does_not_compile_has_the_compilers_words(tmp_path, opencl_cpu):
    from conftest import WHERE_C, WHERE_INI

    folder = write_kernel(tmp_path / "where", "where", WHERE_INI, WHERE_CL.replace("2 * x[i]", "2 * nothing"), WHERE_C)
    with pytest.raises(gpufare.Error) as caught:
        made(folder, opencl_cpu)
    assert "nothing" in caught.value.log


def test_a_set_of_devices_is_not_called_as_one(opencl_cpu):
    with pytest.raises(gpufare.UsageError, match="several devices can't be called as one"):
        gpufare.Kernel("sum", f"native+{opencl_cpu}", count=1000)
