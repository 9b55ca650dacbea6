#include "backends/opencl/doctor/diagnose_loading.h"
#include "backends/opencl/drivers/probe_result.h"

#include <string.h>
#include <unistd.h>

/* ---- Paths that are none ----------------------------------------------- */

/* Conda's packages are built at a path of their own, which its installer replaces and pip's does
 * not. */
static bool names_placeholder(const gf_item *item) {
    static const char *const pieces[] = {"/anaconda1anaconda2anaconda3", "_placehold",
                                         "/_build_env/", "/_h_env"};
    if (gf_item_load_error(item) == NULL || access(item->driver->library, F_OK) == 0)
        return false;
    for (size_t i = 0; i < GF_COUNT_OF(pieces); i++)
        if (strstr(item->driver->library, pieces[i]) != NULL)
            return true;
    return false;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Of PREFIX/etc/OpenCL/vendors/x.icd the library is in PREFIX/lib; a conda environment has it, too.
 * false: it is in neither. */
static bool find_real_library(const gf_item *item, char path[512]) {
    const char *file = item->driver->path, *conda = gf_setup_variable(item->setup, "CONDA_PREFIX");
    const char *vendors = strstr(file, "/etc/OpenCL/vendors/");
    const char *name = base_name(item->driver->library);
    if (vendors != NULL) {
        snprintf(path, 512, "%.*s/lib/%s", (int)(vendors - file), file, name);
        if (access(path, R_OK) == 0)
            return true;
    }
    snprintf(path, 512, "%s/lib/%s", conda, name);
    return conda[0] != '\0' && access(path, R_OK) == 0;
}

static void find_placeholder(const gf_item *item, gf_finding *finding) {
    char real[512];
    gf_text_add(&finding->text,
                "%s names %.200s, which is the placeholder of a conda package, not a path of this "
                "machine",
                gf_item_file(item), item->driver->library);
    gf_text_add(&finding->fix, "echo %s > %s",
                find_real_library(item, real) ? real : "/PATH/TO/THE/LIBRARY", gf_item_file(item));
    if (!find_real_library(item, real))
        gf_text_add(&finding->fix, " (find / -name %.60s says where it is)",
                    base_name(item->driver->library));
}

/* ---- Libraries that a driver needs --------------------------------------- */

/* The library that dlopen misses: "libimf.so: cannot open shared object file". false: the driver's
 * own is missing, or the reason is another. */
static bool find_missing(const gf_item *item, char name[128]) {
    const char *reason = gf_item_load_error(item);
    const size_t length = reason != NULL ? strcspn(reason, ":") : 0;
    if (length == 0 || length >= 128 || strstr(reason, "cannot open shared object") == NULL ||
        strncmp(reason, item->driver->library, length) == 0)
        return false;
    snprintf(name, 128, "%.*s", (int)length, reason);
    return true;
}

/* Libraries that pip and conda install next to a driver, where the linker does not look. */
static bool misses_neighbour(const gf_item *item) {
    char name[128], path[512];
    const char *library = item->driver->library, *slash = strrchr(library, '/');
    if (slash == NULL || !find_missing(item, name))
        return false;
    snprintf(path, sizeof path, "%.*s/%s", (int)(slash - library), library, name);
    return access(path, R_OK) == 0;
}

static void find_missing_neighbour(const gf_item *item, gf_finding *finding) {
    const char *library = item->driver->library, *slash = strrchr(library, '/');
    gf_text_add(&finding->text,
                "%s names %s, which can't be loaded: %s; that library lies next to it, where the "
                "linker does not look",
                gf_item_file(item), library, gf_item_load_error(item));
    gf_text_add(&finding->fix, "export LD_LIBRARY_PATH=%.*s${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}",
                (int)(slash - library), library);
}

/* Libraries of Intel's compiler, which its OpenCL runtime needs and pip has in another package. */
static bool misses_intel_library(const gf_item *item) {
    static const char *const names[] = {"libimf.so", "libsvml.so", "libirng.so", "libintlc.so",
                                        "libtbb.so"};
    char missing[128];
    if (!find_missing(item, missing))
        return false;
    for (size_t i = 0; i < GF_COUNT_OF(names); i++)
        if (strncmp(missing, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static void find_missing_intel_library(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%s names %s, which can't be loaded: %s", gf_item_file(item),
                item->driver->library, gf_item_load_error(item));
    gf_text_add(&finding->fix,
                "pip install intel-cmplr-lib-rt tbb where the driver is, then export "
                "LD_LIBRARY_PATH=that environment's lib folder");
}

/* A library is mapped into the address space before it is read. */
static bool has_no_room(const gf_item *item) {
    const char *reason = gf_item_load_error(item);
    return reason != NULL && (strstr(reason, "annot allocate memory") != NULL ||
                              (strstr(reason, "failed to map segment") != NULL &&
                               strstr(reason, "not permitted") == NULL));
}

/* Mounted with noexec. */
static bool may_not_run(const gf_item *item) {
    const char *reason = gf_item_load_error(item);
    return reason != NULL && strstr(reason, "failed to map segment") != NULL && !has_no_room(item);
}

static void find_not_mapped(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%s names %s, which can't be loaded: %s", gf_item_file(item),
                item->driver->library, gf_item_load_error(item));
}

static const gf_rule loading_rules[] = {
    {"driver", has_no_room, GF_DIAGNOSIS_FAIL, find_not_mapped, GF_FIX_MEMORY},
    {"driver", may_not_run, GF_DIAGNOSIS_FAIL, find_not_mapped,
     "code can't run from that file system, which is mounted with noexec: install the driver "
     "elsewhere"},
    {"driver", names_placeholder, GF_DIAGNOSIS_FAIL, find_placeholder, ""},
    {"driver", misses_neighbour, GF_DIAGNOSIS_FAIL, find_missing_neighbour, ""},
    {"driver", misses_intel_library, GF_DIAGNOSIS_FAIL, find_missing_intel_library, ""},
};

const gf_rule_group gf_loading_rules = GF_RULE_GROUP(loading_rules);

/* ---- Twins ------------------------------------------------------------- */

/* An earlier driver with the same library, by the real path that its probe found. NULL: none. */
static const gf_icd_driver *earlier_twin(const gf_item *item) {
    const gf_opencl_setup *setup = item->setup;
    const char *library = gf_probe_text(item->probe->report, "library");
    for (size_t i = 0; library[0] != '\0' && &setup->set.drivers[i] != item->driver; i++)
        if (strcmp(gf_probe_text(setup->probes[i].report, "library"), library) == 0)
            return &setup->set.drivers[i];
    return NULL;
}

static bool has_twin(const gf_item *item) {
    return earlier_twin(item) != NULL;
}

static void find_twin(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%s and %s name one library, %.300s: some loaders list its devices twice; gpufare "
                "takes them for one chip",
                earlier_twin(item)->label, item->driver->label,
                gf_probe_text(item->probe->report, "library"));
    if (item->driver->path[0] != '\0')
        gf_text_add(&finding->fix, "sudo rm %s", item->driver->path);
}

static const gf_rule twin_rules[] = {
    {"drivers twice", has_twin, GF_DIAGNOSIS_WARN, find_twin, ""},
};

const gf_rule_group gf_twin_rules = GF_RULE_GROUP(twin_rules);
