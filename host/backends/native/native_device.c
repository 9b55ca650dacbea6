#include "backends/native/native_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "backends/native/limits.h"
#include "backends/native/native_worker.h"
#include "base/array.h"
#include "base/error.h"
#include "device/chip.h"
#include "device/cpu_kernels.h"
#include "os/machine.h"

/* ---- Properties -------------------------------------------------------- */

static void name_processor(char *name, size_t size) {
    char brand[49];
    struct utsname system;
    if (gf_isa_brand(brand))
        snprintf(name, size, "%s", brand);
    else if (uname(&system) == 0)
        snprintf(name, size, "%.40s processor", system.machine);
    else
        snprintf(name, size, "processor");
}

/* _OPENMP is the date of a version of the specification. */
static const char *openmp_version(long date) {
    static const struct {
        long date;
        const char *version;
    } versions[] = {
        {202111, "5.2"}, {202011, "5.1"}, {201811, "5.0"}, {201511, "4.5"}, {201307, "4.0"},
    };
    for (size_t i = 0; i < GF_COUNT_OF(versions); i++) {
        if (date >= versions[i].date)
            return versions[i].version;
    }
    return "3.1 or older";
}

/* The names of an ISA's variants, and of a kernel that is loaded at run time. */
static const struct {
    const char *all_threads, *one_thread;
} variant_names[GF_NATIVE_KINDS] = {
    [GF_ISA_SCALAR] = {"scalar", "scalar-1t"},
    [GF_ISA_NEON] = {"neon", "neon-1t"},
    [GF_ISA_AVX2] = {"avx2", "avx2-1t"},
    [GF_ISA_AVX512] = {"avx512", "avx512-1t"},
    [GF_NATIVE_LOADED] = {GF_LOADED_VARIANT, GF_LOADED_VARIANT "-1t"},
};

static gf_device_info device_info(const gf_native *native) {
    const gf_isa best = gf_isa_best(native->allowed);
    const uint64_t memory = gf_machine_memory_bytes();
    return (gf_device_info){
        .id = "native",
        .name = native->name,
        .kind = "native",
        .platform = "native",
        .driver = native->driver,
        .simd = gf_isa_name(best),
        .limits = native->limits,
        .chip = GF_CHIP_HOST,
        .baseline_variant =
            variant_names[native->loads_kernels ? (uint32_t)GF_NATIVE_LOADED : GF_ISA_SCALAR]
                .all_threads,
        .device_class = GF_CLASS_NATIVE,
        .global_memory_bytes = memory,
        .max_alloc_bytes = memory,
        .compute_units = native->threads,
        .vector_width_f32 = gf_isa_lanes(best, 32),
        .vector_width_f64 = gf_isa_lanes(best, 64),
        .f64 = true,
        .unified_memory = true,
    };
}

static void describe_limits(const gf_cores *cores, char *text, size_t size) {
    cpu_set_t allowed;
    const bool known = gf_cores_allowed(&allowed);
    const gf_core_kinds kinds = gf_cores_find_kinds("", known ? &allowed : NULL);
    gf_cores_format_limits(cores, text, size);
    gf_cores_add_kinds(&kinds, text, size);
}

gf_status gf_native_enumerate(const gf_session_options *options, const gf_device_sink *sink,
                              void **state, gf_error *error) {
    gf_native *native = calloc(1, sizeof *native);
    if (native == NULL)
        return gf_error_no_memory(error, "the native device", sizeof *native);
    *state = native; /* shut_down frees it, on failure too */
    const gf_cores cores = gf_cores_examine("");
    gf_status status = gf_native_threads(options->thread_count, &cores, &native->threads, error);
    native->threads_given = gf_native_threads_given(options->thread_count);
    native->loads_kernels = options->loads_kernels;
    native->deadline_s = options->deadline_s;
    if (status == GF_OK)
        status = gf_native_isas(options->isa, &native->allowed, error);
    if (status != GF_OK)
        return status;
    native->quota = cores.quota < cores.allowed ? cores.quota : 0;
    describe_limits(&cores, native->limits, sizeof native->limits);
    name_processor(native->name, sizeof native->name);
    snprintf(native->driver, sizeof native->driver, "OpenMP %s, %.32s", openmp_version(_OPENMP),
             gf_machine_compiler());
    if (options->loads_kernels && !options->in_process) {
        status = gf_native_worker_create(options, native, sink, &native->worker, error);
        if (status != GF_OK || native->worker != NULL)
            return status;
    }
    const gf_device device = {.info = device_info(native), .state = native};
    return sink->add_device(sink->context, &device, error);
}

void gf_native_shut_down(void *state) {
    gf_native *native = state;
    if (native == NULL)
        return;
    gf_native_worker_destroy(native->worker);
    free(native);
}

/* ---- Variants: the ISAs, widest first, then the same with one thread --- */

static bool has_kernel(const gf_workload *workload, const gf_problem *problem, gf_isa isa) {
    if (problem != NULL)
        return gf_cpu_kernel_find(workload->stem, isa, problem->precision) != NULL;
    return gf_cpu_kernel_find(workload->stem, isa, GF_PRECISION_F64) != NULL ||
           gf_cpu_kernel_find(workload->stem, isa, GF_PRECISION_F32) != NULL;
}

static bool is_offered(const gf_native *native, const gf_workload *workload,
                       const gf_problem *problem, uint32_t kind) {
    if (kind == GF_NATIVE_LOADED)
        return workload->load_cpu_kernel != NULL;
    return (native->allowed & gf_isa_bit((gf_isa)kind)) != 0 &&
           has_kernel(workload, problem, (gf_isa)kind);
}

const char *gf_native_variant(const gf_device *device, const gf_workload *workload,
                              const gf_problem *problem, size_t index) {
    const gf_native *native = device->state;
    const bool can_use_fewer = native->threads > 1;
    for (int one_thread = 0; one_thread <= (can_use_fewer ? 1 : 0); one_thread++) {
        for (uint32_t i = GF_NATIVE_KINDS; i-- > 0;) {
            if (!is_offered(native, workload, problem, i))
                continue;
            if (index-- == 0)
                return one_thread ? variant_names[i].one_thread : variant_names[i].all_threads;
        }
    }
    return NULL;
}

/* All kinds: which is the fastest depends on the kernel and on the processor. */
size_t gf_native_contestants(const gf_device *device, const gf_problem *problem) {
    size_t count = 0;
    for (uint32_t i = 0; i < GF_NATIVE_KINDS; i++)
        count += is_offered(device->state, problem->workload, problem, i) ? 1 : 0;
    return count;
}

bool gf_native_variant_parse(const char *variant, uint32_t *kind, bool *one_thread) {
    for (uint32_t i = 0; i < GF_NATIVE_KINDS; i++) {
        *one_thread = strcmp(variant, variant_names[i].one_thread) == 0;
        if (*one_thread || strcmp(variant, variant_names[i].all_threads) == 0) {
            *kind = i;
            return true;
        }
    }
    return false;
}
