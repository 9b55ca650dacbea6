# Put this folder into a repository of Spack's as packages/gpufare, or build from a checkout:
#     spack dev-build gpufare@main

from spack.package import *


class Gpufare(CMakePackage):
    """Runs a kernel on every compute device, proves the results, times moving the data apart from
    computing, and says whether the GPU is worth it."""

    license("MIT")

    # The repository's address is given where this recipe is used: spack dev-build takes a checkout.
    version("main")

    variant("opencl", default=True, description="Devices of OpenCL")
    variant("pocl", default=True, when="+opencl", description="PoCL, the OpenCL driver for CPUs")

    depends_on("c", type="build")
    depends_on("cmake@3.22:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("libarchive compression=zstd")
    depends_on("nettle")
    depends_on("hwloc")
    depends_on("jansson")
    depends_on("libinih")
    depends_on("libpng")
    depends_on("cairo+png+svg")
    depends_on("opencl-icd-loader", when="+opencl")
    depends_on("opencl-headers", when="+opencl")
    depends_on("pocl", type="run", when="+pocl")

    generator("ninja")

    def cmake_args(self):
        args = [self.define("GPUFARE_TESTS", False)]
        if self.spec.satisfies("~opencl"):
            args.append(self.define("CMAKE_DISABLE_FIND_PACKAGE_OpenCL", True))
        return args
