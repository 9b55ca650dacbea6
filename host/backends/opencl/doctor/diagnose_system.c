/* Rules on what surrounds the drivers: loader, device nodes, cache, containers, environment, CPU.
 */
#define _GNU_SOURCE 1 /* strtok_r with any language level */

#include "backends/opencl/doctor/diagnose.h"
#include "backends/opencl/drivers/probe_text.h"

#include <string.h>
#include <unistd.h>

#define GROUP(rules)                                                                               \
    { rules, sizeof rules / sizeof *rules }

/* ---- The loader -------------------------------------------------------- */

static bool has_no_loader(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->loader[0] == '\0';
}

static void find_no_loader(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts, (void)item;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text,
             "the ICD loader, libOpenCL.so.1, is not installed");
}

static void find_loader(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    const char *variable = gf_icd_source_name(facts->set.source);
    snprintf(finding->text, sizeof finding->text, "%.400s; finds %zu driver%s in %.400s%s%s%s",
             facts->loader, facts->set.count, facts->set.count == 1 ? "" : "s", facts->set.where,
             variable[0] != '\0' ? " (" : "", variable, variable[0] != '\0' ? ")" : "");
}

static const gf_rule loader_rules[] = {
    {"loader", has_no_loader, find_no_loader, "sudo apt install ocl-icd-libopencl1"},
    {"loader", NULL, find_loader, ""},
};

const gf_rule_group gf_loader_rules = GROUP(loader_rules);

/* ---- Device nodes ------------------------------------------------------ */

static bool is_denied_in_container(const gf_opencl_setup *facts, const gf_item *item) {
    return !item->node->accessible && facts->machine.container[0] != '\0';
}

static bool is_denied(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return !item->node->accessible;
}

static void find_denied(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    const char *group = item->node->group;
    const bool usual = strcmp(group, "render") == 0 || strcmp(group, "video") == 0;
    finding->status =
        gf_setup_has_platform(facts, "NVIDIA") ? GF_DIAGNOSIS_WARN : GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text,
             "permission denied: this user is not in the group \"%s\"; a GPU%s%s can't be used",
             group, item->node->driver[0] != '\0' ? " of " : "", item->node->driver);
    if (facts->machine.container[0] == '\0')
        snprintf(finding->fix, sizeof finding->fix,
                 "sudo usermod -aG render,video%s%s $USER, then log in again", usual ? "" : ",",
                 usual ? "" : group);
}

static void find_allowed(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    snprintf(finding->text, sizeof finding->text, "may be opened; group \"%s\"%s%s",
             item->node->group, item->node->driver[0] != '\0' ? ", kernel driver " : "",
             item->node->driver);
}

static const gf_rule node_rules[] = {
    {"device node", is_denied_in_container, find_denied,
     "start the container with --device /dev/dri --device /dev/kfd --group-add and the number of "
     "the node's group"},
    {"device node", is_denied, find_denied, ""},
    {"device node", NULL, find_allowed, ""},
};

const gf_rule_group gf_node_rules = GROUP(node_rules);

/* ---- PoCL's cache ------------------------------------------------------ */

#define FIX_CACHE "export POCL_CACHE_DIR=$(mktemp -d), or another private folder with room"

static double mebibytes(uint64_t bytes) {
    return (double)bytes / (1024.0 * 1024.0);
}

static bool has_unwritable_cache(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->cache.path[0] != '\0' && facts->cache.write_error != 0;
}

static void find_unwritable(const gf_opencl_setup *facts, const gf_item *item,
                            gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text, "%.900s can't be written to: %s",
             facts->cache.path, strerror(facts->cache.write_error));
}

static bool has_full_cache(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->cache.path[0] != '\0' && facts->cache.free_bytes < GF_POCL_FREE_BYTES;
}

static void find_full(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_FAIL;
    snprintf(finding->text, sizeof finding->text,
             "%.900s has %.1f MiB free, and %.0f MiB are wanted: a full disk ends the process in "
             "the middle of a compilation",
             facts->cache.path, mebibytes(facts->cache.free_bytes), mebibytes(GF_POCL_FREE_BYTES));
}

static bool has_shared_cache(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->cache.path[0] != '\0' && facts->cache.shared;
}

static void find_shared(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "%.900s belongs to, or can be written by, another user: code compiled by others would "
             "run here",
             facts->cache.path);
}

static bool has_remote_cache(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->cache.path[0] != '\0' && facts->cache.on_network;
}

static void find_remote(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "%.900s lies on a network file system: a machine with another CPU would load code "
             "built for this one (SIGILL)",
             facts->cache.path);
}

