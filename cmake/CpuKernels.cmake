# cpu/STEM.c -> one object library per ISA and precision, and the table gf_cpu_kernels
# (host/device/cpu_kernels.h). If there is a cpu/STEM_scalar.c, it is compiled for the scalar ISA
# instead.

string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
set(GPUFARE_ISAS scalar)
if(GPUFARE_FUZZ OR NOT GPUFARE_VECTORS)
  # Fuzzers run no kernels, and clang takes minutes to instrument those with vectors.
elseif(processor MATCHES "^(x86_64|amd64|i[3-6]86)$")
  list(APPEND GPUFARE_ISAS avx2 avx512)
elseif(processor MATCHES "^(aarch64|arm64)$")
  list(APPEND GPUFARE_ISAS neon)
endif()

set(flags_scalar "")
set(flags_avx2 -mavx2 -mfma)
# 512-bit registers are not preferred by default: the compiler fears the clock drop of early CPUs.
set(flags_avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512)
set(flags_neon "") # part of the baseline of 64-bit ARM

set(folder "${PROJECT_SOURCE_DIR}/cpu")
file(GLOB stems CONFIGURE_DEPENDS RELATIVE "${folder}" "${folder}/*.c")
list(TRANSFORM stems REPLACE "\\.c$" "")
foreach(stem IN LISTS stems)
  list(REMOVE_ITEM stems "${stem}_scalar")
endforeach()

set(optimization -O3)
if(GPUFARE_SANITIZE)
  # An instrumented file takes gcc 20 s with -O3, 9 s with -O1 and 3 s with -Og; longer where checks
  # are inlined. What -Og makes takes 1.4 times as long as what -O1 does.
  set(optimization -Og)
  if(GPUFARE_SANITIZE MATCHES "address" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND optimization "SHELL:--param asan-instrumentation-with-call-threshold=0")
  endif()
endif()

# gpufare_add_cpu_objects(TARGET ISA BITS FILE...): the object library of kernels for one ISA and
# precision.
function(gpufare_add_cpu_objects target isa bits)
  string(TOUPPER "${isa}" ISA)
  add_library(${target} OBJECT ${ARGN})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/cpu")
  target_compile_options(${target} PRIVATE ${optimization} -fopenmp ${flags_${isa}}
                                           ${GPUFARE_HARDENING_OFF})
  # cpu/kernel.h makes the name of the entry from these.
  target_compile_definitions(${target} PRIVATE GF_REAL_BITS=${bits} GF_TARGET_ISA=${isa}
                                               GF_TARGET_${ISA}=1)
endfunction()

# gpufare_append_cpu_kernel(STEM ISA BITS): adds a kernel to `declarations` and `rows` of a table.
macro(gpufare_append_cpu_kernel stem isa bits)
  string(TOUPPER "${isa}" ISA)
  set(function "gf_${stem}_f${bits}__${isa}")
  string(APPEND declarations "uint32_t ${function}(const gf_kernel_args *args);\n")
  string(APPEND rows "    {\"${stem}\", GF_ISA_${ISA}, ${bits}, ${function}},\n")
endmacro()

set(GPUFARE_CPU_OBJECTS "")
set(declarations "")
set(rows "")
foreach(isa IN LISTS GPUFARE_ISAS)
  foreach(bits IN ITEMS 64 32)
    set(files "")
    foreach(stem IN LISTS stems)
      if(isa STREQUAL scalar AND EXISTS "${folder}/${stem}_scalar.c")
        list(APPEND files "${folder}/${stem}_scalar.c")
      else()
        list(APPEND files "${folder}/${stem}.c")
      endif()
      gpufare_append_cpu_kernel(${stem} ${isa} ${bits})
    endforeach()
    if(NOT files)
      continue()
    endif()
    gpufare_add_cpu_objects(cpu_f${bits}_${isa} ${isa} ${bits} ${files})
    list(APPEND GPUFARE_CPU_OBJECTS "$<TARGET_OBJECTS:cpu_f${bits}_${isa}>")
  endforeach()
endforeach()

set(GPUFARE_CPU_TABLE "${GPUFARE_GENERATED_DIR}/cpu_kernels.c")
configure_file("${PROJECT_SOURCE_DIR}/cmake/cpu_kernels.c.in" "${GPUFARE_CPU_TABLE}" @ONLY)

# A hash of the kernels as they are compiled: values that a search found for others are not used.
file(GLOB_RECURSE kernel_files CONFIGURE_DEPENDS "${folder}/*.c" "${folder}/*.h")
set(GPUFARE_CPU_HASH "${GPUFARE_GENERATED_DIR}/cpu_kernels_hash.c")
set(script "${PROJECT_SOURCE_DIR}/cmake/HashFiles.cmake")
set(list_file "${GPUFARE_GENERATED_DIR}/cpu_kernels.list")
string(REPLACE ";" "\n" list_text "${kernel_files}")
file(CONFIGURE OUTPUT "${list_file}" CONTENT "${list_text}\n" @ONLY)
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
set(salt "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_C_FLAGS}")
string(APPEND salt " ${CMAKE_C_FLAGS_${build_type}} ${optimization}")
foreach(isa IN LISTS GPUFARE_ISAS)
  string(APPEND salt " ${flags_${isa}}")
endforeach()
string(REPLACE ";" " " salt "${salt}")
add_custom_command(
  OUTPUT "${GPUFARE_CPU_HASH}"
  COMMAND "${CMAKE_COMMAND}" "-DLIST=${list_file}" "-DSALT=${salt}" -DSYMBOL=gf_cpu_kernels_hash
          -DHEADER=device/cpu_kernels.h "-DOUTPUT=${GPUFARE_CPU_HASH}" -P "${script}"
  DEPENDS ${kernel_files} "${list_file}" "${script}"
  COMMENT "Hashing the CPU kernels"
  VERBATIM)
