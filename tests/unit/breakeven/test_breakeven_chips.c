/* Break-even of devices of which two are one chip: the chip has one threshold against all
 * others. */
#include "breakeven/breakeven_text.h"
#include "device/chip.h"
#include "fake_bench.h"

FAKE_GLOBALS

enum { NATIVE, SLOW, FAST, DEVICES };

/* Two drivers of the host's CPU; the slower is nowhere the fastest of all. */
static void add_devices(void) {
    static const char *const ids[] = {"native", "0:0", "1:0"};
    static const uint64_t kernels[] = {900, 300, 200};
    for (size_t i = 0; i < DEVICES; i++) {
        fake_device *device =
            fake_add(0, ids[i], ids[i], i == NATIVE ? GF_CLASS_NATIVE : GF_CLASS_CPU);
        device->info.chip = GF_CHIP_HOST;
        device->kernel_ns = 1000 * kernels[i];
        device->in_place = true;
    }
}

static gf_breakeven *measure(fake_bench *bench) {
    gf_breakeven *breakeven = NULL;
    gf_target targets[DEVICES];
    gf_error error = GF_ERROR_INIT;
    bench->options.repeat = 5;
    bench->options.search = false;
    bench->options.pipeline = false;
    fake_bench_open_session(bench, gf_workload_find("julia", NULL),
                            (const char *const[]){"max-iter=8", NULL});
    for (size_t i = 0; i < DEVICES; i++)
        targets[i] = (gf_target){gf_session_device(bench->session, i), "best", "test"};
    const gf_target_list list = {.targets = targets, .count = DEVICES};
    cr_assert_eq(gf_breakeven_create(bench->params, "size=16:64", &breakeven, &error), GF_OK, "%s",
                 error.text);
    for (size_t i = 0; i < gf_breakeven_value_count(breakeven); i++)
        cr_assert_eq(
            gf_breakeven_measure(breakeven, i, bench->session, &list, &bench->options, &error),
            GF_OK, "%s", error.text);
    cr_assert_eq(gf_breakeven_conclude(breakeven, 1, &error), GF_OK, "%s", error.text);
    return breakeven;
}

Test(breakeven_chips, a_chip_is_no_rival_of_itself, .timeout = 60) {
    add_devices();
    fake_bench bench = fake_bench_new();
    gf_breakeven *breakeven = measure(&bench);
    size_t against_all = 0, pairs = 0, remarks = 0;
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        const gf_breakeven_threshold *found = &breakeven->thresholds[i];
        if (found->rival == GF_ALL_RIVALS)
            against_all++;
        else
            pairs++;
        cr_expect(found->series == NATIVE || found->rival == NATIVE ||
                  found->rival == GF_ALL_RIVALS);
        if (found->rival == GF_ALL_RIVALS) {
            cr_expect_eq(found->crossover.kind,
                         found->series == NATIVE ? GF_CROSSOVER_NEVER : GF_CROSSOVER_ALWAYS);
            cr_expect(found->series == NATIVE || found->series == FAST);
        }
    }
    cr_expect_eq(against_all, 2);
    cr_expect_eq(pairs, 4);
    char text[GF_REMARK_SIZE];
    for (size_t i = 0; gf_breakeven_remark(breakeven, i, text, sizeof text); i++)
        remarks +=
            strcmp(text, "0:0 and 1:0 are one chip (the host's CPU) under several names: none "
                         "is a rival of another, and the fastest at a value stands for it "
                         "there") == 0;
    cr_expect_eq(remarks, 1);
    gf_breakeven_destroy(breakeven);
    fake_bench_close(&bench, "chips");
}
