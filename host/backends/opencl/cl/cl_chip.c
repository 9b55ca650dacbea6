#define _GNU_SOURCE 1 /* dladdr */

#include "backends/opencl/cl/cl_chip.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/cl/cl_query.h"
#include "device/chip.h"

/* Numbers of extensions, which older headers lack: cl_khr_pci_bus_info, cl_khr_device_uuid,
 * cl_nv_device_attribute_query, cl_amd_device_attribute_query. */
#define PCI_BUS_INFO_KHR  0x410F
#define DEVICE_UUID_KHR   0x106A
#define PCI_BUS_ID_NV     0x4008
#define PCI_SLOT_ID_NV    0x4009
#define PCI_DOMAIN_ID_NV  0x400A
#define TOPOLOGY_AMD      0x4037
#define TOPOLOGY_PCIE_AMD 1

typedef struct pci_address {
    cl_uint domain, bus, device, function;
} pci_address;

static bool has_extension(cl_device_id device, const char *name) {
    char *extensions = gf_cl_device_text(device, CL_DEVICE_EXTENSIONS);
    const bool has = extensions != NULL && strstr(extensions, name) != NULL;
    free(extensions);
    return has;
}

static bool read_bytes(cl_device_id device, cl_device_info parameter, size_t size, void *value) {
    size_t given = 0;
    return clGetDeviceInfo(device, parameter, size, value, &given) == CL_SUCCESS && given == size;
}

static bool read_khr(cl_device_id device, pci_address *address) {
    return has_extension(device, "cl_khr_pci_bus_info") &&
           read_bytes(device, PCI_BUS_INFO_KHR, sizeof *address, address);
}

/* A slot is the device, above three bits of the function. */
static bool read_nv(cl_device_id device, pci_address *address) {
    cl_uint slot = 0;
    if (!has_extension(device, "cl_nv_device_attribute_query") ||
        !read_bytes(device, PCI_BUS_ID_NV, sizeof address->bus, &address->bus) ||
        !read_bytes(device, PCI_SLOT_ID_NV, sizeof slot, &slot))
        return false;
    address->domain = gf_cl_device_u32(device, PCI_DOMAIN_ID_NV);
    address->device = slot >> 3;
    address->function = slot & 7;
    return true;
}

/* 24 bytes: the type, 17 unused ones, then bus, device and function. */
static bool read_amd(cl_device_id device, pci_address *address) {
    unsigned char topology[24];
    cl_uint type;
    if (!has_extension(device, "cl_amd_device_attribute_query") ||
        !read_bytes(device, TOPOLOGY_AMD, sizeof topology, topology))
        return false;
    memcpy(&type, topology, sizeof type);
    *address = (pci_address){0, topology[21], topology[22], topology[23]};
    return type == TOPOLOGY_PCIE_AMD;
}

bool gf_cl_find_address(cl_device_id device, char address[GF_CL_CHIP]) {
    pci_address found = {0, 0, 0, 0};
    if (!read_khr(device, &found) && !read_nv(device, &found) && !read_amd(device, &found))
        return false;
    snprintf(address, GF_CL_CHIP, "PCI %04x:%02x:%02x.%x", found.domain, found.bus, found.device,
             found.function);
    return true;
}

static bool find_uuid(cl_device_id device, char chip[GF_CL_CHIP]) {
    unsigned char bytes[16], any = 0;
    if (!has_extension(device, "cl_khr_device_uuid") ||
        !read_bytes(device, DEVICE_UUID_KHR, sizeof bytes, bytes))
        return false;
    int used = snprintf(chip, GF_CL_CHIP, "UUID ");
    for (size_t i = 0; i < sizeof bytes; i++) {
        any |= bytes[i];
        used += snprintf(chip + used, GF_CL_CHIP - (size_t)used, "%02x", bytes[i]);
    }
    return any != 0;
}

/* Every driver that a loader takes has this function; its address says which library it is in. */
static bool find_library(cl_platform_id platform, char path[GF_CL_CHIP]) {
    Dl_info where = {.dli_fname = NULL};
    const void *function =
        clGetExtensionFunctionAddressForPlatform(platform, "clIcdGetPlatformIDsKHR");
    if (function == NULL || dladdr(function, &where) == 0 || where.dli_fname == NULL)
        return false;
    char *real = realpath(where.dli_fname, NULL);
    const int length = snprintf(path, GF_CL_CHIP, "%s", real != NULL ? real : where.dli_fname);
    free(real);
    return length > 0 && length < GF_CL_CHIP;
}

static bool find_card(cl_device_id device, char chip[GF_CL_CHIP]) {
    return gf_cl_find_address(device, chip) || find_uuid(device, chip);
}

/* Among those of the platform: the device's place, and how many before it are on the same card.
 * false: it is not among them. */
static bool find_place(cl_platform_id platform, cl_device_id device, const char *card,
                       cl_uint *place, cl_uint *before) {
    cl_device_id ids[64];
    cl_uint count = 0;
    char other[GF_CL_CHIP];
    *before = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 64, ids, &count) != CL_SUCCESS)
        return false;
    for (*place = 0; *place < count && *place < 64; ++*place) {
        if (ids[*place] == device)
            return true;
        *before += find_card(ids[*place], other) && strcmp(other, card) == 0;
    }
    return false;
}

void gf_cl_find_chip(cl_platform_id platform, cl_device_id device, gf_device_class device_class,
                     char chip[GF_CL_CHIP]) {
    char found[GF_CL_CHIP] = "";
    cl_uint place = 0, before = 0;
    chip[0] = '\0';
    if (device_class == GF_CLASS_CPU) {
        snprintf(chip, GF_CL_CHIP, "%s", GF_CHIP_HOST);
        return;
    }
    const bool has_card = find_card(device, found);
    if (!find_place(platform, device, has_card ? found : "", &place, &before))
        return;
    if (has_card && before == 0)
        snprintf(chip, GF_CL_CHIP, "%s", found);
    else if (has_card)
        snprintf(chip, GF_CL_CHIP, "%.100s, part %u", found, before + 1);
    else if (find_library(platform, found))
        snprintf(chip, GF_CL_CHIP, "device %u of %.170s", place, found);
}
