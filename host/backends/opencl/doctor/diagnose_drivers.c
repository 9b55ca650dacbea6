/* Rules on drivers: each alone, and all together. */
#include "backends/opencl/doctor/diagnose.h"
#include "backends/opencl/drivers/probe_text.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* ---- Helpers ----------------------------------------------------------- */

static const char *driver_file(const gf_item *item) {
    return item->driver->path[0] != '\0' ? item->driver->path : item->driver->library;
}

/* The Debian package that a driver library comes from. */
static const char *package_of(const char *library) {
    static const struct {
        const char *part, *package;
    } packages[] = {
        {"pocl", "pocl-opencl-icd"},
        {"igdrcl", "intel-opencl-icd"},
        {"intelocl", "intel-oneapi-runtime-opencl"},
        {"RusticlOpenCL", "mesa-opencl-icd"},
        {"MesaOpenCL", "mesa-opencl-icd"},
        {"nvidia-opencl", "nvidia-opencl-icd"},
        {"amdocl", "rocm-opencl-icd"},
        {"oclgrind", "oclgrind"},
    };
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
        if (strstr(library, packages[i].part) != NULL)
            return packages[i].package;
    return NULL;
}

/* The .icd file of a driver that works, as a way round one that does not. */
static const char *working_driver(const gf_opencl_setup *facts) {
    for (size_t i = 0; i < facts->set.count; i++)
        if (facts->probes[i].end == GF_PROBE_FINISHED &&
            gf_probe_device_count(&facts->probes[i], true) > 0 &&
            facts->set.drivers[i].path[0] != '\0')
            return facts->set.drivers[i].path;
    return NULL;
}

static void fix_reinstall(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    const char *package = package_of(item->driver->library);
    const char *other = working_driver(facts);
    char first[200], second[300] = "";
    if (package != NULL)
        snprintf(first, sizeof first, "sudo apt install --reinstall %s", package);
    else
        snprintf(first, sizeof first, "update or reinstall the driver");
    if (item->driver->path[0] == '\0')
        snprintf(second, sizeof second, "; or: unset %s", gf_icd_source_name(facts->set.source));
    else if (other != NULL)
        snprintf(second, sizeof second,
                 "; until then gpufare leaves it out by itself, and for "
                 "other programs: export OCL_ICD_VENDORS=%.150s",
                 other);
    snprintf(finding->fix, sizeof finding->fix, "%s%s", first, second);
}

/* The last line that the driver printed, which mostly names the cause. */
static void last_words(const gf_item *item, char *words, size_t bytes) {
    const char *noise = item->probe->noise;
    size_t end = strlen(noise);
    while (end > 0 && (unsigned char)noise[end - 1] <= ' ')
        end--;
    size_t start = end;
    while (start > 0 && noise[start - 1] != '\n')
        start--;
    if (start == end)
        words[0] = '\0';
    else
        snprintf(words, bytes, "; it said: %.*s", (int)(end - start), noise + start);
}

static void find_end(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    char end[200], words[300];
    finding->status = GF_DIAGNOSIS_FAIL;
    gf_probe_format_end(item->probe, end, sizeof end);
    last_words(item, words, sizeof words);
    snprintf(finding->text, sizeof finding->text, "%.200s (library %.300s)%s", end,
             item->driver->library, words);
}

/* ---- Before a probe ---------------------------------------------------- */

static bool is_unreadable(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return item->driver->read_error != 0;
}

static void find_unreadable(const gf_opencl_setup *facts, const gf_item *item,
                            gf_finding *finding) {
    (void)facts;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text, "%s can't be read: %s", item->driver->path,
             strerror(item->driver->read_error));
    if (item->driver->read_error == EACCES)
        snprintf(finding->fix, sizeof finding->fix, "sudo chmod a+r %s", item->driver->path);
    else
        snprintf(finding->fix, sizeof finding->fix,
                 "reinstall the driver that made it, or remove it: sudo rm %s", item->driver->path);
}

static bool names_no_library(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return item->driver->library[0] == '\0';
}

