set_property(TEST cli_advise APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>")
# It measures, and judges no time.
gpufare_run_beside_others(cli_advise)
gpufare_let_hurry(cli_advise)
gpufare_use_profiles(cli_advise)
