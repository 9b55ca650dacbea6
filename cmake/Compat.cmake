# Compatibility libraries: python/compat/STEM.c becomes STEM.so, which programs load by that name. It needs
# nothing of gpufare: of the static library it takes what its kernel's table (host/device/cpu_kernels.h)
# names, and a few files of host/ without needs of their own.
#
# The file names its kernel in a line `#define KERNEL "NAME"`: one of cpu/, or python/compat/kernels/NAME.c,
# which is compiled for each ISA, in f64.

set(GPUFARE_COMPAT_DIR "${PROJECT_BINARY_DIR}/lib/gpufare")
set(GPUFARE_COMPAT_LIBRARIES "")
set(folder "${PROJECT_SOURCE_DIR}/python/compat")

# gpufare_add_compat(STEM KERNEL FILE...): one library, the stem of its kernel, further files.
function(gpufare_add_compat stem kernel)
  set(declarations "")
  set(rows "")
  foreach(isa IN LISTS GPUFARE_ISAS)
    gpufare_append_cpu_kernel(${kernel} ${isa} 64)
  endforeach()
  set(table "${GPUFARE_GENERATED_DIR}/compat_${stem}_kernels.c")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/cpu_kernels.c.in" "${table}" @ONLY)
  add_library(compat_${stem} MODULE "${folder}/${stem}.c" "${folder}/kernel_call.c" "${table}" ${ARGN})
  set_target_properties(compat_${stem} PROPERTIES PREFIX "" OUTPUT_NAME ${stem} LIBRARY_OUTPUT_DIRECTORY
                                                  "${GPUFARE_COMPAT_DIR}")
  target_include_directories(compat_${stem} PRIVATE ${GPUFARE_INCLUDE_DIRS})
  # The file alone: the archive's own libraries would be linked, too.
  add_dependencies(compat_${stem} gpufare_static)
  target_link_libraries(compat_${stem} PRIVATE $<TARGET_FILE:gpufare_static> OpenMP::OpenMP_C
                                               Threads::Threads m)
  set_property(TARGET compat_${stem} APPEND PROPERTY LINK_DEPENDS $<TARGET_FILE:gpufare_static>)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # Of the archive nothing is shown.
    target_link_options(compat_${stem} PRIVATE "LINKER:--exclude-libs,ALL")
    if(NOT GPUFARE_SANITIZE)
      target_link_options(compat_${stem} PRIVATE "LINKER:-z,defs")
    endif()
  endif()
  add_dependencies(programs compat_${stem})
endfunction()

file(GLOB compat_files CONFIGURE_DEPENDS "${folder}/*.c")
list(REMOVE_ITEM compat_files "${folder}/kernel_call.c")
foreach(file IN LISTS compat_files)
  get_filename_component(stem "${file}" NAME_WE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(STRINGS "${file}" line REGEX "^#define KERNEL ")
  string(REGEX MATCH "\"(.*)\"" line "${line}")
  set(kernel "${CMAKE_MATCH_1}")
  set(objects "")
  if(EXISTS "${folder}/kernels/${kernel}.c")
    foreach(isa IN LISTS GPUFARE_ISAS)
      gpufare_add_cpu_objects(compat_${kernel}_${isa} ${isa} 64 "${folder}/kernels/${kernel}.c")
      list(APPEND objects $<TARGET_OBJECTS:compat_${kernel}_${isa}>)
    endforeach()
  endif()
  gpufare_add_compat(${stem} ${kernel} ${objects})
  list(APPEND GPUFARE_COMPAT_LIBRARIES compat_${stem})
endforeach()
