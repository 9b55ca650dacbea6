# It judges no time.
gpufare_run_beside_others(cli_rank_states)
set_property(TEST cli_rank_states APPEND PROPERTY ENVIRONMENT "CHECKPOINTS=${NETTLE_FOUND}")
