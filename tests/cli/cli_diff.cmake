# It judges no time.
gpufare_run_beside_others(cli_diff)
set_property(TEST cli_diff APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>")
