#include "backends/opencl/doctor/diagnose_drivers.h"
#include "backends/opencl/drivers/probe_result.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define FIX_REMOVE_FILE "reinstall the driver that made it, or remove it: sudo rm %s"

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
    for (size_t i = 0; i < GF_COUNT_OF(packages); i++)
        if (strstr(library, packages[i].part) != NULL)
            return packages[i].package;
    return NULL;
}

/* The .icd file of a driver that works, to use instead of one that does not; NULL without one. */
static const char *working_driver(const gf_opencl_setup *setup) {
    for (size_t i = 0; i < setup->set.count; i++)
        if (setup->probes[i].end == GF_PROBE_FINISHED &&
            gf_probe_device_count(&setup->probes[i], true) > 0 &&
            setup->set.drivers[i].path[0] != '\0')
            return setup->set.drivers[i].path;
    return NULL;
}

static const char *working_or_pocl(const gf_opencl_setup *setup) {
    const char *driver = working_driver(setup);
    return driver != NULL ? driver : "/etc/OpenCL/vendors/pocl.icd";
}

/* ---- Before a probe ---------------------------------------------------- */

static bool is_unreadable(const gf_item *item) {
    return item->driver->read_error != 0;
}

static void find_unreadable(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%s can't be read: %s", item->driver->path,
                gf_icd_read_problem(item->driver));
    if (item->driver->read_error == EACCES)
        gf_text_add(&finding->fix, "sudo chmod a+r %s", item->driver->path);
    else
        gf_text_add(&finding->fix, FIX_REMOVE_FILE, item->driver->path);
}

static bool names_no_library(const gf_item *item) {
    return item->driver->library[0] == '\0';
}

static void find_no_library(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%s names no library in its first line", item->driver->path);
    gf_text_add(&finding->fix, FIX_REMOVE_FILE, item->driver->path);
}

static bool was_not_probed(const gf_item *item) {
    return item->probe->end == GF_PROBE_NOT_RUN;
}

static void find_not_probed(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%s names %s; not tested: %s", gf_item_file(item),
                item->driver->library, item->setup->probe_error);
}

/* ---- Libraries that can't be loaded ------------------------------------ */

static bool does_not_load(const gf_item *item) {
    return gf_item_load_error(item) != NULL;
}

static bool ends_in_blank(const gf_item *item) {
    const char *library = item->driver->library;
    const size_t length = strlen(library);
    return does_not_load(item) && length > 0 && (unsigned char)library[length - 1] <= ' ';
}

static void find_blank(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%s: the library's name ends in a blank or a carriage return, which the loader "
                "takes as part of it",
                gf_item_file(item));
    gf_text_add(&finding->fix, "sudo sed -i 's/[[:space:]]*$//' %s", gf_item_file(item));
}

/* dlerror names the missing library: the driver's own, or one that it needs. */
static void find_does_not_load(const gf_item *item, gf_finding *finding) {
    const char *reason = gf_item_load_error(item);
    const char *library = item->driver->library;
    const char *package = package_of(library);
    const char *slash = strrchr(library, '/');
    const bool misses_driver = strncmp(reason, library, strlen(library)) == 0;
    gf_text_add(&finding->text, "%s names %s, which can't be loaded: %s", gf_item_file(item),
                library, reason);
    if (item->driver->path[0] == '\0')
        gf_text_add(&finding->fix, "unset %s", gf_icd_source_name(item->setup->set.source));
    else if (misses_driver && package != NULL)
        gf_text_add(&finding->fix, "sudo apt install --reinstall %s", package);
    else if (misses_driver)
        gf_text_add(&finding->fix,
                    "install the package with %s (apt-file search %s), or remove the leftover: "
                    "sudo rm %s",
                    library, slash != NULL ? slash + 1 : library, gf_item_file(item));
    else
        gf_text_add(&finding->fix,
                    "install the library that dlopen names (apt-file search NAME)%s%s",
                    package != NULL ? ", or: sudo apt install --reinstall " : "",
                    package != NULL ? package : "");
}

/* ---- Deaths ------------------------------------------------------------ */

static bool is_dead(const gf_item *item) {
    return gf_probe_is_dangerous(item->probe);
}

static void add_last_words(gf_text *text, const char *noise) {
    size_t length = 0;
    const char *words = gf_find_last_words(noise, &length);
    if (words != NULL)
        gf_text_add(text, "; it said: %.*s", length < 285 ? (int)length : 285, words);
}

static void find_end(const gf_item *item, gf_finding *finding) {
    char end[200];
    gf_probe_format_end(item->probe, end, sizeof end);
    gf_text_add(&finding->text, "%s (library %.300s)", end, item->driver->library);
    add_last_words(&finding->text, item->probe->noise);
}

