/* A traced process once more, with other times of its commands. The host does the same work between
 * the same calls, and waits for what it waited for. */
#pragma once

#include "trace/program_ledger.h"
#include "whatif/command_cost.h"

typedef struct gf_replayed {
    gf_program_ledger ledger;
    uint64_t launches_ns; /* what launching takes, of all launches */
    bool known;           /* false: of some command the time is not known */
} gf_replayed;

/* `device` NULL: with its own times, which shows how well the replay reproduces the trace. Queues
 * without an order count as ordered at worst. GF_FAILED: no memory. */
gf_status gf_replay(const gf_trace *trace, uint32_t process, const gf_other_device *device,
                    gf_scenario scenario, gf_replayed *replayed, gf_error *error);
