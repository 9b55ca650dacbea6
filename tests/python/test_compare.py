"""devices, compare, run, advise, breakeven: what they return and show, and what they refuse."""
import json
import sys
import types

import pytest
from conftest import QUICK

import gpufare

JULIA = {"size": (48, 32), "max_iter": 60}


@pytest.fixture(scope="module")
def compared():
    return gpufare.compare("julia", "native:scalar,native", **JULIA, **QUICK)


def test_devices_are_objects_and_a_table():
    found = gpufare.devices()
    native = found[0]
    assert (native.id, native.kind, native.device_class) == ("native", "native", "native")
    assert native.compute_units >= 1 and native.global_memory_bytes > 1 << 28 and native.f64
    assert len(found) == len(list(found)) == len(found.table)
    assert "native" in str(found) and "<td" in found._repr_html_()


def test_the_verdict_comes_first_then_the_table(compared):
    first, title, head, *rows = str(compared).splitlines()
    assert first == f"Verdict: {compared.verdict}" and compared.verdict.startswith(("native", "can't tell", "too close"))
    assert title.startswith("Comparison in f64") and head.split()[:2] == ["device", "status"]
    assert [row.split()[:2] for row in rows] == [[result.label, "ok"] for result in compared.results]
    assert repr(compared) == str(compared)
    shown = compared._repr_html_()
    assert shown.index("Verdict: ") < shown.index("<table>") < shown.index(">native:scalar</td>")
    assert "<th" in shown and "total ms" in shown and "<details>" in shown


def test_results_have_numbers_and_the_report_all_forms(compared):
    scalar = compared["native:scalar"]
    assert scalar.ok and scalar.outcome == "ok" and scalar.reason == ""
    total = scalar.phases["total"]
    assert 0 < total.min_ns <= total.median_ns <= total.max_ns and total.count == 2
    assert scalar.phases["kernel"].median_ns <= total.max_ns and scalar.total_ns > 0
    assert len({result.checksum for result in compared.results}) == 1
    row = compared.table[0]
    assert row["workload"] == "julia" and row["rows"] == 32 and row["total_ns"] == total.median_ns
    assert compared.table["device"] == [each.label for each in compared.results] and compared.table["mismatches"] == [0, 0]
    assert compared.json["schema"] == "gpufare.compare/1" and not compared.cut_short
    assert json.loads(json.dumps(compared.json)) == compared.json
    assert compared.markdown.startswith("## julia") and compared.csv.startswith("workload,")
    assert compared.ok and compared.check() is compared
    with pytest.raises(KeyError, match="native:scalar"):
        compared["0:9"]
    with pytest.raises(KeyError, match="workload"):
        compared.table["nothing"]


def test_html_escapes_what_drivers_say():
    table = gpufare.Table(["name", "n"], [["<b>&", 1], [None, 2]])
    assert "&lt;b&gt;&amp;" in table._repr_html_() and str(table).splitlines()[0] == "name  n"


def test_tables_have_numbers_as_the_library_writes_them():
    table = gpufare.Table.from_csv("a,b,c,d,e,f\n-12,1.5,1e-05,1_000,nan,\n")
    assert list(table[0].values()) == [-12, 1.5, 1e-05, "1_000", "nan", None]


def test_tables_become_data_frames(compared, monkeypatch):
    if "pandas" not in sys.modules:
        try:
            import pandas  # noqa: F401
        except ImportError:  # one that keeps what it gets: then this tests what is handed over
            stand_in = types.SimpleNamespace(DataFrame=lambda rows, columns: {
                name: [row[name] for row in rows] for name in columns})
            monkeypatch.setitem(sys.modules, "pandas", stand_in)
    frame = compared.to_pandas()
    assert list(frame["variant"]) == compared.table["variant"]
    assert list(frame["total_ns"]) == compared.table["total_ns"]


def test_a_manifest_is_a_workload(where):
    found = gpufare.compare(where, "native", n=5000, **QUICK)
    assert [result.label for result in found.results] == ["native:twin"]


# ---- run ----


def test_run_gives_the_output_itself_and_its_picture(tmp_path):
    numpy = pytest.importorskip("numpy")
    made = gpufare.run("julia", "native", **JULIA, **QUICK)
    counts = made.output
    assert counts.shape == (32, 48) and counts.dtype == "u2" and not counts.flags.writeable
    assert counts.sum(dtype="u8") == made.result.checksum
    assert made.output.ctypes.data == counts.ctypes.data
    made.write_npy(tmp_path / "counts.npy")
    assert (numpy.load(tmp_path / "counts.npy") == counts).all()
    made.write_png(tmp_path / "julia.png")
    assert made._repr_png_() == (tmp_path / "julia.png").read_bytes()
    assert made._repr_png_()[:4] == b"\x89PNG"
    assert made.json["schema"] == "gpufare.run/1"
    del made
    assert counts.max() > 0  # it keeps what it lies in
    no_picture = gpufare.run("sum", "native", count=1000, **QUICK)
    assert no_picture._repr_png_() is None and no_picture.result.answer
    with pytest.raises(gpufare.UsageError, match="no picture"):
        no_picture.write_png(tmp_path / "sum.png")


WRONG = """
#include <stddef.h>
#include <stdint.h>
void where(size_t n, const double *x, double *y, uint64_t *seen) {
    for (size_t i = 0; i < n; i++)
        y[i] = 3 * x[i];
    seen[0] = seen[1] = 0;
}
"""


