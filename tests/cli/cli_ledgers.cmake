# A run of ours under a trace of ours.
if(TARGET gpufare-trace AND "opencl" IN_LIST GPUFARE_BACKENDS)
  set_property(
    TEST cli_ledgers
    APPEND PROPERTY ENVIRONMENT "LEDGERS=${PROJECT_SOURCE_DIR}/tools/bench/ledgers.py"
                    "PYTHONDONTWRITEBYTECODE=1" "GPUFARE_TRACE_LAYER=$<TARGET_FILE:gpufare-trace>")
else()
  set_tests_properties(cli_ledgers PROPERTIES DISABLED TRUE)
endif()
