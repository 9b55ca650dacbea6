"""The entries: gpufare on its devices, and the peers, which are built if necessary."""
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
STRICT = ["-std=gnu17", "-O3", "-ffp-contract=off", "-fopenmp"]

# name, name in the table, arguments, whether it may contract a*b+c, how it was tuned
PYTHON_PEERS = [
    ("numba", "Numba prange", "numba_prange.py", [], False, "njit(parallel=True), no fastmath"),
    ("numpy", "NumPy slices, 1 thread", "numpy_slices.py", [], False, "whole-array operations, one thread"),
    ("taichi", "Taichi, CPU", "taichi_cpu.py", [], False, "fast_math=False"),
    ("devito", "Devito, OpenMP", "devito_openmp.py", [], True, "its own flags"),
    ("torch", "PyTorch, CPU", "torch_eager.py", ["--device", "cpu"], False, "eager, out="),
    ("torch-cuda", "PyTorch, CUDA", "torch_eager.py", ["--device", "cuda"], False, "eager, out="),
    ("jax", "JAX, CPU", "jax_jit.py", ["--device", "cpu"], True, "jit"),
    ("jax-cuda", "JAX, CUDA", "jax_jit.py", ["--device", "cuda"], True, "jit"),
    ("cupy", "CuPy, raw kernels", "cupy_raw.py", [], False, "--fmad=false"),
]


@dataclass
class Entry:
    """A row of the tables. Goals find it by `kind`: gpufare-native, gpufare-opencl-cpu, openmp, ..."""

    name: str
    label: str
    kind: str
    how: str
    command: list = field(default_factory=list)  # {bits} stands for 64 or 32
    device: str = ""  # gpufare only
    may_contract: bool = False
    missing: str = ""  # why it can't run
    environment: dict = field(default_factory=dict)


class BuildError(Exception):
    """A program that can't be built, and why, in one line."""


