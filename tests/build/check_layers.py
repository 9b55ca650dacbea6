"""Checks the layout of the sources (docs/architecture.md): which folder may include which, which file
implements which prototype, how long a function may be, where options may be named.
Usage: check_layers.py SOURCE_DIR. Prints one line for each violation; exit status 1 if there is one.
check_layers_itself.py tests every rule on a tree that violates it."""
import collections
import os
import re
import sys
from pathlib import Path

# The folders of host/ in the order of their layers: a folder includes itself and folders to its left.
LAYERS = """
    layer base stats os problem checkpoint image manifest model user device worker trace ranks backends measure parallel inspect output calibrate predict analyse bound whatif
    advise breakeven diff bundle plot report workloads
""".split()
# The same inside a folder that has layers of its own; "." is the folder itself.
INNER_LAYERS = {
    "backends": ["opencl", "native", "device_set", "out_of_core"],
    "backends/opencl": ["clock", "cl", "drivers", "facts", "programs", "runtime", "simulator", "doctor", "."],
    "backends/opencl/runtime": ["stage", "."],
    "os": ["files", "environment", "power", "."],
    "stats": [".", "change"],
    "user": ["source", "."],
    "worker": [".", "server", "proxy"],
    "report": ["table", "page", ".", "bounded", "predicted", "exported", "saved", "traced", "ranked"],
    "ranks": [".", "mpi"],
    "parallel": ["grid", "part", "bands", "saving", ".", "answer", "run", "scaling", "output"],
    "problem": ["mix", ".", "parts", "facts"],
    "device": [".", "targets"],
    "predict": ["sampling", "."],
    "manifest": ["expression", ".", "parse"],
    "manifest/parse": ["text", "."],
}
# Folders whose inner folders are of the same layer, with the reason. Circles between their files are refused as everywhere.
ONE_LAYER = {"measure": "a run searches for its tunables, and the search computes parts of runs",
             "layer": "its functions call one another through the loader's tables"}
# No other folder includes a workload, and a workload includes only these.
WORKLOADS_INCLUDE = {"base", "stats", "problem", "image", "workloads"}
# Which other top-level folders a top-level folder includes. tests/ may include everything.
TOP_LEVEL = {"cpu": set(), "kernels_cl": set(), "host": {"cpu"}, "tools": {"host", "cpu"}, "python": {"host", "cpu"}}
# The headers of host/ that the tool includes besides the public one.
TOOL_INCLUDES = {"gpufare.h", "layer/layer_info.h", "base/text.h", "os/atomic_file.h", "os/files/regular_file.h",
                 "os/files/temporary_file.h", "os/files/scratch_folder.h", "image/image.h"}
# The only folders that include OpenCL's headers.
OPENCL_FOLDERS = ("host/backends/opencl/", "host/layer/")
# Folders of host/ in which a string may name an option, with the reason.
NAMES_OPTIONS = {
    "backends/opencl/doctor": "it prints commands for the user to run",
    "ranks": "it names options of launchers",
    "backends/opencl/drivers": "it starts the program gpufare-worker, which has options of its own",
}
MOST_FILES_IN_A_FOLDER = 20
MOST_LINES_OF_A_FUNCTION = 60

