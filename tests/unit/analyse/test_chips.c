/* One chip under several names: no verdict has it beat itself. */
#include "analyse/ranking.h"
#include "analyse/verdict.h"
#include "base/array.h"
#include "device/chip.h"
#include "fake_bench.h"

FAKE_GLOBALS

/* ---- Who shares a chip ------------------------------------------------- */

Test(chips, two_drivers_of_one_chip_share_it_and_native_shares_none) {
    const gf_device_info native = {.device_class = GF_CLASS_NATIVE, .chip = GF_CHIP_HOST};
    const gf_device_info cpu = {.device_class = GF_CLASS_CPU, .chip = GF_CHIP_HOST};
    const gf_device_info other = {.device_class = GF_CLASS_CPU, .chip = GF_CHIP_HOST};
    const gf_device_info gpu = {.device_class = GF_CLASS_GPU, .chip = "PCI 0000:01:00.0"};
    const gf_device_info twin = {.device_class = GF_CLASS_GPU, .chip = "PCI 0000:02:00.0"};
    const gf_device_info unknown = {.device_class = GF_CLASS_GPU};
    const gf_device_info unknown_too = {.device_class = GF_CLASS_GPU, .chip = ""};
    cr_expect(gf_chip_is_shared(&cpu, &other));
    cr_expect_not(gf_chip_is_shared(&native, &cpu));
    cr_expect_not(gf_chip_is_shared(&cpu, &native));
    cr_expect_not(gf_chip_is_shared(&gpu, &twin));
    cr_expect_not(gf_chip_is_shared(&unknown, &unknown));
    cr_expect_not(gf_chip_is_shared(&unknown_too, &unknown_too));
    cr_expect_not(gf_is_other_listing(&cpu, &cpu));
    cr_expect(gf_is_other_listing(&cpu, &other));
}

Test(chips, an_address_or_a_uuid_tells) {
    static const struct {
        const char *a, *b;
        bool shared;
    } cases[] = {{"PCI 0000:03:00.0; UUID 01", "UUID 01", true},
                 {"PCI 0000:03:00.0; UUID 01", "PCI 0000:03:00.0", true},
                 {"PCI 0000:03:00.0; UUID 01", "PCI 0000:03:00.0; UUID 02", true},
                 {"PCI 0000:03:00.0; UUID 01", "PCI 0000:04:00.0; UUID 02", false},
                 {"PCI 0000:03:00.0", "UUID 01", false},
                 {"UUID 01", "UUID 012", false},
                 {"PCI 0000:03:00.0; part 2", "PCI 0000:03:00.0", false},
                 {"PCI 0000:03:00.0; part 2", "PCI 0000:03:00.0; part 3", false},
                 {"PCI 0000:03:00.0; UUID 01; part 2", "PCI 0000:03:00.0; part 2", true},
                 {"PCI 0000:03:00.0; part 2", "PCI 0000:04:00.0; part 2", false}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        const gf_device_info a = {.device_class = GF_CLASS_GPU, .chip = cases[i].a};
        const gf_device_info b = {.device_class = GF_CLASS_GPU, .chip = cases[i].b};
        cr_expect_eq(gf_chip_is_shared(&a, &b), cases[i].shared, "%zu", i);
        cr_expect_eq(gf_chip_is_shared(&b, &a), cases[i].shared, "%zu", i);
    }
}

/* ---- Verdicts ---------------------------------------------------------- */

static fake_device *add(const char *id, gf_device_class device_class, const char *chip,
                        uint64_t kernel_ns) {
    fake_device *device = fake_add(0, id, id, device_class);
    device->info.chip = chip;
    device->kernel_ns = kernel_ns;
    return device;
}

static void reach(fake_bench *bench, size_t count, gf_verdict *verdict) {
    bench->options.repeat = 3;
    FAKE_BENCH_OPEN(bench, "julia", "size=9x9");
    for (size_t i = 0; i < count; i++)
        (void)fake_bench_run(bench, i);
    gf_verdict_reach(bench->comparison, verdict);
}

static void expect_words(const char *text, const char *words, bool there) {
    cr_expect_eq(strstr(text, words) != NULL, there, "'%s' in '%s'", words, text);
}

#define ONE_CHIP "0:0 and 1:0 are one chip (the host's CPU)"

Test(chips, the_runner_up_is_on_another_chip) {
    (void)add("native", GF_CLASS_NATIVE, GF_CHIP_HOST, 9000000);
    (void)add("0:0", GF_CLASS_CPU, GF_CHIP_HOST, 3000000);
    (void)add("1:0", GF_CLASS_CPU, GF_CHIP_HOST, 2000000);
    fake_bench bench = fake_bench_new();
    gf_verdict verdict;
    reach(&bench, 3, &verdict);
    cr_expect_str_eq(verdict.winner->label, "1:0:best");
    cr_expect_str_eq(verdict.runner_up->label, "native:best");
    expect_words(verdict.text, "4.50 times as fast as native:best", true);
    expect_words(verdict.text, ONE_CHIP, true);
    expect_words(verdict.flips_when, "0:0", false);
    fake_bench_close(&bench, "three");
}

/* As an .icd file that is there twice leaves it. */
Test(chips, a_chip_alone_has_nothing_to_beat) {
    fake_device *first = add("0:0", GF_CLASS_GPU, "PCI 0000:03:00.0", 3000000);
    (void)add("1:0", GF_CLASS_GPU, "PCI 0000:03:00.0", 2000000);
    first->info.baseline_variant = "best";
    fake_bench bench = fake_bench_new();
    gf_verdict verdict;
    reach(&bench, 2, &verdict);
    cr_expect_null(verdict.runner_up);
    expect_words(verdict.text, "times as fast", false);
    expect_words(verdict.text, "0:0 and 1:0 are one chip (PCI 0000:03:00.0)", true);
    cr_expect_str_empty(verdict.flips_when);
    fake_bench_close(&bench, "two");
}