static void find_no_library(const gf_opencl_setup *facts, const gf_item *item,
                            gf_finding *finding) {
    (void)facts;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text, "%s names no library in its first line",
             item->driver->path);
    snprintf(finding->fix, sizeof finding->fix,
             "reinstall the driver that made it, or remove it: sudo rm %s", item->driver->path);
}

static bool was_not_probed(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return item->probe->end == GF_PROBE_NOT_RUN;
}

static void find_not_probed(const gf_opencl_setup *facts, const gf_item *item,
                            gf_finding *finding) {
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text, "%s names %s; not tested: %s", driver_file(item),
             item->driver->library, facts->probe_error);
}

/* ---- Libraries that can't be loaded ------------------------------------ */

static const char *load_error(const gf_item *item) {
    const json_t *error = json_object_get(item->probe->report, "error");
    return strcmp(gf_probe_text(error, "stage"), "load") == 0 ? gf_probe_text(error, "text") : NULL;
}

static bool ends_in_blank(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    const char *library = item->driver->library;
    const size_t length = strlen(library);
    return load_error(item) != NULL && length > 0 && (unsigned char)library[length - 1] <= ' ';
}

static void find_blank(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text,
             "%s: the library's name ends in a blank or a carriage return, which the loader takes "
             "as part of it",
             driver_file(item));
    snprintf(finding->fix, sizeof finding->fix, "sudo sed -i 's/[[:space:]]*$//' %s",
             driver_file(item));
}

static bool does_not_load(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return load_error(item) != NULL;
}

/* dlerror names the library that is missing: the driver's own, or one that it needs. */
static void find_does_not_load(const gf_opencl_setup *facts, const gf_item *item,
                               gf_finding *finding) {
    const char *reason = load_error(item);
    const char *library = item->driver->library;
    const char *package = package_of(library);
    const char *slash = strrchr(library, '/');
    const bool own = strncmp(reason, library, strlen(library)) == 0;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text, "%s names %s, which can't be loaded: %s",
             driver_file(item), library, reason);
    if (item->driver->path[0] == '\0')
        snprintf(finding->fix, sizeof finding->fix, "unset %s",
                 gf_icd_source_name(facts->set.source));
    else if (own && package != NULL)
        snprintf(finding->fix, sizeof finding->fix, "sudo apt install --reinstall %s", package);
    else if (own)
        snprintf(finding->fix, sizeof finding->fix,
                 "install the package with %s (apt-file search %s), or remove the leftover: sudo "
                 "rm %s",
                 library, slash != NULL ? slash + 1 : library, driver_file(item));
    else
        snprintf(finding->fix, sizeof finding->fix,
                 "install the library that dlopen names (apt-file search NAME)%s%s",
                 package != NULL ? ", or: sudo apt install --reinstall " : "",
                 package != NULL ? package : "");
}

/* ---- Deaths ------------------------------------------------------------ */

static bool is_dead(const gf_item *item) {
    return gf_probe_is_dangerous(item->probe);
}

static bool registers_twice(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return is_dead(item) && gf_item_mentions(item, "registered more than once");
}

static void find_registers_twice(const gf_opencl_setup *facts, const gf_item *item,
                                 gf_finding *finding) {
    find_end(facts, item, finding);
    const char *other = working_driver(facts);
    snprintf(finding->fix, sizeof finding->fix,
             "two copies of LLVM meet in one process: use one driver at a time: export "
             "OCL_ICD_VENDORS=%.300s",
             other != NULL ? other : "/etc/OpenCL/vendors/pocl.icd");
}

static bool is_pocl(const gf_item *item) {
    return gf_setup_is_pocl(item->driver);
}

static bool cache_kills(const gf_opencl_setup *facts, const gf_item *item) {
    return is_dead(item) && is_pocl(item) && gf_setup_cache_is_broken(facts);
}

static void find_cache_kills(const gf_opencl_setup *facts, const gf_item *item,
                             gf_finding *finding) {
    find_end(facts, item, finding);
    const size_t used = strlen(finding->text);
    if (facts->cache.write_error != 0)
        snprintf(finding->text + used, sizeof finding->text - used,
                 "; its kernel cache %.300s can't be written to: %s", facts->cache.path,
                 strerror(facts->cache.write_error));
    else
        snprintf(finding->text + used, sizeof finding->text - used,
                 "; the disk of its kernel cache %.300s is full", facts->cache.path);
}

