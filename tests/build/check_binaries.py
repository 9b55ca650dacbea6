"""Checks what the build links: the shared library shows the functions of the public header and nothing
else, under a version; programs and library are hardened; tools/check-abi accepts additions to the header
and refuses what breaks programs that are linked already.
Usage: check_binaries.py SOURCE_DIR BUILD_DIR SHARED_LIBRARY PROGRAM..."""
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE, BUILD, LIBRARY = (Path(argument).resolve() for argument in sys.argv[1:4])
PROGRAMS = [Path(argument).resolve() for argument in sys.argv[4:]]
HEADER = SOURCE / "host/gpufare.h"
failures = []


def fail(text):
    failures.append(text)
    print(f"FAILED: {text}")


def ask(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def setting(name):
    return re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)[1]


# ---- What the library shows ----


def header_functions():
    """What stands before the first parenthesis of each declaration, without comments and macros."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    return {match.split()[-1].lstrip("*") for match in re.findall(r"\bGF_API\s([^;(]+)\(", text)}


def check_exports():
    text = HEADER.read_text()
    version = ".".join(re.search(rf"GPUFARE_VERSION_{part} +(\d+)", text)[1] for part in ("MAJOR", "MINOR"))
    shown, wanted = {}, header_functions()
    for line in ask("nm", "-D", "--defined-only", str(LIBRARY)).splitlines():
        name, _, node = line.split()[-1].partition("@@")
        shown[name] = node
    shown.pop(f"GPUFARE_{version}", None)  # the version itself
    if set(shown) != wanted:
        fail(f"the library shows {sorted(set(shown) - wanted)}, too, and lacks {sorted(wanted - set(shown))}")
    nodes = set(shown.values())
    if nodes != {f"GPUFARE_{version}"}:
        fail(f"the functions have the versions {nodes}")
    soname = re.search(r"\(SONAME\).*\[(.*)\]", ask("readelf", "-d", str(LIBRARY)))[1]
    if soname != f"libgpufare.so.{version}":
        fail(f"the SONAME is {soname}")
    print(f"{len(shown)} functions are shown, of version {version}")


# ---- Hardening ----


def check_hardened(path, is_program):
    dynamic, segments = ask("readelf", "-dW", str(path)), ask("readelf", "-lW", str(path))
    wanted = {"full RELRO": "GNU_RELRO" in segments and re.search(r"\bNOW\b", dynamic),
              "a stack that is not executable": re.search(r"GNU_STACK.* RW +0x", segments),
              "no relocations of code": "TEXTREL" not in dynamic,
              "guarded stacks": "__stack_chk_fail" in ask("nm", "-D", "--undefined-only", str(path)),
              "checked buffers": re.search(r"__\w+_chk\b", re.sub(r"__stack_chk_\w+", "", ask(
                  "nm", "-D", "--undefined-only", str(path)))) or setting("CMAKE_BUILD_TYPE") == "Debug"}
    if is_program:
        wanted["PIE"] = re.search(r"FLAGS_1.*\bPIE\b", dynamic)
    if platform.machine() == "x86_64":
        # The mark of the whole file is set only where the C library's start files have it, too.
        start = "main" if is_program else "gf_version"
        code = ask("objdump", "-d", f"--disassemble={start}", str(path))
        wanted["marked targets of jumps"] = re.search(rf"<{start}[^>]*>:\n.*\bendbr64\b", code)
        compiler = setting("CMAKE_C_COMPILER")
        starts = [ask(compiler, f"-print-file-name={name}").strip() for name in ("crti.o", "Scrt1.o")]
        if all("IBT" in ask("readelf", "-nW", file) for file in starts):
            wanted["CET"] = "IBT" in ask("readelf", "-nW", str(path))
    for what, holds in wanted.items():
        if not holds:
            fail(f"{path.name} lacks {what}")


def check_flags():
    """Every file is compiled with them, kernels as far as nothing in a loop comes in; the C library says
    which level it can."""
    probe = ask("sh", "-c", "echo '#include <features.h>' | "
                            f"{setting('CMAKE_C_COMPILER')} -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -E -dM - ")
    level = int(re.search(r"__USE_FORTIFY_LEVEL (\d)", probe)[1])
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        command = entry["command"]
        if "/cpu/" in entry["file"]:
            if not all(flag in command for flag in ("-fno-stack-protector", "-fno-stack-clash-protection")):
                fail(f"the kernel {entry['file']} has guarded stacks")
            continue
        missing = [flag for flag in ("-fstack-protector-strong", f"-D_FORTIFY_SOURCE={level}") if flag not in command]
        if missing and not (setting("CMAKE_BUILD_TYPE") == "Debug" and "FORTIFY" in missing[-1]):
            fail(f"{entry['file']} is compiled without {missing}")
            return
    print(f"_FORTIFY_SOURCE={level}")


def check_hardening():
    if setting("GPUFARE_HARDEN") != "ON":
        return print("left out: GPUFARE_HARDEN is OFF")
    check_hardened(LIBRARY, False)
    for program in PROGRAMS:
        check_hardened(program, True)
    check_flags()


# ---- tools/check-abi ----


def check_abi():
    def judge(header):
        done = subprocess.run([SOURCE / "tools/check-abi", "--header", header], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    if shutil.which("abidiff") is None:
        if os.environ.get("GPUFARE_ALL_TOOLS"):
            fail("abidiff is not installed")
        elif judge(HEADER)[0] != 77:
            fail("tools/check-abi does not say that abidiff is not installed")
        return
    text = HEADER.read_text()
    status, said = judge(HEADER)
    if status != 0:
        fail(f"tools/check-abi: {status}: {said[-2000:]}")
        return
    cases = {"a new function": (0, r"(GF_API const char \*gf_version\(void\);)", r"\1\nGF_API int gf_more(int a);"),
             "a function less": (1, r"GF_API const char \*gf_status_name\(gf_status status\);", ""),
             "a longer structure": (1, r"(typedef struct gf_error \{)", r"\1\n    int more;"),
             "another value": (1, r"GF_FINDINGS = 6", "GF_FINDINGS = 7"),
             "another parameter": (1, r"gf_workload_count\(void\)", "gf_workload_count(int a)")}
    with tempfile.TemporaryDirectory() as folder:
        for what, (wanted, pattern, replacement) in cases.items():
            changed, count = re.subn(pattern, replacement, text)
            (Path(folder) / "gpufare.h").write_text(changed)
            status, said = judge(Path(folder) / "gpufare.h")
            if count == 0 or status != wanted:
                fail(f"tools/check-abi: {what}: {count} replaced, status {status}: {said[-500:]}")


def main():
    check_exports()
    check_hardening()
    check_abi()
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
