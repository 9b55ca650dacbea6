#include "layer/device.h"

#include <string.h>

#include "layer/objects.h"
#include "layer/writer.h"

#define MOST_DEVICES 64
#define TEXT_BYTES   128

/* Devices stay for as long as the process; sub-devices may give an address again, and then have
 * their parent's name. */
static cl_device_id known[MOST_DEVICES];
static size_t known_count;

static void read_fact(const gf_loader *to, cl_device_id device, cl_device_info name, void *value,
                      size_t size) {
    if (to->below.clGetDeviceInfo(device, name, size, value, NULL) != CL_SUCCESS)
        memset(value, 0, size);
}

/* Appends a text and its zero; returns the new length. A text that does not fit is left out. */
static size_t read_text(const gf_loader *to, cl_device_id device, cl_device_info name, char *text,
                        size_t used) {
    if (to->below.clGetDeviceInfo(device, name, TEXT_BYTES, text + used, NULL) != CL_SUCCESS)
        text[used] = '\0';
    text[used + TEXT_BYTES - 1] = '\0';
    return used + strlen(text + used) + 1;
}

static void record(const gf_loader *to, cl_device_id device, uint64_t id) {
    gf_trace_device found = {.id = id};
    cl_bool unified = CL_FALSE;
    size_t resolution = 0;
    char text[3 * TEXT_BYTES] = "";
    read_fact(to, device, CL_DEVICE_TYPE, &found.type, sizeof found.type);
    read_fact(to, device, CL_DEVICE_GLOBAL_MEM_SIZE, &found.memory_bytes,
              sizeof found.memory_bytes);
    read_fact(to, device, CL_DEVICE_MAX_COMPUTE_UNITS, &found.units, sizeof found.units);
    read_fact(to, device, CL_DEVICE_HOST_UNIFIED_MEMORY, &unified, sizeof unified);
    read_fact(to, device, CL_DEVICE_PROFILING_TIMER_RESOLUTION, &resolution, sizeof resolution);
    found.unified = unified;
    found.resolution_ns = resolution;
    size_t used = read_text(to, device, CL_DEVICE_NAME, text, 0);
    used = read_text(to, device, CL_DEVICE_VENDOR, text, used);
    used = read_text(to, device, CL_DRIVER_VERSION, text, used);
    gf_writer_add(GF_TRACE_DEVICE, &found, sizeof found, text, used - 1);
}

uint64_t gf_device_note(const gf_loader *to, cl_device_id device) {
    gf_objects_lock();
    size_t i = 0;
    while (i < known_count && known[i] != device)
        i++;
    const bool is_new = i == known_count && i < MOST_DEVICES;
    if (is_new)
        known[known_count++] = device;
    gf_objects_unlock();
    if (is_new)
        record(to, device, i + 1);
    return i < MOST_DEVICES ? i + 1 : 0;
}
