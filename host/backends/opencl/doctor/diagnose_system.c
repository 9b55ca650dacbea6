#define _GNU_SOURCE 1 /* strtok_r with any language level */

#include "backends/opencl/doctor/diagnose_system.h"
#include "backends/opencl/doctor/diagnose_platforms.h"
#include "backends/opencl/drivers/probe.h"
#include "os/environment/steering.h"

#include <string.h>
#include <unistd.h>

/* ---- The loader -------------------------------------------------------- */

static bool has_no_loader(const gf_item *item) {
    return item->setup->loader[0] == '\0';
}

static void find_no_loader(const gf_item *item, gf_finding *finding) {
    (void)item;
    gf_text_add(&finding->text, "the ICD loader, libOpenCL.so.1, is not installed");
}

static void find_loader(const gf_item *item, gf_finding *finding) {
    const gf_icd_set *set = &item->setup->set;
    const char *variable = gf_icd_source_name(set->source);
    const char *maker = item->setup->loader_maker;
    gf_text_add(&finding->text, "%.400s%s%s; finds %zu driver%s in %.400s", item->setup->loader,
                maker[0] != '\0' ? ", of " : "", maker, set->count, set->count == 1 ? "" : "s",
                set->where);
    if (variable[0] != '\0')
        gf_text_add(&finding->text, " (%s)", variable);
}

static const gf_rule loader_rules[] = {
    {"loader", has_no_loader, GF_DIAGNOSIS_FAIL, find_no_loader,
     "sudo apt install ocl-icd-libopencl1"},
    {"loader", NULL, GF_DIAGNOSIS_PASS, find_loader, ""},
};

const gf_rule_group gf_loader_rules = GF_RULE_GROUP(loader_rules);

/* ---- Device nodes ------------------------------------------------------ */

static bool is_container(const gf_item *item) {
    return item->setup->machine.container[0] != '\0';
}

static bool is_denied(const gf_item *item) {
    return !item->node->accessible;
}

static bool is_denied_in_container(const gf_item *item) {
    return is_denied(item) && is_container(item);
}

static void find_denied(const gf_item *item, gf_finding *finding) {
    const char *group = item->node->group;
    const bool usual = strcmp(group, "render") == 0 || strcmp(group, "video") == 0;
    if (gf_setup_has_platform(item->setup, "NVIDIA")) /* which works through nodes of its own */
        finding->status = GF_DIAGNOSIS_WARN;
    gf_text_add(&finding->text,
                "permission denied: this user is not in the group \"%s\"; a GPU%s%s can't be used",
                group, item->node->driver[0] != '\0' ? " of " : "", item->node->driver);
    if (!is_container(item))
        gf_text_add(&finding->fix, "sudo usermod -aG render,video%s%s $USER, then log in again",
                    usual ? "" : ",", usual ? "" : group);
}

static void find_allowed(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "may be opened; group \"%s\"%s%s", item->node->group,
                item->node->driver[0] != '\0' ? ", kernel driver " : "", item->node->driver);
}

static const gf_rule node_rules[] = {
    {"device node", is_denied_in_container, GF_DIAGNOSIS_FAIL, find_denied,
     "start the container with --device /dev/dri --device /dev/kfd --group-add and the number of "
     "the node's group"},
    {"device node", is_denied, GF_DIAGNOSIS_FAIL, find_denied, ""},
    {"device node", NULL, GF_DIAGNOSIS_PASS, find_allowed, ""},
};

const gf_rule_group gf_node_rules = GF_RULE_GROUP(node_rules);

/* ---- PoCL's kernel cache ----------------------------------------------- */

static double mebibytes(uint64_t bytes) {
    return (double)bytes / (1024.0 * 1024.0);
}

static bool has_cache(const gf_item *item) {
    return item->setup->cache.path[0] != '\0';
}

static bool has_unwritable_cache(const gf_item *item) {
    return has_cache(item) && item->setup->cache.write_error != 0;
}

static void find_unwritable(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%.900s can't be written to: %s", item->setup->cache.path,
                strerror(item->setup->cache.write_error));
}

static bool has_full_cache(const gf_item *item) {
    return has_cache(item) && item->setup->cache.free_bytes < GF_POCL_FREE_BYTES;
}

static void find_full(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%.900s has %.1f MiB free; PoCL needs %.0f MiB, because a full disk ends the "
                "process in the middle of a compilation",
                item->setup->cache.path, mebibytes(item->setup->cache.free_bytes),
                mebibytes(GF_POCL_FREE_BYTES));
}

static bool has_shared_cache(const gf_item *item) {
    return has_cache(item) && item->setup->cache.shared;
}

