#include "backends/opencl/doctor/diagnose_timing.h"

#include <string.h>

static bool is_steady(const gf_item *item) {
    return strcmp(item->setup->machine.governor, "performance") == 0;
}

static bool has_governor(const gf_item *item) {
    return item->setup->machine.governor[0] != '\0';
}

static void find_governor(const gf_item *item, gf_finding *finding) {
    gf_text_add(
        &finding->text, "%s%s", item->setup->machine.governor,
        is_steady(item) ? "" : ": the CPU's clock follows the load, so that short runs look slow");
}

static const gf_rule governor_rules[] = {
    {"CPU governor", is_steady, GF_DIAGNOSIS_PASS, find_governor, ""},
    {"CPU governor", has_governor, GF_DIAGNOSIS_WARN, find_governor,
     "for a measurement: sudo cpupower frequency-set -g performance"},
};

const gf_rule_group gf_governor_rules = GF_RULE_GROUP(governor_rules);

static bool has_turbo_on(const gf_item *item) {
    return item->setup->machine.turbo_file[0] != '\0' && item->setup->machine.turbo;
}

static void find_turbo_on(const gf_item *item, gf_finding *finding) {
    const char *file = item->setup->machine.turbo_file;
    gf_text_add(&finding->text, "on: the clock depends on temperature and on how many cores work");
    gf_text_add(&finding->fix, "for numbers that repeat: echo %d | sudo tee %s",
                strstr(file, "no_turbo") != NULL ? 1 : 0, file);
}

static bool has_turbo_switch(const gf_item *item) {
    return item->setup->machine.turbo_file[0] != '\0';
}

static void find_turbo_off(const gf_item *item, gf_finding *finding) {
    (void)item;
    gf_text_add(&finding->text, "off: the clock is steady");
}

static const gf_rule turbo_rules[] = {
    {"CPU turbo", has_turbo_on, GF_DIAGNOSIS_WARN, find_turbo_on, ""},
    {"CPU turbo", has_turbo_switch, GF_DIAGNOSIS_PASS, find_turbo_off, ""},
};

const gf_rule_group gf_turbo_rules = GF_RULE_GROUP(turbo_rules);

/* The threshold allows half a core for the system's own work, and a quarter of the machine for
 * programs that the user forgot. */
static bool is_busy(const gf_item *item) {
    return item->setup->machine.load > 0.5 + 0.25 * (double)item->setup->machine.cpus;
}

static void find_idle(const gf_item *item, gf_finding *finding) {
    const gf_host_conditions *machine = &item->setup->machine;
    gf_text_add(&finding->text, "load %.2f on %u CPU%s", machine->load, machine->cpus,
                machine->cpus == 1 ? "" : "s");
}

static void find_busy(const gf_item *item, gf_finding *finding) {
    find_idle(item, finding);
    gf_text_add(&finding->text, " during the last minute: other work disturbs measurements");
}

static const gf_rule load_rules[] = {
    {"machine load", is_busy, GF_DIAGNOSIS_WARN, find_busy,
     "see what runs: top; measure when it is done"},
    {"machine load", NULL, GF_DIAGNOSIS_PASS, find_idle, ""},
};

const gf_rule_group gf_load_rules = GF_RULE_GROUP(load_rules);

static void find_native(const gf_item *item, gf_finding *finding) {
    (void)item;
    gf_text_add(&finding->text, "works without any driver: gpufare compare julia -d native");
}

static const gf_rule native_rules[] = {
    {"native path", NULL, GF_DIAGNOSIS_PASS, find_native, ""},
};

const gf_rule_group gf_native_rules = GF_RULE_GROUP(native_rules);
