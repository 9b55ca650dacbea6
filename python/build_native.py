"""Writes the C source of gpufare._native, the extension through which Python calls the library.

It holds every declaration of the public header, read from there, and nothing of the library's inside.
cffi checks each of them against the header when the extension is compiled.
Usage: build_native.py HEADER GLUE_HEADER OUTPUT.c"""
import re
import sys
from pathlib import Path

import cffi

# Of the C library: where reports are written to, and the flag of a signal handler.
C_LIBRARY = """
typedef int... sig_atomic_t;
FILE *open_memstream(char **text, size_t *length);
int fclose(FILE *stream);
void free(void *memory);
"""
# Python functions that the library calls while it works.
CALLBACKS = """
extern "Python" void gpufare_on_progress(const gf_progress *progress, void *context);
"""


def declarations(text):
    """A C header without comments, conditions, attributes and macros that are no numbers."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\\\n", " ", text)
    numbers = re.findall(r"^#define +(GF_\w+|GPUFARE_VERSION_\w+) +(\d+)[ \t]*$", text, re.M)
    text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.M)
    text = re.sub(r'extern "C" \{(.*)\}', r"\1", text, flags=re.S)
    text = re.sub(r"\bGF_API\b|\bGF_PRINTF\([^)]*\)", "", text)
    return "".join(f"#define {name} {value}\n" for name, value in numbers) + text


def main():
    header, glue, output = (Path(argument) for argument in sys.argv[1:])
    builder = cffi.FFI()
    builder.cdef(C_LIBRARY)
    builder.cdef(declarations(header.read_text()))
    builder.cdef(declarations(glue.read_text()))
    builder.cdef(CALLBACKS)
    builder.set_source("gpufare._native", f'#include "{header.name}"\n#include "{glue.name}"\n#include <stdlib.h>\n',
                       py_limited_api=True)
    builder.emit_c_code(str(output))


if __name__ == "__main__":
    main()
