#define _GNU_SOURCE 1 /* asprintf */

#include "backends/opencl/runtime/cl_enumerate.h"
#include "backends/opencl/cl/cl_class.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"
#include "backends/opencl/facts/facts.h"
#include "base/error.h"
#include "os/environment/steering.h"
#include "problem/facts/fact.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PLATFORMS 64 /* more drivers than any machine has */
#define MAX_DEVICES   64 /* of one platform */

typedef struct search {
    const gf_device_sink *sink;
    gf_cl_device **list;
    cl_platform_id platform;
    cl_uint platform_number;
    const char *platform_name;
} search;

GF_PRINTF(3, 4)
static gf_status report_unusable(const gf_device_sink *sink, gf_error *error, const char *format,
                                 ...) {
    char line[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return sink->add_warning(sink->context, line, error);
}

static void device_free(gf_cl_device *device) {
    free(device->name);
    free(device->platform_name);
    free(device->driver);
    free(device);
}

void gf_cl_devices_free(gf_cl_device *list) {
    while (list != NULL) {
        gf_cl_device *following = list->following;
        device_free(list);
        list = following;
    }
}

/* A driver that does not answer denies nothing: what is missing shows when it is used. */
static bool denies(cl_device_id id, cl_device_info parameter) {
    cl_bool value = CL_TRUE;
    return clGetDeviceInfo(id, parameter, sizeof value, &value, NULL) == CL_SUCCESS &&
           value == CL_FALSE;
}

/* NULL, or why the device can't be used. */
static const char *why_unusable(cl_device_id id) {
    char *version = gf_cl_device_text(id, CL_DEVICE_VERSION);
    const bool known = version != NULL, new_enough = gf_cl_version_suffices(version);
    free(version);
    if (!known)
        return "its driver does not say which OpenCL it offers";
    if (!new_enough)
        return "it offers less than OpenCL 1.2; use a newer driver";
    if (denies(id, CL_DEVICE_AVAILABLE))
        return "its driver reports it as not available; is another program holding it?";
    if (denies(id, CL_DEVICE_COMPILER_AVAILABLE))
        return "its driver has no compiler for OpenCL C";
    return NULL;
}

/* GPUFARE_OPENCL_NO_F64=1 hides f64, so that its absence can be tested on every device. */
static bool has_f64(cl_device_id id) {
    const char *hide = getenv("GPUFARE_OPENCL_NO_F64");
    if (hide != NULL && strcmp(hide, "1") == 0)
        return false;
    if (gf_cl_device_u64(id, CL_DEVICE_DOUBLE_FP_CONFIG) != 0)
        return true;
    char *extensions = gf_cl_device_text(id, CL_DEVICE_EXTENSIONS);
    const bool listed = extensions != NULL && strstr(extensions, "cl_khr_fp64") != NULL;
    free(extensions);
    return listed;
}

/* GPUFARE_OPENCL_COPY=1 has buffers copied where they could be used in place, so that both ways can
 * be measured on one device. */
static bool copies_are_asked_for(void) {
    const char *copy = getenv("GPUFARE_OPENCL_COPY");
    return copy != NULL && strcmp(copy, "1") == 0;
}

static const char *kind_of(gf_device_class device_class) {
    static const char *const kinds[] = {[GF_CLASS_NATIVE] = "",
                                        [GF_CLASS_GPU] = "opencl-gpu",
                                        [GF_CLASS_CPU] = "opencl-cpu",
                                        [GF_CLASS_ACCELERATOR] = "opencl-accel"};
    return kinds[device_class];
}

/* A CPU shares the host's memory even where the driver does not say so. A simulator, which has
 * several types at once, may keep the memory of its device apart: its driver knows. */
static bool shares_memory(cl_device_id id, gf_device_class device_class) {
    const cl_device_type type = (cl_device_type)gf_cl_device_u64(id, CL_DEVICE_TYPE) &
                                ~(cl_device_type)CL_DEVICE_TYPE_DEFAULT;
    const bool simulates = (type & (type - 1)) != 0;
    return (device_class == GF_CLASS_CPU && !simulates) ||
           gf_cl_device_u32(id, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
}

/* A width of 0 is one that the driver does not tell. */
static void describe_width(uint32_t width, char text[12]) {
    if (width > 0)
        snprintf(text, 12, "%u", width);
    else
        snprintf(text, 12, "?");
}

static void describe_vectors(const gf_device_info *info, char *text, size_t size) {
    char f32[12], f64[12];
    describe_width(info->vector_width_f32, f32);
    describe_width(info->vector_width_f64, f64);
    if (info->f64)
        snprintf(text, size, "f32x%s f64x%s", f32, f64);
    else
        snprintf(text, size, "f32x%s", f32);
}

static void read_info(gf_cl_device *found, gf_device_info *info) {
    const cl_device_id id = found->id;
    info->device_class =
        gf_cl_class_of(found->platform, id, found->class_source, sizeof found->class_source);
    gf_cl_find_chip(found->platform, id, info->device_class, found->chip);
    info->kind = kind_of(info->device_class);
    info->class_source = found->class_source;
    info->chip = found->chip;
    info->id = found->number;
    info->name = found->name;
    info->platform = found->platform_name;
    info->driver = found->driver;
    info->global_memory_bytes = gf_cl_device_u64(id, CL_DEVICE_GLOBAL_MEM_SIZE);
    info->max_alloc_bytes = gf_cl_device_u64(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    info->local_memory_bytes = gf_cl_device_u64(id, CL_DEVICE_LOCAL_MEM_SIZE);
    info->compute_units = gf_cl_device_u32(id, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = gf_cl_device_u32(id, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    info->vector_width_f32 = gf_cl_device_u32(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT);
    info->vector_width_f64 = gf_cl_device_u32(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE);
    info->max_work_group_size = gf_cl_device_size(id, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    info->f64 = has_f64(id);
    if (!info->f64)
        info->vector_width_f64 = 0;
    info->unified_memory = shares_memory(id, info->device_class) && !copies_are_asked_for();
    found->shares_memory = info->unified_memory;
    describe_vectors(info, found->simd, sizeof found->simd);
    info->simd = found->simd;
    gf_facts_read_claims(id, info, found->facts);
    found->facts_complete = gf_facts_load(info, found->facts);
    info->facts = found->facts;
    gf_facts_apply(found->facts, info);
}

static char *text_or(char *text, const char *otherwise) {
    return text != NULL ? text : strdup(otherwise);
}

/* What is saved of a device, as its profile, is of one way to reach its memory. */
static char *driver_text(cl_device_id id) {
    char *text = text_or(gf_cl_device_text(id, CL_DRIVER_VERSION), ""), *with_way = NULL;
    if (text == NULL || !copies_are_asked_for())
        return text;
    if (asprintf(&with_way, "%s, memory by copies", text) < 0)
        with_way = NULL;
    free(text);
    return with_way;
}

/* Sets all but the number. */
static gf_status describe(gf_cl_device *found, cl_platform_id platform, const char *platform_name,
                          cl_device_id id, gf_device_info *info, gf_error *error) {
    found->platform = platform;
    found->id = id;
    found->name = text_or(gf_cl_device_text(id, CL_DEVICE_NAME), "unnamed device");
    found->driver = driver_text(id);
    found->platform_name = strdup(platform_name);
    if (found->name == NULL || found->driver == NULL || found->platform_name == NULL)
        return gf_error_no_memory(error, "an OpenCL device's name", 64);
    read_info(found, info);
    return GF_OK;
}

bool gf_cl_kept_facts(cl_platform_id platform, cl_device_id id, gf_fact facts[GF_FACT_COUNT]) {
    gf_cl_device *found = calloc(1, sizeof *found);
    char *name = gf_cl_platform_text(platform, CL_PLATFORM_NAME);
    gf_device_info info = {.id = ""};
    gf_error ignored = GF_ERROR_INIT;
    const bool known = found != NULL && name != NULL &&
                       describe(found, platform, name, id, &info, &ignored) == GF_OK &&
                       gf_facts_are_tried(found->facts);
    if (known)
        memcpy(facts, found->facts, sizeof found->facts);
    if (found != NULL)
        device_free(found);
    free(name);
    gf_error_clear(&ignored);
    return known;
}

static gf_status add_device(const search *s, cl_uint number, cl_device_id id, gf_error *error) {
    gf_cl_device *found = calloc(1, sizeof *found);
    if (found == NULL)
        return gf_error_no_memory(error, "an OpenCL device", sizeof *found);
    snprintf(found->number, sizeof found->number, "%u:%u", s->platform_number, number);
    gf_device device = {.state = found};
    gf_status status = describe(found, s->platform, s->platform_name, id, &device.info, error);
    if (status == GF_OK)
        status = s->sink->add_device(s->sink->context, &device, error);
    if (status != GF_OK) {
        device_free(found);
        return status;
    }
    found->following = *s->list;
    *s->list = found;
    return GF_OK;
}

static gf_status examine_device(const search *s, cl_uint number, cl_device_id id, gf_error *error) {
    const char *reason = why_unusable(id);
    if (reason == NULL)
        return add_device(s, number, id, error);
    char *name = gf_cl_device_text(id, CL_DEVICE_NAME);
    const gf_status status = report_unusable(
        s->sink, error, "OpenCL device %u:%u (%s on %s) can't be used: %s", s->platform_number,
        number, name == NULL ? "unnamed" : name, s->platform_name, reason);
    free(name);
    return status;
}

/* Why a platform that works may list nothing, and what to do. */
static const char *why_empty(const char *platform_name) {
    if (strstr(platform_name, "rusticl") != NULL) {
        const char *enabled = getenv("RUSTICL_ENABLE");
        return enabled != NULL && enabled[0] != '\0' && !gf_is_switch(enabled)
                   ? "Mesa does not find the driver that RUSTICL_ENABLE names, its device or libclc; "
                     "gpufare doctor says more"
                   : "set RUSTICL_ENABLE to the name of a Mesa driver: llvmpipe for the CPU, for a "
                     "GPU its own, such as radeonsi (gpufare doctor knows which)";
    }
    if (strstr(platform_name, "Portable Computing Language") != NULL)
        return "PoCL lists none when it can't write its kernel cache; set POCL_CACHE_DIR to a "
               "private folder with room (gpufare doctor says more)";
    return "is its hardware here and its kernel module loaded? gpufare doctor says more";
}

static gf_status no_devices(const search *s, cl_int code, gf_error *error) {
    if (code == CL_DEVICE_NOT_FOUND || code == CL_SUCCESS)
        return report_unusable(s->sink, error, "OpenCL platform %u (%s) has no device; %s",
                               s->platform_number, s->platform_name, why_empty(s->platform_name));
    return report_unusable(
        s->sink, error,
        "OpenCL platform %u (%s) can't list its devices: %s (%d); run `gpufare doctor`",
        s->platform_number, s->platform_name, gf_cl_error_name(code), code);
}

static gf_status search_devices(const search *s, gf_error *error) {
    cl_device_id ids[MAX_DEVICES];
    cl_uint count = 0;
    const cl_int code = clGetDeviceIDs(s->platform, CL_DEVICE_TYPE_ALL, MAX_DEVICES, ids, &count);
    if (code != CL_SUCCESS || count == 0)
        return no_devices(s, code, error);
    gf_status status = GF_OK;
    for (cl_uint i = 0; i < count && i < MAX_DEVICES && status == GF_OK; i++)
        status = examine_device(s, i, ids[i], error);
    return status;
}

static gf_status search_platform(search *s, gf_error *error) {
    char *name = gf_cl_platform_text(s->platform, CL_PLATFORM_NAME);
    char *version = gf_cl_platform_text(s->platform, CL_PLATFORM_VERSION);
    s->platform_name = name == NULL ? "unnamed platform" : name;
    gf_status status;
    if (gf_cl_version_suffices(version))
        status = search_devices(s, error);
    else
        status =
            report_unusable(s->sink, error,
                            "OpenCL platform %u (%s) offers \"%s\", and 1.2 is needed; use rusticl "
                            "or the vendor's driver",
                            s->platform_number, s->platform_name, version == NULL ? "" : version);
    free(name);
    free(version);
    return status;
}

/* Drivers that a probe has found sound may fail to load later, and some have no platform. */
gf_status gf_cl_report_no_platforms(const gf_device_sink *sink, size_t installed, gf_error *error) {
    if (installed == 0)
        return report_unusable(
            sink, error,
            "no OpenCL driver is installed; for the CPU: sudo apt install "
            "pocl-opencl-icd; for a GPU: its vendor's driver (gpufare doctor says more)");
    return report_unusable(
        sink, error,
        "%zu OpenCL driver%s installed, but none offers a platform now; is its hardware here, or "
        "memory limited (ulimit -v)? gpufare doctor says more",
        installed, installed == 1 ? " is" : "s are");
}

gf_status gf_cl_enumerate(const gf_device_sink *sink, const gf_cl_search *where,
                          gf_cl_device **list, gf_error *error) {
    cl_platform_id platforms[MAX_PLATFORMS];
    cl_uint count = 0;
    const cl_int code = clGetPlatformIDs(MAX_PLATFORMS, platforms, &count);
    const bool none = code == CL_PLATFORM_NOT_FOUND_KHR || (code == CL_SUCCESS && count == 0);
    if (none && where->known_warnings > 0)
        return GF_OK; /* the installed drivers have been reported */
    if (none)
        return gf_cl_report_no_platforms(sink, where->installed, error);
    if (code != CL_SUCCESS)
        return gf_cl_check(error, code, "listing the OpenCL platforms");
    gf_status status = GF_OK;
    for (cl_uint i = 0; i < count && i < MAX_PLATFORMS && status == GF_OK; i++) {
        search s = {sink, list, platforms[i], where->first_platform + i, NULL};
        status = search_platform(&s, error);
    }
    return status;
}