static bool has_illegal_instruction(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return item->probe->end == GF_PROBE_CRASHED && item->probe->code == SIGILL && is_pocl(item);
}

static void find_illegal_instruction(const gf_opencl_setup *facts, const gf_item *item,
                                     gf_finding *finding) {
    find_end(facts, item, finding);
    const size_t used = strlen(finding->text);
    snprintf(finding->text + used, sizeof finding->text - used,
             "; its kernel cache holds code that was built for another CPU");
    snprintf(finding->fix, sizeof finding->fix, "rm -r %.500s", facts->cache.path);
}

static bool knows_no_cpu(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return is_dead(item) && gf_item_mentions(item, "unknown target CPU");
}

/* PoCL asks hwloc for the memory, which reads it below /sys; a bare chroot has none. */
static bool sees_no_memory(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return is_dead(item) && gf_item_mentions(item, "Not enough memory to run on this device");
}

/* PoCL dies of a damaged cache entry when it maps or links it. */
static bool cache_may_be_corrupt(const gf_opencl_setup *facts, const gf_item *item) {
    const char *stage = gf_probe_text(item->probe->report, "stage");
    (void)facts;
    return item->probe->end == GF_PROBE_CRASHED && is_pocl(item) &&
           (strcmp(stage, "compile") == 0 || strcmp(stage, "run") == 0);
}

static void find_corrupt_cache(const gf_opencl_setup *facts, const gf_item *item,
                               gf_finding *finding) {
    find_end(facts, item, finding);
    const size_t used = strlen(finding->text);
    snprintf(finding->text + used, sizeof finding->text - used,
             "; a damaged entry of its kernel cache does that");
    snprintf(finding->fix, sizeof finding->fix, "rm -r %.500s", facts->cache.path);
}

static bool hangs(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return item->probe->end == GF_PROBE_TIMED_OUT;
}

static void find_hangs(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    find_end(facts, item, finding);
    fix_reinstall(facts, item, finding);
    const size_t used = strlen(finding->fix);
    snprintf(finding->fix + used, sizeof finding->fix - used,
             "; if it is only slow: GPUFARE_PROBE_TIMEOUT=60 gpufare doctor");
}

static bool dies(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return is_dead(item);
}

static void find_dies(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    find_end(facts, item, finding);
    fix_reinstall(facts, item, finding);
}

/* ---- Platforms without devices ----------------------------------------- */

static size_t platform_count(const gf_item *item) {
    return json_array_size(json_object_get(item->probe->report, "platforms"));
}

static const json_t *first_platform(const gf_item *item) {
    return json_array_get(json_object_get(item->probe->report, "platforms"), 0);
}

static bool has_no_device(const gf_item *item) {
    return gf_probe_device_count(item->probe, false) == 0;
}

static bool platform_is(const gf_item *item, const char *word) {
    return strstr(gf_probe_text(first_platform(item), "name"), word) != NULL;
}

/* 0 for drivers that need no device node of a known vendor. */
static uint32_t vendor_of(const gf_item *item) {
    const char *library = item->driver->library;
    if (strstr(library, "igdrcl") != NULL)
        return 0x8086;
    return strstr(library, "amdocl") != NULL ? 0x1002 : 0;
}

static bool lacks_cache(const gf_opencl_setup *facts, const gf_item *item) {
    return has_no_device(item) && is_pocl(item) && gf_setup_cache_is_broken(facts);
}

static void find_lacks_cache(const gf_opencl_setup *facts, const gf_item *item,
                             gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text,
             "lists no device, because its kernel cache %.300s can't be used: %s",
             facts->cache.path,
             facts->cache.write_error != 0 ? strerror(facts->cache.write_error) : "disk full");
}

static bool is_denied(const gf_opencl_setup *facts, const gf_item *item) {
    const uint32_t vendor = vendor_of(item);
    const bool by_vendor = vendor != 0 && gf_setup_node_denied(facts, vendor);
    const bool mesa = strstr(item->driver->library, "OpenCL") != NULL &&
                      gf_setup_node_denied(facts, 0) && !is_pocl(item);
    return has_no_device(item) && (by_vendor || mesa);
}

