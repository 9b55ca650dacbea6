"""The compile commands of a build as syntax checks, for check_clang.py and check_headers.py."""
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror".split()


def skip(reason):
    """Ends a check that lacks a tool: skipped, but failed where tools/test installed every tool."""
    installed = "GPUFARE_ALL_TOOLS" in os.environ
    print(f"{'FAILED' if installed else 'skipped'}: {reason}")
    sys.exit(1 if installed else 77)


def load(build_dir, left_out=()):
    """(source, flags) of each compilation but those of the targets left out. The flags hold neither the compiler
    nor the files."""
    path = Path(build_dir, "compile_commands.json")
    if not path.exists():
        skip(f"{path} is missing: CMake writes it for Ninja and Makefiles only")
    commands = set()
    for entry in json.loads(path.read_text()):
        if any(f"CMakeFiles/{target}.dir/" in entry["command"] for target in left_out):
            continue
        source = Path(entry["directory"], entry["file"])
        words = shlex.split(entry["command"])
        words = words[next(i for i, word in enumerate(words) if word.startswith("-")):]
        if "-o" in words:
            del words[words.index("-o"):words.index("-o") + 2]
        commands.add((source, tuple(word for word in words if word not in ("-c", entry["file"]))))
    return sorted(commands)


def check_syntax(compiler, jobs):
    """Checks (title, flags, file or text) jobs on all cores and prints what the compiler finds. Ends
    the program, with status 1 if it found anything."""

    def run(job):
        title, flags, content = job
        file, text = (str(content), None) if isinstance(content, Path) else ("-", content)
        done = subprocess.run([compiler, *flags, *WARNINGS, "-fsyntax-only", "-x", "c", file], input=text,
                              capture_output=True, text=True, check=False)
        return title, done.returncode, done.stdout + done.stderr

    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for title, status, output in pool.map(run, jobs):
            if status != 0:
                failed += 1
                print(f"{title}:\n{output}")
    print(f"{len(jobs)} checks, {failed} failures")
    sys.exit(1 if failed else 0)
