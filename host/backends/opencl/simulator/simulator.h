/* Oclgrind: a driver whose device simulates kernels, and writes down what they do wrong. */
#pragma once

#include "user/source/flaw.h"

/* The path of its library, $GPUFARE_OCLGRIND or where packages put it, which the caller frees.
 * NULL: it is not installed, as the error says, or there is no memory. */
char *gf_simulator_find(gf_error *error);

/* Before the driver is loaded: has it write what it finds into the file `log`. Changes the
 * environment. */
bool gf_simulator_set_up(const char *log);

/* Slot of the backend: reads what it wrote. Findings that it is known to report of kernels without
 * fault are left out. GF_OK also when there is no such file. */
gf_status gf_simulator_read(const char *log, const gf_flaw_sink *sink, gf_error *error);
