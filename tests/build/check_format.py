"""The layout of every C and OpenCL C file, headers and templates included, is that of clang-format and the file
.clang-format. A text that is off must be found first. Versions make different layouts, so that only one judges.
Arguments: SOURCE_DIR"""
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from compile_commands import skip

VERSION = 14  # Debian 12's
FOLDERS = ("cpu", "examples", "host", "kernels_cl", "python", "templates", "tests", "tools")
SUFFIXES = (".c", ".h", ".cl")
MOST_FILES = 100  # of one process


def find_program():
    name = next((name for name in (f"clang-format-{VERSION}", "clang-format") if shutil.which(name)), None)
    if name is None:
        skip("clang-format is missing (Debian: clang-format)")
    text = subprocess.run([name, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"version (\d+)", text)
    if version is None or int(version[1]) != VERSION:
        print(f"skipped: the layout is that of clang-format {VERSION}; here is: {text.strip()}")
        sys.exit(77)
    return name


def sources(root):
    return [path for folder in FOLDERS for path in sorted((root / folder).rglob("*"))
            if path.suffix in SUFFIXES and path.is_file()]


def remarks(program, root, files, text=None):
    """What clang-format has to say, one line for each place; of `text`, if there is one."""
    done = subprocess.run([program, "--dry-run", *files], input=text, cwd=root, capture_output=True, text=True,
                          check=False)
    found = [line for line in done.stderr.splitlines() if "warning:" in line]
    return found if done.returncode == 0 else [*found, f"exit status {done.returncode}: {done.stderr.strip()[:400]}"]


def main():
    root = Path(sys.argv[1]).resolve()
    program = find_program()
    # As if they were a header, so that .clang-format is found.
    for text, off in (("int a;\n", False), ("int  a;\n", True)):
        assert bool(remarks(program, root, ["--assume-filename=host/made.h"], text)) == off, text
    files = sources(root)
    pieces = [files[i:i + MOST_FILES] for i in range(0, len(files), MOST_FILES)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [line for lines in pool.map(lambda piece: remarks(program, root, piece), pieces) for line in lines]
    print(*found, f"{len(files)} files, {len(found)} places are off", sep="\n")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
