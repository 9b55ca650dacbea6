#include "backends/opencl/doctor/diagnose.h"
#include "backends/opencl/doctor/diagnose_devices.h"
#include "backends/opencl/doctor/diagnose_drivers.h"
#include "backends/opencl/doctor/diagnose_loading.h"
#include "backends/opencl/doctor/diagnose_platforms.h"
#include "backends/opencl/doctor/diagnose_system.h"
#include "backends/opencl/doctor/diagnose_timing.h"
#include "backends/opencl/doctor/rule.h"
#include "backends/opencl/drivers/probe_result.h"
#include "base/error.h"

#include <string.h>

typedef struct walk {
    const gf_opencl_setup *setup;
    const gf_diagnosis_sink *sink;
    gf_error *error;
    gf_status status; /* once it is not GF_OK nothing more is added */
} walk;

/* False when no rule of the group applies. */
static bool add_row(walk *w, const gf_rule_group *group, const gf_item *item, const char *name) {
    char text[1200], fix_text[600], subject[300];
    gf_finding finding = {.text = gf_text_in(text, sizeof text),
                          .fix = gf_text_in(fix_text, sizeof fix_text)};
    if (w->status != GF_OK)
        return false;
    const gf_rule *rule = gf_rule_evaluate(group, item, &finding);
    if (rule == NULL)
        return false;
    snprintf(subject, sizeof subject, "%s%s%.250s", rule->subject, name[0] != '\0' ? " " : "",
             name);
    gf_flatten_text(subject);
    gf_flatten_text(text);
    gf_flatten_text(fix_text);
    const char *fix = fix_text[0] != '\0' ? fix_text : rule->fix;
    w->status = w->sink->add(w->sink->context, subject, finding.status, text, fix, w->error);
    return true;
}

static void add_setup_row(walk *w, const gf_rule_group *group) {
    (void)add_row(w, group, &(gf_item){.setup = w->setup}, "");
}

static gf_item driver_item(const walk *w, size_t index) {
    return (gf_item){.setup = w->setup,
                     .driver = &w->setup->set.drivers[index],
                     .probe = &w->setup->probes[index],
                     .failure = w->setup->failures == NULL ? NULL : &w->setup->failures[index]};
}

static void add_drivers(walk *w) {
    for (size_t i = 0; i < w->setup->set.count; i++) {
        if (!gf_setup_knows_driver(w->setup, i))
            continue;
        const gf_item item = driver_item(w, i);
        if (!add_row(w, &gf_loading_rules, &item, item.driver->label) &&
            !add_row(w, &gf_driver_rules, &item, item.driver->label))
            (void)add_row(w, &gf_platform_rules, &item, item.driver->label);
    }
}

static void add_devices(walk *w) {
    for (size_t i = 0; i < w->setup->set.count; i++) {
        gf_item item = driver_item(w, i);
        size_t j, k;
        json_array_foreach(json_object_get(item.probe->report, "platforms"), j, item.platform) {
            json_array_foreach(json_object_get(item.platform, "devices"), k, item.device) {
                (void)add_row(w, &gf_device_rules, &item, gf_probe_text(item.device, "name"));
            }
        }
    }
}

/* What real kernels did to drivers, which the kernels of a probe may not do. */
static void add_failures(walk *w) {
    for (size_t i = 0; i < w->setup->set.count; i++) {
        const gf_item item = driver_item(w, i);
        (void)add_row(w, &gf_failure_rules, &item, item.driver->label);
    }
}

/* Each driver that an earlier one is, too. */
static void add_twins(walk *w) {
    for (size_t i = 0; i < w->setup->set.count; i++) {
        const gf_item item = driver_item(w, i);
        (void)add_row(w, &gf_twin_rules, &item, "");
    }
}

static void add_nodes(walk *w) {
    for (size_t i = 0; i < w->setup->node_count; i++) {
        const gf_item item = {.setup = w->setup, .node = &w->setup->nodes[i]};
        (void)add_row(w, &gf_node_rules, &item, item.node->path);
    }
}

static void add_variables(walk *w) {
    for (size_t i = 0; i < w->setup->variable_count; i++) {
        const gf_item item = {.setup = w->setup, .variable = &w->setup->variables[i]};
        (void)add_row(w, &gf_variable_rules, &item, item.variable->name);
    }
    add_setup_row(w, &gf_no_variable_rules);
}

/* Devices of other drivers may be missing. */
static void add_system(walk *w) {
    if (!w->setup->interrupted)
        add_nodes(w);
    add_setup_row(w, &gf_kernel_cache_rules);
    if (!w->setup->interrupted) {
        add_setup_row(w, &gf_container_rules);
        add_setup_row(w, &gf_wsl_rules);
    }
    add_variables(w);
    add_setup_row(w, &gf_governor_rules);
    add_setup_row(w, &gf_turbo_rules);
    add_setup_row(w, &gf_load_rules);
    add_setup_row(w, &gf_native_rules);
}

static gf_status say_interrupted(const gf_opencl_setup *setup, gf_error *error) {
    size_t known = 0;
    for (size_t i = 0; i < setup->set.count; i++)
        known += gf_setup_knows_driver(setup, i) ? 1 : 0;
    if (known == setup->set.count)
        return gf_error_set(error, GF_INTERRUPTED,
                            "interrupted before all drivers were tried in one process");
    return gf_error_set(error, GF_INTERRUPTED, "interrupted after %zu of %zu drivers", known,
                        setup->set.count);
}

gf_status gf_diagnose_setup(const gf_opencl_setup *setup, const gf_diagnosis_sink *sink,
                            gf_error *error) {
    walk w = {.setup = setup, .sink = sink, .error = error, .status = GF_OK};
    add_setup_row(&w, &gf_loader_rules);
    add_drivers(&w);
    add_failures(&w);
    add_setup_row(&w, &gf_together_rules);
    add_twins(&w);
    add_devices(&w);
    add_setup_row(&w, &gf_summary_rules);
    add_system(&w);
    if (w.status != GF_OK)
        return w.status;
    if (setup->interrupted)
        return say_interrupted(setup, error);
    /* Without a probe nothing is known about the installed drivers. */
    if (gf_setup_usable_devices(setup) > 0 || (!setup->can_probe && setup->set.count > 0))
        return GF_OK;
    return gf_error_set(error, GF_NO_DEVICE,
                        "no OpenCL device is usable; `-d native` works without one");
}

gf_status gf_opencl_diagnose(const volatile sig_atomic_t *cancel, const gf_diagnosis_sink *sink,
                             gf_error *error) {
    gf_opencl_setup setup;
    gf_status status = gf_setup_collect("", &setup, error);
    if (status != GF_OK)
        return status;
    gf_setup_probe(&setup, cancel);
    status = gf_diagnose_setup(&setup, sink, error);
    gf_setup_clear(&setup);
    return status;
}
