# Sourced by the scripts beside this folder: a temporary folder with pyopencl and compute.py in it,
# and pinned drivers of which OpenCL's loader sees one. Needs Python 3.11 or later with venv.
# shellcheck shell=sh
set -eu
support=$(CDPATH='' cd -- "$(dirname -- "$0")/support" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export XDG_CACHE_HOME="$folder/cache" OCL_ICD_VENDORS="$folder/vendors"
mkdir vendors
cp "$support/compute.py" .
python3 -m venv venv

# get_python PACKAGE==VERSION...
get_python() {
    venv/bin/pip install -q --disable-pip-version-check "$@" pyopencl==2026.1.4 numpy==2.4.6
}

# get_debian PACKAGE=VERSION...: unpacked, not installed. $libraries: the folder of their libraries.
get_debian() {
    get_python
    apt-get -qq download "$@"
    for package in *.deb; do
        dpkg-deb -x "$package" files
    done
    libraries=$folder/files/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
    export LD_LIBRARY_PATH="$libraries"
}

# use_driver NAME: the only one that the loader sees. What Debian's packages depend on must be
# installed.
use_driver() {
    case $1 in
        intel)
            get_python intel-opencl-rt==2026.2.0 intel-cmplr-lib-rt==2026.2.0
            library=$folder/venv/lib/libintelocl.so
            ;;
        oclgrind)
            get_debian oclgrind=21.10-3 liboclgrind-21.10=21.10-3
            library=$folder/files/usr/lib/oclgrind/liboclgrind-rt-icd.so
            ;;
        pocl)
            get_debian libpocl2=3.1-3+deb12u1 libpocl2-common=3.1-3+deb12u1
            library=$libraries/libpocl.so.2.10.0
            ;;
        rusticl)
            get_debian mesa-opencl-icd=22.3.6-1+deb12u2 libllvmspirvlib15=15.0.0-2
            library=$libraries/libRusticlOpenCL.so.1
            export RUSTICL_ENABLE=llvmpipe
            ;;
    esac
    echo "$library" >"vendors/$1.icd"
}
