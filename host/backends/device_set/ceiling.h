/* What devices that compute one problem together can take at best. */
#pragma once

#include "device/backend.h"

/* Dividing a problem is worth it from this gain on: less is lost again at the ends of bands. */
#define GF_LEAST_GAIN 1.03

typedef struct gf_ceiling {
    double ns;      /* of all members together */
    uint32_t best;  /* the member that takes the least alone */
    bool one_chip;  /* all members compute on one chip */
    uint32_t cores; /* of the host, of which the wait for another chip's driver takes one; 0: no
                       member loses a core so */
} gf_ceiling;

/* Of members whose alone_ns are known. Devices of one chip can't take less together than the
 * fastest of them alone. A driver's wait for another chip takes a core from those that compute on
 * the host's CPU. */
gf_ceiling gf_set_ceiling(const gf_member *members, size_t count);

/* The fastest member's time as a multiple of the ceiling. */
double gf_ceiling_gain(const gf_ceiling *ceiling, const gf_member *members);

/* The ceiling, and whether it is worth it, in words. */
void gf_ceiling_format(const gf_ceiling *ceiling, const gf_member *members, size_t count,
                       char *text, size_t size);