def test_a_wrong_result_is_a_row_in_compare_and_an_exception_in_run(tmp_path, opencl_cpu):
    from conftest import WHERE_CL, WHERE_INI, write_kernel

    quiet = WHERE_CL.replace("(ulong)x", "0").replace("(ulong)y", "0")
    folder = write_kernel(tmp_path / "where", "where", WHERE_INI, quiet, WRONG)
    found = gpufare.compare(folder, f"native,{opencl_cpu}", **QUICK)
    assert not found.ok and found[opencl_cpu].outcome == "mismatch" and "differ" in found[opencl_cpu].reason
    assert found[opencl_cpu].total_ns is None and found["native"].ok
    for fails in (found.check, lambda: gpufare.run(folder, opencl_cpu, **QUICK)):
        with pytest.raises(gpufare.MismatchError, match="differ") as caught:
            fails()
        assert caught.value.status == 4 and caught.value.report[opencl_cpu].outcome == "mismatch"


# ---- advise, breakeven ----


def test_advise_predicts_and_bounds(monkeypatch):
    found = gpufare.advise("sum", "native", count=100000, budget=0.2, device_model="rtx-4060")
    assert found.verdict and str(found).startswith(f"Verdict: {found.verdict}")
    assert found.json["schema"] == "gpufare.advise/1" and "rtx-4060" in found.text
    assert found.table["device"][0].startswith("native")


def test_breakeven_finds_thresholds():
    found = gpufare.breakeven("sum", "count=1000:4000", device="native:scalar,native:scalar-1t", predict=False,
                              **QUICK)
    assert found.json["schema"] == "gpufare.breakeven/1"
    assert sorted(set(found.table["value"])) == [1000, 2000, 4000] and len(found.table) == 6
    assert found.verdict and str(found).startswith("Verdict: ")
    assert found.svg is None or found.svg.lstrip().startswith(("<?xml", "<svg"))


# ---- What is refused ----


@pytest.mark.parametrize("call, kind, parameter, says", [
    (lambda: gpufare.compare("jul"), gpufare.UsageError, None, "julia"),
    (lambda: gpufare.compare("julia", size="3x0"), gpufare.UsageError, "size", "3x0"),
    (lambda: gpufare.compare("julia", nothing=1), gpufare.UsageError, "nothing", "there are: size"),
    (lambda: gpufare.compare("julia", params={"size\0": "8x8"}), gpufare.UsageError, "params", "zero byte"),
    (lambda: gpufare.compare("julia\0x"), gpufare.UsageError, "workload", "zero byte"),
    (lambda: gpufare.compare("julia", ["native", "0:0"]), gpufare.UsageError, "device", "commas"),
    (lambda: gpufare.compare("julia", "nodevice"), gpufare.NoDeviceError, "device", "nodevice"),
    (lambda: gpufare.compare("julia", repeat=0), gpufare.UsageError, "repeat", "from 1"),
    (lambda: gpufare.compare("julia", repeat=2.5), gpufare.UsageError, "repeat", "whole number"),
    (lambda: gpufare.compare("julia", repeat=True), gpufare.UsageError, "repeat", "whole number"),
    (lambda: gpufare.compare("julia", repeat=1 << 40), gpufare.UsageError, "repeat", "out of range"),
    (lambda: gpufare.compare("julia", seed=-1), gpufare.UsageError, "seed", "out of range"),
    (lambda: gpufare.compare("julia", min_time=float("nan")), gpufare.UsageError, "min_time", "out of range"),
    (lambda: gpufare.compare("julia", min_time="long"), gpufare.UsageError, "min_time", "no number"),
    (lambda: gpufare.compare("julia", verify="perhaps"), gpufare.UsageError, "verify", "sampled"),
    (lambda: gpufare.compare("julia", threads=5000), gpufare.UsageError, "threads", "4096"),
    (lambda: gpufare.compare("julia", isa="abacus"), gpufare.UsageError, "isa", "abacus"),
    (lambda: gpufare.compare("julia", tune={"nosuch": 1}), gpufare.UsageError, "tune", "nosuch"),
    (lambda: gpufare.compare("julia", params={"size": "8x8"}, size="9x9"), gpufare.UsageError, "size", "twice"),
    (lambda: gpufare.compare("julia", size="8x8\0"), gpufare.UsageError, None, "zero byte"),
    (lambda: gpufare.compare("/nonexistent/kernel.ini"), gpufare.Error, None, "nonexistent"),
    (lambda: gpufare.breakeven("julia", "threads=1:2"), gpufare.UsageError, "sweep", "python -m gpufare"),
    (lambda: gpufare.breakeven("julia", "size"), gpufare.UsageError, "sweep", "size"),
    (lambda: gpufare.breakeven("julia", "size=8:16", predict=False, measure=False), gpufare.UsageError, "predict",
     "leave one"),
    (lambda: gpufare.advise("julia", device_model="nosuchmodel"), gpufare.UsageError, "device-model", "nosuchmodel"),
    (lambda: gpufare.Kernel("sum", "native", count=1 << 40), gpufare.UsageError, "count", "4294967295"),
])
def test_bad_values_are_refused_with_status_and_remedy(call, kind, parameter, says):
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    assert says in str(error) and "\n" not in str(error)
    assert error.status in (1, 2, 3) and error.status_name in ("failed", "usage", "no device") and error.remedy
    if parameter is not None:
        assert error.parameter == parameter
    if kind is gpufare.UsageError:
        assert isinstance(error, ValueError)


def test_what_fails_in_a_callback_comes_out():
    with pytest.raises(ZeroDivisionError):
        gpufare.compare("julia", "native", progress=lambda progress: 1 // 0, **JULIA, **QUICK)


def test_progress_is_told():
    seen = []
    gpufare.compare("julia", "native", progress=seen.append, **JULIA, **QUICK)
    assert {"sample", "build"} <= {each.stage for each in seen}
    assert seen[-1].device == "native" and seen[-1].planned >= seen[-1].done
