# The programs that cli_trace.sh traces: one that is linked with OpenCL's loader, and one that loads it.
if(TARGET gpufare-trace AND TARGET check_json AND "opencl" IN_LIST GPUFARE_BACKENDS)
  foreach(program traced_program traced_late traced_phases)
    set(source ${program})
    if(program STREQUAL traced_late)
      set(source traced_program)
    endif()
    add_executable(${program} "${support_dir}/${source}.c")
    target_include_directories(${program} SYSTEM PRIVATE "${GPUFARE_LAYER_INCLUDE_DIR}")
    target_link_libraries(${program} PRIVATE Threads::Threads ${CMAKE_DL_LIBS})
    add_dependencies(programs ${program})
  endforeach()
  target_link_libraries(traced_program PRIVATE OpenCL::OpenCL)
  target_link_libraries(traced_phases PRIVATE OpenCL::OpenCL)
  target_compile_definitions(traced_late PRIVATE LATE=1)
  set_property(
    TEST cli_trace
    APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>"
                    "PROGRAM=$<TARGET_FILE:traced_program>" "LATE=$<TARGET_FILE:traced_late>"
                    "GPUFARE_TRACE_LAYER=$<TARGET_FILE:gpufare-trace>")
else()
  set_tests_properties(cli_trace PROPERTIES DISABLED TRUE)
endif()
# It judges shares of a program's time, which all grow on a busy machine.
gpufare_run_beside_others(cli_trace)
