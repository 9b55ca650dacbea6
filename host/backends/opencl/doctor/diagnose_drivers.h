/* Rules about drivers that can't be used: alone, and all together; and what they did earlier. */
#pragma once

#include "backends/opencl/doctor/rule.h"

/* No driver rule applies to a driver that was probed to the end: its platforms have rules of their
 * own. */
extern const gf_rule_group gf_driver_rules, gf_together_rules, gf_failure_rules;