# Sources of host/ without a header of their stem, with the reason.
NO_HEADER = {
    "host/backends/native/native.c": "the table of a backend, which the generated registry declares",
    "host/backends/opencl/opencl.c": "the table of a backend, which the generated registry declares",
    "host/backends/device_set/device_set.c": "the table of a backend, which the generated registry declares",
    "host/backends/out_of_core/out_of_core.c": "the table of a backend, which the generated registry declares",
    "host/backends/native/native_main.c": "the main file of a helper program",
    "host/backends/opencl/worker_main.c": "the main file of a helper program",
    "host/device/targets/device_list.c": "implements a function of gpufare.h",
    "host/advise/advice_bounds.c": "implements a function of gpufare.h",
    "host/report/bounded/models_report.c": "implements a function of gpufare.h",
    "host/parallel/run/parallel_run.c": "implements a function of gpufare.h",
    "host/output/kept_pictures.c": "implements a function of gpufare.h",
    "host/report/traced/run_timeline.c": "implements a function of gpufare.h",
    "host/measure/call/call.c": "implements functions of gpufare.h",
    "host/output/frames.c": "implements functions of gpufare.h",
    "host/breakeven/breakeven_bounds.c": "implements a function of gpufare.h",
    "host/breakeven/breakeven_thresholds.c": "implements a function of gpufare.h",
    "host/plot/plot_cairo.c": "the part of plot.c that needs cairo",
    "host/bundle/archive_missing.c": "archive.c without its libraries",
    "host/os/files/digest_missing.c": "digest.c without its library",
    "host/bundle/bundle.c": "implements functions of gpufare.h",
    "host/bundle/bundle_compare.c": "implements a function of gpufare.h",
    "host/bundle/contents.c": "implements functions of gpufare.h",
    "host/diff/diff_create.c": "implements a function of gpufare.h",
    "host/report/diagnosis.c": "implements functions of gpufare.h",
    "host/report/predicted/advice_report.c": "implements a function of gpufare.h",
    "host/report/exported/threshold_export.c": "implements functions of gpufare.h",
    "host/report/saved/diff_junit.c": "implements a function of gpufare.h",
    "host/report/saved/diff_report.c": "implements a function of gpufare.h",
    "host/report/saved/this_run.c": "implements functions of gpufare.h",
    "host/report/predicted/lines_report.c": "implements functions of gpufare.h",
    "host/ranks/mpi/mpi_transport.c": "a plugin, which is loaded by the name of its one function",
    "host/trace/trace_read.c": "implements a function of gpufare.h",
    "host/whatif/trace_what_if.c": "implements a function of gpufare.h",
    "host/report/traced/timeline.c": "implements a function of gpufare.h",
    "host/report/traced/trace_report.c": "implements a function of gpufare.h",
    "host/report/inspection_report.c": "implements a function of gpufare.h",
    "host/report/predicted/report_profiles.c": "implements a function of gpufare.h",
}
# Headers that declare what one file for each name implements, with the reason.
LIST_HEADERS = {}
# Other prototypes implemented in a file of another stem, with the reason. The public header is exempt:
# its purpose is to gather what many files implement.
FOREIGN_PROTOTYPES = {}
MOST_FOREIGN_PROTOTYPES = 20

# Names that were replaced, and by what. They must not come back in code or comments of host/.
RETIRED = {
    r"contenders?": "candidate",
    r"gf_contender\w*": "gf_candidate",
    r"gf_choice\w*|gf_selection\w*": "gf_target, gf_target_list",
    r"gf_values\w*": "gf_params",
    r"gf_trial\w*|gf_tuning_t(?:rial|imer)": "gf_run, gf_try",
    r"gf_point\w*|GF_POINT_\w*": "gf_case",
    r"gf_cover\w*": "gf_case_set",
    r"gf_calibrator\w*": "gf_calibration",
    r"gf_error_ledger\w*": "gf_prediction_log",
    r"gf_check_(point|row|facts|outcome|status)": "gf_criterion, gf_advice_review, gf_diagnosis_status",
    r"gf_facts|gf_machine_facts": "gf_opencl_setup, gf_host_conditions",
    r"gf_comparison_settle": "gf_comparison_resolve_targets",
    r"gf_prepare_truth": "gf_comparison_prepare_reference",
    r"gf_turning_point\w*": "gf_flip_search",
    r"gf_session_problem\w*": "gf_session_warning",
    r"begun_anew": "discarded",
    r"cpu_items_apart": "cpu_lanes_independent",
    r"GF_ISA_ENUM_\w*": "GF_ISA_*",
    r"\w*turning_point\w*": "flip_search",
    r"\w*_wish\w*": "override",
    r"moves_(up|down)": "uploads, downloads",
    r"leg(_steps|s)": "segment",
}


# ---- The tree ----


class Tree:
    """Every C source and header outside tests/, with paths relative to the root."""

    def __init__(self, root):
        self.files = sorted(path.relative_to(root)
                            for top in TOP_LEVEL for path in (root / top).rglob("*.[ch]"))
        self.known = set(self.files)
        self.text = {path: (root / path).read_text() for path in self.files}
        self.code = {path: strip_comments(text) for path, text in self.text.items()}
        self.unresolved = []
        self.includes = {path: list(self.resolve(path)) for path in self.files}

    def resolve(self, path):
        """The files of the tree that a file includes."""
        for name in re.findall(r'^\s*#\s*include "([^"]+)"', self.text[path], re.M):
            bases = (path.parent, Path("host"), Path(""), Path("tools"), Path("cpu"))
            candidates = [Path(os.path.normpath(base / name)) for base in bases]
            found = next((candidate for candidate in candidates if candidate in self.known), None)
            if found is None:
                self.unresolved.append((path, name))
            else:
                yield found


STRING = r'"(?:[^"\\\n]|\\.)*"'


def blank(match):
    """Blanks in place of a match, so that lines keep their numbers."""
    return re.sub(r"[^\n]", " ", match.group(0))


