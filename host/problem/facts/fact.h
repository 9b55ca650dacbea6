/* Facts about devices in words. The public header has what they are. */
#pragma once

#include "gpufare.h"

/* "yes", "no, 0x1p-127 + 0x1p-130 gives 0, not 0x1.2p-127 (claimed: yes)", "65535, then loops end
 * without an error", "unknown: the driver's process ended while this was tried" */
void gf_fact_format(const gf_fact *fact, gf_fact_kind kind, char *text, size_t size);

/* A fact that is known, holds, has nothing to be explained and contradicts no claim. */
bool gf_fact_is_plain(const gf_fact *fact, gf_fact_kind kind);
/* Of something that the device has not: not tried, and not claimed. */
bool gf_fact_is_without_object(const gf_fact *fact);
/* Whether any was looked for; false also for NULL. */
bool gf_facts_are_tried(const gf_fact *facts);

/* The most that is tried of a limit that is claimed, GF_FACT_LOCAL_MEMORY or GF_FACT_WORK_GROUP:
 * whole words, and groups that any kernel here could use. */
uint64_t gf_fact_most_tried(const gf_fact *fact, gf_fact_kind kind);

/* The facts that do not hold, separated by "; "; "" if all do. Contraction where the source does
 * not forbid it is allowed. */
void gf_facts_format_lacks(const gf_fact *facts, char *text, size_t size);
/* Whether all facts of the set `kinds` (bits 1 << kind) are known to hold in f32. */
bool gf_facts_hold(const gf_fact *facts, uint32_t kinds);