static void find_denied(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts, (void)item;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text,
             "lists no device, because this user may not open the GPU's device node (below)");
}

static bool is_rusticl_off(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return has_no_device(item) && platform_is(item, "rusticl");
}

/* rusticl is off until the driver is named: Mesa's name, by the kernel's. */
static const char *mesa_driver(const gf_opencl_setup *facts) {
    static const struct {
        const char *kernel, *mesa;
    } names[] = {{"amdgpu", "radeonsi"}, {"radeon", "radeonsi"}, {"i915", "iris"},
                 {"xe", "iris"},         {"nouveau", "nouveau"}, {"panfrost", "panfrost"},
                 {"asahi", "asahi"},     {"msm", "freedreno"}};
    for (size_t i = 0; i < facts->node_count; i++)
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            if (strcmp(facts->nodes[i].driver, names[j].kernel) == 0)
                return names[j].mesa;
    return "radeonsi";
}

static void find_rusticl_off(const gf_opencl_setup *facts, const gf_item *item,
                             gf_finding *finding) {
    (void)item;
    const char *set = gf_setup_variable(facts, "RUSTICL_ENABLE");
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "rusticl lists no device: it uses only the drivers that RUSTICL_ENABLE names (%s)",
             set[0] != '\0' ? set : "not set");
    snprintf(finding->fix, sizeof finding->fix,
             "export RUSTICL_ENABLE=%s (the name of your GPU's Mesa driver)", mesa_driver(facts));
}

static bool has_no_platform(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return platform_count(item) == 0;
}

static void find_no_platform(const gf_opencl_setup *facts, const gf_item *item,
                             gf_finding *finding) {
    char reason[200] = "";
    const json_t *error = json_object_get(item->probe->report, "error");
    finding->status = GF_DIAGNOSIS_FAIL;
    if (error != NULL)
        gf_probe_format_error(error, reason, sizeof reason);
    snprintf(finding->text, sizeof finding->text, "%s loads, but offers no platform%s%s",
             item->driver->library, error != NULL ? ": " : "", reason);
    if (strstr(item->driver->library, "nvidia") == NULL)
        return;
    snprintf(finding->fix, sizeof finding->fix, "%s",
             facts->machine.container[0] != '\0'
                 ? "start the container with --gpus all and NVIDIA_DRIVER_CAPABILITIES=compute,"
                   "utility"
                 : "check that nvidia-smi works; the kernel module and libnvidia-opencl must be of "
                   "one version (restart after an update)");
}

static bool is_empty(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return has_no_device(item);
}

static void find_empty(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    const json_t *platform = first_platform(item);
    const json_t *error = json_object_get(platform, "error");
    char reason[200] = "none is there for it";
    finding->status = GF_DIAGNOSIS_WARN;
    if (error != NULL)
        gf_probe_format_error(error, reason, sizeof reason);
    snprintf(finding->text, sizeof finding->text, "platform \"%.200s\" lists no device: %s",
             gf_probe_text(platform, "name"), reason);
}

/* ---- Old and sound drivers --------------------------------------------- */

static bool is_clover(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    const char *version = gf_probe_text(first_platform(item), "version");
    return platform_is(item, "Clover") || strncmp(version, "OpenCL 1.1", 10) == 0 ||
           strncmp(version, "OpenCL 1.0", 10) == 0;
}

static void find_clover(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "platform \"%.200s\" offers %.100s; gpufare needs OpenCL 1.2",
             gf_probe_text(first_platform(item), "name"),
             gf_probe_text(first_platform(item), "version"));
}

/* "OpenCL 3.0 PoCL 3.1": drivers append a list of features after two blanks or a comma. */
static int version_length(const char *version) {
    const char *blanks = strstr(version, "  ");
    const size_t comma = strcspn(version, ",");
    const size_t end = blanks != NULL ? (size_t)(blanks - version) : comma;
    return (int)(end < comma ? end : comma);
}

