"""Where runs take place: the programs, the environment, warm stores, and a private folder for each run."""
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from scenes import BY_NAME, DEADLINE_S, FAST, MEMORY, PATIENT_S

ROOT = Path(__file__).resolve().parents[2]
CODES = {-5: "CL_OUT_OF_RESOURCES", -6: "CL_OUT_OF_HOST_MEMORY", -4: "CL_MEM_OBJECT_ALLOCATION_FAILURE",
         -2: "CL_DEVICE_NOT_AVAILABLE", -11: "CL_BUILD_PROGRAM_FAILURE", -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
         -30: "CL_INVALID_VALUE", -33: "CL_INVALID_DEVICE", -36: "CL_INVALID_COMMAND_QUEUE", -54: "CL_INVALID_WORK_GROUP_SIZE",
         -7: "CL_PROFILING_INFO_NOT_AVAILABLE", -9999: "a code that no header names"}


class Place:
    """The build that is tried, and the stores that its runs start with."""

    def __init__(self, build, work, driver="tiny", sanitized=False):
        self.build, self.driver, self.sanitized = Path(build).resolve(), driver, sanitized
        self.gpufare = str(self.build / "bin/gpufare")
        self.worker = str(self.build / "bin/gpufare-worker")
        self.layer = str(self.build / "tests/liblayer_faults.so")
        self.fast_clock = str(self.build / "tests/libfast_clock.so")
        self.tiny = str(self.build / "tests/libtiny_driver.so")
        for program in (self.gpufare, self.worker, self.layer, self.fast_clock, self.tiny):
            if not os.path.exists(program):
                raise SystemExit(f"{program} is missing; build the tests first")
        # What is known of a scene is of one build. What it has saved is of one driver and so many cores; gpufare itself
        # notices what is of another version.
        key = hashlib.sha256()
        for program in (self.gpufare, self.worker, self.layer, self.tiny):
            key.update(Path(program).read_bytes())
        self.key = key.hexdigest()[:12]
        self.work = Path(work).resolve() / f"{driver}-{len(os.sched_getaffinity(0))}"
        self.kernels = Path(work).resolve() / "pocl"
        for folder in (self.work, self.kernels):
            folder.mkdir(parents=True, exist_ok=True)
        self.vendors = os.environ.get("OCL_ICD_VENDORS")
        if driver == "tiny":
            self.vendors = str(self.work / "vendors")
            os.makedirs(self.vendors, exist_ok=True)
            Path(self.vendors, "tiny.icd").write_text(self.tiny + "\n")

    # ---- Environments

    def environment(self, scene, run, fault=None, listing=False, deadline_s=DEADLINE_S):
        """Of one run in its folder `run`; nothing of the user's settings."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        if self.vendors:
            kept["OCL_ICD_VENDORS"] = self.vendors
        made = {**kept, "HOME": str(run), "TMPDIR": str(run / "tmp"), "XDG_CACHE_HOME": str(run / "cache"),
                "POCL_CACHE_DIR": str(self.kernels), "OMP_WAIT_POLICY": "passive",
                "GPUFARE_CLOCK_TEST": "0", "GPUFARE_FACTS": "0",
                "GPUFARE_WORKER": self.worker, "OPENCL_LAYERS": self.layer, "LAYER_PROGRAM": "gpufare-worker",
                "LAYER_LOG": str(run / "layer.log"), "LAYER_MEMORY": str(MEMORY),
                "GPUFARE_PROBE_TIMEOUT": str(deadline_s * (FAST if scene.fast else 1)),
                **scene.environment}
        if not scene.in_probe:
            made["LAYER_WORD"] = "serve"
        if scene.fast:
            made.update(LD_PRELOAD=self.fast_clock, FAST_CLOCK=str(FAST))
        if fault is not None:
            made["LAYER_FAIL"] = fault
        if listing:
            made["LAYER_LIST"] = "1"
        if self.sanitized:
            made.update(self.sanitizer_options(run))
        return made

    @staticmethod
    def sanitizer_options(run):
        return {"ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:intercept_tls_get_addr=0:exitcode=99:"
                                f"verify_asan_link_order=0:log_path='{run}/sanitizer'",
                "UBSAN_OPTIONS": f"print_stacktrace=1:log_path='{run}/sanitizer'",
                "LSAN_OPTIONS": f"suppressions='{ROOT}/tests/support/lsan.supp':print_suppressions=0"}

    # ---- Stores

    def store(self, scene):
        return self.work / "stores" / scene.name

    def make_folder(self, run, scene, with_probe=False):
        """A new folder for a run, with links to the files of the warm store: gpufare replaces files, and never
        writes into one."""
        shutil.rmtree(run, ignore_errors=True)
        for part in ("work", "tmp", "cache"):
            (run / part).mkdir(parents=True)
        if not self.store(scene).is_dir():
            return
        (run / "cache/gpufare").mkdir(mode=0o700)
        for file in self.store(scene).iterdir():
            if with_probe or not (scene.in_probe and file.name.startswith("probe-")):
                os.link(file, run / "cache/gpufare" / file.name)

    def warm_up(self, scene, say):
        """Runs the scene until it has saved what it saves; keeps that as its store, for all later runs."""
        run, store, done = self.work / "warm" / scene.name, self.store(scene), self.work / f"warm-{scene.name}-{self.key}"
        if done.exists():
            return
        say(f"warming up: {scene.name}")
        if scene.begins_as:
            self.warm_up(BY_NAME[scene.begins_as], say)
        own = store.is_dir() or not scene.begins_as
        self.make_folder(run, scene if own else BY_NAME[scene.begins_as], with_probe=True)
        # What is measured once for `advise` need not be measured well.
        environment = self.environment(scene, run, deadline_s=PATIENT_S)
        if scene.verb in ("advise", "breakeven"):
            environment.update(LD_PRELOAD=self.fast_clock, FAST_CLOCK=str(FAST),
                               GPUFARE_PROBE_TIMEOUT=str(PATIENT_S * FAST))
        for _ in range(2):
            command = [self.gpufare, *scene.arguments]
            ended = subprocess.run(command, cwd=run / "work", env=environment, capture_output=True, text=True)
            if ended.returncode != 0:
                raise SystemExit(f"{scene.name} fails without a fault:\n{ended.stdout}{ended.stderr}")
        shutil.rmtree(store, ignore_errors=True)
        store.parent.mkdir(exist_ok=True)
        if (run / "cache/gpufare").is_dir():
            shutil.copytree(run / "cache/gpufare", store)
        else:
            store.mkdir()
        shutil.rmtree(run)
        done.touch()


def read_layer_log(path):
    """What the layer noted, of all processes: {"calls": {function: most calls of a process}, "order": [(function, N)...]
    of the first calls, if it listed them, "met": [function...], "then": [calls after it...], "leaked": [kind...], "wraps": {function...}}."""
    found = {"loaded": 0, "calls": {}, "order": [], "met": [], "then": [], "leaked": [], "wraps": set()}
    try:
        lines = Path(path).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        lines = []
    for line in lines:
        words = line.split()
        if words[:1] == ["loaded"]:
            found["loaded"] += 1
        elif words[:1] == ["calls"]:
            found["calls"][words[1]] = max(found["calls"].get(words[1], 0), int(words[2]))
            found["order"].append((words[1], int(words[2])))
        elif words[:1] == ["met"]:
            found["met"].append(words[1])
        elif words[:1] == ["then"]:
            found["then"].append(words[1])
        elif words[:1] == ["wraps"]:
            found["wraps"].add(words[1])
        elif words[:1] == ["alive"]:
            if words[2] != "0":
                found["leaked"].append(f"{words[1]} {words[2]}")
    return found


def called_functions(worker):
    """Every OpenCL function that the program can call: what it imports."""
    text = subprocess.run(["nm", "-D", "--undefined-only", worker], check=True, capture_output=True, text=True).stdout
    names = (line.split()[-1].split("@")[0] for line in text.splitlines())
    return {name for name in names if name.startswith("cl") and name[2:3].isupper()}
