/* Rules on devices, and on there being none. */
#include "backends/opencl/doctor/diagnose.h"
#include "backends/opencl/drivers/probe_text.h"

#include <string.h>

/* ---- A device ---------------------------------------------------------- */

static bool is_old(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    const char *version = gf_probe_text(item->device, "version");
    return strncmp(version, "OpenCL 1.0", 10) == 0 || strncmp(version, "OpenCL 1.1", 10) == 0;
}

static void find_old(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text, "offers %.100s; gpufare needs OpenCL 1.2",
             gf_probe_text(item->device, "version"));
}

/* The driver's row tells of a death; this one names the device that it happened on. */
static bool died_here(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return gf_probe_is_dangerous(item->probe) && !gf_probe_flag(item->device, "works");
}

static void find_died_here(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    char end[200];
    gf_probe_format_end(item->probe, end, sizeof end);
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text, "its driver %s %.150s", item->driver->label, end);
}

static bool has_error(const gf_item *item) {
    return json_object_get(item->device, "error") != NULL;
}

static void find_error(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    char reason[300];
    const char *log = gf_probe_text(item->device, "log");
    gf_probe_format_error(json_object_get(item->device, "error"), reason, sizeof reason);
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text, "failed a test: %s%s%.500s", reason,
             log[0] != '\0' ? "; the compiler said: " : "", log);
}

static bool knows_no_cpu(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return has_error(item) && gf_item_mentions(item, "unknown target CPU");
}

static bool lacks_cache(const gf_opencl_setup *facts, const gf_item *item) {
    return has_error(item) && gf_setup_is_pocl(item->driver) && gf_setup_cache_is_broken(facts);
}

static bool has_no_compiler(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return has_error(item) && !gf_probe_flag(item->device, "compiler");
}

static bool fails(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return has_error(item);
}

static bool was_not_tested(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return !gf_probe_flag(item->device, "works");
}

static void find_not_tested(const gf_opencl_setup *facts, const gf_item *item,
                            gf_finding *finding) {
    (void)facts, (void)item;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text, "was not tested");
}

static bool has_no_f64(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return !gf_probe_flag(item->device, "f64");
}

static void find_works(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    const bool f64 = gf_probe_flag(item->device, "f64");
    finding->status = f64 ? GF_DIAGNOSIS_PASS : GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "works: compiled and ran a kernel, result correct; f64: %s; %.60s, driver %.60s",
             f64 ? "yes" : "no", gf_probe_text(item->device, "type"),
             gf_probe_text(item->device, "driver"));
}

static const gf_rule device_rules[] = {
    {"device", is_old, find_old,
     "use rusticl (RUSTICL_ENABLE=radeonsi) or the vendor's driver for OpenCL 1.2"},
    {"device", died_here, find_died_here, "see the driver's row"},
    {"device", knows_no_cpu, find_error,
     "LLVM is older than this CPU: install a newer PoCL (a backport, or conda-forge's)"},
    {"device", lacks_cache, find_error,
     "export POCL_CACHE_DIR=$(mktemp -d), or another private folder with room"},
    {"device", has_no_compiler, find_error,
     "its driver has no compiler: install the vendor's full driver instead of its runtime"},
    {"device", fails, find_error, "update the driver; leave the device out with -d '!NAME'"},
    {"device", was_not_tested, find_not_tested, "run gpufare doctor again"},
    {"device", has_no_f64, find_works, "use --precision f32 on this device"},
    {"device", NULL, find_works, ""},
};

const gf_rule_group gf_device_rules = {device_rules, sizeof device_rules / sizeof *device_rules};

/* ---- No driver --------------------------------------------------------- */

#define FIX_INSTALL                                                                                \
    "CPU: sudo apt install pocl-opencl-icd; Intel GPU: sudo apt install intel-opencl-icd; NVIDIA " \
    "or AMD GPU: the vendor's driver; `-d native` works now"

static bool has_no_driver(const gf_opencl_setup *facts) {
    return facts->set.count == 0;
}

static bool variable_leads_nowhere(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return has_no_driver(facts) && facts->set.source != GF_ICD_BY_DEFAULT;
}

static void find_nowhere(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    const char *name = gf_icd_source_name(facts->set.source);
    finding->status = GF_DIAGNOSIS_FAIL;
    if (facts->set.place == GF_ICD_NOWHERE)
        snprintf(finding->text, sizeof finding->text,
                 "no OpenCL driver (CL_PLATFORM_NOT_FOUND_KHR, -1001): %s=%.600s is the reason: %s",
                 name, facts->set.where, strerror(facts->set.error));
    else
        snprintf(finding->text, sizeof finding->text,
                 "no OpenCL driver (CL_PLATFORM_NOT_FOUND_KHR, -1001): %s=%.600s is the reason: "
                 "that directory holds no .icd file",
                 name, facts->set.where);
    snprintf(finding->fix, sizeof finding->fix,
             "unset %s; if no driver is installed either: sudo apt install pocl-opencl-icd; "
             "`-d native` works now",
             name);
}

static bool has_none_in_wsl(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return has_no_driver(facts) && facts->machine.wsl;
}

static bool has_none(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return has_no_driver(facts);
}

static void find_none(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text,
             "no OpenCL driver is installed (CL_PLATFORM_NOT_FOUND_KHR, -1001): no .icd file in "
             "%.600s",
             facts->set.where);
}

static bool has_none_usable(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->can_probe && gf_setup_usable_devices(facts) == 0;
}

static void find_none_usable(const gf_opencl_setup *facts, const gf_item *item,
                             gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_FAIL;
    if (facts->set.count == 1)
        snprintf(finding->text, sizeof finding->text,
                 "the only installed driver offers no usable device");
    else
        snprintf(finding->text, sizeof finding->text,
                 "none of the %zu installed drivers offers a usable device", facts->set.count);
}

static const gf_rule summary_rules[] = {
    {"OpenCL drivers", variable_leads_nowhere, find_nowhere, ""},
    {"OpenCL drivers", has_none_in_wsl, find_none,
     "Windows' driver exposes no OpenCL in WSL: sudo apt install pocl-opencl-icd (the CPU)"},
    {"OpenCL drivers", has_none, find_none, FIX_INSTALL},
    {"OpenCL devices", has_none_usable, find_none_usable,
     "mend a driver (rows above), or install one: " FIX_INSTALL},
};

const gf_rule_group gf_summary_rules = {summary_rules,
                                        sizeof summary_rules / sizeof *summary_rules};
