"""Checks the recipes of packages against the sources: one version everywhere, the name of the library's
package follows its SONAME, what is copied exists, and each recipe is read by what reads it, as far as
that can be had without its tools.
Usage: check_packaging.py SOURCE_DIR"""
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

SOURCE = Path(sys.argv[1]).resolve()
RECIPES = SOURCE / "tools/packaging"
failures = []


def fail(text):
    failures.append(text)
    print(f"FAILED: {text}")


def header_version():
    text = (SOURCE / "host/gpufare.h").read_text()
    return [re.search(rf"#define GPUFARE_VERSION_{part} +(\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH")]


VERSION = ".".join(header_version())
ABI = ".".join(header_version()[:2])


def paragraphs(path):
    """The fields of each paragraph of a file as Debian writes them."""
    text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))
    return [dict(re.findall(r"^([\w-]+):[ \n]((?:.*\n?)(?:[ \t].*\n?)*)", part + "\n", re.M))
            for part in re.split(r"\n\s*\n", text.strip())]


def check_debian():
    debian = SOURCE / "debian"
    version = re.match(r"gpufare \((\S+)\)", (debian / "changelog").read_text())[1]
    if version != VERSION:
        fail(f"debian/changelog is of version {version}, the header of {VERSION}")
    names = {fields["Package"].strip() for fields in paragraphs(debian / "control") if "Package" in fields}
    if names != {"gpufare", f"libgpufare{ABI}", "libgpufare-dev"}:
        fail(f"debian/control has {sorted(names)}; the SONAME is libgpufare.so.{ABI}")
    for path in debian.glob("*.*"):
        if path.suffix in (".install", ".docs", ".examples", ".symbols") and path.stem not in names:
            fail(f"{path.name} is of no package")
    symbols = (debian / f"libgpufare{ABI}.symbols").read_text()
    if f"libgpufare.so.{ABI} libgpufare{ABI}" not in symbols or f"GPUFARE_{ABI} " not in symbols:
        fail("the symbols file does not follow the SONAME")
    for listed in ("gpufare.docs", "gpufare.examples", "libgpufare-dev.examples"):
        for pattern in (debian / listed).read_text().split():
            if not list(SOURCE.glob(pattern)):
                fail(f"{listed}: {pattern} matches nothing")
    for fields in paragraphs(debian / "tests/control"):
        for name in fields["Tests"].split():
            if not (debian / "tests" / name).stat().st_mode & 0o100:
                fail(f"debian/tests/{name} can't be run")


def check_dependencies():
    """What tools/packages.sh installs for a build is what Debian's package builds with."""
    listed = re.search(r'build_packages="([^"]*)"', (SOURCE / "tools/packages.sh").read_text())[1]
    ours = set(listed.replace("\\", " ").split()) - {"gcc", "libc6-dev", "pkg-config"}  # build-essential; or pkgconf
    theirs = set(re.findall(r"[a-z][\w.+-]+", re.sub(r"\([^)]*\)|[^,]*<!nocheck>", "", paragraphs(
        SOURCE / "debian/control")[0]["Build-Depends"]))) - {"debhelper-compat", "pkgconf", "pkg-config"}
    if ours != theirs:
        fail(f"Build-Depends and tools/packages.sh differ in {sorted(ours ^ theirs)}")


def check_dockerfile():
    text = re.sub(r"\\\n", " ", (RECIPES / "Dockerfile").read_text())
    stages = re.findall(r"^FROM \S+ AS (\w+)", text, re.M)
    for line in text.splitlines():
        if not re.match(r"#|$|(FROM|COPY|RUN|USER|WORKDIR|ENTRYPOINT) ", line):
            fail(f"Dockerfile: {line}")
        copied = re.match(r"COPY (?:--from=(\w+) )?(\S+) (\S+)$", line)
        if line.startswith("COPY") and (not copied or (copied[1] and copied[1] not in stages) or
                                        (not copied[1] and not (SOURCE / copied[2]).exists())):
            fail(f"Dockerfile: {line}")
        if line.startswith("RUN "):
            done = subprocess.run(["sh", "-n", "-c", line[4:]], capture_output=True, text=True)
            if done.returncode != 0:
                fail(f"Dockerfile: {line}: {done.stderr}")


def check_conda():
    text = (RECIPES / "conda/meta.yaml").read_text()
    version = re.search(r'version: "(\S+)"', text)[1]
    if version != VERSION:
        fail(f"conda/meta.yaml is of version {version}")
    try:
        import yaml
    except ImportError:
        print("left out: Python's yaml is not installed")
        return
    plain = re.sub(r"\{\{.*?\}\}", "made", text)
    recipe = yaml.safe_load(plain)
    source = (RECIPES / "conda" / recipe["source"]["path"]).resolve()
    if source != SOURCE:
        fail(f"conda/meta.yaml builds {source}")


def check_spack():
    """Runs the recipe with directives that only note their arguments."""
    noted = []
    module = types.ModuleType("spack.package")
    for name in ("license", "version", "variant", "depends_on", "generator"):
        setattr(module, name, lambda *words, _name=name, **options: noted.append((_name, *words)))

    class CMakePackage:
        def define(self, name, value):
            return f"-D{name}={'ON' if value else 'OFF'}"

    module.CMakePackage = CMakePackage
    sys.modules["spack"], sys.modules["spack.package"] = types.ModuleType("spack"), module
    scope = {}
    exec(compile((RECIPES / "spack/package.py").read_text(), "package.py", "exec"), scope)
    package = scope["Gpufare"]()
    package.spec = types.SimpleNamespace(satisfies=lambda text: text == "~opencl")
    options = re.findall(r"^option\((\w+)", (SOURCE / "CMakeLists.txt").read_text(), re.M)
    for argument in package.cmake_args():
        name = re.match(r"-D(\w+)=", argument)[1]
        if name not in options and not name.startswith("CMAKE_DISABLE_FIND_PACKAGE_"):
            fail(f"spack: there is no option {name}")
    if len([row for row in noted if row[0] == "depends_on"]) < 8:
        fail("spack: dependencies are missing")


def check_scripts():
    scripts = [RECIPES / "conda/build.sh", SOURCE / "debian/tests/compare", SOURCE / "debian/tests/link"]
    for script in scripts:
        subprocess.run(["bash", "-n", script], check=True)
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
        if done.returncode != 0:
            fail(done.stdout)


def main():
    check_debian()
    check_dependencies()
    check_dockerfile()
    check_conda()
    check_spack()
    check_scripts()
    print(f"version {VERSION}: {len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
