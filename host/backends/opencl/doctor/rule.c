#include "backends/opencl/doctor/rule.h"
#include "backends/opencl/drivers/probe_result.h"

#include <string.h>

const gf_rule *gf_rule_evaluate(const gf_rule_group *group, const gf_item *item,
                                gf_finding *finding) {
    for (size_t i = 0; i < group->count; i++) {
        const gf_rule *rule = &group->rules[i];
        if (rule->applies != NULL && !rule->applies(item))
            continue;
        finding->status = rule->status;
        rule->evaluate(item, finding);
        return rule;
    }
    return NULL;
}

bool gf_item_mentions(const gf_item *item, const char *words) {
    return (item->probe != NULL && strstr(item->probe->noise, words) != NULL) ||
           strstr(gf_probe_text(item->device, "log"), words) != NULL;
}
