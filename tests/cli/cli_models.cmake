set_property(TEST cli_models APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>"
                                             "MODELS=${PROJECT_SOURCE_DIR}/models")
# It measures, and judges no time but that of lists.
gpufare_run_beside_others(cli_models)
gpufare_let_hurry(cli_models)
gpufare_use_profiles(cli_models)
