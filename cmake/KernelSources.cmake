# kernels_cl/*.cl and *.h -> the table gf_kernel_sources (host/device/kernel_sources.h), as byte arrays.

file(GLOB GPUFARE_KERNEL_FILES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/kernels_cl/*.cl"
     "${PROJECT_SOURCE_DIR}/kernels_cl/*.h")

set(GPUFARE_KERNEL_TABLE "${GPUFARE_GENERATED_DIR}/kernel_sources.c")
set(script "${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake")
# The list reaches the script in a file: a list in a command line loses its semicolons, and a change
# of the list must rebuild the table.
set(list_file "${GPUFARE_GENERATED_DIR}/kernel_sources.list")
string(REPLACE ";" "\n" list_text "${GPUFARE_KERNEL_FILES}")
file(CONFIGURE OUTPUT "${list_file}" CONTENT "${list_text}\n" @ONLY)

add_custom_command(
  OUTPUT "${GPUFARE_KERNEL_TABLE}"
  COMMAND "${CMAKE_COMMAND}" "-DLIST=${list_file}" "-DOUTPUT=${GPUFARE_KERNEL_TABLE}" -P "${script}"
  DEPENDS ${GPUFARE_KERNEL_FILES} "${list_file}" "${script}"
  COMMENT "Embedding kernels_cl"
  VERBATIM)
