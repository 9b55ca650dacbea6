/* Columns that CSV files once had keep their places: programs may read them by number. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "breakeven/breakeven.h"
#include "made_profiles.h"
#include "predict/calibration.h"

FAKE_GLOBALS

TestSuite(csv_columns, .timeout = 60);

static const char compared[] =
    "workload,rows,cols,steps,precision,math,device,variant,kind,name,status,reason,samples,"
    "build_state,build_cold_ns,build_ns,build_min_ns,build_max_ns,alloc_ns,alloc_min_ns,"
    "alloc_max_ns,h2d_ns,h2d_min_ns,h2d_max_ns,launch_ns,launch_min_ns,launch_max_ns,kernel_ns,"
    "kernel_min_ns,kernel_max_ns,d2h_ns,d2h_min_ns,d2h_max_ns,unexplained_ns,unexplained_min_ns,"
    "unexplained_max_ns,total_ns,total_min_ns,total_max_ns,pipelined_ns,kernel_clock,fare_share,"
    "baseline,speedup_to_baseline,throughput_giga_per_s,bytes_up,bytes_down,device_bytes,"
    "host_bytes,host_peak_bytes,compared,mismatches,checksum,answer,note,png";
static const char advised[] =
    "device,kind,modelled,total_ns,total_low_ns,total_high_ns,h2d_ns,launch_ns,kernel_ns,"
    "kernel_low_ns,kernel_high_ns,d2h_ns,alloc_ns,fare_share,speedup,speedup_low,speedup_high,"
    "points";
static const char transfers[] =
    "device,memory,direction,latency_us,bandwidth_gb_per_s,spread,used_by";
static const char ceilings[] =
    "device,launch_us,copy_cached_gb_per_s,copy_memory_gb_per_s,cached_bytes,f32_gop_per_s,"
    "f64_gop_per_s,integer_gop_per_s,first_touch_us,first_touch_gb_per_s,points,measured_at";
static const char swept[] =
    "device,kind,name,modelled,parameter,value,number,footprint_bytes,status,measured_ns,"
    "measured_min_ns,measured_max_ns,samples,predicted_ns,predicted_low_ns,predicted_high_ns,"
    "error,note";

static void expect_begins(const char *line, const char *columns, const char *what) {
    const size_t length = strlen(columns);
    cr_expect(strncmp(line, columns, length) == 0 && strchr(",\n", line[length]) != NULL,
              "%s: '%s' does not begin with '%s'", what, line, columns);
}

static FILE *open_text(char **text, size_t *size) {
    FILE *stream = open_memstream(text, size);
    cr_assert_not_null(stream);
    return stream;
}

Test(csv_columns, of_a_comparison_keep_their_places) {
    char *text = NULL;
    size_t size = 0;
    fake_add(0, "0:0", "Quick", GF_CLASS_GPU)->kernel_ns = 1000;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    (void)fake_bench_run(&bench, 0);
    FILE *stream = open_text(&text, &size);
    cr_assert_eq(gf_comparison_report(bench.comparison, GF_FORMAT_CSV, NULL, stream, NULL), GF_OK);
    cr_assert_eq(fclose(stream), 0);
    expect_begins(text, compared, "compare");
    free(text);
    fake_bench_close(&bench, "compare");
}

Test(csv_columns, of_advice_keep_their_places) {
    static const maker makers[] = {{.id = "cpu",
                                    .variant = "best",
                                    .device_class = GF_CLASS_NATIVE,
                                    .op_ns = 1,
                                    .memory = UINT64_C(1) << 40}};
    char *text = NULL;
    size_t size = 0;
    made m;
    made_cache();
    ADVISE(&m, makers, "diffusion", "size=32x32");
    FILE *stream = open_text(&text, &size);
    cr_assert_eq(gf_advice_report(m.advice, GF_FORMAT_CSV, NULL, stream, NULL), GF_OK);
    cr_assert_eq(fclose(stream), 0);
    expect_begins(text, advised, "advise");
    free(text);
    done(&m, "advise");
}

/* Two tables; each cell must be below its heading. */
Test(csv_columns, of_profiles_keep_their_places) {
    static gf_profile profile = {
        .device_id = "0:0",
        .measured_at = "2026-05-21T12:00:00Z",
        .first_touch = {.a_ns = 9000, .b_ns = 0.1, .spread = 0.25, .most = 1e9, .count = 5},
        .ceilings = {.launch_ns = 1000,
                     .copy_cached = 2e9,
                     .copy_memory = 3e9,
                     .cached_bytes = 4,
                     .f32 = 5e9,
                     .f64 = 6e9,
                     .integer = 7e9,
                     .read_memory = 8e9}};
    gf_calibrated_device device = {.profile = &profile, .known = true};
    const gf_calibration calibration = {.devices = &device, .device_count = 1};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_text(&text, &size);
    cr_assert_eq(gf_calibration_report(&calibration, GF_FORMAT_CSV, NULL, stream, NULL), GF_OK);
    cr_assert_eq(fclose(stream), 0);
    expect_begins(text, transfers, "transfers");
    const char *second = strstr(text, "\n\n");
    cr_assert_not_null(second, "%s", text);
    expect_begins(second + 2, ceilings, "ceilings");
    expect_words(text, ",measured_at,read_memory_gb_per_s,first_touch_spread\n", "later columns");
    expect_words(text, "\n0:0,1,2,3,4,5,6,7,9,10,0,2026-05-21T12:00:00Z,8,0.25\n", "cells");
    free(text);
}

Test(csv_columns, of_a_sweep_keep_their_places) {
    gf_params *params = NULL;
    gf_breakeven *breakeven = NULL;
    gf_error error = GF_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    cr_assert_eq(gf_params_create(gf_workload_find("julia", NULL), &params, &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(gf_breakeven_create(params, "size=16:64", &breakeven, &error), GF_OK, "%s",
                 error.text);
    FILE *stream = open_text(&text, &size);
    cr_assert_eq(gf_breakeven_report(breakeven, GF_FORMAT_CSV, NULL, stream, NULL), GF_OK);
    cr_assert_eq(fclose(stream), 0);
    expect_begins(text, swept, "breakeven");
    free(text);
    gf_breakeven_destroy(breakeven);
    gf_params_destroy(params);
}
