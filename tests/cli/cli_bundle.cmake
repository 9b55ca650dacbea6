# It judges no time.
gpufare_run_beside_others(cli_bundle)
set_property(TEST cli_bundle APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>"
                                             "BUNDLES=${GPUFARE_BUNDLES}")
