/* Reading what Oclgrind writes about kernels. The texts are those of version 21.10. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/opencl/simulator/simulator.h"
#include "base/error.h"
#include "flaws.h"

static taken read_log(const char *text) {
    char path[] = "/tmp/gpufare-simulator-XXXXXX";
    const int descriptor = mkstemp(path);
    taken t = {.count = 0};
    const gf_flaw_sink sink = {&t, take};
    gf_error error = GF_ERROR_INIT;
    cr_assert_geq(descriptor, 0);
    cr_assert_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    cr_expect_eq(gf_simulator_read(path, &sink, &error), GF_OK, "%s", error.text);
    unlink(path);
    return t;
}

static void expect_flaw(const gf_flaw *flaw, const char *kind, const char *what, const char *file,
                        uint32_t line) {
    cr_expect_str_eq(flaw->kind, kind);
    cr_expect_str_eq(flaw->what, what);
    cr_expect_str_eq(flaw->function, "saxpy");
    cr_expect_str_eq(flaw->file, file);
    cr_expect_eq(flaw->line, line);
    cr_expect_eq(flaw->count, (uint64_t)1);
}

#define ENTITY                                                                                     \
    "\tKernel: saxpy\n"                                                                            \
    "\tEntity: Global(100,0,0) Local(36,0,0) Group(1,0,0)\n"                                       \
    "\t  store float %add, float addrspace(1)* %arrayidx3, align 4, !dbg !48\n"

Test(simulator, accesses_have_their_places) {
    const taken t =
        read_log("\nInvalid write of size 4 at global memory address 0x4000000000190\n" ENTITY
                 "\tAt line 6 (column 14) of saxpy.cl:\n\t  if (i <= n)\n\t\n\n"
                 "Invalid read of size 16 at local memory address 0x1000000000190\n" ENTITY
                 "\tAt line 7 of sum.h:\n\t  x\n\n"
                 "Invalid write to read-only buffer\n" ENTITY "\n"
                 "Index (8) exceeds static array size (8)\n" ENTITY
                 "\tAt line 3 (column 24) of saxpy.cl:\n\t  x\n\n");
    cr_assert_eq(t.count, 4);
    expect_flaw(&t.flaws[0], "bounds", "writes 4 bytes outside of its global memory", "saxpy.cl",
                6);
    expect_flaw(&t.flaws[1], "bounds", "reads 16 bytes outside of its local memory", "sum.h", 7);
    expect_flaw(&t.flaws[2], "input", "writes to a buffer that the manifest says it only reads", "",
                0);
    expect_flaw(&t.flaws[3], "bounds", "uses an index beyond an array of 8", "saxpy.cl", 3);
}

Test(simulator, races_have_two_places) {
    const taken t = read_log("\nRead-write data race at global memory address 0x4000000000100\n"
                             "\tKernel: saxpy\n\t\n"
                             "\tFirst entity:  Global(65,0,0) Local(1,0,0) Group(1,0,0)\n"
                             "\t  store float\n"
                             "\tAt line 7 (column 34) of saxpy.cl:\n\t  y\n\t\n"
                             "\tSecond entity: Global(64,0,0) Local(0,0,0) Group(1,0,0)\n"
                             "\t  %8 = load float\n"
                             "\tAt line 6 (column 27) of saxpy.cl:\n\t  if\n\t\n\n");
    cr_assert_eq(t.count, 1);
    expect_flaw(&t.flaws[0], "race", "read-write data race in global memory, with saxpy.cl:6",
                "saxpy.cl", 7);
}

Test(simulator, lines_without_a_kernel_are_no_flaws) {
    const taken t =
        read_log("Oclgrind: reached its limit\n\tFunction: clFinish\n\n"
                 "Something new is wrong\n" ENTITY "\tAt line 9 (column 1) of saxpy.cl:\n\t  y\n");
    cr_assert_eq(t.count, 1);
    expect_flaw(&t.flaws[0], "other", "Something new is wrong", "saxpy.cl", 9);
    cr_expect_eq(read_log("").count, 0);
}

Test(simulator, no_log_has_no_flaws) {
    taken t = {.count = 0};
    const gf_flaw_sink sink = {&t, take};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_simulator_read("/nothing/here", &sink, &error), GF_OK);
    cr_expect_eq(t.count, 0);
    cr_expect_eq(error.status, GF_OK);
}

Test(simulator, a_chosen_library_must_be_there) {
    gf_error error = GF_ERROR_INIT;
    setenv("GPUFARE_OCLGRIND", "/nothing/here", 1);
    cr_expect_null(gf_simulator_find(&error));
    cr_expect_eq(error.status, GF_UNSUPPORTED);
    cr_expect_not_null(strstr(error.text, "GPUFARE_OCLGRIND"), "%s", error.text);
    gf_error_clear(&error);
    setenv("GPUFARE_OCLGRIND", "/dev/null", 1);
    char *path = gf_simulator_find(&error);
    cr_assert_not_null(path);
    cr_expect_str_eq(path, "/dev/null");
    free(path);
}
