#include "backends/opencl/doctor/diagnose_platforms.h"
#include "backends/opencl/drivers/probe_result.h"

#include <string.h>

static const json_t *first_platform(const gf_item *item) {
    return json_array_get(json_object_get(item->probe->report, "platforms"), 0);
}

static bool platform_is(const gf_item *item, const char *word) {
    return strstr(gf_probe_text(first_platform(item), "name"), word) != NULL;
}

/* ---- Platforms without devices ----------------------------------------- */

static bool has_no_device(const gf_item *item) {
    return gf_probe_device_count(item->probe, false) == 0;
}

static bool lacks_cache(const gf_item *item) {
    return has_no_device(item) && gf_setup_is_pocl(item->driver) &&
           gf_setup_cache_is_broken(item->setup);
}

static void find_lacks_cache(const gf_item *item, gf_finding *finding) {
    const gf_kernel_cache *cache = &item->setup->cache;
    gf_text_add(&finding->text,
                "lists no device, because its kernel cache %.300s can't be used: %s", cache->path,
                cache->write_error != 0 ? strerror(cache->write_error) : "disk full");
}

/* The PCI vendor whose device nodes a driver opens; 0: of no one vendor. */
static uint32_t vendor_of(const gf_icd_driver *driver) {
    if (strstr(driver->library, "igdrcl") != NULL)
        return 0x8086;
    return strstr(driver->library, "amdocl") != NULL ? 0x1002 : 0;
}

static bool is_denied(const gf_item *item) {
    const uint32_t vendor = vendor_of(item->driver);
    const bool by_vendor = vendor != 0 && gf_setup_node_denied(item->setup, vendor);
    const bool mesa = strstr(item->driver->library, "OpenCL") != NULL &&
                      gf_setup_node_denied(item->setup, 0) && !gf_setup_is_pocl(item->driver);
    return has_no_device(item) && (by_vendor || mesa);
}

static void find_denied(const gf_item *item, gf_finding *finding) {
    (void)item;
    gf_text_add(&finding->text,
                "lists no device, because this user may not open the GPU's device node (below)");
}

static bool has_no_platform(const gf_item *item) {
    return first_platform(item) == NULL;
}

static void find_no_platform(const gf_item *item, gf_finding *finding) {
    char reason[200] = "";
    const json_t *error = json_object_get(item->probe->report, "error");
    if (error != NULL)
        gf_probe_format_error(error, reason, sizeof reason);
    gf_text_add(&finding->text, "%s loads, but offers no platform%s%s", item->driver->library,
                error != NULL ? ": " : "", reason);
    if (strstr(item->driver->library, "nvidia") == NULL)
        return;
    gf_text_add(&finding->fix, "%s",
                item->setup->machine.container[0] != '\0'
                    ? "start the container with --gpus all and NVIDIA_DRIVER_CAPABILITIES=compute,"
                      "utility"
                    : "check that nvidia-smi works; the kernel module and libnvidia-opencl must "
                      "be of one version (restart after an update)");
}

static bool is_rusticl_off(const gf_item *item) {
    return has_no_device(item) && platform_is(item, "rusticl");
}

/* Mesa's name of the GPU's driver, for RUSTICL_ENABLE, found by the kernel driver's name; NULL:
 * there is no GPU that Mesa knows. */
static const char *mesa_driver(const gf_opencl_setup *setup) {
    static const struct {
        const char *kernel, *mesa;
    } names[] = {{"amdgpu", "radeonsi"}, {"radeon", "radeonsi"}, {"i915", "iris"},
                 {"xe", "iris"},         {"nouveau", "nouveau"}, {"panfrost", "panfrost"},
                 {"asahi", "asahi"},     {"msm", "freedreno"}};
    for (size_t i = 0; i < setup->node_count; i++)
        for (size_t j = 0; j < GF_COUNT_OF(names); j++)
            if (strcmp(setup->nodes[i].driver, names[j].kernel) == 0)
                return names[j].mesa;
    return NULL;
}

void gf_add_rusticl_fix(const gf_opencl_setup *setup, gf_text *fix) {
    const char *driver = mesa_driver(setup);
    if (driver != NULL)
        gf_text_add(fix, "export RUSTICL_ENABLE=%s (the name of your GPU's Mesa driver)", driver);
    else
        gf_text_add(fix,
                    "export RUSTICL_ENABLE=llvmpipe (the CPU: %s; for a GPU the name of its Mesa "
                    "driver, such as radeonsi)",
                    setup->node_count == 0 ? "no GPU's device node is here"
                                           : "Mesa has no driver for the GPU that is here");
}

/* By one who does not want its devices: unlike "1", such a value does what it says. */
static bool is_rusticl_switched_off(const gf_item *item) {
    return is_rusticl_off(item) &&
           gf_setup_switches_off(gf_setup_variable(item->setup, "RUSTICL_ENABLE"));
}

static void find_rusticl_switched_off(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "rusticl lists no device, as RUSTICL_ENABLE=%s asks",
                gf_setup_variable(item->setup, "RUSTICL_ENABLE"));
}

/* Advice to set what is set would lead in a circle. */
static bool lacks_mesa_driver(const gf_item *item) {
    const char *enabled = gf_setup_variable(item->setup, "RUSTICL_ENABLE");
    const char *driver = mesa_driver(item->setup);
    return is_rusticl_off(item) && (strstr(enabled, "llvmpipe") != NULL ||
                                    (driver != NULL && strstr(enabled, driver) != NULL));
}

