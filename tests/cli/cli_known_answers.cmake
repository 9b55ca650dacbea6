# Hundreds of runs.
gpufare_run_beside_others(cli_known_answers)
