"""Compiles every header of host/, cpu/ and tools/ by itself: a header includes what it needs. Each one
is compiled with the flags of the nearest source file of the build; those of cpu/ for each ISA.
Usage: check_headers.py SOURCE_DIR BUILD_DIR COMPILER"""
import os
import sys
from pathlib import Path

from compile_commands import check_syntax, load

# Headers that define nothing without macros of the file that includes them.
TEMPLATE_SUFFIX = "_template.h"


def flags_near(header, commands):
    """Every set of flags of the source file that shares the longest path with the header. Headers of
    cpu/ hold vector code, so the scalar set does not count."""
    def closeness(source):
        return len(Path(os.path.commonpath([header, source])).parts), -len(source.parts)

    best = max((source for source, _ in commands), key=closeness)
    return [flags for source, flags in commands if source == best and "-DGF_TARGET_SCALAR=1" not in flags]


def is_built(header, root, commands):
    """Whether the build has the backend that the header belongs to, if it belongs to one."""
    folder = next((folder for folder in header.parents if folder.parent == root / "host/backends"), None)
    return folder is None or any(folder in source.parents for source, _ in commands)


def main():
    root, build, compiler = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    commands = load(build)
    names = {path.relative_to(root).as_posix(): path
             for top in ("host", "cpu", "layer", "tools") for path in sorted((root / top).rglob("*.h"))
             if is_built(path, root, commands)}
    # Included by a text: compiled directly, a header would be blamed for functions that it does not use.
    check_syntax(compiler, [(name, flags, f'#include "{header}"\ntypedef int not_empty;\n')
                            for name, header in names.items() if not name.endswith(TEMPLATE_SUFFIX)
                            for flags in flags_near(header, commands)])


if __name__ == "__main__":
    main()
