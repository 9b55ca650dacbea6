# check_json and the layer are made in cli_json.cmake and cli_layer.cmake.
set_property(TEST cli_cores APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>")
find_path(layer_include_dir CL/cl_layer.h HINTS ${OpenCL_INCLUDE_DIRS})
if(layer_include_dir AND "opencl" IN_LIST GPUFARE_BACKENDS)
  set_property(TEST cli_cores APPEND PROPERTY ENVIRONMENT "LAYER=$<TARGET_FILE:layer_faults>")
endif()
# It judges no time.
gpufare_run_beside_others(cli_cores)
