#define _GNU_SOURCE 1 /* dladdr, RTLD_DEFAULT */

#include "backends/opencl/cl/cl_chip.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/cl/cl_query.h"
#include "base/array.h"
#include "base/text.h"

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

/* Domain 0, bus 0, device 0 is the host's bridge: a driver that says so does not know. */
bool gf_cl_format_address(cl_uint domain, cl_uint bus, cl_uint device, cl_uint function,
                          char address[GF_CL_ADDRESS]) {
    address[0] = '\0';
    if (domain == 0 && bus == 0 && device == 0 && function == 0)
        return false;
    snprintf(address, GF_CL_ADDRESS, "PCI %04x:%02x:%02x.%x", domain, bus, device, function);
    return true;
}

bool gf_cl_find_address(cl_device_id device, char address[GF_CL_ADDRESS]) {
    pci_address found = {0, 0, 0, 0};
    address[0] = '\0';
    if (!read_khr(device, &found) && !read_nv(device, &found) && !read_amd(device, &found))
        return false;
    return gf_cl_format_address(found.domain, found.bus, found.device, found.function, address);
}

static void find_uuid(cl_device_id device, char uuid[GF_CL_UUID]) {
    unsigned char bytes[16], any = 0;
    uuid[0] = '\0';
    if (!has_extension(device, "cl_khr_device_uuid") ||
        !read_bytes(device, DEVICE_UUID_KHR, sizeof bytes, bytes))
        return;
    for (size_t i = 0; i < sizeof bytes; i++)
        any |= bytes[i];
    gf_text text = gf_text_in(uuid, GF_CL_UUID);
    gf_text_add(&text, any != 0 ? "UUID " : "");
    for (size_t i = 0; any != 0 && i < sizeof bytes; i++)
        gf_text_add(&text, "%02x", bytes[i]);
}

/* ---- The driver's library ---------------------------------------------- */

/* Whether the library itself, not one that it needs, has the function. */
static bool has_function(void *handle, const char *path, const char *name) {
    const void *function = dlsym(handle, name);
    Dl_info where = {.dli_fname = NULL};
    return function != NULL && dladdr(function, &where) != 0 && where.dli_fname != NULL &&
           strcmp(where.dli_fname, path) == 0;
}

/* The loader and layers stand between this process and every driver. */
static bool stands_between(const char *path) {
    static const char *const functions[] = {"clInitLayer", "clGetICDLoaderInfoOCLICD"};
    Dl_info loader = {.dli_fname = NULL};
    void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    void *own = dlsym(RTLD_DEFAULT, "clGetPlatformIDs");
    bool between =
        handle == NULL || (own != NULL && dladdr(own, &loader) != 0 && loader.dli_fname != NULL &&
                           strcmp(loader.dli_fname, path) == 0);
    for (size_t i = 0; !between && i < GF_COUNT_OF(functions); i++)
        between = has_function(handle, path, functions[i]);
    if (handle != NULL)
        (void)dlclose(handle);
    return between;
}

/* Every driver that a loader takes has this function; its address says which library it is in. The
 * caller frees the path. NULL: the library is not known. */
static char *find_library(cl_platform_id platform) {
    Dl_info where = {.dli_fname = NULL};
    const void *function =
        clGetExtensionFunctionAddressForPlatform(platform, "clIcdGetPlatformIDsKHR");
    if (function == NULL || dladdr(function, &where) == 0 || where.dli_fname == NULL ||
        stands_between(where.dli_fname))
        return NULL;
    return realpath(where.dli_fname, NULL);
}

/* ---- Parts of cards ---------------------------------------------------- */

static void read_card(cl_device_id device, gf_cl_card *card) {
    char *name = gf_cl_device_text(device, CL_DEVICE_NAME);
    *card = (gf_cl_card){.units = gf_cl_device_u32(device, CL_DEVICE_MAX_COMPUTE_UNITS),
                         .memory = gf_cl_device_u64(device, CL_DEVICE_GLOBAL_MEM_SIZE)};
    snprintf(card->name, sizeof card->name, "%s", name != NULL ? name : "");
    (void)gf_cl_find_address(device, card->address);
    find_uuid(device, card->uuid);
    free(name);
}

static bool is_same(const char *a, const char *b) {
    return a[0] != '\0' && strcmp(a, b) == 0;
}

bool gf_cl_is_sibling(const gf_cl_card *a, const gf_cl_card *b) {
    return (is_same(a->address, b->address) || is_same(a->uuid, b->uuid)) &&
           strcmp(a->name, b->name) == 0 && a->units == b->units && a->memory == b->memory;
}

/* Among those of the platform: the device's place, and how many parts of its card are before it.
 * false: it is not among them. */
static bool find_place(cl_platform_id platform, cl_device_id device, const gf_cl_card *card,
                       cl_uint *place, cl_uint *before) {
    cl_device_id ids[64];
    cl_uint count = 0;
    *before = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 64, ids, &count) != CL_SUCCESS)
        return false;
    for (*place = 0; *place < count && *place < 64; ++*place) {
        gf_cl_card other;
        if (ids[*place] == device)
            return true;
        read_card(ids[*place], &other);
        *before += gf_cl_is_sibling(&other, card);
    }
    return false;
}

void gf_cl_format_card(const gf_cl_card *card, cl_uint before, char chip[GF_CHIP_TEXT]) {
    gf_text text = gf_text_in(chip, GF_CHIP_TEXT);
    gf_text_add(&text, "%s%s%s", card->address,
                card->address[0] != '\0' && card->uuid[0] != '\0' ? "; " : "", card->uuid);
    if (before > 0)
        gf_text_add(&text, "; part %u", before + 1);
}

/* A driver that is installed twice lists its devices in one order, under one name. */
static void describe_by_library(cl_platform_id platform, const gf_cl_card *card, cl_uint place,
                                char chip[GF_CHIP_TEXT]) {
    char *library = find_library(platform);
    char *platform_name = gf_cl_platform_text(platform, CL_PLATFORM_NAME);
    gf_text text = gf_text_in(chip, GF_CHIP_TEXT);
    if (library != NULL && platform_name != NULL)
        gf_text_add(&text, "device %u, %s, of %s in %s", place, card->name, platform_name, library);
    for (char *at = chip; *at != '\0'; at++)
        *at = *at == ';' ? ',' : *at; /* which separates what identifies a chip */
    if (text.cut)
        chip[0] = '\0';
    free(library);
    free(platform_name);
}

void gf_cl_find_chip(cl_platform_id platform, cl_device_id device, gf_device_class device_class,
                     char chip[GF_CHIP_TEXT]) {
    gf_cl_card card;
    cl_uint place = 0, before = 0;
    chip[0] = '\0';
    if (device_class == GF_CLASS_CPU) {
        snprintf(chip, GF_CHIP_TEXT, "%s", GF_CHIP_HOST);
        return;
    }
    read_card(device, &card);
    if (!find_place(platform, device, &card, &place, &before))
        return;
    if (card.address[0] != '\0' || card.uuid[0] != '\0')
        gf_cl_format_card(&card, before, chip);
    else
        describe_by_library(platform, &card, place, chip);
}
