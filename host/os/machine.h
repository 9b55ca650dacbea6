/* Facts about the machine that the program runs on. */
#pragma once

#include "gpufare.h"
#include "os/cgroup.h"

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

/* Memory that this process may use: physical memory or the limit of one of its control groups,
 * whichever is less. UINT64_MAX: not known. */
uint64_t gf_machine_memory_bytes(void);

/* Memory that this process may use for a problem. Without a limit it is the physical memory, of
 * which the system can free what others use. */
typedef struct gf_memory_room {
    uint64_t bytes;
    bool limited;                    /* by a control group */
    char whose[GF_CGROUP_FILE + 64]; /* "this machine has", or "the limit ...memory.max of its
                        control group leaves": to be followed by the bytes */
} gf_memory_room;

/* `held`: bytes of the problem that this process has already, which a control group counts as used.
 * Near the limit of a group some is kept back: for the driver, and because the system counts in
 * steps. `root`: as in gf_cgroup_examine. */
gf_memory_room gf_machine_memory_room(const char *root, uint64_t held);

/* The largest physical memory of this process at any time since it started, precise to some
 * 100 KiB, since the system sums the cores' counts only now and then. It never shrinks. 0: the
 * system does not say. */
uint64_t gf_process_peak_bytes(void);

/* Fills *machine; unknown facts stay empty or 0. Takes some milliseconds. */
void gf_machine_examine(gf_machine *machine);
