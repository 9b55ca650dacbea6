# shellcheck shell=sh
# Installs what is missing, on Debian and its relatives. Sourced by tools/quickstart, tools/test,
# tools/bench/run and tools/chroots/run.

# What the build needs, the driver that presents a CPU as an OpenCL device, what the tests need, the
# peers of the benchmark, and what makes chroots.
# shellcheck disable=SC2034 # used where this is sourced
{
    build_packages="gcc libc6-dev cmake ninja-build pkg-config ocl-icd-opencl-dev \
        opencl-c-headers libpng-dev libjansson-dev libhwloc-dev libinih-dev libcairo2-dev \
        libarchive-dev nettle-dev"
    driver_packages=pocl-opencl-icd
    test_packages="libcriterion-dev python3 clang clang-format libomp-dev g++ locales \
        man-db mandoc zsh fish abigail-tools python3-cffi python3-dev python3-numpy python3-pytest \
        python3-venv zstd openmpi-bin libopenmpi-dev mpich libmpich-dev"
    peer_packages="python3 python3-numpy python3-numba cython3 python3-dev"
    chroot_packages="debootstrap debian-archive-keyring git python3 util-linux"
}

# missing_packages PACKAGE...: those that are not installed, on one line.
missing_packages() {
    missing=
    for package in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
            installed) ;;
            *)
                [ "$package" = ocl-icd-opencl-dev ] && opencl_links ||
                    missing="$missing $package"
                ;;
        esac
    done
    echo "${missing# }"
}

# opencl_links: true when a loader with its headers is there, whichever it is: Debian's package would
# replace the Khronos one.
opencl_links() {
    command -v cc >/dev/null || return 1
    probe=$(mktemp)
    echo '#include <CL/cl.h>
        int main(void) { return clGetPlatformIDs(0, 0, 0) == 0; }' |
        cc -DCL_TARGET_OPENCL_VERSION=120 -x c - -lOpenCL -o "$probe" 2>/dev/null && linked=0 ||
        linked=1
    rm -f "$probe"
    return "$linked"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "Not root and no sudo: run this as root: $*" >&2
        return 1
    fi
}

apt_updated=
# install_packages PACKAGE...: false when one can't be installed. Asks nothing, removes nothing; does
# nothing at all when nothing is missing.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "Not a Debian system: these packages or their like must be there: $*" >&2
        return 0
    fi
    missing=$(missing_packages "$@")
    if [ -z "$missing" ]; then
        return 0
    fi
    echo "Installing: $missing"
    if [ -z "$apt_updated" ]; then
        # The old lists may be good enough, so a failure here does not stop the installation.
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update || true
        apt_updated=yes
    fi
    log=$(mktemp)
    # shellcheck disable=SC2086 # a list of words
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-remove \
        --no-install-recommends $missing >"$log" 2>&1; then
        installed=0
    else
        installed=1
        tail -n 20 "$log" >&2
    fi
    rm -f "$log"
    return "$installed"
}

# forget_moved_build BUILD_DIR SOURCE_DIR: a build tree that belongs to another source folder, as
# after a move or a copy, can't be used; CMake would refuse.
forget_moved_build() {
    if [ -f "$1/CMakeCache.txt" ] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$2" "$1/CMakeCache.txt"; then
        echo "Forgetting $1, which belongs to another folder"
        rm -rf "$1"
    fi
}
