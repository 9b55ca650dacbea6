# The plugins that reach the ranks of a job, one for each MPI that is found, since a program can't be
# linked with two. Without any MPI there is none, and gpufare runs one rank as ever.

option(GPUFARE_MPI "Build the MPI plugins, one for each MPI that is found" ON)
if(NOT GPUFARE_MPI)
  return()
endif()

# gpufare_find_mpi(COMPILER KIND FLAGS): which MPI a compiler wrapper is of, and what it would pass on.
function(gpufare_find_mpi compiler kind flags)
  set(${kind} "" PARENT_SCOPE)
  execute_process(
    COMMAND "${compiler}" -E -dM -include mpi.h -x c /dev/null
    OUTPUT_VARIABLE macros ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    return()
  endif()
  if(macros MATCHES "define OPEN_MPI ")
    set(${kind} openmpi PARENT_SCOPE)
  elseif(macros MATCHES "define MPICH_VERSION ")
    set(${kind} mpich PARENT_SCOPE)
  endif()
  execute_process(
    COMMAND "${compiler}" -show
    OUTPUT_VARIABLE line ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  separate_arguments(words UNIX_COMMAND "${line}")
  list(FILTER words INCLUDE REGEX "^-[IL]|^-lmpi|^-lmpich|^-pthread")
  set(${flags} "${words}" PARENT_SCOPE)
endfunction()

set(GPUFARE_MPI_PLUGINS "")
foreach(name IN ITEMS mpicc.openmpi mpicc.mpich mpicc)
  string(MAKE_C_IDENTIFIER "GPUFARE_${name}" variable)
  find_program(${variable} ${name})
  mark_as_advanced(${variable})
  if(NOT ${variable})
    continue()
  endif()
  gpufare_find_mpi("${${variable}}" kind flags)
  if(kind STREQUAL "" OR TARGET gpufare-mpi-${kind})
    continue()
  endif()
  add_library(gpufare-mpi-${kind} MODULE "${PROJECT_SOURCE_DIR}/host/ranks/mpi/mpi_transport.c")
  set_target_properties(gpufare-mpi-${kind} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY
                                                       "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  target_include_directories(gpufare-mpi-${kind} PRIVATE "${PROJECT_SOURCE_DIR}/host")
  foreach(flag IN LISTS flags)
    if(flag MATCHES "^-I(.*)")
      target_include_directories(gpufare-mpi-${kind} SYSTEM PRIVATE "${CMAKE_MATCH_1}")
    else()
      target_link_libraries(gpufare-mpi-${kind} PRIVATE "${flag}")
    endif()
  endforeach()
  add_dependencies(programs gpufare-mpi-${kind})
  add_dependencies(gpufare gpufare-mpi-${kind})
  install(
    TARGETS gpufare-mpi-${kind}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/gpufare"
            PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                        WORLD_EXECUTE)
  list(APPEND GPUFARE_MPI_PLUGINS ${kind})
endforeach()
if(GPUFARE_MPI_PLUGINS)
  message(STATUS "MPI plugins: ${GPUFARE_MPI_PLUGINS}")
else()
  message(STATUS "MPI plugins: left out: no MPI is found (Debian: libopenmpi-dev, libmpich-dev)")
endif()