static void find_dead(const gf_item *item, gf_finding *finding) {
    const char *package = package_of(item->driver->library);
    const char *other = working_driver(item->setup);
    find_end(item, finding);
    if (package != NULL)
        gf_text_add(&finding->fix, "sudo apt install --reinstall %s", package);
    else
        gf_text_add(&finding->fix, "update or reinstall the driver");
    if (item->driver->path[0] == '\0')
        gf_text_add(&finding->fix, "; or: unset %s", gf_icd_source_name(item->setup->set.source));
    else if (other != NULL)
        gf_text_add(&finding->fix,
                    "; until then gpufare leaves it out by itself, and for other programs: export "
                    "OCL_ICD_VENDORS=%.150s",
                    other);
}

static bool registers_twice(const gf_item *item) {
    return is_dead(item) && gf_item_mentions(item, "registered more than once");
}

static void find_registers_twice(const gf_item *item, gf_finding *finding) {
    find_end(item, finding);
    gf_text_add(&finding->fix,
                "two copies of LLVM meet in one process: use one driver at a time: export "
                "OCL_ICD_VENDORS=%.300s",
                working_or_pocl(item->setup));
}

static bool cache_kills(const gf_item *item) {
    return is_dead(item) && gf_setup_is_pocl(item->driver) && gf_setup_cache_is_broken(item->setup);
}

static void find_cache_kills(const gf_item *item, gf_finding *finding) {
    const gf_kernel_cache *cache = &item->setup->cache;
    find_end(item, finding);
    if (cache->write_error != 0)
        gf_text_add(&finding->text, "; its kernel cache %.300s can't be written to: %s",
                    cache->path, strerror(cache->write_error));
    else
        gf_text_add(&finding->text, "; the disk of its kernel cache %.300s is full", cache->path);
}

static bool pocl_crashed(const gf_item *item) {
    return item->probe->end == GF_PROBE_CRASHED && gf_setup_is_pocl(item->driver);
}

static bool has_illegal_instruction(const gf_item *item) {
    return pocl_crashed(item) && item->probe->code == SIGILL;
}

/* ---- Deaths with a cause that is not the driver's ------------------------- */

static bool lacks_memory(const gf_item *item) {
    static const char *const words[] = {"bad_alloc", "annot allocate memory", "ut of memory",
                                        "failed to map segment"};
    for (size_t i = 0; i < GF_COUNT_OF(words); i++)
        if (is_dead(item) && gf_item_mentions(item, words[i]))
            return true;
    return false;
}

static void find_lack_of_memory(const gf_item *item, gf_finding *finding) {
    find_end(item, finding);
    gf_text_add(&finding->text, "; it got no memory");
}

/* The first variable that changes what PoCL does; where its cache is changes nothing. NULL: none.
 */
static const gf_variable *steering_variable(const gf_opencl_setup *setup) {
    for (size_t i = 0; i < setup->variable_count; i++)
        if (strncmp(setup->variables[i].name, "POCL_", 5) == 0 &&
            strcmp(setup->variables[i].name, "POCL_CACHE_DIR") != 0)
            return &setup->variables[i];
    return NULL;
}

static bool is_steered(const gf_item *item) {
    return pocl_crashed(item) && steering_variable(item->setup) != NULL;
}

static void find_steered(const gf_item *item, gf_finding *finding) {
    const gf_variable *variable = steering_variable(item->setup);
    find_end(item, finding);
    gf_text_add(&finding->text, "; perhaps because of %s=%.100s, which steers it", variable->name,
                variable->value);
    gf_text_add(&finding->fix, "unset %s, and try again: gpufare doctor", variable->name);
}

/* A crash may have other causes that nothing speaks of. Whether an empty cache helps shows it, and
 * costs nothing. */
static void suspect_cache_content(const gf_item *item, const char *cause, gf_finding *finding) {
    find_end(item, finding);
    gf_text_add(&finding->text, "; perhaps %s", cause);
    gf_text_add(
        &finding->fix,
        "POCL_CACHE_DIR=$(mktemp -d) gpufare doctor; if the driver works then: rm -r %.500s; "
        "else raise limits of memory (ulimit -v), or update the driver",
        item->setup->cache.path);
}

static void find_illegal_instruction(const gf_item *item, gf_finding *finding) {
    suspect_cache_content(item, "its kernel cache holds code that was built for another CPU",
                          finding);
}

static bool knows_no_cpu(const gf_item *item) {
    return is_dead(item) && gf_item_mentions(item, "unknown target CPU");
}

/* PoCL gets the memory's size through hwloc, which reads it below /sys; a bare chroot has none. */
static bool sees_no_memory(const gf_item *item) {
    return is_dead(item) && gf_item_mentions(item, "Not enough memory to run on this device");
}

