# What reads pages: Python's own XML parser.
set_property(TEST cli_html APPEND PROPERTY ENVIRONMENT "CHECK_PAGE=${support_dir}/check_page.py"
                                           "CHECK_TIMELINE=${support_dir}/check_timeline.py"
                                           "PYTHONDONTWRITEBYTECODE=1")
gpufare_run_beside_others(cli_html)