def call(command, **options):
    """Runs a short command; returns its output. Raises BuildError with the end of its messages."""
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, **options)
    except FileNotFoundError as error:
        raise BuildError(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines() or ["no message"]
        raise BuildError(f"{Path(command[0]).name}: {lines[-1]}") from error
    return done.stdout


def first_line(command):
    try:
        return call(command).splitlines()[0]
    except (BuildError, IndexError):
        return "not known"


def commit(root):
    return first_line(["git", "-C", str(root), "describe", "--always", "--dirty"])


def build_gpufare(root, build):
    """Builds the tool as tools/quickstart does, without its tests."""
    generator = [] if (build / "CMakeCache.txt").exists() else ["-G", "Ninja"]
    call(["cmake", "-S", str(root), "-B", str(build), *generator, "-DCMAKE_BUILD_TYPE=Release", "-DGPUFARE_TESTS=OFF"])
    call(["cmake", "--build", str(build), "--target", "programs"])
    return build / "bin" / "gpufare"


def build_tools(cc, build):
    """Builds the benchmark's own programs. Returns the built ones, and the reasons for the others."""
    include, missing = f"-I{HERE.parent.parent / 'cpu'}", {}
    call([cc, *STRICT, include, str(HERE / "arrays.c"), "-o", str(build / "arrays"), "-lm"])
    for name, command in {
        "ceilings64": [*STRICT, "-march=native", "-DGF_REAL_BITS=64", include, str(HERE / "ceilings.c"), "-lm"],
        "ceilings32": [*STRICT, "-march=native", "-DGF_REAL_BITS=32", include, str(HERE / "ceilings.c"), "-lm"],
        "opencl_ceilings": ["-std=gnu17", "-O2", str(HERE / "opencl_ceilings.c"), "-lOpenCL"],
    }.items():
        try:
            call([cc, *command, "-o", str(build / name)])
        except BuildError as error:
            missing[name] = str(error)
    return missing


def openmp_entry(cc, build, name, flags):
    entry = Entry(name, f"OpenMP C, {Path(cc).name} -O3{flags and ' ' + flags}", "openmp",
                  f"{Path(cc).name} {' '.join(STRICT)} {flags}".strip(), [str(build / (name + "{bits}"))])
    try:
        for bits in (64, 32):
            call([cc, *STRICT, *flags.split(), f"-DREAL_BITS={bits}", str(PEERS / "openmp.c"),
                  "-o", entry.command[0].format(bits=bits)])
    except BuildError as error:
        entry.missing = str(error)
    return entry


def cython_entry(cc, build, python):
    flags = [*STRICT[1:], "-march=native"]
    entry = Entry("cython", "Cython prange", "cython", f"{Path(cc).name} {' '.join(flags)}",
                  [python, str(PEERS / "cython_openmp.py")], environment={"PYTHONPATH": str(build)})
    try:
        says = "import sysconfig as s; print(s.get_path('include'), s.get_config_var('EXT_SUFFIX'))"
        include, suffix = call([python, "-c", says]).split()
        source = build / "cython_kernels.c"
        call(["cython3", "-3", str(PEERS / "cython_kernels.pyx"), "-o", str(source)])
        call([cc, *flags, "-fPIC", "-shared", f"-I{include}", str(source), "-o", str(build / f"cython_kernels{suffix}")])
    except BuildError as error:
        entry.missing = str(error)
    return entry


def python_entries(python, build):
    cache = {"NUMBA_CACHE_DIR": str(build / "numba")}
    return [Entry(name, label, name, how, [python, str(PEERS / file), *more], may_contract=contracts, environment=cache)
            for name, label, file, more, contracts, how in PYTHON_PEERS]


def devices_of(gpufare):
    """The output of `gpufare devices`: the machine and its devices."""
    return json.loads(call([str(gpufare), "devices", "--json", "-"]))


def gpufare_entries(facts):
    entries = []
    for device in facts["devices"]:
        if device["kind"] == "native":
            entries.append(Entry("gpufare", "gpufare native", "gpufare-native", "its best instruction set",
                                 device=device["id"]))
            continue
        name, platform = device["id"], short_platform(device["platform"])
        entries.append(Entry(f"gpufare-{name}", f"gpufare {name}, {platform}", f"gpufare-{device['kind']}",
                             "its best variant", device=name))
        entries.append(Entry(f"naive-{name}", f"naive OpenCL on {name}, {platform}", "naive-opencl",
                             "gpufare's own naive kernel", device=f"{name}:naive"))
    return entries


def short_platform(platform):
    return "PoCL" if platform == "Portable Computing Language" else platform


def extra_entry(path):
    """A peer from outside the tree: a program that follows peers/common.py."""
    program = Path(path).resolve()
    if not program.exists():
        raise BuildError(f"--peer-file {path}: there is no such file")
    command = [sys.executable, str(program)] if program.suffix == ".py" else [str(program)]
    return Entry(program.stem, program.stem, "extra", f"--peer-file {path}", command,
                 environment={"PYTHONPATH": str(PEERS)})


def everyone(settings, facts):
    entries = gpufare_entries(facts)
    entries.append(openmp_entry(settings.cc, settings.build, "openmp", ""))
    entries.append(openmp_entry(settings.cc, settings.build, "openmp-native", "-march=native"))
    for number, flags in enumerate(settings.openmp_flags, 1):
        entries.append(openmp_entry(settings.cc, settings.build, f"openmp-{number}", flags))
    entries += python_entries(sys.executable, settings.build)
    entries.append(cython_entry(settings.cc, settings.build, sys.executable))
    entries += [extra_entry(path) for path in settings.peer_file]
    return entries


def select(entries, names):
    """The entries with these names, and always gpufare's own. Raises ValueError."""
    for name in names:
        if all(entry.name != name for entry in entries):
            raise ValueError(f"--peers {name}: there is no such peer; there are {', '.join(e.name for e in entries)}")
    return [entry for entry in entries if not names or entry.name in names]


def surroundings(threads, entry):
    """The environment of a peer's process: the same number of threads for all."""
    count = str(threads)
    limits = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
              "POCL_MAX_PTHREAD_COUNT", "POCL_CPU_MAX_CU_COUNT")
    steered = ("GPUFARE_DEVICE", "GPUFARE_ISA", "OMP_SCHEDULE", "OMP_WAIT_POLICY", "OMP_PROC_BIND", "OMP_PLACES",
               "GOMP_SPINCOUNT", "GOMP_CPU_AFFINITY")
    environment = {name: value for name, value in os.environ.items() if name not in steered}
    own = dict(entry.environment)
    if "PYTHONPATH" in own and environment.get("PYTHONPATH"):
        own["PYTHONPATH"] += os.pathsep + environment["PYTHONPATH"]
    return {**environment, **{name: count for name in limits}, "OMP_DYNAMIC": "false", **own}
