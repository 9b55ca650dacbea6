#include "device/chip.h"

#include <string.h>

bool gf_chip_is_shared(const gf_device_info *a, const gf_device_info *b) {
    return a->device_class != GF_CLASS_NATIVE && b->device_class != GF_CLASS_NATIVE &&
           a->chip != NULL && b->chip != NULL && a->chip[0] != '\0' &&
           strcmp(a->chip, b->chip) == 0;
}

bool gf_is_other_listing(const gf_device_info *a, const gf_device_info *b) {
    return a != b && gf_chip_is_shared(a, b);
}
