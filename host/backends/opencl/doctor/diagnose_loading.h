/* Rules about the libraries of drivers: known reasons why one can't be loaded, and one that is
 * loaded twice. */
#pragma once

#include "backends/opencl/doctor/rule.h"

/* Of a driver, before gf_driver_rules. */
extern const gf_rule_group gf_loading_rules;
/* Of a driver: whether an earlier one is the same library. */
extern const gf_rule_group gf_twin_rules;
