/* Rules about drivers that were probed to the end: their platforms, and whether those list devices.
 */
#pragma once

#include "backends/opencl/doctor/rule.h"

extern const gf_rule_group gf_platform_rules;

/* "export RUSTICL_ENABLE=iris ...": with the name of this machine's GPU, or of the CPU's renderer
 * where there is no GPU. */
void gf_add_rusticl_fix(const gf_opencl_setup *setup, gf_text *fix);
