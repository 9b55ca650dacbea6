# Runs behind the layer of cli_layer.cmake, which presents CPUs as GPUs to the workers of each test
# and has transfers start as late as they may.
find_path(layer_include_dir CL/cl_layer.h HINTS ${OpenCL_INCLUDE_DIRS})
if(layer_include_dir AND "opencl" IN_LIST GPUFARE_BACKENDS)
  set_property(
    TEST test_pipeline APPEND PROPERTY ENVIRONMENT "OPENCL_LAYERS=$<TARGET_FILE:layer_faults>"
                                       LAYER_PROGRAM=gpufare-worker LAYER_WORD=serve LAYER_AS_GPU=1
                                       LAYER_LATE=1)
  add_dependencies(test_pipeline layer_faults)
else()
  set_tests_properties(test_pipeline PROPERTIES DISABLED ON)
endif()
