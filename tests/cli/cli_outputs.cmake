# It judges no time.
gpufare_run_beside_others(cli_outputs)
