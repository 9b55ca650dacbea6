#include "device/chip.h"

#include <string.h>

/* One part of "PCI 0000:03:00.0; UUID 01..ef; part 2". */
typedef struct part {
    const char *text;
    size_t length;
} part;

static part part_at(const char *text) {
    return (part){text, strcspn(text, ";")};
}

static const char *after(part at) {
    const char *end = at.text + at.length;
    return *end == '\0' ? end : end + strspn(end, "; ");
}

static bool has_part(const char *chip, part wanted) {
    for (part at = part_at(chip); at.length > 0; at = part_at(after(at))) {
        if (at.length == wanted.length && memcmp(at.text, wanted.text, at.length) == 0)
            return true;
    }
    return false;
}

static bool is_part_number(part at) {
    return strncmp(at.text, "part ", 5) == 0;
}

static bool has_same_number(const char *a, const char *b) {
    for (part at = part_at(a); at.length > 0; at = part_at(after(at))) {
        if (is_part_number(at))
            return has_part(b, at);
    }
    return true;
}

/* Drivers know an address, a UUID or both: either tells. Parts of one card stay apart. */
static bool is_one_chip(const char *a, const char *b) {
    if (!has_same_number(a, b) || !has_same_number(b, a))
        return false;
    for (part at = part_at(a); at.length > 0; at = part_at(after(at))) {
        if (!is_part_number(at) && has_part(b, at))
            return true;
    }
    return false;
}

bool gf_chip_is_shared(const gf_device_info *a, const gf_device_info *b) {
    return a->device_class != GF_CLASS_NATIVE && b->device_class != GF_CLASS_NATIVE &&
           a->chip != NULL && b->chip != NULL && is_one_chip(a->chip, b->chip);
}

bool gf_is_other_listing(const gf_device_info *a, const gf_device_info *b) {
    return a != b && gf_chip_is_shared(a, b);
}

void gf_device_words(const gf_device_info *info, char *text, size_t size) {
    switch (info->device_class) {
    case GF_CLASS_NATIVE:
        snprintf(text, size, "this CPU, without OpenCL");
        return;
    case GF_CLASS_CPU:
        snprintf(text, size, "this CPU through OpenCL");
        return;
    case GF_CLASS_GPU:
        snprintf(text, size, "the GPU %.70s", info->name);
        return;
    case GF_CLASS_ACCELERATOR:
        snprintf(text, size, "the accelerator %.70s", info->name);
        return;
    }
    snprintf(text, size, "%.70s", info->name);
}
