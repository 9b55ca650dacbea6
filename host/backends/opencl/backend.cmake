# Needs the ICD loader and the headers (Debian: ocl-icd-opencl-dev opencl-c-headers). Module mode:
# the loader installs no CMake package.
find_package(OpenCL MODULE QUIET)
if(OpenCL_FOUND)
  set(BACKEND_LIBRARIES OpenCL::OpenCL)
  set(BACKEND_FIND_DEPENDENCIES OpenCL)
  set(BACKEND_LINK_FLAGS -lOpenCL)
else()
  set(BACKEND_MISSING "no OpenCL loader or headers (ocl-icd-opencl-dev, opencl-c-headers)")
endif()
