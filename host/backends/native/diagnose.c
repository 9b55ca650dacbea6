#include "backends/native/diagnose.h"

#include <stdio.h>
#include <string.h>

#include "backends/native/limits.h"
#include "base/stream.h"
#include "base/text.h"
#include "os/isa.h"
#include "os/machine.h"
#include "os/power/power.h"

static gf_status diagnose_isa(const gf_diagnosis_sink *sink, gf_error *error) {
    uint32_t allowed = 0;
    gf_error trouble = GF_ERROR_INIT;
    if (gf_native_isas(NULL, &allowed, &trouble) != GF_OK)
        return sink->add(sink->context, "native ISA", GF_DIAGNOSIS_FAIL, trouble.text,
                         "unset GPUFARE_ISA", error);
    const char *const best = gf_isa_name(gf_isa_best(gf_isa_detect()));
    const char *const used = gf_isa_name(gf_isa_best(allowed));
    if (strcmp(best, used) == 0)
        return sink->add(sink->context, "native ISA", GF_DIAGNOSIS_PASS, used, "", error);
    char finding[96];
    snprintf(finding, sizeof finding, "%s, although this machine runs %s", used, best);
    return sink->add(sink->context, "native ISA", GF_DIAGNOSIS_WARN, finding, "unset GPUFARE_ISA",
                     error);
}

/* A speed-up over fewer cores than the machine has is no speed-up over the machine. */
static gf_status diagnose_threads(const gf_diagnosis_sink *sink, const gf_cores *cores,
                                  gf_error *error) {
    uint32_t threads = 0;
    gf_error trouble = GF_ERROR_INIT;
    if (gf_native_threads(0, cores, &threads, &trouble) != GF_OK)
        return sink->add(sink->context, "native threads", GF_DIAGNOSIS_FAIL, trouble.text,
                         "unset OMP_NUM_THREADS", error);
    char limits[GF_LIMITS_TEXT], finding[sizeof limits + 160];
    gf_cores_format_limits(cores, limits, sizeof limits);
    snprintf(finding, sizeof finding, "%u", threads);
    if (limits[0] == '\0')
        return sink->add(sink->context, "native threads", GF_DIAGNOSIS_PASS, finding, "", error);
    snprintf(finding, sizeof finding,
             "%u: %s. Speed-ups are over these cores, and OpenCL drivers on the CPU may count or "
             "use others",
             threads, limits);
    return sink->add(
        sink->context, "native threads", GF_DIAGNOSIS_WARN, finding,
        "ask for more cores where the limit was set: taskset, cpus-per-task of the batch "
        "system, cpus of the container, OMP_THREAD_LIMIT",
        error);
}

/* Adds no row where all cores are alike, or nothing tells. */
static gf_status diagnose_kinds(const gf_diagnosis_sink *sink, const char *root, gf_error *error) {
    cpu_set_t allowed;
    const bool here = root[0] == '\0' && gf_cores_allowed(&allowed);
    const gf_core_kinds kinds = gf_cores_find_kinds(root, here ? &allowed : NULL);
    char finding[sizeof kinds.fast_list + 240], fix[sizeof kinds.fast_list + 80];
    if (kinds.slow == 0)
        return GF_OK;
    snprintf(finding, sizeof finding,
             "hybrid: %u fast processors (%s) and %u slow ones, as %s says; "
             "equal parts of the work wait for the slowest",
             kinds.fast, kinds.fast_list, kinds.slow, kinds.source);
    snprintf(fix, sizeof fix, "compare with the fast ones alone, too: taskset -c %s gpufare ...",
             kinds.fast_list);
    return sink->add(sink->context, "native cores", GF_DIAGNOSIS_WARN, finding, fix, error);
}

/* Adds no row where the whole memory may be used. */
static gf_status diagnose_memory(const gf_diagnosis_sink *sink, const char *root, gf_error *error) {
    char bytes[24], finding[sizeof((gf_memory_room *)NULL)->whose + 80];
    const gf_memory_room room = gf_machine_memory_room(root, 0);
    if (!room.limited)
        return GF_OK;
    gf_format_bytes((double)room.bytes, bytes, sizeof bytes);
    snprintf(finding, sizeof finding, "%s %s; larger problems are refused", room.whose, bytes);
    return sink->add(sink->context, "native memory", GF_DIAGNOSIS_WARN, finding,
                     "ask for more where the limit was set: mem of the batch system, memory of the "
                     "container",
                     error);
}

gf_status gf_native_diagnose_limits(const char *root, const gf_diagnosis_sink *sink,
                                    gf_error *error) {
    const gf_cores cores = gf_cores_examine(root);
    gf_status status = diagnose_threads(sink, &cores, error);
    if (status == GF_OK)
        status = diagnose_kinds(sink, root, error);
    return status == GF_OK ? diagnose_memory(sink, root, error) : status;
}

/* Adds no row without the file, which virtual machines and containers usually lack. */
static gf_status diagnose_governor(const gf_diagnosis_sink *sink, gf_error *error) {
    char governor[32];
    gf_read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor,
                 sizeof governor);
    if (governor[0] == '\0')
        return GF_OK;
    if (strcmp(governor, "performance") == 0)
        return sink->add(sink->context, "frequency governor", GF_DIAGNOSIS_PASS, governor, "",
                         error);
    char finding[96];
    snprintf(finding, sizeof finding, "'%s': the clock follows the load, so short runs vary",
             governor);
    return sink->add(sink->context, "frequency governor", GF_DIAGNOSIS_WARN, finding,
                     "sudo cpupower frequency-set -g performance", error);
}

/* Of the host's processor. */
static gf_status diagnose_energy(const gf_diagnosis_sink *sink, gf_error *error) {
    const gf_power_place place =
        gf_power_place_of(&(gf_device_info){.device_class = GF_CLASS_NATIVE});
    char finding[GF_POWER_ALL_WHY + 64];
    gf_text text = gf_text_in(finding, sizeof finding);
    gf_power power;
    gf_power_open(&place, &power);
    gf_text_add(&text, "%s%s",
                power.count > 0 ? power.sensors[0].name : "not readable here, because ", power.why);
    gf_power_close(&power);
    return sink->add(sink->context, "native energy", GF_DIAGNOSIS_PASS, finding, "", error);
}

gf_status gf_native_diagnose(const volatile sig_atomic_t *cancel, const gf_diagnosis_sink *sink,
                             gf_error *error) {
    (void)cancel; /* it takes no time */
    gf_status status = diagnose_isa(sink, error);
    if (status == GF_OK)
        status = gf_native_diagnose_limits("", sink, error);
    if (status == GF_OK)
        status = diagnose_governor(sink, error);
    return status == GF_OK ? diagnose_energy(sink, error) : status;
}
