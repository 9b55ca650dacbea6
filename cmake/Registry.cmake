# host/workloads/STEM.c and the backends -> the tables of host/device/registry.h.

file(GLOB GPUFARE_WORKLOAD_FILES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/host/workloads/*.c")

set(declarations "")
set(workload_rows "")
set(backend_rows "")
foreach(file IN LISTS GPUFARE_WORKLOAD_FILES)
  get_filename_component(stem "${file}" NAME_WE)
  string(APPEND declarations "extern const gf_workload gf_workload_${stem};\n")
  string(APPEND workload_rows "    &gf_workload_${stem},\n")
endforeach()
foreach(name IN LISTS GPUFARE_BACKENDS)
  string(APPEND declarations "extern const gf_backend gf_backend_${name};\n")
  string(APPEND backend_rows "    &gf_backend_${name},\n")
endforeach()

set(GPUFARE_REGISTRY "${GPUFARE_GENERATED_DIR}/registry.c")
configure_file("${PROJECT_SOURCE_DIR}/cmake/registry.c.in" "${GPUFARE_REGISTRY}" @ONLY)
