"""The commands that are run with faults. Each is as short as it can be: tiny problems, one sample, saved profiles."""
from dataclasses import dataclass, field

DEADLINE_S = 2
PATIENT_S = 100  # the deadline of runs whose driver does not fail
FAST = 100  # times as fast as the real clock, where the time that is measured for would be long
MEMORY = 1 << 20  # of the device, so that calibration has few sizes

QUICK = ["-r", "1", "--min-time", "0", "--no-tune", "--no-watch"]
DIFFUSION = ["diffusion", "--size", "24x16", "--steps", "6", "--steps-per-transfer", "2"]
REPORTS = ["--json", "report.json", "--csv", "report.csv", "--markdown", "report.md"]


@dataclass(frozen=True)
class Scene:
    name: str
    arguments: list
    environment: dict = field(default_factory=dict)
    files: tuple = ("report.json", "report.csv", "report.md")
    in_probe: bool = False  # the probe fails as well, and its saved result is not there
    fast: bool = False
    heavy: bool = False  # takes so long that it gets fewer runs
    has_deadline: bool = True
    begins_as: str = ""  # the scene whose store it begins with

    @property
    def verb(self):
        return self.arguments[0]

    def command(self, gpufare, deadline_s=DEADLINE_S):
        factor = FAST if self.fast else 1
        deadline = ["--deadline", str(deadline_s * factor)] if self.has_deadline else []
        return [gpufare, *self.arguments, *deadline]


GPU = {"LAYER_AS_GPU": "1"}  # copies and pipelines, which a CPU's driver does not do

SCENES = [
    Scene("run", ["run", *DIFFUSION, "--host-use", "write", "-d", "0:0:naive", *QUICK, *REPORTS, "-o", "picture.png",
                  "--npy", "result.npy"],
          files=("report.json", "report.csv", "report.md", "picture.png", "result.npy")),
    Scene("run-gpu", ["run", *DIFFUSION, "-d", "0:0:naive", *QUICK, *REPORTS], GPU),
    Scene("compare", ["compare", "sum", "--count", "1000", "-d", "native:scalar,0:0:naive,0:0:group", *QUICK, *REPORTS]),
    Scene("compare-gpu", ["compare", "julia", "--size", "24x16", "--max-iter", "20", "-d", "native:scalar,0:0:naive,native",
                          *QUICK, *REPORTS, "-o", "picture.png"], GPU,
          files=("report.json", "report.csv", "report.md", "picture.png")),
    Scene("advise", ["advise", "sum", "--count", "1000", "--budget", "0", "--check", *QUICK, *REPORTS]),
    Scene("breakeven", ["breakeven", "sum", "--sweep", "count=1000:2000", *QUICK, *REPORTS, "--svg", "plot.svg"],
          files=("report.json", "report.csv", "report.md", "plot.svg"), begins_as="advise"),
    Scene("calibrate", ["calibrate", "--quick", "-d", "cpu", *REPORTS], fast=True, heavy=True),
    Scene("devices", ["devices", "-v", *REPORTS]),
    Scene("devices-first", ["devices", "-v", *REPORTS], in_probe=True),
    Scene("doctor", ["doctor", *REPORTS], in_probe=True, has_deadline=False),
]
BY_NAME = {scene.name: scene for scene in SCENES}
