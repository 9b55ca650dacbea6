# The checker of JSON reports, in C: nothing else that reads JSON is sure to be installed.
add_executable(check_json "${support_dir}/check_json.c")
target_include_directories(check_json PRIVATE ${GPUFARE_INCLUDE_DIRS}) # GF_COUNT_OF
target_link_libraries(check_json PRIVATE PkgConfig::JANSSON)
add_dependencies(programs check_json)
set_property(TEST cli_json APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>")
gpufare_run_beside_others(cli_json)
