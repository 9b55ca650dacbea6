"""Holds the layout of the sources against its rules (docs/architecture.md): what may include what, which
file implements which prototype, how long a function may be, where options may be named.
Usage: check_layers.py SOURCE_DIR. Prints one line for each violation; exit status 1 if there is one."""
import collections
import re
import sys
from pathlib import Path

# The folders of host/ in the order of their layers: a folder includes only folders above it in this
# list, and itself.
LAYERS = """
    base stats os problem image device backends measure output calibrate predict analyse advise
    breakeven report plot workloads
""".split()
# The same inside a folder that has layers of its own.
INNER_LAYERS = {
    "backends": ["opencl", "native"],
    "backends/opencl": ["cl", "drivers", "runtime", "doctor", "."],
    "report": [".", "predicted"],
}
# A workload is data for the core, which never includes one; it may include these only.
WORKLOADS_INCLUDE = {"base", "stats", "problem", "image", "workloads"}
# Top-level folders: who may include whom, besides itself. tests/ may include everything.
TOP_LEVEL = {"cpu": set(), "kernels_cl": set(), "host": {"cpu"}, "tools": {"host", "cpu"}}
# The headers of host/ that the tool includes besides the public one.
TOOL_INCLUDES = {"gpufare.h", "os/atomic_file.h", "image/image.h"}
MOST_FILES_IN_A_FOLDER = 20
MOST_LINES_OF_A_FUNCTION = 60
# Sources without a header of their own, with the reason.
NO_HEADER = {}
# Prototypes implemented in a file of another stem, with the reason.
FOREIGN_PROTOTYPES = {}
MOST_FOREIGN_PROTOTYPES = 20


def sources(root):
    """Every C source and header outside tests, as a path relative to the root."""
    return sorted(path.relative_to(root) for top in TOP_LEVEL for path in (root / top).rglob("*.[ch]"))


def layer_of(path):
    """The folder of host/ that a file of host/ belongs to; "" for the public header."""
    return path.parts[1] if len(path.parts) > 2 else ""


class Tree:
    def __init__(self, root):
        self.root = root
        self.files = sources(root)
        self.known = set(self.files)
        self.text = {path: (root / path).read_text() for path in self.files}
        self.includes = {path: list(self.resolve(path)) for path in self.files}

    def resolve(self, path):
        for name in re.findall(r'^\s*#\s*include "([^"]+)"', self.text[path], re.M):
            for base in (path.parent, Path("host"), Path(""), Path("tools"), Path("cpu")):
                if base / name in self.known:
                    yield base / name
                    break


def upward_includes(tree):
    for path, included in tree.includes.items():
        for other in included:
            if other.parts[0] != path.parts[0]:
                if other.parts[0] not in TOP_LEVEL[path.parts[0]]:
                    yield f"{path} includes {other}: {path.parts[0]}/ includes no {other.parts[0]}/"
            elif path.parts[0] == "host" and points_upwards(path, other):
                yield f"{path} includes {other}, which lies in a higher layer"


def points_upwards(path, other):
    mine, its = layer_of(path), layer_of(other)
    if its == "":
        return False
    if mine == "workloads":
        return its not in WORKLOADS_INCLUDE
    if mine != its:
        return LAYERS.index(its) > LAYERS.index(mine)
    return inner_rank(other) > inner_rank(path)


def inner_rank(path):
    """A file's rank among the layers inside its folder."""
    ranks = []
    for depth in range(2, len(path.parts)):
        folder = "/".join(path.parts[1:depth])
        if folder in INNER_LAYERS:
            below = path.parts[depth] if depth < len(path.parts) - 1 else "."
            order = INNER_LAYERS[folder]
            ranks.append(order.index(below) if below in order else -1)
    return ranks


def tool_includes(tree):
    for path, included in tree.includes.items():
        if path.parts[0] == "tools" and path.parts[1] != "bench":
            for other in included:
                if other.parts[0] == "host" and "/".join(other.parts[1:]) not in TOOL_INCLUDES:
                    yield f"{path} includes {other}: the tool uses gpufare.h, {', '.join(sorted(TOOL_INCLUDES - {'gpufare.h'}))}"


def circles(tree):
    """Circles of includes between files of different stems: a .c and its .h count as one."""
    edges = collections.defaultdict(set)
    for path, included in tree.includes.items():
        for other in included:
            if path.with_suffix("") != other.with_suffix(""):
                edges[path.with_suffix("")].add(other.with_suffix(""))
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

    sys.setrecursionlimit(10000)
    for node in list(edges):
        if node not in index:
            visit(node)
    return groups


