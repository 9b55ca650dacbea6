/* How a problem goes through a device whose memory has no room for all of it: band by band. A visit
 * is the stay of one band on the device. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

typedef struct gf_visits {
    uint64_t bands;         /* 0: the device has room for the whole problem */
    uint64_t steps;         /* of a visit, at most; 0: the problem has none */
    uint64_t visits;        /* of bands, in a round trip */
    bool overlapped;        /* bands move while others are computed */
    uint64_t bytes_up;      /* of a round trip */
    uint64_t bytes_down;    /* likewise */
    uint64_t needed_bytes;  /* of the whole problem's buffers */
    uint64_t planned_bytes; /* of the band's buffers on the device */
    uint64_t reached_bytes; /* of those that were made there */
    /* Units of the first band, and of each that follows; the last one has what is left. */
    uint64_t first_units, inner_units;
} gf_visits;

/* Adds "it goes through it in 4 bands, ...". */
void gf_visits_add(gf_text *text, const gf_visits *visits);

/* In words: "the problem needs 1.00 GiB, more than the device has room for: ..." */
void gf_visits_format(const gf_visits *visits, char *text, size_t size);
