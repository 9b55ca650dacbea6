/* Finds out how a device adds, multiplies, divides, takes roots and fuses. */
#pragma once

#include "backends/opencl/facts/fact_run.h"

/* Cases that are tried in one kernel. */
typedef struct gf_fact_set {
    int bits;
    uint32_t operations; /* 1 << gf_operation */
    bool by_default;     /* contraction as where the source says nothing */
} gf_fact_set;

#define GF_FACT_TROUBLE 120

/* Sets the facts that the set's cases are about; `facts` are those of its precision. False: the
 * kernel can't be made or run, for the reason in `trouble`; nothing is set. */
bool gf_fact_find_arithmetic(const gf_fact_bench *bench, const gf_fact_set *set, gf_fact *facts,
                             bool *compiles, char trouble[GF_FACT_TROUBLE]);
