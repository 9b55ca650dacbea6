"""python -m gpufare: the program itself, which comes with the package."""
import os
import sys
from pathlib import Path


def main() -> None:
    program = Path(__file__).absolute().parent / "gpufare"
    try:
        os.execv(program, ["gpufare", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"gpufare: {program}: {error.strerror}; install the package again")


if __name__ == "__main__":
    main()
