/* What would flip the verdict of a comparison. */
#pragma once

#include "measure/comparison.h"

/* Describes what lets another device than the winner win: more or less computing between the same
 * transfers, down to one unit of work for each item; or else a faster kernel of the runner-up, or a
 * smaller fare. Every measured kernel is considered, by its better schedule. `runner_up` NULL: "".
 */
void gf_flip_describe(const gf_comparison *comparison, const gf_result *winner,
                      const gf_result *runner_up, char *text, size_t size);
