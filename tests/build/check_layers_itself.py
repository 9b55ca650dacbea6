"""Tests check_layers.py: each rule must find one violation in a small tree that has one, and none
in the same tree without it. Usage: check_layers_itself.py; exit status 1 if a rule fails."""
import sys
import tempfile
from pathlib import Path

import check_layers

# A tree that keeps every rule.
CLEAN = {
    "host/gpufare.h": "int gf_version(void);\n",
    "host/base/error.h": "int gf_error_set(void);\n",
    "host/base/error.c": '#include "base/error.h"\nint gf_error_set(void) {\n    return 0;\n}\n',
    "host/predict/predict.h": '#include "base/error.h"\nint gf_predict(void);\n',
    "host/predict/predict.c": '#include "predict/predict.h"\nint gf_predict(void) {\n    return 0;\n}\n',
    "host/backends/opencl/cl/cl_types.h": "#include <CL/cl.h>\n",
    "host/backends/opencl/doctor/fix.h": '#define FIX "apt --yes"\n',
    "host/os/atomic_file.h": "",
    "host/problem/workload.h": "",
    "host/workloads/heat.c": '#include "problem/workload.h"\n',
    "cpu/kernel.h": "",
    "cpu/heat.c": '#include "kernel.h"\n',
    "tools/gpufare.c": '#include "gpufare.h"\n#include "os/atomic_file.h"\n',
}
# (rule, files that violate it, what the message must contain). A file of CLEAN is replaced.
CASES = [
    ("includes_upwards", {"host/base/error.h": '#include "predict/predict.h"\n'}, "of a higher layer"),
    ("includes_upwards", {"host/gpufare.h": '#include "base/error.h"\n'}, "of a higher layer"),
    ("includes_upwards", {"host/backends/opencl/cl/cl_types.h": '#include "backends/opencl/doctor/fix.h"\n'},
     "of a higher layer"),
    ("includes_upwards", {"host/workloads/heat.c": '#include "predict/predict.h"\n'}, "of a higher layer"),
    ("includes_upwards",
     {"host/predict/predict.h": '#include "workloads/heat.h"\n', "host/workloads/heat.h": ""},
     "of a higher layer"),
    ("includes_upwards", {"cpu/kernel.h": '#include "base/error.h"\n'}, "cpu/ includes nothing of host/"),
    ("includes_upwards", {"host/base/error.h": '#include "../predict/predict.h"\n'}, "of a higher layer"),
    ("unresolved_includes", {"host/base/error.h": '#include "base/nowhere.h"\n'}, "base/nowhere.h"),
    ("unknown_folders", {"host/misc/any.h": ""}, "host/misc/"),
    ("unknown_folders", {"host/stray.h": ""}, "host/stray.h"),
    ("includes_of_the_tool", {"tools/gpufare.c": '#include "predict/predict.h"\n'}, "host/predict/predict.h"),
    ("opencl_headers", {"host/base/error.h": "#include <CL/cl.h>\n"}, "host/base/error.h"),
    ("circles",
     {"host/base/error.h": '#include "base/notes.h"\n', "host/base/notes.h": '#include "base/error.h"\n'},
     "host/base/error, host/base/notes"),
    ("missing_headers", {"host/base/notes.c": ""}, "host/base/notes.c"),
    ("crowded_folders", {f"host/stats/{number}.h": "" for number in range(21)}, "host/stats/ holds 21"),
    ("long_functions", {"cpu/heat.c": "static int long_one(void) {\n" + "    ;\n" * 59 + "}\n"},
     "cpu/heat.c:1: long_one has 61"),
    ("foreign_prototypes", {"host/base/error.h": "int gf_error_set(void);\nint gf_predict(\n    void);\n"},
     "host/base/error.h declares gf_predict, which host/predict/predict.c implements"),
    ("options_in_the_library", {"host/base/error.h": '#define TEXT "use --size"\n'}, "host/base/error.h:1"),
    ("options_in_the_library", {"host/base/error.h": '#define TEXT "--%s %s"\n'}, "host/base/error.h:1"),
    ("retired_words", {"host/base/error.h": "/* Each\n * contender. */\n"}, "host/base/error.h:2: contender"),
    ("deprecated_openmp", {"cpu/heat.c": "#pragma omp parallel\n#pragma omp master\n"}, "cpu/heat.c:2"),
]
# What looks like a violation and is none.
HARMLESS = [
    ("options_in_the_library", {"host/base/error.h": '/* see --size */ #define TEXT "a--b -- c"\n'}),
    ("retired_words", {"host/base/error.h": '#define KEY "contender"\n'}),
    ("deprecated_openmp", {"cpu/heat.c": "/* #pragma omp master */\n#pragma omp for\n"}),
    ("foreign_prototypes", {"host/base/error.h": "static int gf_predict(void);\n"}),
    ("long_functions", {"cpu/heat.c": "static int two(void) {\n}\n" * 40}),
    ("long_functions", {"cpu/heat.c": "static int all[] = {\n" + "    0,\n" * 70 + "};\n"}),
]


def find(rule, files):
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in {**CLEAN, **files}.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(getattr(check_layers, rule)(check_layers.Tree(Path(scratch))))


def failures():
    for rule in check_layers.RULES:
        for message in find(rule.__name__, {}):
            yield f"{rule.__name__}: found in the clean tree: {message}"
        if rule.__name__ not in {case[0] for case in CASES}:
            yield f"{rule.__name__}: no case violates it"
    for rule, files, text in CASES:
        found = find(rule, files)
        if len(found) != 1 or text not in found[0]:
            yield f"{rule}, {sorted(files)[0]}: found {found}, expected one with {text!r}"
    for rule, files in HARMLESS:
        for message in find(rule, files):
            yield f"{rule}: found where nothing is wrong: {message}"
    yield from failures_of_lists()


def failures_of_lists():
    """Entries of the lists of exceptions exempt a file, and are themselves found once they are stale."""
    for rule, listed, entry, files in (
            ("missing_headers", check_layers.NO_HEADER, "host/base/notes.c", {"host/base/notes.c": ""}),
            ("foreign_prototypes", check_layers.FOREIGN_PROTOTYPES, "gf_predict",
             {"host/base/error.h": "int gf_predict(void);\n"}),
            ("foreign_prototypes", check_layers.LIST_HEADERS, "host/base/error.h",
             {"host/base/error.h": "int gf_predict(void);\n"})):
        listed[entry] = "a reason"
        if find(rule, files):
            yield f"{rule}: found although {entry} is listed"
        if len(find(rule, {})) != 1:
            yield f"{rule}: the stale entry {entry} was not found"
        listed.clear()
    check_layers.LIST_HEADERS["host/base/error.h"] = "a reason"
    numbers = range(check_layers.MOST_FOREIGN_PROTOTYPES + 1)
    files = {f"cpu/{number}.c": f"int gf_{number}(void) {{\n}}\n" for number in numbers}
    files["host/base/error.h"] = "".join(f"int gf_{number}(void);\n" for number in numbers)
    if len(find("foreign_prototypes", files)) != 1:
        yield "foreign_prototypes: too many of them were not found"
    check_layers.LIST_HEADERS.clear()


def main():
    for listed in (check_layers.NO_HEADER, check_layers.FOREIGN_PROTOTYPES, check_layers.LIST_HEADERS):
        listed.clear()
    found = list(failures())
    for failure in found:
        print(failure)
    print(f"{len(CASES) + len(HARMLESS)} cases, {len(found)} failures")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