static bool has_cache(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->cache.path[0] != '\0';
}

static void find_cache(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    snprintf(finding->text, sizeof finding->text, "%.900s: private, writable, %.0f MiB free",
             facts->cache.path, mebibytes(facts->cache.free_bytes));
}

static const gf_rule cache_rules[] = {
    {"PoCL's kernel cache", has_unwritable_cache, find_unwritable, FIX_CACHE},
    {"PoCL's kernel cache", has_full_cache, find_full, FIX_CACHE},
    {"PoCL's kernel cache", has_shared_cache, find_shared, FIX_CACHE},
    {"PoCL's kernel cache", has_remote_cache, find_remote,
     "export POCL_CACHE_DIR=/tmp/pocl-$USER, a folder on this machine's own disk"},
    {"PoCL's kernel cache", has_cache, find_cache, ""},
};

const gf_rule_group gf_kernel_cache_rules = GROUP(cache_rules);

/* ---- Containers and WSL ------------------------------------------------ */

static bool is_container(const gf_opencl_setup *facts) {
    return facts->machine.container[0] != '\0';
}

static bool hides_nvidia(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    const bool expected =
        facts->machine.nvidia || gf_setup_variable(facts, "NVIDIA_VISIBLE_DEVICES")[0] != '\0';
    return is_container(facts) && expected && !gf_setup_has_platform(facts, "NVIDIA");
}

static void find_hidden_nvidia(const gf_opencl_setup *facts, const gf_item *item,
                               gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "an NVIDIA GPU reaches this container (%s), but its OpenCL platform does not",
             facts->machine.container);
}

static bool has_no_gpu_node(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return is_container(facts) && facts->node_count == 0 && !facts->machine.nvidia;
}

static void find_no_gpu_node(const gf_opencl_setup *facts, const gf_item *item,
                             gf_finding *finding) {
    (void)item;
    snprintf(finding->text, sizeof finding->text,
             "this is a container (%s) without access to a GPU", facts->machine.container);
}

static bool is_any_container(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return is_container(facts);
}

static void find_container(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    snprintf(finding->text, sizeof finding->text, "this is a container (%s) with access to a GPU",
             facts->machine.container);
}

static const gf_rule container_rules[] = {
    {"container", hides_nvidia, find_hidden_nvidia,
     "start it with --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility -v "
     "/etc/OpenCL/vendors/nvidia.icd:/etc/OpenCL/vendors/nvidia.icd:ro"},
    {"container", has_no_gpu_node, find_no_gpu_node,
     "if the machine has one, start with --device /dev/dri (and /dev/kfd), or for NVIDIA --gpus all"},
    {"container", is_any_container, find_container, ""},
};

const gf_rule_group gf_container_rules = GROUP(container_rules);

static bool has_gpu(const gf_opencl_setup *facts) {
    for (size_t i = 0; i < facts->set.count; i++) {
        size_t j, k;
        const json_t *platform, *device;
        json_array_foreach(json_object_get(facts->probes[i].report, "platforms"), j, platform) {
            json_array_foreach(json_object_get(platform, "devices"), k, device) {
                if (strcmp(gf_probe_text(device, "type"), "gpu") == 0)
                    return true;
            }
        }
    }
    return false;
}

static bool is_wsl_without_gpu(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->machine.wsl && !has_gpu(facts);
}

static void find_wsl(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "this is WSL%s: the Windows driver exposes no OpenCL for the GPU here",
             facts->machine.nvidia ? ", with CUDA" : "");
}

static const gf_rule wsl_rules[] = {
    {"WSL", is_wsl_without_gpu, find_wsl,
     "use the CPU through PoCL (sudo apt install pocl-opencl-icd); or boot Linux itself"},
};

const gf_rule_group gf_wsl_rules = GROUP(wsl_rules);

/* ---- The environment --------------------------------------------------- */

/* The loader ignores a layer that it can't find, without a word. */
static bool names_missing_layer(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    if (strcmp(item->variable->name, "OPENCL_LAYERS") != 0)
        return false;
    char copy[sizeof item->variable->value], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", item->variable->value);
    for (char *layer = strtok_r(copy, ":", &rest); layer != NULL;
         layer = strtok_r(NULL, ":", &rest))
        if (strchr(layer, '/') != NULL && access(layer, R_OK) != 0)
            return true;
    return false;
}

static void find_missing_layer(const gf_opencl_setup *facts, const gf_item *item,
                               gf_finding *finding) {
    (void)facts;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "%s: names a layer that can't be read, which the loader ignores silently",
             item->variable->value);
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static bool changes_loading(const gf_opencl_setup *facts, const gf_item *item) {
    (void)facts;
    return strcmp(item->variable->name, "OPENCL_LAYERS") == 0 ||
           starts_with(item->variable->name, "LD_");
}

