/* Rules about devices, and about having none. */
#pragma once

#include "backends/opencl/doctor/rule.h"

extern const gf_rule_group gf_device_rules, gf_summary_rules;
