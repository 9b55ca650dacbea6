set_property(TEST cli_advise APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>")
