# That errors come at once is judged by cli_bad_input.
gpufare_run_beside_others(cli_broken_kernels)