def missing_headers(tree):
    for path in tree.files:
        if path.parts[0] == "host" and path.suffix == ".c" and path.with_suffix(".h") not in tree.known:
            if str(path) not in NO_HEADER and path.parent != Path("host/workloads"):
                yield f"{path} has no header of its stem"


def crowded_folders(tree):
    count = collections.Counter(path.parent for path in tree.files)
    for folder, files in sorted(count.items()):
        if files > MOST_FILES_IN_A_FOLDER:
            yield f"{folder}/ holds {files} files; {MOST_FILES_IN_A_FOLDER} at most"


def strip_comments(text):
    """Comments become blanks, so that lines keep their numbers."""
    return re.sub(r'/\*.*?\*/|"(?:[^"\\\n]|\\.)*"',
                  lambda m: m.group(0) if m.group(0)[0] == '"' else re.sub(r"[^\n]", " ", m.group(0)), text,
                  flags=re.S)


def functions(text):
    """(name, first line, lines) of each function; clang-format puts its closing brace into column 0."""
    lines = strip_comments(text).split("\n")
    head = None
    for number, line in enumerate(lines):
        if head is None and re.match(r"[A-Za-z_]", line) and not line.startswith(("typedef", "struct", "enum", "union", "extern")):
            head = number
        if head is not None and line.rstrip().endswith(";") and "{" not in "".join(lines[head:number + 1]):
            head = None
        if line.startswith("}") or (line.startswith("#") and head is not None and "{" not in "".join(lines[head:number])):
            if head is not None and line.startswith("}"):
                name = re.search(r"(\w+)\s*\(", " ".join(lines[head:number + 1]))
                if name and "=" not in " ".join(lines[head:number + 1]).split("{")[0]:
                    yield name.group(1), head + 1, number - head + 1
            head = None


def long_functions(tree):
    for path in tree.files:
        for name, first, length in functions(tree.text[path]):
            if length > MOST_LINES_OF_A_FUNCTION:
                yield f"{path}:{first}: {name} has {length} lines; {MOST_LINES_OF_A_FUNCTION} at most"


def prototypes(text):
    for match in re.finditer(r"^(?!typedef|static|#|extern const|return)[A-Za-z_][^;{}=#]*?\b(\w+)\([^;{}]*\)[^;{}]*;", strip_comments(text), re.M):
        yield match.group(1)


def foreign_prototypes(tree):
    """Prototypes that a file of another stem implements. The public header is left out: that it
    gathers what many files implement is its purpose."""
    defined = collections.defaultdict(set)
    for path in tree.files:
        if path.suffix == ".c":
            for name, _, _ in functions(tree.text[path]):
                defined[name].add(path)
    for path in tree.files:
        if path.suffix != ".h" or path == Path("host/gpufare.h"):
            continue
        for name in prototypes(tree.text[path]):
            if defined[name] and all(other.stem != path.stem for other in defined[name]):
                yield name, f"{path} declares {name}, which {', '.join(map(str, sorted(defined[name])))} implements"


def options_in_the_library(tree):
    for path in tree.files:
        if path.parts[0] != "host" or "doctor" in path.parts:
            continue
        for number, line in enumerate(strip_comments(tree.text[path]).split("\n"), 1):
            for text in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
                if re.search(r"(^|[\s('])--[a-z%]", text):
                    yield f'{path}:{number}: "{text}": the library knows parameters, the tool knows options'


def violations(tree):
    for rule in (upward_includes, tool_includes, circles, missing_headers, crowded_folders, long_functions,
                 options_in_the_library):
        yield from rule(tree)
    foreign = dict(foreign_prototypes(tree))
    for name in sorted(set(foreign) - set(FOREIGN_PROTOTYPES)):
        yield foreign[name]
    for name in sorted(set(FOREIGN_PROTOTYPES) - set(foreign)):
        yield f"FOREIGN_PROTOTYPES lists {name}, which has come home"
    if len(FOREIGN_PROTOTYPES) > MOST_FOREIGN_PROTOTYPES:
        yield f"FOREIGN_PROTOTYPES lists {len(FOREIGN_PROTOTYPES)}; {MOST_FOREIGN_PROTOTYPES} at most"


def main():
    tree = Tree(Path(sys.argv[1]).resolve())
    found = list(violations(tree))
    print("\n".join(found))
    print(f"{len(tree.files)} files, {len(found)} violations")
    sys.exit(1 if found else 0)


main()
