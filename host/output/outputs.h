/* Pictures and arrays of results. */
#pragma once

#include "problem/workload.h"

/* Renders a result and writes it as PNG. Several threads may do so at once. */
gf_status gf_write_picture(const gf_problem *problem, const void *output, const char *path,
                           gf_error *error);