def strip_comments(text):
    def keep_strings(match):
        return match.group(0) if match.group(0)[0] == '"' else blank(match)

    return re.sub(rf"/\*.*?\*/|//[^\n]*|{STRING}", keep_strings, text, flags=re.S)


def strip_strings(text):
    """Blanks strings, but not the names of included files."""
    return re.sub(rf"(?<!include ){STRING}", blank, text)


def strip_attributes(code):
    return re.sub(r"__attribute__\(\(.*?\)\)\)?|\bGF_PRINTF\([^()]*\)", blank, code)


# A declarator in column 0: clang-format puts every declaration there, and every closing brace.
DECLARATOR = r"^(?P<head>(?!typedef|return|else)[A-Za-z_][^;{}#=()]*?\b(?P<name>\w+)\([^;{}#]*?\))\s*"
FUNCTION = re.compile(DECLARATOR + r"\{(?:\}|.*?^\})", re.M | re.S)
PROTOTYPE = re.compile(DECLARATOR + ";", re.M)


def functions(code):
    """(name, is static, first line, number of lines) of each function."""
    for match in FUNCTION.finditer(strip_attributes(code)):
        first = code.count("\n", 0, match.start()) + 1
        yield match["name"], "static" in match["head"].split(), first, match.group(0).count("\n") + 1


def prototypes(code):
    for match in PROTOTYPE.finditer(strip_attributes(code)):
        if "static" not in match["head"].split():
            yield match["name"]


# ---- Includes ----


def folder_of(path):
    """The folder of host/ that a file of host/ belongs to; "" for the public header."""
    return path.parts[1] if len(path.parts) > 2 else ""


def includes_upwards(tree):
    for path, included in tree.includes.items():
        for other in included:
            top, its_top = path.parts[0], other.parts[0]
            if top != its_top and its_top not in TOP_LEVEL[top]:
                yield f"{path} includes {other}: {top}/ includes nothing of {its_top}/"
            elif top == its_top == "host" and points_upwards(path, other):
                yield f"{path} includes {other} of a higher layer"


def points_upwards(path, other):
    mine, its = folder_of(path), folder_of(other)
    if its == "":
        return False
    if mine == "":
        return True
    if mine == "workloads":
        return its not in WORKLOADS_INCLUDE
    if mine != its:
        return LAYERS.index(its) > LAYERS.index(mine)
    if mine in ONE_LAYER:
        return False
    return inner_ranks(other) > inner_ranks(path)


def inner_ranks(path):
    """A file's ranks among the layers inside its folder, from the outermost folder to the innermost."""
    ranks = []
    for depth in range(2, len(path.parts)):
        order = INNER_LAYERS.get("/".join(path.parts[1:depth]), [])
        folder = path.parts[depth] if depth < len(path.parts) - 1 else "."
        ranks.append(order.index(folder) if folder in order else -1)
    return ranks


def unresolved_includes(tree):
    for path, name in tree.unresolved:
        yield f"{path} includes \"{name}\", which is no file of the tree"


def unknown_folders(tree):
    """Folders of host/ without a place among the layers, and files of host/ in no folder."""
    folders = {folder_of(path) for path in tree.files if path.parts[0] == "host"} - {""}
    for folder in sorted(folders - set(LAYERS)):
        yield f"host/{folder}/ is not among the layers"
    for path in tree.files:
        if path.parent == Path("host") and path.name != "gpufare.h":
            yield f"{path}: host/ itself holds gpufare.h only"


def includes_of_the_tool(tree):
    for path, included in tree.includes.items():
        if path.parts[0] != "tools" or path.parts[1] == "bench":
            continue
        for other in included:
            if other.parts[0] == "host" and other.relative_to("host").as_posix() not in TOOL_INCLUDES:
                yield f"{path} includes {other}: the tool includes only {', '.join(sorted(TOOL_INCLUDES))}"


def opencl_headers(tree):
    for path in tree.files:
        if path.parts[0] != "tools" and not path.as_posix().startswith(OPENCL_FOLDERS):
            if re.search(r"^\s*#\s*include <CL/", tree.text[path], re.M):
                yield f"{path} includes OpenCL's headers: only {' and '.join(OPENCL_FOLDERS)} do"


def circles(tree):
    """Circles of includes between files of different stems: a .c and its .h count as one."""
    edges = collections.defaultdict(set)
    for path, included in tree.includes.items():
        edges[path.with_suffix("")].update(other.with_suffix("") for other in included)
    for group in strongly_connected(edges):
        if len(group) > 1:
            yield f"circle of includes: {', '.join(sorted(map(str, group)))}"


