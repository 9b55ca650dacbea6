# What the core needs. Each backend names its own needs in its backend.cmake.

find_package(OpenMP REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(PNG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(HWLOC REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(INIH REQUIRED IMPORTED_TARGET inih)

# Optional: plots.
pkg_check_modules(CAIRO IMPORTED_TARGET cairo-svg cairo-png)
if(NOT CAIRO_FOUND)
  message(STATUS "Plots: left out: cairo is missing (Debian: libcairo2-dev)")
endif()

# Optional: bundles of evidence, and checkpoints, which need nettle alone. It comes along with
# Debian's libarchive.
pkg_check_modules(ARCHIVE IMPORTED_TARGET libarchive)
pkg_check_modules(NETTLE IMPORTED_TARGET nettle)
set(GPUFARE_BUNDLES OFF)
if(ARCHIVE_FOUND AND NETTLE_FOUND)
  set(GPUFARE_BUNDLES ON)
else()
  message(STATUS "Bundles: left out: libarchive or nettle is missing (Debian: libarchive-dev, nettle-dev)")
endif()
if(NOT NETTLE_FOUND)
  message(STATUS "Checkpoints: left out: nettle is missing (Debian: nettle-dev)")
endif()
