# With the layer of cli_layer.cmake.
if(TARGET layer_faults)
  set_property(TEST cli_first_steps APPEND PROPERTY ENVIRONMENT "LAYER=$<TARGET_FILE:layer_faults>")
endif()
gpufare_run_beside_others(cli_first_steps)
