/* Bounds of one transfer between the host and a device that is known from its data sheet. */
#pragma once

#include "model/model.h"
#include "model/model_tables.h"

/* A transfer takes `latency_ns`, and `byte_ns` for each byte. */
typedef struct gf_transfer_line {
    double latency_ns, byte_ns;
} gf_transfer_line;

typedef struct gf_transfer_bound {
    gf_transfer_line best, worst;
} gf_transfer_bound;

/* From or to pinned memory of the host, or pageable. Over a bus at the shares of its rate that
 * copies reach. In shared memory the device at best reads what the host has written; at worst its
 * driver copies, which reads and writes it. */
gf_transfer_bound gf_transfer_bound_of(const gf_tables *tables, const gf_model *model,
                                       bool pageable);
/* Of so many transfers with so many bytes in all. */
double gf_transfer_line_ns(const gf_transfer_line *line, double bytes, double transfers);