static void find_lacking_mesa_driver(const gf_item *item, gf_finding *finding) {
    size_t length = 0;
    const char *words = gf_find_last_words(item->probe->noise, &length);
    gf_text_add(&finding->text,
                "rusticl lists no device, although RUSTICL_ENABLE=%s names a driver: Mesa does not "
                "find that driver, its device or its libclc",
                gf_setup_variable(item->setup, "RUSTICL_ENABLE"));
    if (words != NULL)
        gf_text_add(&finding->text, "; it said: %.*s", length < 285 ? (int)length : 285, words);
}

static bool rusticl_has_devices(const gf_opencl_setup *setup) {
    size_t j;
    const json_t *platform;
    for (size_t i = 0; i < setup->set.count; i++) {
        json_array_foreach(json_object_get(setup->probes[i].report, "platforms"), j, platform) {
            if (strstr(gf_probe_text(platform, "name"), "rusticl") != NULL &&
                json_array_size(json_object_get(platform, "devices")) > 0)
                return true;
        }
    }
    return false;
}

static void add_newer_driver(const gf_item *item, gf_finding *finding) {
    if (rusticl_has_devices(item->setup)) {
        gf_text_add(&finding->fix, "nothing to do: rusticl, its successor, has devices here");
        return;
    }
    gf_text_add(&finding->fix, "use the vendor's driver, or rusticl (Mesa 22.3 or newer): ");
    gf_add_rusticl_fix(item->setup, &finding->fix);
}

static void find_rusticl_off(const gf_item *item, gf_finding *finding) {
    const char *enabled = gf_setup_variable(item->setup, "RUSTICL_ENABLE");
    gf_text_add(&finding->text,
                "rusticl lists no device: it uses only the drivers that RUSTICL_ENABLE names (%s)",
                enabled[0] != '\0' ? enabled : "not set");
    gf_add_rusticl_fix(item->setup, &finding->fix);
}

static void find_empty(const gf_item *item, gf_finding *finding) {
    const json_t *platform = first_platform(item);
    const json_t *error = json_object_get(platform, "error");
    char reason[200] = "it finds none";
    if (error != NULL)
        gf_probe_format_error(error, reason, sizeof reason);
    gf_text_add(&finding->text, "platform \"%.200s\" lists no device: %s",
                gf_probe_text(platform, "name"), reason);
}

/* ---- Old and working platforms ----------------------------------------- */

static bool is_clover(const gf_item *item) {
    const char *version = gf_probe_text(first_platform(item), "version");
    return platform_is(item, "Clover") || strncmp(version, "OpenCL 1.1", 10) == 0 ||
           strncmp(version, "OpenCL 1.0", 10) == 0;
}

static void find_clover(const gf_item *item, gf_finding *finding) {
    const json_t *platform = first_platform(item);
    gf_text_add(&finding->text, "platform \"%.200s\" offers %.100s; gpufare needs OpenCL 1.2",
                gf_probe_text(platform, "name"), gf_probe_text(platform, "version"));
    add_newer_driver(item, finding);
}

/* "OpenCL 3.0 PoCL 3.1": drivers append a list of features after two blanks or a comma. */
static int version_length(const char *version) {
    const char *blanks = strstr(version, "  ");
    const size_t comma = strcspn(version, ",");
    const size_t end = blanks != NULL ? (size_t)(blanks - version) : comma;
    return (int)(end < comma ? end : comma);
}

static void find_working(const gf_item *item, gf_finding *finding) {
    const size_t works = gf_probe_device_count(item->probe, true);
    const size_t all = gf_probe_device_count(item->probe, false);
    const json_t *platform = first_platform(item);
    const char *version = gf_probe_text(platform, "version");
    finding->status = works == all ? GF_DIAGNOSIS_PASS : GF_DIAGNOSIS_WARN;
    gf_text_add(&finding->text,
                "%.100s (%.*s), library %.300s: %zu of %zu device%s work%s; probed in %.2f s",
                gf_probe_text(platform, "name"), version_length(version), version,
                gf_probe_text(item->probe->report, "library"), works, all, all == 1 ? "" : "s",
                works == 1 ? "s" : "", item->probe->seconds);
}

static const gf_rule platform_rules[] = {
    {"driver", lacks_cache, GF_DIAGNOSIS_FAIL, find_lacks_cache, GF_FIX_CACHE},
    {"driver", is_denied, GF_DIAGNOSIS_FAIL, find_denied,
     "sudo usermod -aG render,video $USER, then log in again"},
    {"driver", has_no_platform, GF_DIAGNOSIS_FAIL, find_no_platform,
     "reinstall the driver; if its hardware is not in this machine, remove its package"},
    {"driver", is_rusticl_switched_off, GF_DIAGNOSIS_PASS, find_rusticl_switched_off, ""},
    {"driver", lacks_mesa_driver, GF_DIAGNOSIS_WARN, find_lacking_mesa_driver,
     "sudo apt install --reinstall mesa-opencl-icd and the libclc that it depends on"},
    {"driver", is_rusticl_off, GF_DIAGNOSIS_WARN, find_rusticl_off, ""},
    {"driver", is_clover, GF_DIAGNOSIS_WARN, find_clover, ""},
    {"driver", has_no_device, GF_DIAGNOSIS_WARN, find_empty,
     "check that its hardware is in this machine and its kernel module is loaded; else remove its "
     "package"},
    {"driver", NULL, GF_DIAGNOSIS_PASS, find_working, ""},
};

const gf_rule_group gf_platform_rules = GF_RULE_GROUP(platform_rules);
