# The linker's list of what libgpufare.so shows: the functions that host/gpufare.h marks with GF_API,
# under a version that changes when programs must be linked again. Made from the header, so that no
# second list must be kept. Sets GPUFARE_EXPORTS, the file.

file(READ "${PROJECT_SOURCE_DIR}/host/gpufare.h" header)
string(REGEX MATCHALL "\nGF_API [^;(]*[ *](gf_[a-z0-9_]+)\\(" declarations "${header}")
set(names "")
foreach(declaration IN LISTS declarations)
  string(REGEX REPLACE ".*[ *](gf_[a-z0-9_]+)\\($" "\\1" name "${declaration}")
  string(APPEND names "        ${name};\n")
endforeach()
set(GPUFARE_EXPORTS "${GPUFARE_GENERATED_DIR}/libgpufare.map")
set(node "GPUFARE_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
file(CONFIGURE OUTPUT "${GPUFARE_EXPORTS}" CONTENT "${node} {\n    global:\n${names}    local: *;\n};\n"
     @ONLY)
