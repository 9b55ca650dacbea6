/* Rules about drivers that were probed to the end: their platforms, and whether those list devices.
 */
#pragma once

#include "backends/opencl/doctor/rule.h"

extern const gf_rule_group gf_platform_rules;
