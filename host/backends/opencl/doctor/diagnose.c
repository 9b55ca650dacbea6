/* Walking the rules. */
#include "backends/opencl/doctor/diagnose.h"

#include "backends/opencl/drivers/probe_text.h"
#include "base/error.h"

#include <string.h>

/* ---- What several rules ask of the facts ------------------------------- */

size_t gf_setup_usable_devices(const gf_opencl_setup *facts) {
    size_t count = 0;
    for (size_t i = 0; i < facts->set.count; i++)
        if (facts->probes[i].end == GF_PROBE_FINISHED)
            count += gf_probe_device_count(&facts->probes[i], true);
    return count;
}

bool gf_setup_cache_is_broken(const gf_opencl_setup *facts) {
    return facts->cache.path[0] != '\0' &&
           (facts->cache.write_error != 0 || facts->cache.free_bytes < GF_POCL_FREE_BYTES);
}

bool gf_setup_node_denied(const gf_opencl_setup *facts, uint32_t vendor) {
    for (size_t i = 0; i < facts->node_count; i++)
        if (!facts->nodes[i].accessible && (vendor == 0 || facts->nodes[i].vendor == vendor))
            return true;
    return false;
}

bool gf_setup_has_platform(const gf_opencl_setup *facts, const char *word) {
    for (size_t i = 0; i < facts->set.count; i++) {
        size_t j;
        const json_t *platform;
        json_array_foreach(json_object_get(facts->probes[i].report, "platforms"), j, platform) {
            if (strstr(gf_probe_text(platform, "name"), word) != NULL)
                return true;
        }
    }
    return false;
}

bool gf_item_mentions(const gf_item *item, const char *words) {
    return (item->probe != NULL && strstr(item->probe->noise, words) != NULL) ||
           strstr(gf_probe_text(item->device, "log"), words) != NULL;
}

/* ---- The walk ---------------------------------------------------------- */

const gf_rule *gf_rule_evaluate(const gf_rule_group *group, const gf_opencl_setup *facts,
                                const gf_item *item, gf_finding *finding) {
    for (size_t i = 0; i < group->count; i++) {
        const gf_rule *rule = &group->rules[i];
        if (rule->applies != NULL && !rule->applies(facts, item))
            continue;
        *finding = (gf_finding){.status = GF_DIAGNOSIS_PASS};
        rule->evaluate(facts, item, finding);
        return rule;
    }
    return NULL;
}

/* Drivers' texts must not break the one line that a finding is. */
static void flatten(char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ')
            *text = ' ';
}

typedef struct walk {
    const gf_opencl_setup *facts;
    const gf_diagnosis_sink *sink;
    gf_error *error;
    gf_status status; /* once it is not GF_OK nothing more is added */
} walk;

static void add_row(walk *w, const gf_rule_group *group, const gf_item *item, const char *name) {
    gf_finding finding;
    const gf_rule *rule =
        w->status == GF_OK ? gf_rule_evaluate(group, w->facts, item, &finding) : NULL;
    if (rule == NULL)
        return;
    char subject[300];
    snprintf(subject, sizeof subject, "%s%s%.250s", rule->subject, name[0] != '\0' ? " " : "",
             name);
    flatten(subject);
    flatten(finding.text);
    flatten(finding.fix);
    const char *fix = finding.fix[0] != '\0' ? finding.fix : rule->fix;
    w->status =
        w->sink->add(w->sink->context, subject, finding.status, finding.text, fix, w->error);
}

static void add_machine_row(walk *w, const gf_rule_group *group) {
    add_row(w, group, &(gf_item){0}, "");
}

static void add_drivers(walk *w) {
    for (size_t i = 0; i < w->facts->set.count; i++) {
        const gf_item item = {.driver = &w->facts->set.drivers[i], .probe = &w->facts->probes[i]};
        add_row(w, &gf_driver_rules, &item, item.driver->label);
    }
}

static void add_devices(walk *w) {
    for (size_t i = 0; i < w->facts->set.count; i++) {
        gf_item item = {.driver = &w->facts->set.drivers[i], .probe = &w->facts->probes[i]};
        size_t j, k;
        json_array_foreach(json_object_get(item.probe->report, "platforms"), j, item.platform) {
            json_array_foreach(json_object_get(item.platform, "devices"), k, item.device) {
                add_row(w, &gf_device_rules, &item, gf_probe_text(item.device, "name"));
            }
        }
    }
}

static void add_nodes(walk *w) {
    for (size_t i = 0; i < w->facts->node_count; i++) {
        const gf_item item = {.node = &w->facts->nodes[i]};
        add_row(w, &gf_node_rules, &item, item.node->path);
    }
}

static void add_variables(walk *w) {
    for (size_t i = 0; i < w->facts->variable_count; i++) {
        const gf_item item = {.variable = &w->facts->variables[i]};
        add_row(w, &gf_variable_rules, &item, item.variable->name);
    }
    add_machine_row(w, &gf_no_variable_rules);
}

gf_status gf_diagnose_setup(const gf_opencl_setup *facts, const gf_diagnosis_sink *sink,
                            gf_error *error) {
    walk w = {.facts = facts, .sink = sink, .error = error, .status = GF_OK};
    add_machine_row(&w, &gf_loader_rules);
    add_drivers(&w);
    add_machine_row(&w, &gf_together_rules);
    add_devices(&w);
    add_machine_row(&w, &gf_summary_rules);
    add_nodes(&w);
    add_machine_row(&w, &gf_kernel_cache_rules);
    add_machine_row(&w, &gf_container_rules);
    add_machine_row(&w, &gf_wsl_rules);
    add_variables(&w);
    add_machine_row(&w, &gf_governor_rules);
    add_machine_row(&w, &gf_turbo_rules);
    add_machine_row(&w, &gf_load_rules);
    add_machine_row(&w, &gf_native_rules);
    if (w.status != GF_OK)
        return w.status;
    /* Without a probe nothing is known of the drivers that there are. */
    if (gf_setup_usable_devices(facts) > 0 || (!facts->can_probe && facts->set.count > 0))
        return GF_OK;
    return gf_error_set(error, GF_NO_DEVICE,
                        "no OpenCL device is usable; `-d native` works without one");
}

gf_status gf_opencl_diagnose(const gf_diagnosis_sink *sink, gf_error *error) {
    gf_opencl_setup facts;
    gf_status status = gf_setup_collect("", &facts, error);
    if (status != GF_OK)
        return status;
    gf_setup_probe(&facts);
    status = gf_diagnose_setup(&facts, sink, error);
    gf_setup_clear(&facts);
    return status;
}
