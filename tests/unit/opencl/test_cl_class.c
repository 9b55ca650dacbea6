/* Devices on the CPU are CPUs, whatever their drivers call them. */
#include <criterion/criterion.h>

#include <string.h>

#include "backends/opencl/cl/cl_chip.h"
#include "backends/opencl/cl/cl_class.h"
#include "base/array.h"

#define POCL "Portable Computing Language"

Test(cl_class, what_computes_on_the_cpu_is_a_cpu) {
    static const struct {
        cl_device_type type;
        const char *platform, *name;
        bool on_bus;
        gf_device_class found;
        const char *source; /* a piece */
    } cases[] = {
        {CL_DEVICE_TYPE_GPU, "rusticl", "llvmpipe (LLVM 15.0.6, 256 bits)", false, GF_CLASS_CPU,
         "calls it a GPU, but llvmpipe renders on the CPU"},
        {CL_DEVICE_TYPE_GPU, "rusticl", "softpipe", false, GF_CLASS_CPU, "softpipe"},
        {CL_DEVICE_TYPE_GPU, "clvk", "SwiftShader Device (LLVM 10.0.0)", false, GF_CLASS_CPU,
         "SwiftShader"},
        {CL_DEVICE_TYPE_GPU, "rusticl", "zink Vulkan 1.3(llvmpipe (LLVM 15.0.6))", false,
         GF_CLASS_CPU, "llvmpipe"},
        {CL_DEVICE_TYPE_GPU, "Clover", "Mesa swrast", false, GF_CLASS_CPU, "swrast"},
        {CL_DEVICE_TYPE_GPU, POCL, "pthread-haswell-Some CPU", false, GF_CLASS_CPU, "pthread"},
        {CL_DEVICE_TYPE_GPU, POCL, "cpu-skylake-avx512-Some CPU", false, GF_CLASS_CPU, "cpu"},
        {CL_DEVICE_TYPE_ACCELERATOR, POCL, "basic-haswell-Some CPU", false, GF_CLASS_CPU, "basic"},
        {CL_DEVICE_TYPE_ALL, "Oclgrind", "Oclgrind Simulator", false, GF_CLASS_CPU, "a CPU"},
        {CL_DEVICE_TYPE_GPU, "Oclgrind", "Oclgrind Simulator", false, GF_CLASS_CPU, "simulates"},
        {CL_DEVICE_TYPE_ACCELERATOR, "Intel(R) FPGA Emulation Platform for OpenCL(TM)",
         "Intel(R) FPGA Emulation Device", false, GF_CLASS_CPU, "emulation"},
        {CL_DEVICE_TYPE_GPU, "Intel(R) OpenCL", "ACME 9000 8-Core Processor", false, GF_CLASS_CPU,
         "name of this machine's processor"},
        {CL_DEVICE_TYPE_CPU, "Intel(R) OpenCL", "ACME 9000 8-Core Processor", false, GF_CLASS_CPU,
         "its driver calls it a CPU"},
        /* Real ones stay what they are. */
        {CL_DEVICE_TYPE_GPU, "Intel(R) OpenCL Graphics", "Intel(R) UHD Graphics 770", true,
         GF_CLASS_GPU, "its driver calls it a GPU"},
        {CL_DEVICE_TYPE_GPU, "NVIDIA CUDA", "NVIDIA H100", true, GF_CLASS_GPU, "a GPU"},
        {CL_DEVICE_TYPE_GPU, POCL, "NVIDIA GeForce RTX 3060", true, GF_CLASS_GPU, "a GPU"},
        {CL_DEVICE_TYPE_GPU, "rusticl", "ACME 9000 8-Core Processor with Graphics (radeonsi)", true,
         GF_CLASS_GPU, "a GPU"},
        {CL_DEVICE_TYPE_ACCELERATOR, "Xilinx", "u250", true, GF_CLASS_ACCELERATOR,
         "an accelerator"},
        /* The driver answers with an error. */
        {0, "Xilinx", "u250", true, GF_CLASS_ACCELERATOR, "its driver does not tell what it is"},
        {0, "Oclgrind", "Oclgrind Simulator", false, GF_CLASS_CPU, "does not tell what it is, but"},
    };
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        const gf_cl_claim claim = {.type = cases[i].type,
                                   .platform = cases[i].platform,
                                   .name = cases[i].name,
                                   .processor = "ACME 9000 8-Core Processor",
                                   .on_bus = cases[i].on_bus};
        char source[160];
        cr_expect_eq(gf_cl_classify(&claim, source, sizeof source), cases[i].found, "%s on %s",
                     cases[i].name, cases[i].platform);
        cr_expect_not_null(strstr(source, cases[i].source), "%s: '%s'", cases[i].name, source);
    }
}

Test(cl_class, an_unknown_processor_has_no_name_to_compare) {
    const gf_cl_claim claim = {
        .type = CL_DEVICE_TYPE_GPU, .platform = "P", .name = "A GPU", .processor = ""};
    char source[160];
    cr_expect_eq(gf_cl_classify(&claim, source, sizeof source), GF_CLASS_GPU);
}

/* ---- Chips ------------------------------------------------------------- */

/* A platform with two drivers for one GPU lists it under two names. */
Test(cl_class, devices_on_one_card_are_parts_only_if_they_are_alike) {
    const gf_cl_card card = {"PCI 0000:03:00.0", "", "Radeon (radeonsi)", 32, 8 << 20};
    gf_cl_card other = card;
    cr_expect(gf_cl_is_sibling(&card, &other));
    snprintf(other.name, sizeof other.name, "zink (Radeon)");
    cr_expect_not(gf_cl_is_sibling(&card, &other));
    other = card;
    other.units = 16;
    cr_expect_not(gf_cl_is_sibling(&card, &other));
    other = card;
    other.memory = 4 << 20;
    cr_expect_not(gf_cl_is_sibling(&card, &other));
    other = card;
    snprintf(other.address, sizeof other.address, "PCI 0000:04:00.0");
    cr_expect_not(gf_cl_is_sibling(&card, &other));
    const gf_cl_card unknown = {.name = "A GPU", .units = 8};
    cr_expect_not(gf_cl_is_sibling(&unknown, &unknown));
}

Test(cl_class, a_chip_has_its_address_and_its_uuid) {
    static const struct {
        gf_cl_card card;
        cl_uint before;
        const char *chip;
    } cases[] = {
        {{.address = "PCI 0000:03:00.0"}, 0, "PCI 0000:03:00.0"},
        {{.uuid = "UUID 01"}, 0, "UUID 01"},
        {{"PCI 0000:03:00.0", "UUID 01", "", 0, 0}, 1, "PCI 0000:03:00.0; UUID 01; part 2"}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        char chip[GF_CHIP_TEXT];
        gf_cl_format_card(&cases[i].card, cases[i].before, chip);
        cr_expect_str_eq(chip, cases[i].chip);
    }
}

/* Drivers without the facts answer zeros, of several cards too. */
Test(cl_class, an_address_of_zeros_is_unknown) {
    char address[GF_CL_ADDRESS];
    cr_expect_not(gf_cl_format_address(0, 0, 0, 0, address));
    cr_expect_str_empty(address);
    cr_expect(gf_cl_format_address(0, 0, 2, 0, address));
    cr_expect_str_eq(address, "PCI 0000:00:02.0");
}
