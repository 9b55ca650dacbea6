#include "backends/device_set/ceiling.h"

#include <math.h>

#include "base/text.h"
#include "device/chip.h"

static bool is_on_host(const gf_device_info *info) {
    return info->device_class == GF_CLASS_NATIVE || info->device_class == GF_CLASS_CPU;
}

static bool share_chip(const gf_device_info *a, const gf_device_info *b) {
    return (is_on_host(a) && is_on_host(b)) || gf_chip_is_shared(a, b);
}

/* Whether a member before this one computes on the same chip. */
static bool is_counted(const gf_member *members, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (share_chip(&members[i].device->info, &members[index].device->info))
            return true;
    }
    return false;
}

/* The least time of the members on this one's chip. */
static double chip_ns(const gf_member *members, size_t count, size_t index) {
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (i == index || share_chip(&members[i].device->info, &members[index].device->info))
            least = fmin(least, members[i].alone_ns);
    }
    return least;
}

/* The cores of the host that its members compute with, if another member's driver waits for another
 * chip meanwhile: such waits spin. */
static uint32_t cores_waited_on(const gf_member *members, size_t count) {
    uint32_t cores = 0;
    bool others = false;
    for (size_t i = 0; i < count; i++) {
        const gf_device_info *info = &members[i].device->info;
        others = others || !is_on_host(info);
        if (is_on_host(info) && info->compute_units > cores)
            cores = info->compute_units;
    }
    return others ? cores : 0;
}

/* The share of its rate that the host keeps without a core. */
static double rate_left(const gf_ceiling *ceiling, const gf_device_info *info) {
    if (ceiling->cores == 0 || !is_on_host(info))
        return 1;
    return (double)(ceiling->cores - 1) / (double)ceiling->cores;
}

gf_ceiling gf_set_ceiling(const gf_member *members, size_t count) {
    gf_ceiling ceiling = {.one_chip = true, .cores = cores_waited_on(members, count)};
    double rate = 0;
    for (size_t i = 0; i < count; i++) {
        if (members[i].alone_ns < members[ceiling.best].alone_ns)
            ceiling.best = (uint32_t)i;
        ceiling.one_chip = ceiling.one_chip && (i == 0 || share_chip(&members[0].device->info,
                                                                     &members[i].device->info));
        if (!is_counted(members, i))
            rate += rate_left(&ceiling, &members[i].device->info) / chip_ns(members, count, i);
    }
    ceiling.ns = 1 / rate;
    return ceiling;
}

double gf_ceiling_gain(const gf_ceiling *ceiling, const gf_member *members) {
    return members[ceiling->best].alone_ns / ceiling->ns;
}

/* "native 2.98 ms, 0:0 3.6 ms" */
static void add_times(gf_text *text, const gf_member *members, size_t count) {
    for (size_t i = 0; i < count; i++)
        gf_text_add(text, "%s%s %.3g ms", i == 0 ? "" : ", ", members[i].device->info.id,
                    members[i].alone_ns * 1e-6);
}

void gf_ceiling_format(const gf_ceiling *ceiling, const gf_member *members, size_t count,
                       char *buffer, size_t size) {
    const char *best = members[ceiling->best].device->info.id;
    const double gain = gf_ceiling_gain(ceiling, members);
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "alone: ");
    add_times(&text, members, count);
    if (ceiling->one_chip) {
        gf_text_add(&text,
                    "; they compute on one chip, so that nothing can be gained: %s alone is "
                    "the ceiling",
                    best);
        return;
    }
    gf_text_add(&text, "; ceiling together: %.3g ms", ceiling->ns * 1e-6);
    if (ceiling->cores > 0)
        gf_text_add(&text, ", less 1 of %u cores, which the wait for a driver takes",
                    ceiling->cores);
    if (gain >= GF_LEAST_GAIN)
        gf_text_add(&text, "; worth it: at most %.2f times as fast as %s alone", gain, best);
    else
        gf_text_add(&text, "; not worth it: at most %.2f times as fast as %s alone", gain, best);
}
