/* Rules about what surrounds the drivers: loader, device nodes, kernel cache, containers and the
 * environment. */
#pragma once

#include "backends/opencl/doctor/rule.h"

extern const gf_rule_group gf_loader_rules, gf_node_rules, gf_kernel_cache_rules;
extern const gf_rule_group gf_container_rules, gf_wsl_rules;
extern const gf_rule_group gf_variable_rules, gf_no_variable_rules;
