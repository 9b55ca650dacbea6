# It judges no time but that of refusals.
gpufare_run_beside_others(cli_checkpoint)
set_property(TEST cli_checkpoint APPEND PROPERTY ENVIRONMENT "CHECKPOINTS=${NETTLE_FOUND}")
