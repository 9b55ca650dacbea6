# It measures, and judges no time.
gpufare_run_beside_others(cli_calibrate)
gpufare_let_hurry(cli_calibrate)
