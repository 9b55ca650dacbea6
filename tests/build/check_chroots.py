"""Checks tools/chroots without making a system: what is read from a log and kept, that a mounted folder
is not removed, and that mounts and processes end with whatever started them. Arguments: SOURCE_DIR"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/chroots"))
import record  # noqa: E402
import system  # noqa: E402


def expect(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


# ---- What a log says

LOG = """\
/srv/gpufare/cpu/sum.c:12:5: warning: unused variable 'x' [-Wunused-variable]
gpufare: warning: one line of a test's output is no compiler's
 5/90 Test  #7: check_oclgrind ...................***Skipped   0.01 sec
17/87 Test #16: test_breakeven_models ............   Passed    1.05 sec
18/87 Test  #3: cli_worker .......................***Failed   17.03 sec
19/87 Test #17: test_probe .......................***Timeout 300.01 sec
20/87 Test #18: test_abort .......................Subprocess aborted***Exception:   0.11 sec
== gcc-16 16.2.0: built, 0 warnings
== clang-22 22.1.8: FAILED, 4 warnings
OpenCL kernels that really ran: 812
498 passed, 2 failed, 1 skipped
"""
found = record.read_log(LOG)
expect(found["warnings"] == 1, f"warnings: {found}")
expect((found["passed"], found["failed"], found["skipped"]) == (498, 2, 1), f"counts: {found}")
expect(found["failed_tests"] == ["cli_worker", "test_abort", "test_probe"], f"failed tests: {found}")
expect(found["skipped_tests"] == ["check_oclgrind"], f"skipped tests: {found}")
expect(found["tests"] == 5, f"tests: {found}")
expect(found["opencl_kernels"] == 812, f"kernels: {found}")
expect(found["compilers"] == {"gcc-16": {"version": "16.2.0", "built": True, "warnings": 0},
                              "clang-22": {"version": "22.1.8", "built": False, "warnings": 4}}, f"compilers: {found}")
expect("passed" not in record.read_log("built\n"), "a command that is no test has counts")

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "r.json"
    for step in ({"command": "a", "status": 1}, {"command": "b", "status": 0}, {"command": "a", "status": 0}):
        path.write_text(record.add_step(path, {"suite": "sid"}, step), encoding="utf-8")
    kept = json.loads(path.read_text(encoding="utf-8"))
    expect(sorted((step["command"], step["status"]) for step in kept["steps"]) == [("a", 0), ("b", 0)], f"steps: {kept}")

# ---- Settings of apt

for line, taken in (('Acquire::http::Proxy "http://p:1/";', True), ('Acquire::Check-Valid-Until "false";', True),
                    ('Acquire::http::Proxy-Auto-Detect "/usr/bin/p";', False), ('Acquire::https::Verify-Peer "true";', True),
                    ('Dir::Cache "var";', False)):
    expect(bool(system.APT_SETTINGS.match(line)) == taken, f"apt's setting {line}")
for text, kept in (('Acquire::http::Proxy "http://me:se@cret@p:1/a@b";', 'Acquire::http::Proxy "http://p:1/a@b";'),
                   ('Acquire::http::Proxy "me:secret@p:1";', 'Acquire::http::Proxy "p:1";'),
                   ("me:secret@p:1", "p:1"), ("https://me@p", "https://p"), ("http://p:1/a@b", "http://p:1/a@b"),
                   ("localhost,.example.org", "localhost,.example.org")):
    expect(system.without_password(text) == kept, f"without a password: {system.without_password(text)}")

# ---- Mounts and processes

if os.geteuid() != 0:
    print("not root: mounts are not tested")
    sys.exit(0)
if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
    print("no namespaces here: mounts are not tested")
    sys.exit(0)

refused = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", str(SOURCE / "tools/chroots/run"), "sid"],
                         capture_output=True, text=True, check=False)
if "Permission denied" not in refused.stderr:  # of the folder
    expect(refused.returncode == 1 and len(refused.stderr.splitlines()) == 1 and "root" in refused.stderr,
           f"another user than root: {refused}")

REMOVE = """
import sys
sys.path.insert(0, sys.argv[1])
import system
from pathlib import Path
place = system.System(Path(sys.argv[2]), "sid")
try:
    place.remove()
except system.ChrootError as error:
    print(error)
"""
with tempfile.TemporaryDirectory() as folder:
    mounted = Path(folder) / "sid/root/de v"
    mounted.mkdir(parents=True)
    script = 'mount -t tmpfs tmpfs "$1" && touch "$1/file" && shift && "$@" && ls "$0"'
    answer = subprocess.run(system.in_namespace(["sh", "-c", script, str(mounted), str(mounted), sys.executable, "-B", "-c",
                                                 REMOVE, str(SOURCE / "tools/chroots"), folder]),
                            capture_output=True, text=True, check=True).stdout
    expect("is therefore kept" in answer and str(mounted) in answer, f"a mounted folder is removed: {answer}")
    expect(answer.endswith("file\n"), f"the mounted file is gone: {answer}")
    expect(not system.mounted_in(Path(folder)), "a mount outlives its command")
    place = system.System(Path(folder), "sid")
    try:
        system.System(Path(folder), "sid")
        expect(False, "two commands use one system")
    except system.ChrootError:
        pass
    place.remove()
    expect(not mounted.parent.exists() and Path(folder, "sid").exists(), "a system is not removed")

# What is started keeps two locks, one of them in a process that its parent has left.
PARENT = """
import os, sys
sys.path.insert(0, sys.argv[1])
import system
system.end_on_signals()
command = '(flock a sleep 600 &); flock b sh -c "until ! flock -n a true; do sleep 0.1; done; touch started; sleep 600"'
system.run(system.in_namespace(["sh", "-c", command]), open(os.devnull, "wb"))
"""
for number in (signal.SIGKILL, signal.SIGTERM):
    with tempfile.TemporaryDirectory() as folder:
        parent = subprocess.Popen([sys.executable, "-B", "-c", PARENT, str(SOURCE / "tools/chroots")], cwd=folder)
        end = time.monotonic() + 60
        while not Path(folder, "started").exists():
            expect(parent.poll() is None and time.monotonic() < end, "the command does not start")
            time.sleep(0.05)
        parent.send_signal(number)
        parent.wait()
        for lock in ("a", "b"):
            ended = subprocess.run(["flock", "-w", "30", str(Path(folder, lock)), "true"], check=False)
            expect(ended.returncode == 0, f"processes outlive what started them and was ended by signal {number}")