def strongly_connected(edges):
    """Tarjan's algorithm."""
    index, low, stack, on_stack, groups = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on_stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = set()
            while node not in group:
                group.add(stack.pop())
            on_stack.difference_update(group)
            groups.append(group)

    for node in list(edges):
        if node not in index:
            visit(node)
    return groups


# ---- Files and functions ----


def missing_headers(tree):
    for path in tree.files:
        if path.parts[0] == "host" and path.suffix == ".c" and path.with_suffix(".h") not in tree.known:
            if path.as_posix() not in NO_HEADER and path.parent != Path("host/workloads"):
                yield f"{path} has no header of its stem"
    for name in sorted(NO_HEADER):
        if Path(name) not in tree.known or Path(name).with_suffix(".h") in tree.known:
            yield f"NO_HEADER lists {name}, which is gone or has a header"


def crowded_folders(tree):
    for folder, files in sorted(collections.Counter(path.parent for path in tree.files).items()):
        if files > MOST_FILES_IN_A_FOLDER:
            yield f"{folder}/ holds {files} files; at most {MOST_FILES_IN_A_FOLDER}"


def long_functions(tree):
    for path in tree.files:
        for name, _, first, lines in functions(tree.code[path]):
            if lines > MOST_LINES_OF_A_FUNCTION:
                yield f"{path}:{first}: {name} has {lines} lines; at most {MOST_LINES_OF_A_FUNCTION}"


def foreign_prototypes(tree):
    """Prototypes that only files of another stem implement."""
    found = find_foreign_prototypes(tree)
    for (header, name), homes in sorted(found.items()):
        if header not in LIST_HEADERS and name not in FOREIGN_PROTOTYPES:
            yield f"{header} declares {name}, which {', '.join(homes)} implements"
    for name in sorted(set(FOREIGN_PROTOTYPES) - {name for _, name in found}):
        yield f"FOREIGN_PROTOTYPES lists {name}, which its own file implements"
    for header in sorted(set(LIST_HEADERS) - {header for header, _ in found}):
        yield f"LIST_HEADERS lists {header}, which declares nothing of other files"
    if len(found) > MOST_FOREIGN_PROTOTYPES:
        yield f"{len(found)} prototypes implemented in a file of another stem; at most {MOST_FOREIGN_PROTOTYPES}"


def find_foreign_prototypes(tree):
    homes = collections.defaultdict(list)
    for path in tree.files:
        if path.suffix == ".c":
            for name, is_static, _, _ in functions(tree.code[path]):
                if not is_static:
                    homes[name].append(path)
    return {(path.as_posix(), name): sorted(map(str, homes[name]))
            for path in tree.files if path.suffix == ".h" and path != Path("host/gpufare.h")
            for name in prototypes(tree.code[path])
            if homes[name] and all(home.stem != path.stem for home in homes[name])}


# ---- Words ----


def options_in_the_library(tree):
    for path in tree.files:
        if path.parts[0] != "host" or path.parent.relative_to("host").as_posix() in NAMES_OPTIONS:
            continue
        for number, line in enumerate(tree.code[path].split("\n"), 1):
            for text in re.findall(STRING, line):
                if re.search(r"""(^"|[\s(`'])--[a-z%]""", text):
                    yield f"{path}:{number}: {text}: the library names parameters, the tool names options"


def retired_words(tree):
    for path in tree.files:
        if path.parts[0] != "host":
            continue
        for number, line in enumerate(strip_strings(tree.text[path]).split("\n"), 1):
            for pattern, better in RETIRED.items():
                for word in re.findall(rf"\b(?:{pattern})\b", line):
                    yield f"{path}:{number}: {word} is now called {better}"


def deprecated_openmp(tree):
    """gcc warns of `master` since OpenMP 5.1, and gcc 11 ignores `masked`, its replacement."""
    for path in tree.files:
        for number, line in enumerate(tree.code[path].split("\n"), 1):
            if re.search(r"(#\s*pragma |_Pragma\(\")omp .*\b(master|masked)\b", line):
                yield f"{path}:{number}: test omp_get_thread_num(), as gf_is_first_thread() does"


RULES = (includes_upwards, unresolved_includes, unknown_folders, includes_of_the_tool, opencl_headers,
         circles, missing_headers, crowded_folders, long_functions, foreign_prototypes,
         options_in_the_library, retired_words, deprecated_openmp)


def main():
    tree = Tree(Path(sys.argv[1]).resolve())
    found = [violation for rule in RULES for violation in rule(tree)]
    for violation in found:
        print(violation)
    print(f"{len(tree.files)} files, {len(found)} violations")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
