# The tool, from tools/*.c, and the helper programs of the backends. `programs` builds them all, and
# the libraries: everything that can be installed.

add_custom_target(programs)
add_dependencies(programs ${GPUFARE_INSTALLED_LIBRARIES})

file(GLOB tool_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/*.c"
     "${PROJECT_SOURCE_DIR}/tools/options/*.c" "${PROJECT_SOURCE_DIR}/tools/options/*/*.c"
     "${PROJECT_SOURCE_DIR}/tools/verbs/*.c")
set(tool_main "${PROJECT_SOURCE_DIR}/tools/gpufare.c")
list(REMOVE_ITEM tool_files "${tool_main}")
add_library(gpufare_tool OBJECT ${tool_files})
target_link_libraries(gpufare_tool PUBLIC gpufare_internal)
target_include_directories(gpufare_tool PUBLIC "${PROJECT_SOURCE_DIR}/tools")
add_executable(gpufare "${tool_main}" $<TARGET_OBJECTS:gpufare_tool>)
target_link_libraries(gpufare PRIVATE gpufare_internal)
target_include_directories(gpufare PRIVATE "${PROJECT_SOURCE_DIR}/tools")
add_dependencies(programs gpufare)

# Manual pages and completions of shells, laid out as PREFIX/share. A program of this build writes
# them from the tool's tables, so that it must be able to run here.
set(GPUFARE_SHARE_DIR "")
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "Manual pages and completions: left out: what writes them can't run here (give "
                 "CMAKE_CROSSCOMPILING_EMULATOR)")
else()
  set(GPUFARE_SHARE_DIR "${PROJECT_BINARY_DIR}/share")
  file(GLOB generate_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/generate/*.c")
  file(GLOB generate_templates CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/generate/*.in")
  add_executable(gpufare-generate ${generate_files} $<TARGET_OBJECTS:gpufare_tool>)
  target_link_libraries(gpufare-generate PRIVATE gpufare_internal)
  target_include_directories(gpufare-generate PRIVATE "${PROJECT_SOURCE_DIR}/tools")
  set(stamp "${GPUFARE_GENERATED_DIR}/share.stamp")
  add_custom_command(
    OUTPUT "${stamp}"
    COMMAND "${CMAKE_COMMAND}" -E rm -rf "${GPUFARE_SHARE_DIR}"
    COMMAND gpufare-generate "${PROJECT_SOURCE_DIR}/tools/generate" "${GPUFARE_SHARE_DIR}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS gpufare-generate ${generate_templates}
    COMMENT "Writing manual pages and completions"
    VERBATIM)
  add_custom_target(share ALL DEPENDS "${stamp}")
  add_dependencies(programs share)
endif()

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
