# The layer is made in cli_layer.cmake.
find_path(layer_include_dir CL/cl_layer.h HINTS ${OpenCL_INCLUDE_DIRS})
if(layer_include_dir AND "opencl" IN_LIST GPUFARE_BACKENDS)
  set_property(TEST cli_facts APPEND PROPERTY ENVIRONMENT "LAYER=$<TARGET_FILE:layer_faults>")
endif()
gpufare_run_beside_others(cli_facts)