static void find_sound(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    const size_t works = gf_probe_device_count(item->probe, true);
    const size_t all = gf_probe_device_count(item->probe, false);
    const char *version = gf_probe_text(first_platform(item), "version");
    finding->status = works == all ? GF_DIAGNOSIS_PASS : GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "%.100s (%.*s), library %.300s: %zu of %zu device%s work%s; probed in %.2f s",
             gf_probe_text(first_platform(item), "name"), version_length(version), version,
             gf_probe_text(item->probe->report, "library"), works, all, all == 1 ? "" : "s",
             works == 1 ? "s" : "", item->probe->seconds);
}

/* ---- The tables -------------------------------------------------------- */

#define FIX_CACHE  "export POCL_CACHE_DIR=$(mktemp -d), or another private folder with room"
#define FIX_NEWER  "LLVM is older than this CPU: install a newer PoCL (a backport, or conda-forge's)"
#define FIX_GROUPS "sudo usermod -aG render,video $USER, then log in again"
#define FIX_SYSFS  "mount -t sysfs sys /sys: the driver reads the memory's size there"

static const gf_rule driver_rules[] = {
    {"driver", is_unreadable, find_unreadable, ""},
    {"driver", names_no_library, find_no_library, ""},
    {"driver", was_not_probed, find_not_probed,
     "reinstall gpufare, or set GPUFARE_PROBE to the path of gpufare-probe"},
    {"driver", ends_in_blank, find_blank, ""},
    {"driver", does_not_load, find_does_not_load, ""},
    {"driver", registers_twice, find_registers_twice, ""},
    {"driver", cache_kills, find_cache_kills, FIX_CACHE},
    {"driver", has_illegal_instruction, find_illegal_instruction, ""},
    {"driver", knows_no_cpu, find_end, FIX_NEWER},
    {"driver", sees_no_memory, find_end, FIX_SYSFS},
    {"driver", cache_may_be_corrupt, find_corrupt_cache, ""},
    {"driver", hangs, find_hangs, ""},
    {"driver", dies, find_dies, ""},
    {"driver", lacks_cache, find_lacks_cache, FIX_CACHE},
    {"driver", is_denied, find_denied, FIX_GROUPS},
    {"driver", has_no_platform, find_no_platform,
     "reinstall the driver; if its hardware is not in this machine, remove its package"},
    {"driver", is_rusticl_off, find_rusticl_off, ""},
    {"driver", is_clover, find_clover,
     "use rusticl (Mesa 22.3 or newer, RUSTICL_ENABLE=radeonsi) or the vendor's driver"},
    {"driver", is_empty, find_empty,
     "check that its hardware is in this machine and its kernel module is loaded; else remove its "
     "package"},
    {"driver", NULL, find_sound, ""},
};

const gf_rule_group gf_driver_rules = {driver_rules, sizeof driver_rules / sizeof *driver_rules};

/* ---- Together ---------------------------------------------------------- */

static bool kill_each_other(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return gf_probe_is_dangerous(&facts->together);
}

static void find_kill_each_other(const gf_opencl_setup *facts, const gf_item *item,
                                 gf_finding *finding) {
    (void)item;
    char end[200];
    gf_probe_format_end(&facts->together, end, sizeof end);
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text, "the process %s with all of these at once:", end);
    for (size_t i = 0; i < facts->set.count; i++) {
        const size_t used = strlen(finding->text);
        if (facts->probes[i].end == GF_PROBE_FINISHED)
            snprintf(finding->text + used, sizeof finding->text - used, " %s",
                     facts->set.drivers[i].label);
    }
    const size_t used = strlen(finding->text);
    if (strstr(facts->together.noise, "registered more than once") != NULL)
        snprintf(finding->text + used, sizeof finding->text - used,
                 "; each brings its own copy of LLVM (\"registered more than once\")");
    const char *other = working_driver(facts);
    snprintf(finding->fix, sizeof finding->fix,
             "gpufare leaves out the later ones by itself; for other programs use one at a time: "
             "export OCL_ICD_VENDORS=%.300s",
             other != NULL ? other : "/etc/OpenCL/vendors/pocl.icd");
}

static const gf_rule together_rules[] = {
    {"drivers together", kill_each_other, find_kill_each_other, ""},
};

const gf_rule_group gf_together_rules = {together_rules, 1};
