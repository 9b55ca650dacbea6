"""The vendors' compilers, as packages in a cache folder: unpacked, never installed, so that no driver of the machine
changes."""
import functools
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

# Each set is a folder of the cache.
DEBIAN = {
    "clang": ("clang-19=1:19.1.7-3~deb12u1", "libllvm19=1:19.1.7-3~deb12u1", "libclang-cpp19=1:19.1.7-3~deb12u1",
              "libclang-common-19-dev=1:19.1.7-3~deb12u1"),
    "nvidia": ("libclc-19=1:19.1.7-3~deb12u1",),
    "amd": ("rocm-device-libs=5.2.3-2",),
    "intel": ("intel-opencl-icd=22.43.24595.41-1", "libigc1=1.0.12504.6-1+deb12u1", "libigdfcl1=1.0.12504.6-1+deb12u1",
              "libopencl-clang14=14.0.0-4", "libigdgmm12=22.3.3+ds1-1", "libllvmspirvlib14=14.0.0-5",
              "libllvm14=1:14.0.6-12", "libclang-cpp14=1:14.0.6-12"),
}
PYPI = {"nvidia": ("nvidia-cuda-nvcc==13.0.88", "nvidia-cuda-nvdisasm==13.5.37")}
# The sets that a vendor's code needs, and the programs that must run then.
SETS = {"nvidia": ("clang", "nvidia"), "amd": ("clang", "amd"), "intel": ("intel",)}
PROGRAMS = {"nvidia": ("clang-19", "ptxas", "nvdisasm"), "amd": ("clang-19",), "intel": ("ocloc",)}
VENDORS = tuple(SETS)
# The parts of packages that are used; the rest is not kept.
KEPT = ("bin/clang",  "bin/ocloc", "bin/ptxas", "bin/nvdisasm", "/lib/clang/19/include/", "/include/clang/19/",
        "nvptx64--nvidiacl.bc", "/amdgcn/bitcode/", "/libLLVM", "/libclang-cpp", "/libigc", "/libigdfcl", "/libiga",
        "/libopencl-clang", "/libopencl_clang", "/libcommon_clang", "/libigdgmm", "/libocloc", "/libigdrcl", "/libLLVMSPIRVLib")


class Missing(Exception):
    """Why packages can't be had."""


def versions(vendor):
    """The packages that make a vendor's code."""
    return sorted(package for name in SETS[vendor] for package in packages_of(name))


def packages_of(name):
    return sorted((*DEBIAN[name], *PYPI.get(name, ())))


def last_line(done):
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line and not line.startswith("W: ")]
    return lines[-1] if lines else f"status {done.returncode}"


def run(command, folder):
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Missing(f"{command[0]}: {error.strerror}") from error


def download(name, folder):
    for package in DEBIAN[name]:
        done = run(["apt-get", "-qq", "download", package], folder)
        if done.returncode != 0:
            raise Missing(f"{package}: {last_line(done)}")
    for package in PYPI.get(name, ()):
        done = run(["python3", "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
                    "--only-binary=:all:", package], folder)
        if done.returncode != 0:
            raise Missing(f"{package}: {last_line(done)}")


def keep_used_parts(files):
    for path in sorted(files.rglob("*"), reverse=True):
        if path.is_symlink() or path.is_file():
            if not any(part in str(path) for part in KEPT):
                path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def unpack(folder, files):
    for package in sorted(folder.glob("*.deb")):
        done = run(["dpkg-deb", "-x", str(package), str(files)], folder)
        if done.returncode != 0:
            raise Missing(f"{package.name}: {last_line(done)}")
        package.unlink()
    for package in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(package) as archive:
            archive.extractall(files)
        package.unlink()
    keep_used_parts(files)
    for program in ("ptxas", "nvdisasm"):
        for path in files.rglob(program):
            path.chmod(0o755)


def fetch_set(name, folder):
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "files").mkdir(parents=True)
    download(name, folder)
    unpack(folder, folder / "files")
    (folder / "complete").write_text("\n".join(packages_of(name)) + "\n", encoding="utf-8")


class Compilers:
    """The unpacked compilers of one vendor."""

    def __init__(self, cache, vendor):
        self.vendor = vendor
        self.folders = {name: Path(cache) / name for name in SETS[vendor]}

    def absent(self):
        """The sets that are not here, or of other versions."""
        return [name for name, folder in self.folders.items() if not (folder / "complete").exists() or
                (folder / "complete").read_text(encoding="utf-8").split() != packages_of(name)]

    def fetch(self):
        """Gets what is missing; Missing says why it can't be had."""
        for name in self.absent():
            fetch_set(name, self.folders[name])
        self.test()

    def test(self):
        """Missing says what does not run here."""
        if self.absent():
            raise Missing("its packages were not fetched")
        for program in PROGRAMS[self.vendor]:
            done = subprocess.run([self.find(program), "--help"], env=self.environment(), capture_output=True, text=True,
                                  check=False)
            if done.returncode != 0:
                raise Missing(f"{program} does not run here: {last_line(done)}")

    @functools.cache
    def find(self, name):
        """The path of a file of the packages."""
        found = sorted(path for folder in self.folders.values() for path in (folder / "files").rglob(name)
                       if path.exists() and not path.is_dir())
        if not found:
            raise Missing(f"its packages have no {name}")
        return str(found[0])

    @functools.cache
    def environment(self):
        libraries = {str(path.parent) for folder in self.folders.values() for path in (folder / "files").rglob("*.so*")}
        return dict(os.environ, LD_LIBRARY_PATH=":".join(sorted(libraries)))


def cache_of(build):
    return Path(build) / "gpu-code"
