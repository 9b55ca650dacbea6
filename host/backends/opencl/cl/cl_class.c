#define _GNU_SOURCE 1 /* strcasestr */

#include "backends/opencl/cl/cl_class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/cl/cl_chip.h"
#include "backends/opencl/cl/cl_query.h"
#include "base/array.h"
#include "os/isa.h"

/* Pieces of names, in any case; NULL: any. Only the start of a PoCL device's name counts, because
 * PoCL has GPU devices as well, and a processor's name follows. */
static const struct {
    const char *platform, *start, *piece;
    const char *what;
} on_cpu[] = {
    {NULL, NULL, "llvmpipe", "llvmpipe renders on the CPU"},
    {NULL, NULL, "softpipe", "softpipe renders on the CPU"},
    {NULL, NULL, "swrast", "swrast renders on the CPU"},
    {NULL, NULL, "lavapipe", "lavapipe renders on the CPU"},
    {NULL, NULL, "SwiftShader", "SwiftShader renders on the CPU"},
    {"Oclgrind", NULL, NULL, "Oclgrind simulates a device on the CPU"},
    {"Portable Computing Language", "pthread", NULL, "PoCL's pthread device is the CPU"},
    {"Portable Computing Language", "cpu", NULL, "PoCL's cpu device is the CPU"},
    {"Portable Computing Language", "basic", NULL, "PoCL's basic device is the CPU"},
    {"Intel(R) FPGA Emulation", NULL, NULL, "Intel's FPGA emulation runs on the CPU"},
};

static const char *known_on_cpu(const gf_cl_claim *claim) {
    for (size_t i = 0; i < GF_COUNT_OF(on_cpu); i++) {
        const char *start = on_cpu[i].start, *piece = on_cpu[i].piece;
        if ((on_cpu[i].platform == NULL ||
             strcasestr(claim->platform, on_cpu[i].platform) != NULL) &&
            (start == NULL || strncasecmp(claim->name, start, strlen(start)) == 0) &&
            (piece == NULL || strcasestr(claim->name, piece) != NULL))
            return on_cpu[i].what;
    }
    /* The graphics of some processors has a name that holds the processor's, and an address. */
    if (claim->processor[0] != '\0' && !claim->on_bus &&
        strstr(claim->name, claim->processor) != NULL)
        return "it has the name of this machine's processor";
    return NULL;
}

/* CPU comes first: a simulator has all types at once, and it runs on the CPU. */
static gf_device_class claimed_class(cl_device_type type) {
    if ((type & CL_DEVICE_TYPE_CPU) != 0)
        return GF_CLASS_CPU;
    return (type & CL_DEVICE_TYPE_GPU) != 0 ? GF_CLASS_GPU : GF_CLASS_ACCELERATOR;
}

/* A driver whose answer is missing has called its device nothing. */
static void describe_claim(cl_device_type type, char text[64]) {
    static const char *const words[] = {[GF_CLASS_NATIVE] = "",
                                        [GF_CLASS_GPU] = "a GPU",
                                        [GF_CLASS_CPU] = "a CPU",
                                        [GF_CLASS_ACCELERATOR] = "an accelerator"};
    if (type == 0)
        snprintf(text, 64, "its driver does not tell what it is");
    else
        snprintf(text, 64, "its driver calls it %s", words[claimed_class(type)]);
}

gf_device_class gf_cl_classify(const gf_cl_claim *claim, char *source, size_t size) {
    char said[64];
    const gf_device_class claimed = claimed_class(claim->type);
    const char *what = known_on_cpu(claim);
    describe_claim(claim->type, said);
    if (what == NULL || claimed == GF_CLASS_CPU)
        snprintf(source, size, "%s", said);
    else
        snprintf(source, size, "%s, but %s", said, what);
    return what == NULL ? claimed : GF_CLASS_CPU;
}

gf_device_class gf_cl_class_of(cl_platform_id platform, cl_device_id device, char *source,
                               size_t size) {
    char brand[49], address[GF_CL_ADDRESS], unused[1];
    char *name = gf_cl_device_text(device, CL_DEVICE_NAME);
    char *platform_name = gf_cl_platform_text(platform, CL_PLATFORM_NAME);
    const gf_cl_claim claim = {.type = (cl_device_type)gf_cl_device_u64(device, CL_DEVICE_TYPE),
                               .platform = platform_name != NULL ? platform_name : "",
                               .name = name != NULL ? name : "",
                               .processor = gf_isa_brand(brand) ? brand : "",
                               .on_bus = gf_cl_find_address(device, address)};
    const gf_device_class found = gf_cl_classify(&claim, source != NULL ? source : unused,
                                                 source != NULL ? size : sizeof unused);
    free(name);
    free(platform_name);
    return found;
}