static void find_shared(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%.900s belongs to, or can be written by, another user: code compiled by others "
                "would run here",
                item->setup->cache.path);
}

static bool has_remote_cache(const gf_item *item) {
    return has_cache(item) && item->setup->cache.on_network;
}

static void find_remote(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%.900s is on a network file system: a machine with another CPU would load code "
                "built for this one (SIGILL)",
                item->setup->cache.path);
}

static void find_cache(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%.900s: private, writable, %.0f MiB free", item->setup->cache.path,
                mebibytes(item->setup->cache.free_bytes));
}

#define CACHE "PoCL's kernel cache"
static const gf_rule cache_rules[] = {
    {CACHE, has_unwritable_cache, GF_DIAGNOSIS_FAIL, find_unwritable, GF_FIX_CACHE},
    {CACHE, has_full_cache, GF_DIAGNOSIS_FAIL, find_full, GF_FIX_CACHE},
    {CACHE, has_shared_cache, GF_DIAGNOSIS_WARN, find_shared, GF_FIX_CACHE},
    {CACHE, has_remote_cache, GF_DIAGNOSIS_WARN, find_remote,
     "export POCL_CACHE_DIR=/tmp/pocl-$USER, a folder on this machine's own disk"},
    {CACHE, has_cache, GF_DIAGNOSIS_PASS, find_cache, ""},
};

const gf_rule_group gf_kernel_cache_rules = GF_RULE_GROUP(cache_rules);

/* ---- Containers and WSL ------------------------------------------------ */

static bool hides_nvidia(const gf_item *item) {
    const bool expected = item->setup->machine.nvidia ||
                          gf_setup_variable(item->setup, "NVIDIA_VISIBLE_DEVICES")[0] != '\0';
    return is_container(item) && expected && !gf_setup_has_platform(item->setup, "NVIDIA");
}

static void find_hidden_nvidia(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "an NVIDIA GPU reaches this container (%s), but its OpenCL platform does not",
                item->setup->machine.container);
}

static bool has_no_gpu_node(const gf_item *item) {
    return is_container(item) && item->setup->node_count == 0 && !item->setup->machine.nvidia;
}

static void find_container(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "this is a container (%s) %s access to a GPU",
                item->setup->machine.container, has_no_gpu_node(item) ? "without" : "with");
}

static const gf_rule container_rules[] = {
    {"container", hides_nvidia, GF_DIAGNOSIS_WARN, find_hidden_nvidia,
     "start it with --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility -v "
     "/etc/OpenCL/vendors/nvidia.icd:/etc/OpenCL/vendors/nvidia.icd:ro"},
    {"container", has_no_gpu_node, GF_DIAGNOSIS_PASS, find_container,
     "if the machine has one, start with --device /dev/dri (and /dev/kfd), or for NVIDIA --gpus all"},
    {"container", is_container, GF_DIAGNOSIS_PASS, find_container, ""},
};

const gf_rule_group gf_container_rules = GF_RULE_GROUP(container_rules);

static bool is_wsl_without_gpu(const gf_item *item) {
    return item->setup->machine.wsl && !gf_setup_has_gpu(item->setup);
}

static void find_wsl(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "this is WSL%s: the Windows driver exposes no OpenCL for the GPU here",
                item->setup->machine.nvidia ? ", with CUDA" : "");
}

static const gf_rule wsl_rules[] = {
    {"WSL", is_wsl_without_gpu, GF_DIAGNOSIS_WARN, find_wsl,
     "use the CPU through PoCL (sudo apt install pocl-opencl-icd); or boot Linux itself"},
};

const gf_rule_group gf_wsl_rules = GF_RULE_GROUP(wsl_rules);

/* ---- The environment --------------------------------------------------- */

static bool is_called(const gf_item *item, const char *name) {
    return strcmp(item->variable->name, name) == 0;
}

static bool names_layers(const gf_item *item) {
    return is_called(item, "OPENCL_LAYERS");
}

/* The loader ignores a layer that it can't find, without a message. */
static bool names_missing_layer(const gf_item *item) {
    if (!names_layers(item))
        return false;
    char copy[sizeof item->variable->value], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", item->variable->value);
    for (char *layer = strtok_r(copy, ":", &rest); layer != NULL;
         layer = strtok_r(NULL, ":", &rest))
        if (strchr(layer, '/') != NULL && access(layer, R_OK) != 0)
            return true;
    return false;
}

static void find_missing_layer(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%s: names a layer that can't be read, which the loader ignores silently",
                item->variable->value);
}

