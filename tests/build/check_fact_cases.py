"""The cases of host/backends/opencl/facts/fact_cases.c are those that tools/fact_cases computes with
exact fractions. Usage: check_fact_cases.py SOURCE_DIR."""
import subprocess
import sys
from pathlib import Path

root = Path(sys.argv[1])
made = subprocess.run([sys.executable, "-B", root / "tools/fact_cases"], check=True,
                      stdout=subprocess.PIPE, text=True).stdout
if made != (root / "host/backends/opencl/facts/fact_cases.c").read_text():
    sys.exit("fact_cases.c is not what tools/fact_cases prints")
print(f"{made.count('{GF_OPERATION_')} cases are the same")
