# It judges no time, and waits for most of its own.
gpufare_run_beside_others(cli_interrupt)
