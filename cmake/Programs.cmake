# The tool, from tools/*.c, and the helper programs of the backends. `programs` builds them all, and
# the libraries: everything that can be installed.

add_custom_target(programs)
add_dependencies(programs ${GPUFARE_INSTALLED_LIBRARIES})

file(GLOB tool_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/*.c"
     "${PROJECT_SOURCE_DIR}/tools/options/*.c" "${PROJECT_SOURCE_DIR}/tools/verbs/*.c")
add_executable(gpufare ${tool_files})
target_link_libraries(gpufare PRIVATE gpufare_internal)
target_include_directories(gpufare PRIVATE "${PROJECT_SOURCE_DIR}/tools")
add_dependencies(programs gpufare)

set(GPUFARE_HELPERS "")
foreach(main IN LISTS GPUFARE_BACKEND_MAINS)
  get_filename_component(name "${main}" NAME_WE)
  string(REGEX REPLACE "_main$" "" name "${name}")
  add_executable(gpufare-${name} "${main}")
  target_link_libraries(gpufare-${name} PRIVATE gpufare_internal)
  add_dependencies(programs gpufare-${name})
  list(APPEND GPUFARE_HELPERS gpufare-${name})
endforeach()

# What tools/bench/accuracy asks for predictions, and tools/bench/check_models for bounds, as
# check_bounds does; they are not installed.
add_executable(predict_cases "${PROJECT_SOURCE_DIR}/tools/bench/predict_cases.c")
target_link_libraries(predict_cases PRIVATE gpufare_internal)
add_executable(bound_cases "${PROJECT_SOURCE_DIR}/tools/bench/bound_cases.c")
target_link_libraries(bound_cases PRIVATE gpufare_internal)
add_dependencies(programs predict_cases bound_cases)