static void find_changed_loading(const gf_opencl_setup *facts, const gf_item *item,
                                 gf_finding *finding) {
    (void)facts;
    snprintf(finding->text, sizeof finding->text, "%s (changes which code is loaded)",
             item->variable->value);
}

static void find_variable(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts;
    snprintf(finding->text, sizeof finding->text, "%s", item->variable->value);
}

static const gf_rule variable_rules[] = {
    {"environment", names_missing_layer, find_missing_layer,
     "correct OPENCL_LAYERS, or unset OPENCL_LAYERS"},
    {"environment", changes_loading, find_changed_loading, ""},
    {"environment", NULL, find_variable, ""},
};

const gf_rule_group gf_variable_rules = GROUP(variable_rules);

static bool has_no_variable(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->variable_count == 0;
}

static void find_no_variable(const gf_opencl_setup *facts, const gf_item *item,
                             gf_finding *finding) {
    (void)facts, (void)item;
    snprintf(finding->text, sizeof finding->text,
             "no variable is set that steers the loader or a driver");
}

static const gf_rule no_variable_rules[] = {
    {"environment", has_no_variable, find_no_variable, ""},
};

const gf_rule_group gf_no_variable_rules = GROUP(no_variable_rules);

/* ---- What makes timings vary ------------------------------------------- */

static bool has_governor(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->machine.governor[0] != '\0';
}

static void find_governor(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    const bool steady = strcmp(facts->machine.governor, "performance") == 0;
    finding->status = steady ? GF_DIAGNOSIS_PASS : GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text, "%s%s", facts->machine.governor,
             steady ? "" : ": the CPU's clock follows the load, so that short runs look slow");
    if (!steady)
        snprintf(finding->fix, sizeof finding->fix,
                 "for a measurement: sudo cpupower frequency-set -g performance");
}

static const gf_rule governor_rules[] = {{"CPU governor", has_governor, find_governor, ""}};
const gf_rule_group gf_governor_rules = GROUP(governor_rules);

static bool has_turbo_switch(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->machine.turbo_file[0] != '\0';
}

static void find_turbo(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    const gf_host_conditions *machine = &facts->machine;
    const bool inverse = strstr(machine->turbo_file, "no_turbo") != NULL;
    finding->status = machine->turbo ? GF_DIAGNOSIS_WARN : GF_DIAGNOSIS_PASS;
    snprintf(finding->text, sizeof finding->text, "%s",
             machine->turbo ? "on: the clock depends on temperature and on how many cores work"
                            : "off: the clock is steady");
    if (machine->turbo)
        snprintf(finding->fix, sizeof finding->fix,
                 "for numbers that repeat: echo %d | sudo tee %s", inverse ? 1 : 0,
                 machine->turbo_file);
}

static const gf_rule turbo_rules[] = {{"CPU turbo", has_turbo_switch, find_turbo, ""}};
const gf_rule_group gf_turbo_rules = GROUP(turbo_rules);

/* Half a core for the system's own work, and a quarter of the machine for what one forgets. */
static bool is_busy(const gf_opencl_setup *facts, const gf_item *item) {
    (void)item;
    return facts->machine.load > 0.5 + 0.25 * (double)facts->machine.cpus;
}

static void find_busy(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    finding->status = GF_DIAGNOSIS_WARN;
    snprintf(finding->text, sizeof finding->text,
             "load %.2f on %u CPU%s during the last minute: other work disturbs measurements",
             facts->machine.load, facts->machine.cpus, facts->machine.cpus == 1 ? "" : "s");
}

static void find_idle(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)item;
    snprintf(finding->text, sizeof finding->text, "load %.2f on %u CPU%s", facts->machine.load,
             facts->machine.cpus, facts->machine.cpus == 1 ? "" : "s");
}

static const gf_rule load_rules[] = {
    {"machine load", is_busy, find_busy, "see what runs: top; measure when it is done"},
    {"machine load", NULL, find_idle, ""},
};

const gf_rule_group gf_load_rules = GROUP(load_rules);

/* ---- The way that always works ----------------------------------------- */

static void find_native(const gf_opencl_setup *facts, const gf_item *item, gf_finding *finding) {
    (void)facts, (void)item;
    snprintf(finding->text, sizeof finding->text,
             "works without any driver: gpufare compare julia -d native");
}

static const gf_rule native_rules[] = {{"native path", NULL, find_native, ""}};
const gf_rule_group gf_native_rules = GROUP(native_rules);
