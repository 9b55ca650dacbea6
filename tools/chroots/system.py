"""A clean Debian in a folder, and commands that run in it.

Every mount is made in a mount namespace of the command's own, so the mounts end with its last process,
however that ends: outside, nothing is ever mounted in the folder."""
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

CLONE = "/srv/gpufare"
# Settings of the machine's apt that say how packages are fetched, none that names one of its files.
APT_SETTINGS = re.compile(r'Acquire::(Check-|Retries|Queue-Mode|(http|https)::(?!Proxy-?Auto))[^ ]* "')
# A name and password before a host.
PASSWORD = re.compile(r'(^|://|")[^/\s"]*@')
# PID 1 of the namespace. $1 is the system, $2 its packages; the rest is the command.
ENTER = """set -e
system=$1 packages=$2
shift 2
mount -t proc proc "$system/proc"
mount --rbind /sys "$system/sys"
mount --rbind /dev "$system/dev"
mount -t tmpfs -o mode=1777 tmpfs "$system/dev/shm"
mount --bind "$packages" "$system/var/cache/apt/archives"
chroot "$system" "$@"
"""


# These name files of certificates that the machine trusts beside its own.
CERTIFICATES = ("SSL_CERT_FILE", "PIP_CERT")


class ChrootError(Exception):
    """What the user is told."""


def in_namespace(command):
    """The command with mounts and process numbers of its own; all its processes end when this one does."""
    return ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private", "--pid", "--fork",
            "--kill-child", *command]


def without_password(text):
    """The system is kept on disk, and anyone may be given it."""
    return PASSWORD.sub(r"\1", text)


def mirror():
    """Where this machine gets Debian from; None: debootstrap's own choice."""
    targets = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "ORIGIN: Debian"],
                             capture_output=True, text=True, check=False)
    for line in targets.stdout.splitlines():
        uri, _, release = line.partition(" ")
        if not release.endswith(("-security", "-updates", "-backports")):
            return without_password(uri)
    return None


def apt_settings():
    settings = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False)
    return [without_password(line) for line in settings.stdout.splitlines() if APT_SETTINGS.match(line)]


def mounted_in(folder):
    """The folders at or below this one in which something is mounted, as this process sees it."""
    octal = re.compile(r"\\([0-7]{3})")
    points = [octal.sub(lambda code: chr(int(code[1], 8)), line.split()[4])
              for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
    return [point for point in points if Path(point).is_relative_to(folder)]


class System:
    def __init__(self, folder, suite):
        self.suite = suite
        self.folder = folder.resolve() / suite
        self.root = self.folder / "root"
        self.packages = folder.resolve() / "packages" / suite
        self.clone = self.root / CLONE.lstrip("/")
        self.complete = self.folder / "complete"
        self.new = False
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.packages / "partial").mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ChrootError(f"another command runs in {self.folder}; wait until it has ended") from None

    def remove(self):
        """Never while something is mounted there: the files of the machine would be removed."""
        mounted = mounted_in(self.folder)
        if mounted:
            raise ChrootError(f"something is mounted in {self.folder}, which is therefore kept: {', '.join(mounted)}")
        self.complete.unlink(missing_ok=True)
        if self.root.exists():
            subprocess.run(["rm", "-rf", "--one-file-system", str(self.root)], check=True)

    def make(self, uri):
        """A system that was not completed is made anew."""
        if self.complete.exists():
            return
        self.remove()
        print(f"Making {self.root}", flush=True)
        command = ["debootstrap", "--variant=minbase", f"--cache-dir={self.packages}", self.suite, str(self.root)]
        with open(self.folder / "debootstrap.log", "wb") as log:
            status = run(in_namespace(command + ([uri] if uri else [])), log)
        if status != 0:
            raise ChrootError(f"debootstrap ended with {status}; {log.name} says why")
        (self.root / "etc/apt/apt.conf.d/90machine").write_text("".join(line + "\n" for line in apt_settings()),
                                                                 encoding="utf-8")
        self.complete.touch()
        self.new = True

    def take_clone(self, source, commit):
        """The clone at the commit; build folders that are there stay."""
        if not (self.clone / ".git").exists():
            self.clone.parent.mkdir(parents=True, exist_ok=True)
            git("clone", "--quiet", "--no-local", "--no-checkout", str(source), str(self.clone))
        git("-C", str(self.clone), "fetch", "--quiet", str(source), commit)
        git("-C", str(self.clone), "checkout", "--quiet", "--force", "--detach", commit)

    def remove_clone(self):
        if mounted_in(self.clone):
            raise ChrootError(f"something is mounted in {self.clone}, which is therefore kept")
        subprocess.run(["rm", "-rf", "--one-file-system", str(self.clone)], check=True)

    def run(self, command, log, variables=()):
        """The status of a shell command in the clone; its output goes to the log and to the screen."""
        for name in ("resolv.conf", "hosts"):
            if Path("/etc", name).exists():
                shutil.copy(Path("/etc", name), self.root / "etc" / name)
        settings = {"HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "LANG": "C.UTF-8", "TERM": os.environ.get("TERM", "dumb")}
        settings.update((name, without_password(os.environ[name])) for name in os.environ if name.lower() in PROXIES)
        settings.update(self.take_certificates())
        settings.update(variables)
        enter = ["sh", "-c", ENTER, "enter", str(self.root), str(self.packages), "/usr/bin/env", "-i",
                 *(f"{name}={value}" for name, value in settings.items()),
                 "sh", "-c", f"cd {CLONE}\n{command}\n"]
        return run(in_namespace(enter), log, echo=True)

    def take_certificates(self):
        """A machine behind a proxy that has a certificate of its own fetches nothing without it."""
        taken = {}
        for name in CERTIFICATES:
            source = Path(os.environ.get(name, ""))
            if source.is_file():
                taken[name] = f"/var/cache/{name.lower()}.crt"
                shutil.copy(source, self.root / taken[name].lstrip("/"))
        return taken

    def ask(self, command):
        """What a command in the system prints."""
        with open(self.folder / "answer", "wb+") as answer:
            enter = ["chroot", str(self.root), "sh", "-c", command]
            subprocess.run(enter, stdout=answer, stderr=subprocess.DEVNULL, check=False)
            answer.seek(0)
            return answer.read().decode(errors="replace")


PROXIES = ("http_proxy", "https_proxy", "no_proxy")


def git(*arguments):
    """This repository's files may belong to another user than root."""
    subprocess.run(["git", "-c", "safe.directory=*", *arguments], check=True)


def run(command, log, echo=False):
    """The exit status; negative: the signal. Whatever ends this process ends the command, whose signals to its
    own process group reach nothing else."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               preexec_fn=os.setpgrp)
    try:
        for line in process.stdout:
            log.write(line)
            log.flush()
            if echo:
                sys.stdout.buffer.write(line)
                sys.stdout.flush()
        return process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def end_on_signals():
    """A signal becomes an exception, so that everything is left in order."""
    def leave(number, _frame):
        raise SystemExit(128 + number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
