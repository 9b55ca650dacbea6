# check_json is made in cli_json.cmake.
set_property(TEST cli_rank_queue APPEND PROPERTY ENVIRONMENT "CHECK_JSON=$<TARGET_FILE:check_json>"
                                                 "CHECK_PAGE=${support_dir}/check_page.py"
                                                 "PYTHONDONTWRITEBYTECODE=1")
gpufare_run_beside_others(cli_rank_queue)
