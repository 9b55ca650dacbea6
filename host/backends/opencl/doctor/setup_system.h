/* Device nodes, PoCL's cache and the machine, as the file system tells of them. */
#ifndef GF_SETUP_SYSTEM_H
#define GF_SETUP_SYSTEM_H

#include "backends/opencl/doctor/setup.h"

/* facts_system.c: parts of gf_setup_collect. */
void gf_setup_find_nodes(const char *root, gf_opencl_setup *facts);
void gf_setup_find_cache(gf_opencl_setup *facts);
void gf_setup_find_machine(const char *root, gf_host_conditions *machine);

#endif
