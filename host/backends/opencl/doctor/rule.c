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

const char *gf_item_file(const gf_item *item) {
    return item->driver->path[0] != '\0' ? item->driver->path : item->driver->library;
}

const char *gf_item_load_error(const gf_item *item) {
    const json_t *error = json_object_get(item->probe->report, "error");
    return strcmp(gf_probe_text(error, "stage"), "load") == 0 ? gf_probe_text(error, "text") : NULL;
}
