# Hundreds of runs.
gpufare_run_beside_others(cli_known_answers)
set_tests_properties(cli_known_answers PROPERTIES COST 700)
