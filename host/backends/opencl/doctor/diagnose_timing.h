/* Rules about what makes timings vary, and the row about the native path, which always works. */
#pragma once

#include "backends/opencl/doctor/rule.h"

extern const gf_rule_group gf_governor_rules, gf_turbo_rules, gf_load_rules, gf_native_rules;