/* PoCL crashes on a damaged cache entry when it maps or links it. */
static bool cache_may_be_corrupt(const gf_item *item) {
    const char *stage = gf_probe_text(item->probe->report, "stage");
    return pocl_crashed(item) && (strcmp(stage, "compile") == 0 || strcmp(stage, "run") == 0);
}

static void find_corrupt_cache(const gf_item *item, gf_finding *finding) {
    suspect_cache_content(item, "an entry of its kernel cache is damaged", finding);
}

static bool hangs(const gf_item *item) {
    return item->probe->end == GF_PROBE_TIMED_OUT;
}

static void find_hanging(const gf_item *item, gf_finding *finding) {
    find_dead(item, finding);
    gf_text_add(&finding->fix, "; if it is only slow: GPUFARE_PROBE_TIMEOUT=60 gpufare doctor");
}

static const gf_rule driver_rules[] = {
    {"driver", is_unreadable, GF_DIAGNOSIS_FAIL, find_unreadable, ""},
    {"driver", names_no_library, GF_DIAGNOSIS_FAIL, find_no_library, ""},
    {"driver", was_not_probed, GF_DIAGNOSIS_WARN, find_not_probed,
     "reinstall gpufare, or set GPUFARE_WORKER to the path of gpufare-worker"},
    {"driver", ends_in_blank, GF_DIAGNOSIS_FAIL, find_blank, ""},
    {"driver", does_not_load, GF_DIAGNOSIS_FAIL, find_does_not_load, ""},
    {"driver", registers_twice, GF_DIAGNOSIS_FAIL, find_registers_twice, ""},
    {"driver", cache_kills, GF_DIAGNOSIS_FAIL, find_cache_kills, GF_FIX_CACHE},
    {"driver", lacks_memory, GF_DIAGNOSIS_FAIL, find_lack_of_memory, GF_FIX_MEMORY},
    {"driver", is_steered, GF_DIAGNOSIS_FAIL, find_steered, ""},
    {"driver", has_illegal_instruction, GF_DIAGNOSIS_FAIL, find_illegal_instruction, ""},
    {"driver", knows_no_cpu, GF_DIAGNOSIS_FAIL, find_end, GF_FIX_LLVM},
    {"driver", sees_no_memory, GF_DIAGNOSIS_FAIL, find_end,
     "mount -t sysfs sys /sys: the driver reads the memory's size there"},
    {"driver", cache_may_be_corrupt, GF_DIAGNOSIS_FAIL, find_corrupt_cache, ""},
    {"driver", hangs, GF_DIAGNOSIS_FAIL, find_hanging, ""},
    {"driver", is_dead, GF_DIAGNOSIS_FAIL, find_dead, ""},
};

const gf_rule_group gf_driver_rules = GF_RULE_GROUP(driver_rules);

/* ---- Together ---------------------------------------------------------- */

static bool kill_each_other(const gf_item *item) {
    return gf_probe_is_dangerous(&item->setup->together);
}

static void find_kill_each_other(const gf_item *item, gf_finding *finding) {
    const gf_opencl_setup *setup = item->setup;
    char end[200];
    gf_probe_format_end(&setup->together, end, sizeof end);
    gf_text_add(&finding->text, "the process %s with all of these at once:", end);
    for (size_t i = 0; i < setup->set.count; i++)
        if (setup->probes[i].end == GF_PROBE_FINISHED)
            gf_text_add(&finding->text, " %s", setup->set.drivers[i].label);
    if (strstr(setup->together.noise, "registered more than once") != NULL)
        gf_text_add(&finding->text,
                    "; each brings its own copy of LLVM (\"registered more than once\")");
    gf_text_add(&finding->fix,
                "gpufare leaves out the later ones by itself; for other programs use one at a "
                "time: export OCL_ICD_VENDORS=%.300s",
                working_or_pocl(setup));
}

static const gf_rule together_rules[] = {
    {"drivers together", kill_each_other, GF_DIAGNOSIS_FAIL, find_kill_each_other, ""},
};

const gf_rule_group gf_together_rules = GF_RULE_GROUP(together_rules);

/* ---- Earlier ------------------------------------------------------------ */

static bool failed_before(const gf_item *item) {
    return item->failure != NULL && item->failure->reason[0] != '\0';
}

static void find_failure(const gf_item *item, gf_finding *finding) {
    char when[32] = "";
    struct tm local;
    if (localtime_r(&item->failure->when, &local) != NULL)
        (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M", &local);
    gf_text_add(&finding->text, "%s: %s", when, item->failure->reason);
}

static const gf_rule failure_rules[] = {
    {"last failure of driver", failed_before, GF_DIAGNOSIS_WARN, find_failure,
     "update or replace the driver; gpufare reports it as failed and goes on, other programs may "
     "end with it"},
};

const gf_rule_group gf_failure_rules = GF_RULE_GROUP(failure_rules);