static bool changes_loading(const gf_item *item) {
    return names_layers(item) || strncmp(item->variable->name, "LD_", 3) == 0;
}

static void find_changed_loading(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%s (changes which code is loaded)", item->variable->value);
}

/* A switch is meant, but the variable is a list of drivers. */
static bool switches_rusticl(const gf_item *item) {
    return is_called(item, "RUSTICL_ENABLE") && gf_is_switch(item->variable->value) &&
           !gf_setup_switches_off(item->variable->value);
}

static void find_switch(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%s: that is no driver's name; rusticl uses only drivers that are named here",
                item->variable->value);
    gf_add_rusticl_fix(item->setup, &finding->fix);
}

static bool limits_no_probe(const gf_item *item) {
    double seconds;
    return is_called(item, "GPUFARE_PROBE_TIMEOUT") &&
           !gf_probe_read_limit(item->variable->value, &seconds);
}

static void find_no_limit(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%s: no number of seconds above 0; all commands that look for devices refuse it",
                item->variable->value);
}

static bool changes_results(const gf_item *item) {
    return is_called(item, "POCL_EXTRA_BUILD_FLAGS");
}

static void find_changed_results(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text,
                "%s: PoCL builds every kernel with these, so that results may differ in their bits",
                item->variable->value);
}

/* Names, or the start of names, and what their values do. */
static const struct {
    const char *name, *effect;
} effects[] = {
    {"POCL_MEMORY_LIMIT", "limits the memory of PoCL's devices, in GiB"},
    {"POCL_MAX_WORK_GROUP_SIZE", "limits work-groups, which some kernels then can't have"},
    {"POCL_WORK_GROUP_METHOD", "how PoCL compiles loops over work-items; times depend on it"},
    {"POCL_MAX_PTHREAD_COUNT", "limits the threads of PoCL's CPU device"},
    {"POCL_CPU_MAX_CU_COUNT", "limits the threads of PoCL's CPU device"},
    {"POCL_AFFINITY", "binds the threads of PoCL's CPU device to cores"},
    {"POCL_DEVICES", "which devices PoCL has, in which order"},
    {"RUSTICL_DEVICE_TYPE", "what rusticl calls its devices; gpufare goes by what they are"},
    {"OverrideDefaultFP64Settings", "has Intel's GPU driver emulate f64, which is slow"},
    {"IGC_", "steers the compiler of Intel's GPU driver"},
    {"CL_CONFIG_", "steers Intel's CPU runtime"},
    {"CONDA_PREFIX", "programs of this environment bring their own loader and drivers"},
    {"OMP_", "steers the threads of the native path"},
    {"GOMP_", "steers the threads of the native path"},
    {"KMP_", "steers the threads of the native path"},
};

static void find_variable(const gf_item *item, gf_finding *finding) {
    gf_text_add(&finding->text, "%s", item->variable->value);
    for (size_t i = 0; i < GF_COUNT_OF(effects); i++) {
        if (strncmp(item->variable->name, effects[i].name, strlen(effects[i].name)) == 0) {
            gf_text_add(&finding->text, " (%s)", effects[i].effect);
            return;
        }
    }
}

static const gf_rule variable_rules[] = {
    {"environment", names_missing_layer, GF_DIAGNOSIS_WARN, find_missing_layer,
     "correct OPENCL_LAYERS, or unset OPENCL_LAYERS"},
    {"environment", limits_no_probe, GF_DIAGNOSIS_FAIL, find_no_limit,
     "unset GPUFARE_PROBE_TIMEOUT"},
    {"environment", switches_rusticl, GF_DIAGNOSIS_WARN, find_switch, ""},
    {"environment", changes_results, GF_DIAGNOSIS_WARN, find_changed_results,
     "unset POCL_EXTRA_BUILD_FLAGS"},
    {"environment", changes_loading, GF_DIAGNOSIS_PASS, find_changed_loading, ""},
    {"environment", NULL, GF_DIAGNOSIS_PASS, find_variable, ""},
};

const gf_rule_group gf_variable_rules = GF_RULE_GROUP(variable_rules);

static bool has_no_variable(const gf_item *item) {
    return item->setup->variable_count == 0;
}

static void find_no_variable(const gf_item *item, gf_finding *finding) {
    (void)item;
    gf_text_add(&finding->text, "no variable is set that steers the loader or a driver");
}

static const gf_rule no_variable_rules[] = {
    {"environment", has_no_variable, GF_DIAGNOSIS_PASS, find_no_variable, ""},
};

const gf_rule_group gf_no_variable_rules = GF_RULE_GROUP(no_variable_rules);
