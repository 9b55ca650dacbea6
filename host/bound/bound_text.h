/* Bounds and their verdicts in words. */
#pragma once

#include "bound/bound_set.h"

/* "worth it, even at its worst (3.1 to 8.4 times)" */
void gf_worth_format(gf_worth worth, const gf_bound_ratio *ratio, char *text, size_t size);
/* "the bus decides", "memory decides at best, instructions at worst"; "" where it can't run. */
void gf_bound_format_limits(const gf_bound *bound, char *text, size_t size);
/* What would change the verdict; "" where nothing is known. */
void gf_bound_format_flip(const gf_bound_set *set, const gf_bound_row *row, char *text,
                          size_t size);
/* After how many calls the build is paid; "" where it never is. */
void gf_bound_format_calls(const gf_bound_set *set, const gf_bound_row *row, char *text,
                           size_t size);
/* How slow f64 is, what the same problem takes in f32, and how its result differs then; "" where
 * f64 is no reason to ask. */
void gf_bound_format_f32(const gf_bound_set *set, const gf_bound_row *row, char *text, size_t size);
