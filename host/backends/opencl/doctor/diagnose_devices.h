/* Rules about devices, and about having none. */
#ifndef GF_DIAGNOSE_DEVICES_H
#define GF_DIAGNOSE_DEVICES_H

#include "backends/opencl/doctor/rule.h"

extern const gf_rule_group gf_device_rules, gf_summary_rules;

#endif
