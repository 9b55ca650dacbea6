#include "backends/opencl/doctor/diagnose_devices.h"
#include "backends/opencl/drivers/probe_result.h"

#include <string.h>

/* ---- A device ---------------------------------------------------------- */

static bool is_old(const gf_item *item) {
    const char *version = gf_probe_text(item->device, "version");
    return strncmp(version, "OpenCL 1.0", 10) == 0 || strncmp(version, "OpenCL 1.1", 10) == 0;
}

static void find_old(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "offers %.100s; gpufare needs OpenCL 1.2",
                gf_probe_text(item->device, "version"));
}

/* The driver's row says that it died; this row names the device on which it happened. */
static bool driver_died_here(const gf_item *item) {
    return gf_probe_is_dangerous(item->probe) && !gf_probe_flag(item->device, "works");
}

static void find_driver_died_here(const gf_item *item, gf_finding *finding) {
    char end[200];
    gf_probe_format_end(item->probe, end, sizeof end);
    gf_text_add(&finding->text, "its driver %s %.150s", item->driver->label, end);
}

static bool has_error(const gf_item *item) {
    return json_object_get(item->device, "error") != NULL;
}

/* Everything else works. */
static bool has_no_fma(const gf_item *item) {
    return json_is_false(json_object_get(item->device, "fma"));
}

static void find_error(const gf_item *item, gf_finding *finding) {
    char reason[300];
    const char *log = gf_probe_text(item->device, "log");
    gf_probe_format_error(json_object_get(item->device, "error"), reason, sizeof reason);
    gf_text_add(&finding->text, "failed a test: %s%s%.500s", reason,
                log[0] != '\0' ? "; the compiler said: " : "", log);
}

static bool knows_no_cpu(const gf_item *item) {
    return has_error(item) && gf_item_mentions(item, "unknown target CPU");
}

static bool lacks_cache(const gf_item *item) {
    return has_error(item) && gf_setup_is_pocl(item->driver) &&
           gf_setup_cache_is_broken(item->setup);
}

static bool has_no_compiler(const gf_item *item) {
    return has_error(item) && !gf_probe_flag(item->device, "compiler");
}

static bool was_not_tested(const gf_item *item) {
    return !gf_probe_flag(item->device, "works");
}

static void find_not_tested(const gf_item *item, gf_finding *finding) {
    (void)item;
    gf_text_add(&finding->text, "was not tested");
}

static bool has_no_f64(const gf_item *item) {
    return !gf_probe_flag(item->device, "f64");
}

static void find_works(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "works: compiled and ran a kernel, result correct; f64: %s; %.60s, driver %.60s",
                has_no_f64(item) ? "no" : "yes", gf_probe_text(item->device, "type"),
                gf_probe_text(item->device, "driver"));
    const char *lacks = gf_probe_text(item->device, "lacks");
    if (lacks[0] != '\0')
        gf_text_add(&finding->text, "; measured: %s", lacks);
}

static void find_no_fma(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "works, but not with fma(): ");
    find_error(item, finding);
    gf_text_add(&finding->text, "; kernels that use it fail");
}

/* Takes f32 numbers below 1.2e-38 for 0, so that only relaxed math is left. What was measured
 * counts; until then, what the driver says. */
static bool has_neither_f64_nor_strict_f32(const gf_item *item) {
    const json_t *measured = json_object_get(item->device, "strict_f32");
    return has_no_f64(item) &&
           json_is_false(measured != NULL ? measured
                                          : json_object_get(item->device, "denormals_f32"));
}

/* Works, with less than it should have. */
static bool lacks_something(const gf_item *item) {
    return gf_probe_text(item->device, "lacks")[0] != '\0';
}

static bool refuses(const gf_item *item) {
    return lacks_something(item) && gf_probe_flag(item->device, "refuses");
}

/* Sums and products are right in strict f32, so that many workloads run there, and others not. */
static bool has_no_f64_nor_all_of_strict_f32(const gf_item *item) {
    return has_no_f64(item) && gf_probe_flag(item->device, "needs_relaxed_f32");
}

static bool has_no_f64_and_refuses(const gf_item *item) {
    return has_no_f64(item) && refuses(item);
}

