"""One program on one driver: without and with the layer, compared."""
import hashlib
import json
import re
import shutil
import subprocess
import time

MOST_KERNELS = 8
MOST_BUFFERS = 5


class Ran:
    """What one run left behind. `varies`: the program's patterns of what differs from run to run."""

    def __init__(self, program, folder, environment, before=()):
        begin = time.monotonic()
        try:
            done = subprocess.run([*before, *program.command], cwd=folder, env=environment, check=False,
                                  input=program.stdin.encode(), capture_output=True, timeout=program.deadline)
            self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as ended:
            self.status, self.out, self.err = None, ended.stdout or b"", ended.stderr or b""
        self.seconds = round(time.monotonic() - begin, 2)
        self.results = [hashlib.sha256((folder / name).read_bytes()).hexdigest() if (folder / name).exists() else None
                        for name in program.results]
        self.text = (self.out + b"\n" + self.err).decode(errors="replace")
        self.fixed = tuple(without(text.decode(errors="replace"), program.varies) for text in (self.out, self.err))

    def differs(self, other):
        """What is not the same; None: nothing."""
        for name, own, others in (("exit status", self.status, other.status), ("stdout", self.fixed[0], other.fixed[0]),
                                  ("stderr", self.fixed[1], other.fixed[1]), ("files", self.results, other.results)):
            if own != others:
                return f"{name}: {first_difference(own, others)}"
        return None


def without(text, patterns):
    for pattern in patterns:
        text = re.sub(pattern, "#", text)
    return re.sub(r"(?m)^[# \t]*\n", "", text)


def first_difference(own, others):
    if not isinstance(own, str):
        return f"{others}, not {own}"
    lines, other_lines = own.splitlines(), others.splitlines()
    for line, other in zip(lines, other_lines):
        if line != other:
            return f"{other[:120]!r}, not {line[:120]!r}"
    return f"{len(other_lines)} lines, not {len(lines)}"


def last_words(text, likely=r"\berror:|\bwarning\b.*(nable|annot|not )|\bfailed\b"):
    """The first line that is likely to say why it ended, else the last one."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    telling = [line for line in lines if re.search(likely, line, re.IGNORECASE)] + lines[-1:]
    return telling[0][:200] if telling else "nothing printed"


def why_not(program, ran):
    """Why the program does not run here without the layer; None: it does."""
    if ran.status is None:
        return f"not finished after {program.deadline} s"
    if ran.status != 0:
        return f"exit status {ran.status}: {last_words(ran.text)}"
    if not re.search(program.shows, ran.text, re.MULTILINE):
        return f"it does not use the device: {last_words(ran.text)}"
    return None


def reduced(report):
    """What pages show of a report."""
    kept = {key: report[key] for key in ("missing", "devices")}
    kept["processes"] = [{**{key: process[key] for key in ("clean_end", "dropped_records", "ledger", "limits", "sums",
                                                           "findings", "notes", "verdict")},
                          "kernels": process["kernels"][:MOST_KERNELS], "buffers": process["buffers"][:MOST_BUFFERS]}
                         for process in report["processes"]]
    return kept


def environment_of(program, place, folder):
    environment = place.environment(place.folder / "caches-of-programs")
    words = {"driver": str(place.folder), "folder": str(folder)}
    for name, value in {**program.environment, **program.on.get(place.name, {})}.items():
        environment[name] = value.format(**words)
    environment["HOME"] = str(folder / "home")
    return environment


def traced(program, place, folder, environment, plain):
    """The outcome with the layer, where it runs without."""
    path = folder / "report.json"
    path.unlink(missing_ok=True)
    under = Ran(program, folder, environment, (str(place.build / "bin/gpufare"), "trace", "-q", "--json", str(path), "--"))
    difference = plain.differs(under)
    outcome = {"outcome": "same", "why": None}
    if difference:
        again = Ran(program, folder, environment)
        itself = plain.differs(again)
        outcome = {"outcome": "varies" if itself else "differs", "why": itself or difference}
    outcome["seconds"] = [plain.seconds, under.seconds]
    outcome["status"] = under.status
    if not path.exists():
        return {**outcome, "outcome": "differs", "why": f"there is no report: {last_words(under.text)}"}
    report = reduced(json.loads(path.read_text(encoding="utf-8")))
    launches = sum(process["sums"]["launches"] for process in report["processes"])
    if outcome["outcome"] == "same" and (report["missing"] or (program.launches and launches == 0)):
        outcome.update(outcome="differs", why=report["missing"] or "the trace has no launch")
    return {**outcome, "report": report}


def run(program, place):
    """What one program showed on one driver. Its second run without the layer, whose kernels the first one compiled, is
    what the run with it is compared with."""
    folder = place.build / "traces" / place.name / program.name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "home").mkdir(parents=True)
    environment = environment_of(program, place, folder)
    try:
        if program.prepare:
            program.prepare(folder, environment)
        cold = Ran(program, folder, environment)
        why = why_not(program, cold)
        if why:
            return {"outcome": "does not run", "why": why}
        return {"cold_seconds": cold.seconds, **traced(program, place, folder, environment, Ran(program, folder, environment))}
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        return {"outcome": "does not run", "why": f"it can't be prepared or started: {error}"}
