# The layer that `gpufare trace` puts between a program and its OpenCL loader: a library of its own,
# which needs nothing but the loader's headers.

find_path(GPUFARE_LAYER_INCLUDE_DIR CL/cl_layer.h HINTS ${OpenCL_INCLUDE_DIRS})
if(NOT GPUFARE_LAYER_INCLUDE_DIR)
  message(STATUS "gpufare trace: its layer is left out: CL/cl_layer.h is missing "
                 "(Debian: ocl-icd-opencl-dev)")
  return()
endif()

file(GLOB layer_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/host/layer/*.c"
     "${PROJECT_SOURCE_DIR}/host/layer/watch/*.c")
add_library(gpufare-trace MODULE ${layer_files})
set_target_properties(gpufare-trace PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY
                                               "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
target_include_directories(gpufare-trace PRIVATE "${PROJECT_SOURCE_DIR}/host")
target_include_directories(gpufare-trace SYSTEM PRIVATE "${GPUFARE_LAYER_INCLUDE_DIR}")
target_link_libraries(gpufare-trace PRIVATE Threads::Threads ${CMAKE_DL_LIBS})
add_dependencies(programs gpufare-trace)
install(
  TARGETS gpufare-trace
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/gpufare"
          PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                      WORLD_EXECUTE)