static const gf_rule device_rules[] = {
    {"device", is_old, GF_DIAGNOSIS_WARN, find_old,
     "use rusticl or the vendor's driver for OpenCL 1.2"},
    {"device", driver_died_here, GF_DIAGNOSIS_FAIL, find_driver_died_here, "see the driver's row"},
    {"device", knows_no_cpu, GF_DIAGNOSIS_FAIL, find_error, GF_FIX_LLVM},
    {"device", lacks_cache, GF_DIAGNOSIS_FAIL, find_error, GF_FIX_CACHE},
    {"device", has_no_compiler, GF_DIAGNOSIS_FAIL, find_error,
     "its driver has no compiler: install the vendor's full driver instead of its runtime"},
    {"device", has_no_fma, GF_DIAGNOSIS_WARN, find_no_fma,
     "update the driver with its libclc, or use another one: Mesa needs a libclc with its patches"},
    {"device", has_error, GF_DIAGNOSIS_FAIL, find_error,
     "update the driver; leave the device out with -d '!NAME'"},
    {"device", was_not_tested, GF_DIAGNOSIS_WARN, find_not_tested, "run gpufare doctor again"},
    {"device", has_neither_f64_nor_strict_f32, GF_DIAGNOSIS_WARN, find_works,
     "use --precision f32 --math relaxed on this device"},
    {"device", has_no_f64_nor_all_of_strict_f32, GF_DIAGNOSIS_WARN, find_works,
     "use --precision f32 on this device, and --math relaxed for workloads that it refuses "
     "without"},
    {"device", has_no_f64_and_refuses, GF_DIAGNOSIS_WARN, find_works,
     "use --precision f32 on this device; workloads that need what it lacks are refused, and say "
     "what to use instead"},
    {"device", has_no_f64, GF_DIAGNOSIS_WARN, find_works, "use --precision f32 on this device"},
    {"device", refuses, GF_DIAGNOSIS_WARN, find_works,
     "workloads that need it are refused on this device, and say what to use instead"},
    {"device", lacks_something, GF_DIAGNOSIS_WARN, find_works,
     "nothing to do: no workload is refused for that"},
    {"device", NULL, GF_DIAGNOSIS_PASS, find_works, ""},
};

const gf_rule_group gf_device_rules = GF_RULE_GROUP(device_rules);

/* ---- No driver --------------------------------------------------------- */

#define NO_PLATFORM "(CL_PLATFORM_NOT_FOUND_KHR, -1001)"
#define FIX_INSTALL                                                                                \
    "CPU: sudo apt install pocl-opencl-icd; Intel GPU: sudo apt install intel-opencl-icd; NVIDIA " \
    "or AMD GPU: the vendor's driver; `-d native` works now"

static bool has_no_driver(const gf_item *item) {
    return item->setup->set.count == 0;
}

static bool variable_leads_nowhere(const gf_item *item) {
    return has_no_driver(item) && item->setup->set.source != GF_ICD_BY_DEFAULT;
}

static void find_nowhere(const gf_item *item, gf_finding *finding) {
    const gf_icd_set *set = &item->setup->set;
    const char *name = gf_icd_source_name(set->source);
    gf_text_add(&finding->text, "no OpenCL driver " NO_PLATFORM ": %s=%.600s is the reason: %s",
                name, set->where,
                set->place == GF_ICD_NOWHERE ? strerror(set->error)
                                             : "that directory holds no .icd file");
    gf_text_add(&finding->fix,
                "unset %s; if no driver is installed either: sudo apt install pocl-opencl-icd; "
                "`-d native` works now",
                name);
}

static bool has_none_in_wsl(const gf_item *item) {
    return has_no_driver(item) && item->setup->machine.wsl;
}

static void find_none(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "no OpenCL driver is installed " NO_PLATFORM ": no .icd file in %.600s",
                item->setup->set.where);
}

static bool has_none_usable(const gf_item *item) {
    return item->setup->can_probe && gf_setup_usable_devices(item->setup) == 0;
}

static void find_none_usable(const gf_item *item, gf_finding *finding) {
    const size_t count = item->setup->set.count;
    if (count == 1)
        gf_text_add(&finding->text, "the only installed driver offers no usable device");
    else
        gf_text_add(&finding->text, "none of the %zu installed drivers offers a usable device",
                    count);
}

static const gf_rule summary_rules[] = {
    {"OpenCL drivers", variable_leads_nowhere, GF_DIAGNOSIS_FAIL, find_nowhere, ""},
    {"OpenCL drivers", has_none_in_wsl, GF_DIAGNOSIS_FAIL, find_none,
     "Windows' driver exposes no OpenCL in WSL: sudo apt install pocl-opencl-icd (the CPU)"},
    {"OpenCL drivers", has_no_driver, GF_DIAGNOSIS_FAIL, find_none, FIX_INSTALL},
    {"OpenCL devices", has_none_usable, GF_DIAGNOSIS_FAIL, find_none_usable,
     "mend a driver (rows above), or install one: " FIX_INSTALL},
};

const gf_rule_group gf_summary_rules = GF_RULE_GROUP(summary_rules);
