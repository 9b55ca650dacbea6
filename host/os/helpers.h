/* The processes that work with this one: its workers, or a worker's parent. What they compute
 * counts as this process's own, so that it is not taken for another program's. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define GF_MAX_HELPERS 64

/* Any thread may call these. Beyond GF_MAX_HELPERS a process is not noted. */
void gf_helpers_add(pid_t pid);
void gf_helpers_remove(pid_t pid);
/* Copies the processes; returns their number. */
size_t gf_helpers_list(pid_t pids[GF_MAX_HELPERS]);
