"""What tools/traces says of programs that print the same under a trace, something else, other things each time, or fail."""
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "tools/traces"))
import programs  # noqa: E402  pylint: disable=wrong-import-position
import trial  # noqa: E402  pylint: disable=wrong-import-position

# In place of gpufare: a report with one launch, and a variable by which the program may know.
FAKE = """#!/bin/sh
printf '{"missing": null, "devices": [], "processes": [{"clean_end": true, "dropped_records": 0, "ledger": {}, "limits": {},
"sums": {"launches": 1}, "findings": [], "notes": [], "verdict": [], "kernels": [], "buffers": []}]}' >"$4"
shift 5
TRACED=yes exec "$@"
"""
CASES = (("same", "echo right", "", ()), ("same", "echo took $$", "", ("took [0-9]+",)), ("same", "echo one >file", "", ()),
         ("differs", 'echo "x$TRACED"', "", ()), ("differs", 'echo "x$TRACED" >&2', "", ()),
         ("differs", '[ -z "$TRACED" ] || exit 4', "", ()), ("differs", 'echo "x$TRACED" >file', "", ()),
         ("varies", "date +%N", "", ()), ("does not run", "exit 3", "", ()), ("does not run", "echo CPU", "GPU", ()),
         ("does not run", "exec sleep 60", "", ()))


class Place:
    """Of a fetched driver."""
    name = "none"

    def __init__(self, folder):
        self.build = self.folder = folder

    def environment(self, caches):
        caches.mkdir(exist_ok=True)
        return dict(os.environ)


def main():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        fake = Path(folder) / "bin/gpufare"
        fake.parent.mkdir()
        fake.write_text(FAKE, encoding="utf-8")
        fake.chmod(0o755)
        for expected, script, shows, varies in CASES:
            program = programs.Program("made", (), ("sh", "-c", script), "", shows=shows, varies=varies, results=("file",),
                                       deadline=1 if "sleep" in script else 60)
            shown = trial.run(program, place)
            if shown["outcome"] != expected:
                wrong += 1
                print(f"{script}: {shown['outcome']} ({shown['why']}), not {expected}")
    print(f"{len(CASES)} programs, {wrong} judged wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
