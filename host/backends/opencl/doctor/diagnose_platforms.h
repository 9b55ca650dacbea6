/* Rules about drivers that were probed to the end: their platforms, and whether those list devices.
 */
#ifndef GF_DIAGNOSE_PLATFORMS_H
#define GF_DIAGNOSE_PLATFORMS_H

#include "backends/opencl/doctor/rule.h"

extern const gf_rule_group gf_platform_rules;

#endif
