"""What a run in a chroot showed, read from its log, and the dated JSON that keeps it."""
import json
import re

SCHEMA = "gpufare.chroot/1"
# Of compilers and linkers: the tool's own lines "gpufare: warning: " are in the output of tests.
WARNING = re.compile(r"^(\S+:\d+|\S*(cc1|lto1|ld|as|gcc\S*|clang\S*)): warning: |\[-W[a-z]")
CLOSE = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
KERNELS = re.compile(r"^OpenCL kernels that really ran: (\d+)$", re.MULTILINE)
# Of ctest: "  5/87 Test  #7: NAME ....   Passed    1.05 sec", or "***Failed", "***Timeout", "Subprocess aborted***Exception"
ENDED = re.compile(r"^\s*\d+/\d+ Test\s+#\d+: (\S+) \.* *(\S.*?) +[0-9.]+ sec", re.MULTILINE)
COMPILER = re.compile(r"^== (\S+) (\S+): (built|FAILED), (\d+) warnings$", re.MULTILINE)
PACKAGES = ("gcc gcc-* clang clang-* cmake libc6 libclc-* libcriterion-dev libomp-dev libpocl2* libllvm* mesa-opencl-icd "
            "ocl-icd-libopencl1 pocl-opencl-icd libpocl2 oclgrind python3")


def read_log(text):
    """Only what the log has: a command that is no test has no counts."""
    found = {"warnings": sum(1 for line in text.splitlines() if WARNING.search(line))}
    close, kernels, compilers = CLOSE.search(text), KERNELS.search(text), COMPILER.findall(text)
    ended = ENDED.findall(text)
    if close:
        found.update(zip(("passed", "failed", "skipped"), map(int, close.groups())))
    if ended:
        results = dict(ended)  # of a test that ran twice the later one
        found["tests"] = len(results)
        found["failed_tests"] = sorted(name for name, result in results.items()
                                       if result != "Passed" and not result.endswith("Skipped"))
        found["skipped_tests"] = sorted(name for name, result in results.items() if result.endswith("Skipped"))
    if kernels:
        found["opencl_kernels"] = int(kernels[1])
    if compilers:
        found["compilers"] = {name: {"version": version, "built": result == "built", "warnings": int(count)}
                              for name, version, result, count in compilers}
    return found


def packages(system):
    """The versions of compilers, drivers and what they rest on, as installed there now."""
    lines = system.ask(f"dpkg-query -W -f '${{db:Status-Status}} ${{Package}} ${{Version}}\\n' {PACKAGES}")
    words = [line.split() for line in lines.splitlines()]
    return {line[1]: line[2] for line in words if len(line) == 3 and line[0] == "installed"}


def add_step(path, head, step):
    """The file's record with this step in it, instead of an earlier one of the same command."""
    record = {"schema": SCHEMA}
    if path.exists():
        earlier = json.loads(path.read_text(encoding="utf-8"))
        if earlier.get("schema") == SCHEMA:
            record = earlier
    steps = [kept for kept in record.get("steps", []) if kept["command"] != step["command"]]
    record.update(head)
    record["steps"] = steps + [step]
    return json.dumps(record, indent=1) + "\n"
