/* The plugin that reaches the other ranks: found, loaded, joined. */
#pragma once

#include "ranks/launcher.h"
#include "ranks/ranks.h"

/* Loads the plugin of the launcher's MPI and joins the job. GF_UNSUPPORTED when this build has none
 * for it, or its library can't be loaded. */
gf_status gf_plugin_open(const gf_launcher *launcher, gf_ranks **ranks, gf_error *error);

/* Whether this build has the plugin of an MPI: "openmpi", "mpich". */
bool gf_plugin_exists(const char *mpi);
