/* Which chip a device is, so that one chip under several names is seen. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "device/chip.h"

#define GF_CL_ADDRESS 40
#define GF_CL_UUID    40

/* "PCI 0000:03:00.0". false: all are 0, which no device has, and the address is "". */
bool gf_cl_format_address(cl_uint domain, cl_uint bus, cl_uint device, cl_uint function,
                          char address[GF_CL_ADDRESS]);
/* The device's address, by whichever extension the driver has for it; false: it has none. */
bool gf_cl_find_address(cl_device_id device, char address[GF_CL_ADDRESS]);

/* What tells a device from others. */
typedef struct gf_cl_card {
    char address[GF_CL_ADDRESS], uuid[GF_CL_UUID]; /* "PCI ...", "UUID ..."; "": unknown */
    char name[160];
    cl_uint units;
    uint64_t memory;
} gf_cl_card;

/* Whether both, of one platform, are parts of one card. Devices on one card that differ are one
 * chip under two names, as where a platform has two drivers for it. */
bool gf_cl_is_sibling(const gf_cl_card *a, const gf_cl_card *b);
/* gf_device_info.chip of a card with an address or a UUID; `before`: its siblings that are listed
 * before it. */
void gf_cl_format_card(const gf_cl_card *card, cl_uint before, char chip[GF_CHIP_TEXT]);

/* By class, PCI address and UUID, or else the driver's library with the platform's and the device's
 * name and its number; "" if none is known. */
void gf_cl_find_chip(cl_platform_id platform, cl_device_id device, gf_device_class device_class,
                     char chip[GF_CHIP_TEXT]);
