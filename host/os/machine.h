/* Facts about the machine that the program runs on. */
#pragma once

#include "gpufare.h"

typedef struct gf_machine {
    char cpu[128]; /* the model's name */
    char os[128];
    char compiler[128];
    uint32_t cores;   /* physical cores this process may use */
    uint32_t threads; /* hardware threads this process may use */
    uint64_t memory_bytes;
    uint64_t l1d_bytes, l2_bytes, l3_bytes; /* of one cache; 0: none or not known */
} gf_machine;

/* The compiler that built this program: "gcc 13.2.0". */
const char *gf_machine_compiler(void);

/* Memory that this process may use: physical memory or the cgroup's limit, whichever is less. */
uint64_t gf_machine_memory_bytes(void);

/* The largest physical memory of this process at any time since it started, precise to some
 * 100 KiB, since the system sums the cores' counts only now and then. It never shrinks. 0: the
 * system does not say. */
uint64_t gf_process_peak_bytes(void);

/* Fills *machine; unknown facts stay empty or 0. Takes some milliseconds. */
void gf_machine_examine(gf_machine *machine);
