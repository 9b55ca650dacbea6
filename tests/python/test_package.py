"""The package as it is installed: without drivers, as a program, interrupted, with types."""
import inspect
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import gpufare


def test_it_works_where_there_is_no_driver(tmp_path, python):
    printed = python("""
        import gpufare
        print([device.id for device in gpufare.devices()])
        print(gpufare.compare("julia", size="8x8", min_time=0, repeat=2, tune=False).ok)
        """, OCL_ICD_VENDORS=str(tmp_path), OCL_ICD_FILENAMES="")
    assert printed.splitlines() == ["['native']", "True"]


def test_the_program_comes_with_it():
    printed = subprocess.run([sys.executable, "-m", "gpufare", "--version"], capture_output=True, text=True,
                             check=True).stdout
    assert gpufare.__version__ in printed
    wrong = subprocess.run([sys.executable, "-m", "gpufare", "compare", "nothing"], capture_output=True, text=True,
                           check=False)
    assert wrong.returncode == 2 and wrong.stdout == ""


def test_everything_public_is_documented_and_has_types():
    assert (Path(gpufare.__file__).parent / "py.typed").exists()
    for name in gpufare.__all__:
        thing = getattr(gpufare, name)
        assert inspect.getdoc(thing), f"{name} is not documented"
        if inspect.isfunction(thing):
            hints = typing.get_type_hints(thing)
            assert set(inspect.signature(thing).parameters) | {"return"} <= set(hints), f"{name} lacks hints"


def test_workloads_are_listed():
    assert {"julia", "diffusion", "sum", "prime", "peak"} == {each.name for each in gpufare.workloads()}
    julia = next(each for each in gpufare.workloads() if each.name == "julia")
    assert "max-iter" in [each.name for each in julia.parameters]


# Interrupts itself as soon as a device is being sampled: once one has a result, or in the first.
INTERRUPTED = """
    import os, signal, threading, time
    import gpufare
    signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background ignore it
    {handler}
    sampled = []
    def progress(state):
        if state.stage == "sample" and (state.device, state.variant) not in sampled:
            sampled.append((state.device, state.variant))
            if len(sampled) == {device}:
                os.kill(os.getpid(), signal.SIGINT)
    started = time.monotonic()
    try:
        gpufare.compare("julia", "native:scalar,native", size="64x64", min_time={{}}.get("", 0) if {device} == 2 else 60,
                        repeat={repeat}, max_samples=10**6, tune=False, watch=False, progress=progress)
        print("not interrupted")
    except {catches} as error:
        print(type(error).__name__, getattr(error, "report", None) is not None)
        if getattr(error, "report", None):
            print(error.report.cut_short, [each.label for each in error.report.results])
    print(signal.getsignal(signal.SIGINT) is {kept}, time.monotonic() - started < 50)
"""


def test_ctrl_c_ends_a_long_comparison(python):
    printed = python(INTERRUPTED.format(handler="", device=1, repeat=2, catches="KeyboardInterrupt",
                                        kept="signal.default_int_handler"))
    assert printed.splitlines() == ["Interrupted False", "True True"]


def test_what_was_finished_before_ctrl_c_is_kept(python):
    printed = python(INTERRUPTED.format(handler="", device=2, repeat=3, catches="KeyboardInterrupt",
                                        kept="signal.default_int_handler"))
    assert printed.splitlines() == ["Interrupted True", "True ['native:scalar']", "True True"]


def test_a_handler_of_the_programs_own_decides(python):
    handler = """
    class Stop(Exception):
        pass
    def handle(number, frame):
        raise Stop
    signal.signal(signal.SIGINT, handle)"""
    printed = python(INTERRUPTED.format(handler=handler, device=1, repeat=2, catches="Stop", kept="handle"))
    assert printed.splitlines() == ["Stop False", "True True"]


def test_ctrl_c_reaches_a_kernel_that_takes_long(tmp_path, python):
    from test_kernel import SLOW_C, SLOW_CL, SLOW_INI
    from conftest import write_kernel

    stepped = SLOW_INI + "[steps]\ncount = 100000\n"
    folder = write_kernel(tmp_path / "slow", "slow", stepped, SLOW_CL, SLOW_C)
    printed = python(f"""
        import os, signal, threading, time
        import gpufare
        signal.signal(signal.SIGINT, signal.default_int_handler)
        kernel = gpufare.Kernel({str(folder)!r}, "native", rounds=10000000)
        y = kernel.array("y")  # so that no time goes into making one
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
        started = time.monotonic()
        try:
            kernel(y=y)
            print("not interrupted")
        except KeyboardInterrupt as error:
            print(type(error).__name__, error.status)
        print(time.monotonic() - started < 100)
        print(kernel.replace(rounds=1)().outputs["y"].tolist()[0])
        """)
    assert printed.splitlines() == ["Interrupted 130", "True", "1.0"]


def test_ctrl_c_after_the_call_is_pythons_again(python):
    printed = python("""
        import os, signal
        import gpufare
        signal.signal(signal.SIGINT, signal.default_int_handler)
        gpufare.devices()
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt as error:
            print(type(error).__name__)
        """)
    assert printed == "KeyboardInterrupt\n"


@pytest.mark.parametrize("module", sorted(
    path.stem for path in Path(gpufare.__file__).parent.glob("_*.py") if path.stem not in ("__init__", "__main__")))
def test_modules_say_what_they_are_for(module):
    assert __import__(f"gpufare.{module}", fromlist=["_"]).__doc__
