/* What would pay of transfers. */
#pragma once

#include "trace/finding_search.h"

/* Downloads that a later one overwrites, and that no call of OpenCL used in between. Where the host
 * had no time to look at all bytes they are a finding, else they are counted: the host may have
 * looked. GF_FAILED: no memory. */
gf_status gf_find_unseen(const gf_finding_search *in, gf_error *error);
/* Copies, on devices that share the host's memory. */
void gf_find_shared(const gf_finding_search *in);
/* Pageable memory, on devices whose profile says what pinned memory would take. */
void gf_find_pageable(const gf_finding_search *in);