Test(chips, two_cards_of_one_kind_compete) {
    (void)add("0:0", GF_CLASS_GPU, "PCI 0000:03:00.0", 3000000);
    (void)add("0:1", GF_CLASS_GPU, "PCI 0000:04:00.0", 2000000);
    fake_bench bench = fake_bench_new();
    gf_verdict verdict;
    reach(&bench, 2, &verdict);
    cr_assert_not_null(verdict.runner_up);
    cr_expect_str_eq(verdict.runner_up->label, "0:0:best");
    expect_words(verdict.text, "one chip", false);
    fake_bench_close(&bench, "cards");
}

/* A device that did not run well is no listing that anything is said about. */
Test(chips, only_devices_that_are_ok_are_named) {
    (void)add("native", GF_CLASS_NATIVE, GF_CHIP_HOST, 9000000);
    (void)add("0:0", GF_CLASS_CPU, GF_CHIP_HOST, 3000000);
    fake_device *bad = add("1:0", GF_CLASS_CPU, GF_CHIP_HOST, 2000000);
    bad->fault = (fake_fault){FAKE_LAUNCH, 1, FAKE_FAILS, GF_FAILED};
    fake_bench bench = fake_bench_new();
    gf_verdict verdict;
    reach(&bench, 3, &verdict);
    cr_expect_str_eq(verdict.winner->label, "0:0:best");
    expect_words(verdict.text, "one chip", false);
    fake_bench_close(&bench, "one failed");
}

/* A text that is cut would end in the middle of a sentence. */
Test(chips, many_chips_are_named_in_whole_sentences) {
    enum { CHIPS = 6, LISTINGS = 6 };
    static gf_device devices[CHIPS * LISTINGS];
    static char ids[CHIPS * LISTINGS][32], names[CHIPS][GF_CHIP_TEXT];
    static gf_profile profiles[CHIPS * LISTINGS];
    static gf_candidate items[CHIPS * LISTINGS];
    for (size_t i = 0; i < CHIPS * LISTINGS; i++) {
        memset(names[i % CHIPS], 'a' + (int)(i % CHIPS), GF_CHIP_TEXT - 1);
        snprintf(ids[i], sizeof ids[i], "%zu:%zu", i / CHIPS, i % CHIPS);
        devices[i].info =
            (gf_device_info){.id = ids[i], .device_class = GF_CLASS_GPU, .chip = names[i % CHIPS]};
        items[i] = (gf_candidate){
            .device = &devices[i], .profile = &profiles[i], .prediction = {.possible = true}};
    }
    const gf_candidates candidates = {.items = items, .count = GF_COUNT_OF(items)};
    const gf_rank_rows rows = gf_rank_rows_of_candidates(&candidates, NULL);
    char buffer[GF_VERDICT_TEXT];
    for (size_t size = 1; size <= sizeof buffer; size += 255) {
        gf_text text = gf_text_in(buffer, size);
        gf_rank_add_chips(&rows, &text);
        cr_expect_not(text.cut);
        cr_expect(text.used == 0 || buffer[text.used - 1] == '.', "'%s'", buffer);
    }
    expect_words(buffer, "0:0, 1:0 and 4 more are one chip", true);
}

/* ---- Predictions ------------------------------------------------------- */

Test(chips, a_predicted_rival_is_on_another_chip) {
    gf_device devices[] = {
        {.info = {.id = "0:0", .device_class = GF_CLASS_CPU, .chip = GF_CHIP_HOST}},
        {.info = {.id = "1:0", .device_class = GF_CLASS_CPU, .chip = GF_CHIP_HOST}},
        {.info = {.id = "native", .device_class = GF_CLASS_NATIVE, .chip = GF_CHIP_HOST}}};
    gf_profile profiles[GF_COUNT_OF(devices)] = {{.case_count = 0}};
    gf_candidate items[GF_COUNT_OF(devices)];
    for (size_t i = 0; i < GF_COUNT_OF(devices); i++) {
        const double ns = 100.0 * (double)(i + 1);
        items[i] = (gf_candidate){
            .device = &devices[i],
            .profile = &profiles[i],
            .prediction = {
                .possible = true,
                .phases = {[GF_PHASE_KERNEL] = {ns, ns, ns}, [GF_PHASE_TOTAL] = {ns, ns, ns}}}};
    }
    const gf_candidates candidates = {.items = items, .count = GF_COUNT_OF(devices)};
    const gf_rank_rows rows = gf_rank_rows_of_candidates(&candidates, NULL);
    cr_expect_eq(gf_rank(&rows).winner, 0);
    cr_expect_eq(gf_rank(&rows).runner_up, 2);
    char buffer[GF_VERDICT_TEXT];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_rank_add_chips(&rows, &text);
    expect_words(buffer, ONE_CHIP, true);
    /* Another driver that wins elsewhere is no flip. */
    cr_expect_eq(gf_rank_first_like(&rows, 1), 0);
    cr_expect_eq(gf_rank_first_like(&rows, 2), 2);
    devices[1].info.chip = "PCI 0000:01:00.0";
    cr_expect_eq(gf_rank(&rows).runner_up, 1);
}
