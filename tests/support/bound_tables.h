/* Tables of round numbers for bounds that are worked out by hand: every share is a half. */
#pragma once

#include <criterion/criterion.h>

#include "model/model_tables.h"

#define BOUND_KIND(kind, visit)                                                                    \
    "[memory " kind "]\nlow = 0.5\nreason = x\n[arithmetic " kind "]\nlow = 0.5\nreason = x\n"     \
    "[issue " kind "]\nlow = 0.5\nreason = x\n[instructions " kind "]\nlow = 2\nhigh = 4\n"        \
    "reason = x\n[cpu-instructions " kind "]\nlow = 2\nhigh = 4\nreason = x\n"                     \
    "[steps-per-visit " kind "]\n" visit "reason = x\n"

static const char bound_shares[] = BOUND_KIND("other", "low = 1\nhigh = 1000\n") BOUND_KIND(
    "copy", "low = 1\nhigh = 1\n") BOUND_KIND("arithmetic", "low = 1\nhigh = 1\n")
    BOUND_KIND("stencil", "low = 2\nhigh = 1000\n") BOUND_KIND("escape", "low = 1\nhigh = 1\n")
        BOUND_KIND("reduction", "low = 1\nhigh = 1\n") BOUND_KIND(
            "integer",
            "low = 1\nhigh = 1\n") "[latency gpu]\nhigh = 1\nreason = x\n[latency cpu]\nhigh = 1\nreason = x\n"
                                   "[build-time any]\nlow = 1\nhigh = 10\nreason = x\n"
                                   "[round-trip any]\nlow = 7\nreason = x\n";

static inline gf_tables *bound_tables(const char *counts) {
    gf_tables *tables = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(
        gf_tables_parse(bound_shares, counts, "[typical a]\nmodel = h100-pcie\n", &tables, &error),
        GF_OK, "%s", error.text);
    return tables;
}
