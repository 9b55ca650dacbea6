"""Compiles every C file of a build, tests included, with clang and all warnings, as a syntax check.
Usage: check_clang.py BUILD_DIR"""
import shutil
import sys

from compile_commands import check_syntax, load, skip

if shutil.which("clang") is None:
    skip("clang is missing (Debian: clang libomp-dev)")
check_syntax("clang", [(source, flags, source) for source, flags in load(sys.argv[1])])
