"""Compiles every C file of a build, tests included, with clang and all warnings, as a syntax check.
Usage: check_clang.py BUILD_DIR"""
import os
import shutil
import sys

from compile_commands import check_syntax, load, skip

if shutil.which("clang") is None:
    skip("clang is missing (Debian: clang libomp-dev)")
# check_fuzz compiles these with clang and the same warnings, and must run where tools/test has installed all tools.
left_out = ("gpufare_objects", "gpufare_tool") if "GPUFARE_ALL_TOOLS" in os.environ else ()
check_syntax("clang", [(source, flags, source) for source, flags in load(sys.argv[1], left_out)])
