# The layer that cli_layer.sh puts between the ICD loader and the driver.
find_path(layer_include_dir CL/cl_layer.h HINTS ${OpenCL_INCLUDE_DIRS})
if(layer_include_dir AND "opencl" IN_LIST GPUFARE_BACKENDS)
  add_library(layer_faults MODULE "${support_dir}/layer_faults.c")
  target_include_directories(layer_faults PRIVATE "${PROJECT_SOURCE_DIR}")
  target_include_directories(layer_faults SYSTEM PRIVATE "${layer_include_dir}")
  # For tools/faults/: a driver that starts quickly.
  add_library(tiny_driver MODULE "${support_dir}/tiny_driver.c")
  target_include_directories(tiny_driver SYSTEM PRIVATE "${layer_include_dir}")
  add_dependencies(programs layer_faults tiny_driver)
  if(TARGET check_json)
    set_property(
      TEST cli_layer APPEND PROPERTY ENVIRONMENT "LAYER=$<TARGET_FILE:layer_faults>"
                                     "CHECK_JSON=$<TARGET_FILE:check_json>")
  endif()
endif()
# Hundreds of runs, and none has to answer at once.
gpufare_run_beside_others(cli_layer)
