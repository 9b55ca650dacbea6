/* Profiles: through JSON and the cache and back, and nothing but a whole and fitting one comes
 * back. */
#include <dirent.h>
#include <math.h>
#include <sys/stat.h>

#include "calibrate/profile.h"
#include "calibrate/profile_file.h"
#include "calibrate/profile_json.h"
#include "calibrate/profile_store.h"
#include "made_folder.h"
#include "real_devices.h"

TestSuite(profile, .timeout = 60);

static const gf_device_info device_info = {
    .id = "0:0",
    .name = "Fake GPU \xff", /* no UTF-8: drivers may say anything */
    .kind = "opencl-gpu",
    .platform = "Fake Platform",
    .driver = "1.0",
    .simd = "f64x4",
    .device_class = GF_CLASS_GPU,
    .global_memory_bytes = UINT64_MAX, /* "not known" */
    .max_alloc_bytes = UINT64_C(1) << 30,
    .f64 = true,
};

static const char *cache;

static void use_empty_cache(void) {
    cache = made_cache();
}

/* The path of the one file that is kept. */
static void kept_path(char *path, size_t size) {
    char folder[96];
    snprintf(folder, sizeof folder, "%s/gpufare", cache);
    DIR *listing = opendir(folder);
    cr_assert_not_null(listing, "%s", folder);
    path[0] = '\0';
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        cr_assert_eq(path[0], '\0', "more than one file");
        snprintf(path, size, "%s/%s", folder, entry->d_name);
    }
    closedir(listing);
    cr_assert_neq(path[0], '\0', "no file in %s", folder);
}

static gf_profile *empty_profile(void) {
    gf_profile *profile = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(&device_info, 3, &profile, &error), GF_OK, "%s", error.text);
    return profile;
}

static gf_case some_case(const char *values, double total_ns) {
    gf_case made = {.workload = "julia",
                    .variant = "vector",
                    .precision = GF_PRECISION_F32,
                    .math = GF_MATH_RELAXED,
                    .work = 1e6 / 3,
                    .operations = 7e6 / 3,
                    .bytes = 16384,
                    .written = 0.25,
                    .items = 4096,
                    .footprint = 16384,
                    .segments = 1,
                    .segment_steps = 1,
                    .bytes_up = 3,
                    .bytes_down = 16384,
                    .uploads = 2,
                    .downloads = 1,
                    .efficiency = 0.86,
                    .lanes = {1, 8},
                    .alloc_ns = 1,
                    .h2d_ns = 2,
                    .launch_ns = 3,
                    .kernel_ns = 4.5,
                    .d2h_ns = 5,
                    .total_ns = total_ns,
                    .spread = 0.01,
                    .build_ns = 1e8 / 3,
                    .build_known = true,
                    .threads = 3,
                    .turns = 1,
                    .run_deviation = 0.07 / 3,
                    .compute_deviation = 0.05 / 3,
                    .transfer_deviation = 0.4 / 3};
    snprintf(made.values, sizeof made.values, "%s", values);
    return made;
}

static gf_profile *full_profile(void) {
    gf_profile *profile = empty_profile();
    snprintf(profile->measured_at, sizeof profile->measured_at, "2026-05-21T12:00:00Z");
    profile->took_s = 1.25;
    profile->used = GF_MEMORY_PINNED;
    for (int d = 0; d < GF_DIRECTIONS; d++) {
        for (int k = 0; k < GF_MEMORY_MAPPED; k++) /* no mapped ones */
            profile->transfers[d][k] =
                (gf_line){1000.0 / 3 + d, 0.1 + k, 0.02, 4096, 67108864, 80 + (uint32_t)k};
    }
    profile->first_touch = (gf_line){500, 0.25, 0.05, 4096, 1 << 20, 12};
    profile->first_touch_large = (gf_line){700, 0.05, 0.04, 1 << 22, 1 << 26, 3};
    profile->ceilings = (gf_ceilings){.launch_ns = 9000,
                                      .copy_cached = 1e11,
                                      .copy_memory = 1e10,
                                      .cached_bytes = 3e7,
                                      .least_launch_ns = 8000,
                                      .read_memory = 2e10,
                                      .copies = {1e11, 9e10, 8e10, 7e10, 6e10, 5e10, 1e10},
                                      .reads = {2e11, 1e11, 1e11, 1e11, 1e11, 1e11, 2e10},
                                      .f32 = 2e12,
                                      .f64 = 1e12,
                                      .integer = 5e11};
    profile->disturbed = (gf_profile_parts){.first_touch = true, .copies = true};
    profile->missing = (gf_profile_parts){.launch = true, .arithmetic = true};
    gf_error error = GF_ERROR_INIT;
    const gf_case first = some_case("size=64x64", 20), second = some_case("size=128x128", 40);
    cr_assert_eq(gf_profile_add_case(profile, &first, &error), GF_OK);
    cr_assert_eq(gf_profile_add_case(profile, &second, &error), GF_OK);
    gf_case refused = second;
    refused.values[0] = '\0';
    cr_assert_eq(gf_profile_add_refused(profile, &refused, &error), GF_OK);
    return profile;
}

/* Every byte of what was measured; the structs are zeroed before they are filled. */
static void expect_same(const gf_profile *a, const gf_profile *b) {
    cr_expect_str_eq(a->machine, b->machine);
    cr_expect_str_eq(a->device_id, b->device_id);
    cr_expect_str_eq(a->device_name, b->device_name);
    cr_expect_str_eq(a->kind, b->kind);
    cr_expect_str_eq(a->platform, b->platform);
    cr_expect_str_eq(a->driver, b->driver);
    cr_expect_str_eq(a->simd, b->simd);
    cr_expect_str_eq(a->version, b->version);
    cr_expect_str_eq(a->measured_at, b->measured_at);
    cr_expect_eq(a->device_class, b->device_class);
    cr_expect_eq(a->global_memory_bytes, b->global_memory_bytes);
    cr_expect_eq(a->max_alloc_bytes, b->max_alloc_bytes);
    cr_expect_eq(a->threads, b->threads);
    cr_expect_eq(a->f64, b->f64);
    cr_expect_eq(a->took_s, b->took_s);
    cr_expect_eq(a->used, b->used);
    cr_expect_arr_eq(a->transfers, b->transfers, sizeof a->transfers);
    cr_expect_arr_eq(&a->first_touch, &b->first_touch, sizeof a->first_touch);
    cr_expect_arr_eq(&a->first_touch_large, &b->first_touch_large, sizeof a->first_touch_large);
    cr_expect_arr_eq(&a->ceilings, &b->ceilings, sizeof a->ceilings);
    cr_expect_arr_eq(&a->disturbed, &b->disturbed, sizeof a->disturbed);
    cr_expect_arr_eq(&a->missing, &b->missing, sizeof a->missing);
    cr_assert_eq(a->refused_count, b->refused_count);
    for (size_t i = 0; i < a->refused_count; i++)
        cr_expect(gf_profile_refuses(b, &a->refused[i]), "refused case %zu", i);
    cr_assert_eq(a->case_count, b->case_count);
    for (size_t i = 0; i < a->case_count; i++) {
        /* The bytes up to the last field; what comes after it fills the struct up. */
        cr_expect_arr_eq(&a->cases[i], &b->cases[i], offsetof(gf_case, disturbed), "case %zu", i);
        cr_expect_eq(a->cases[i].disturbed, b->cases[i].disturbed, "case %zu", i);
        cr_expect_eq(a->cases[i].turns, b->cases[i].turns, "case %zu", i);
    }
}

/* ---- Round trips ------------------------------------------------------- */

Test(profile, json_gives_back_every_bit) {
    gf_profile *profile = full_profile(), *read = NULL;
    json_t *json = gf_profile_to_json(profile);
    cr_assert_not_null(json);
    char *text = json_dumps(json, 0);
    json_decref(json);
    json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_from_json(json, &read, &error), GF_OK, "%s", error.text);
    expect_same(profile, read);
    cr_expect_eq(read->threads, 0, "threads are the native path's");
    free(text);
    json_decref(json);
    gf_profile_destroy(read);
    gf_profile_destroy(profile);
}

/* As before cases were marked and ran in turns. */
Test(profile, a_mark_or_deviation_that_is_missing_is_none) {
    gf_profile *profile = full_profile(), *read = NULL;
    json_t *json = gf_profile_to_json(profile);
    gf_error error = GF_ERROR_INIT;
    for (size_t i = 0; i < profile->case_count; i++) {
        json_t *point = json_array_get(json_object_get(json, "points"), i);
        cr_assert_eq(json_object_del(point, "disturbed"), 0);
        cr_assert_eq(json_object_del(point, "run_deviation"), 0);
        cr_assert_eq(json_object_del(point, "threads"), 0);
        cr_assert_eq(json_object_del(point, "compute_deviation"), 0);
        cr_assert_eq(json_object_del(point, "transfer_deviation"), 0);
        cr_assert_eq(json_object_del(point, "build_ns"), 0);
        cr_assert_eq(json_object_del(point, "build_known"), 0);
        profile->cases[i].build_ns = 0;
        profile->cases[i].build_known = false;
        profile->cases[i].run_deviation = 0;
        profile->cases[i].threads = 0;
        profile->cases[i].compute_deviation = 0;
        profile->cases[i].transfer_deviation = 0;
    }
    cr_assert_eq(gf_profile_from_json(json, &read, &error), GF_OK, "%s", error.text);
    expect_same(profile, read);
    json_decref(json);
    gf_profile_destroy(read);
    gf_profile_destroy(profile);
}

/* Samples may spread over any range; the case must not be measured again each time. */
Test(profile, what_spreads_too_far_is_saved_so_that_it_can_be_read) {
    gf_profile *profile = full_profile(), *read = NULL;
    profile->cases[0].spread = 2500;
    profile->first_touch.spread = 101;
    json_t *json = gf_profile_to_json(profile);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_from_json(json, &read, &error), GF_OK, "%s", error.text);
    cr_expect_eq(read->cases[0].spread, 100);
    cr_expect_eq(read->first_touch.spread, 100);
    json_decref(json);
    gf_profile_destroy(read);
    gf_profile_destroy(profile);
}

Test(profile, every_class_comes_back) {
    static const struct {
        const char *kind;
        gf_device_class device_class;
    } cases[] = {{"native", GF_CLASS_NATIVE},
                 {"opencl-gpu", GF_CLASS_GPU},
                 {"opencl-cpu", GF_CLASS_CPU},
                 {"opencl-accel", GF_CLASS_ACCELERATOR}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_profile *profile = full_profile(), *read = NULL;
        snprintf(profile->kind, sizeof profile->kind, "%s", cases[i].kind);
        profile->device_class = cases[i].device_class;
        json_t *json = gf_profile_to_json(profile);
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_profile_from_json(json, &read, &error), GF_OK, "%s", error.text);
        expect_same(profile, read);
        json_decref(json);
        gf_profile_destroy(read);
        gf_profile_destroy(profile);
    }
}

Test(profile, what_is_kept_comes_back) {
    use_empty_cache();
    gf_profile *profile = full_profile(), *recalled = empty_profile();
    char why[256] = "old";
    cr_expect_eq(gf_profile_load(recalled, why, sizeof why), GF_PROFILE_NONE);
    cr_expect_str_eq(why, "");
    cr_assert(gf_profile_save(profile));
    cr_expect_eq(gf_profile_load(recalled, why, sizeof why), GF_PROFILE_LOADED, "%s", why);
    cr_expect_str_eq(why, "");
    expect_same(profile, recalled);
    cr_expect_eq(gf_profile_load(recalled, NULL, 0), GF_PROFILE_LOADED);
    expect_same(profile, recalled);
    gf_profile_destroy(recalled);
    gf_profile_destroy(profile);
}

Test(profile, native_devices_are_told_apart_by_their_threads) {
    use_empty_cache();
    gf_device_info native = device_info;
    native.kind = "native";
    native.device_class = GF_CLASS_NATIVE;
    native.compute_units = 4;
    gf_profile *all = NULL, *one = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(&native, 0, &all, &error), GF_OK);
    cr_assert_eq(gf_profile_create(&native, 1, &one, &error), GF_OK);
    cr_expect_eq(all->threads, 4);
    cr_expect_eq(one->threads, 1);
    for (int d = 0; d < GF_DIRECTIONS; d++)
        all->transfers[d][all->used].count = 1;
    cr_assert(gf_profile_save(all));
    cr_expect_eq(gf_profile_load(one, NULL, 0), GF_PROFILE_NONE);
    cr_expect_eq(gf_profile_load(all, NULL, 0), GF_PROFILE_LOADED);
    gf_profile_destroy(all);
    gf_profile_destroy(one);
}

Test(profile, a_case_replaces_one_of_the_same_kernel_and_values) {
    gf_profile *profile = full_profile();
    gf_error error = GF_ERROR_INIT;
    const gf_case again = some_case("size=64x64", 99);
    gf_case other = again;
    other.math = GF_MATH_STRICT;
    cr_assert_eq(gf_profile_add_case(profile, &again, &error), GF_OK);
    cr_expect_eq(profile->case_count, 2);
    cr_expect_eq(profile->cases[0].total_ns, 99);
    cr_assert_eq(gf_profile_add_case(profile, &other, &error), GF_OK);
    cr_expect_eq(profile->case_count, 3);
    gf_profile_destroy(profile);
}

/* ---- What must not be used --------------------------------------------- */

/* Puts `to` for the first `from` in a text, in place of it. */
static char *replaced(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    cr_assert_not_null(at, "%s is not in the file", from);
    char *made = malloc(strlen(text) + strlen(to) + 1);
    cr_assert_not_null(made);
    sprintf(made, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return made;
}

static char *read_text_file(const char *path) {
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    char *text = calloc(1, 1 << 16);
    cr_assert_not_null(text);
    cr_assert_gt(fread(text, 1, (1 << 16) - 1, file), 0);
    fclose(file);
    return text;
}

static void write_text_file(const char *path, const char *text, size_t length) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static void expect_unused(const char *what, gf_profile_state state, const char *words) {
    gf_profile *profile = empty_profile(), *empty = empty_profile();
    char why[512] = "";
    const gf_profile_state found = gf_profile_load(profile, why, sizeof why);
    cr_expect_eq(found, state, "%s: state %d: %s", what, found, why);
    cr_expect_not_null(strstr(why, words), "%s: '%s' lacks '%s'", what, why, words);
    cr_expect_not_null(strstr(why, "0:0"), "%s: '%s' does not name the device", what, why);
    char path[512];
    kept_path(path, sizeof path);
    cr_expect_not_null(strstr(why, path), "%s: '%s' does not name %s", what, why, path);
    expect_same(profile, empty);
    gf_profile_destroy(profile);
    gf_profile_destroy(empty);
}

/* One part of a good file replaced by a bad one, and how the file is then called. */
static const struct {
    const char *from, *to;
    gf_profile_state state;
    const char *words;
} bad_files[] = {
    {"\"a_ns\": 333", "\"a_ns\": -333", GF_PROFILE_DAMAGED, "transfers.up.pageable.a_ns is -3"},
    {"\"a_ns\": 333", "\"a_ns\": NaN, \"x\": 3", GF_PROFILE_DAMAGED, "not a complete JSON"},
    {"\"a_ns\": 333", "\"a_ns\": 1e999, \"x\": 3", GF_PROFILE_DAMAGED, "not a complete JSON"},
    {"\"a_ns\": 333", "\"a_ns\": null, \"x\": 3", GF_PROFILE_DAMAGED, "a_ns is null"},
    {"\"a_ns\": 333", "\"a_ns\": \"1\", \"x\": 3", GF_PROFILE_DAMAGED, "a_ns is \"1\""},
    {"\"b_ns_per_byte\"", "\"b\"", GF_PROFILE_DAMAGED, "b_ns_per_byte is missing"},
    {"\"least_bytes\": 4096", "\"least_bytes\": 1e9, \"x\": 1", GF_PROFILE_DAMAGED, "above"},
    {"\"measurements\": 80", "\"measurements\": 80.5", GF_PROFILE_DAMAGED, "measurements"},
    {"\"measurements\": 80", "\"measurements\": 4294967296", GF_PROFILE_DAMAGED,
     "measurements is 4294967296"},
    {"\"pinned\"", "\"magic\"", GF_PROFILE_DAMAGED, "pageable, pinned, mapped"},
    {"\"id\": \"", "\"id\": \"a\\nb", GF_PROFILE_DAMAGED, "device.id is"},
    {"\"id\": \"", "\"id\": \"\\u001b[2J", GF_PROFILE_DAMAGED, "device.id is"},
    {"\"id\": \"", "\"id\": \"\\u009b2J", GF_PROFILE_DAMAGED, "device.id is"},
    {"\"gpu\"", "\"toaster\"", GF_PROFILE_DAMAGED, "device.class"},
    {"\"kind\": \"opencl-gpu\"", "\"kind\": \"opencl-cpu\"", GF_PROFILE_DAMAGED,
     "device.class is gpu, and device.kind opencl-cpu: they contradict"},
    {"\"class\": \"gpu\"", "\"class\": \"cpu\"", GF_PROFILE_DAMAGED,
     "device.class is cpu, and device.kind opencl-gpu: they contradict"},
    {"\"f64\": true", "\"f64\": 1", GF_PROFILE_DAMAGED, "device.f64 is 1; it must be true or"},
    {"\"efficiency\": 0", "\"efficiency\": 1", GF_PROFILE_DAMAGED, "points[0].efficiency"},
    {"\"efficiency\": 0", "\"efficiency\": 0, \"x\": 0", GF_PROFILE_DAMAGED,
     "points[0].efficiency is 0; it must be a number above 0"},
    {"\"work\": 3", "\"work\": 0, \"x\": 3", GF_PROFILE_DAMAGED, "points[0].work is 0"},
    {"\"written_share\": 0.25", "\"written_share\": 1.5", GF_PROFILE_DAMAGED,
     "points[0].written_share is 1.5, above 1"},
    {"\"copies_bytes_per_s\": [", "\"copies_bytes_per_s\": [1, ", GF_PROFILE_DAMAGED,
     "ceilings.copies_bytes_per_s"},
    {"\"items\": 4096", "\"items\": 0, \"x\": 4096", GF_PROFILE_DAMAGED, "points[0].items is 0"},
    {"\"footprint_bytes\": 1", "\"footprint_bytes\": 0, \"x\": 1", GF_PROFILE_DAMAGED,
     "points[0].footprint_bytes is 0"},
    {"\"legs\": 1", "\"legs\": 0, \"x\": 1", GF_PROFILE_DAMAGED, "points[0].legs is 0"},
    {"\"leg_steps\": 1", "\"leg_steps\": 0, \"x\": 1", GF_PROFILE_DAMAGED,
     "points[0].leg_steps is 0"},
    {"\"launch_ns\": 3.0,\n   \"kernel_ns\": 4", "\"launch_ns\": 0,\n   \"kernel_ns\": 0, \"x\": 4",
     GF_PROFILE_DAMAGED, "points[0].launch_ns and kernel_ns are 0"},
    {"\"kernel_ns\": 4", "\"kernel_ns\": 1e300, \"x\": 4", GF_PROFILE_DAMAGED,
     "number from 0 to 1e20"},
    {"\"f64_operations_per_s\": 1", "\"f64_operations_per_s\": 1e99, \"x\": 1", GF_PROFILE_DAMAGED,
     "number from 0 to 1e20"},
    {"\"spread\": 0", "\"spread\": 101, \"x\": 0", GF_PROFILE_DAMAGED, "spread is 101"},
    {"\"run_deviation\": 0", "\"run_deviation\": -1, \"x\": 0", GF_PROFILE_DAMAGED,
     "points[0].run_deviation is -1"},
    {"\"transfer_deviation\": 0", "\"transfer_deviation\": -1, \"x\": 0", GF_PROFILE_DAMAGED,
     "points[0].transfer_deviation is -1"},
    {"\"disturbed\": false", "\"disturbed\": 1", GF_PROFILE_DAMAGED,
     "points[0].disturbed is 1; it must be true or false"},
    {"\"memory_used\": \"pinned\"", "\"memory_used\": \"mapped\"", GF_PROFILE_DAMAGED,
     "transfers.up.mapped, the memory that is used, has no measurements"},
    {"\"measurements\": 81", "\"measurements\": 0", GF_PROFILE_DAMAGED,
     "transfers.up.pinned, the memory that is used, has no measurements"},
    {"\"precision\": \"f32\"", "\"precision\": \"f16\"", GF_PROFILE_DAMAGED,
     "points[0].precision is \"f16\"; it must be one of f32, f64, integer"},
    {"\"workload\": \"julia\"", "\"workload\": \"\"", GF_PROFILE_DAMAGED, "not empty"},
    {"\"workload\": \"julia\"", "\"workload\": \"julia\\u0000x\"", GF_PROFILE_DAMAGED, "JSON"},
    {"\"variant\": \"vector\"", "\"variant\": \"0123456789012345678901234567890123456789\"",
     GF_PROFILE_DAMAGED, "at most 31 bytes"},
    {"\"launch_ns\": 9000", "\"launch_ns\": -0.5, \"x\": 1", GF_PROFILE_DAMAGED,
     "ceilings.launch_ns"},
    {"\"points\": [", "\"points\": 3, \"other\": [", GF_PROFILE_DAMAGED, "points is no array"},
    {"\"transfers\": {", "\"transfers\": {}, \"other\": {", GF_PROFILE_DAMAGED, "transfers.up"},
    {"gpufare.profile/1", "gpufare.profile/2", GF_PROFILE_DAMAGED, "gpufare.profile/2"},
    {"gpufare.profile/1", "gpufare.tuning/1", GF_PROFILE_DAMAGED, "gpufare.tuning/1"},
    {"\"machine\": \"", "\"machine\": \"Another ", GF_PROFILE_FOREIGN, "the machine 'Another"},
    {"Fake GPU", "Other GPU", GF_PROFILE_FOREIGN, "the device 'Other GPU"},
    {"Fake Platform", "Other", GF_PROFILE_FOREIGN, "the platform 'Other'"},
    {"f64x4", "f64x8", GF_PROFILE_FOREIGN, "f64x8"},
    {"\"threads\": 0", "\"threads\": 7", GF_PROFILE_FOREIGN, "of 7 threads"},
    {"\"driver\": \"1.0\"", "\"driver\": \"0.9\"", GF_PROFILE_STALE, "driver '0.9'"},
    {"\"gpufare\": \"", "\"gpufare\": \"0.0.0-", GF_PROFILE_STALE, "gpufare '0.0.0-"},
};

Test(profile, bad_files_are_named_and_not_used) {
    use_empty_cache();
    gf_profile *profile = full_profile();
    cr_assert(gf_profile_save(profile));
    char path[512];
    kept_path(path, sizeof path);
    char *good = read_text_file(path);
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        char *bad = replaced(good, bad_files[i].from, bad_files[i].to);
        write_text_file(path, bad, strlen(bad));
        expect_unused(bad_files[i].to, bad_files[i].state, bad_files[i].words);
        free(bad);
    }
    free(good);
    gf_profile_destroy(profile);
}

/* A file cut at any length is damaged, and never half used. */
Test(profile, truncated_files_are_damaged) {
    use_empty_cache();
    gf_profile *profile = full_profile();
    cr_assert(gf_profile_save(profile));
    char path[512];
    kept_path(path, sizeof path);
    char *good = read_text_file(path);
    for (size_t length = 0; length < strlen(good); length += 37) {
        write_text_file(path, good, length);
        expect_unused("cut", GF_PROFILE_DAMAGED, "not a complete JSON document");
    }
    free(good);
    gf_profile_destroy(profile);
}

Test(profile, a_profile_that_can_not_be_kept_is_told) {
    cr_assert_eq(setenv("XDG_CACHE_HOME", "/dev/null/none", 1), 0);
    gf_profile *profile = full_profile();
    cr_expect_not(gf_profile_save(profile));
    cr_expect_eq(gf_profile_load(profile, NULL, 0), GF_PROFILE_NONE);
    gf_profile_destroy(profile);
}

/* Otherwise it would be found damaged and measured again each time. */
Test(profile, a_profile_too_large_to_be_read_is_not_kept) {
    use_empty_cache();
    gf_profile *profile = full_profile(), *recalled = empty_profile();
    gf_error error = GF_ERROR_INIT;
    cr_assert(gf_profile_save(profile));
    for (int i = 0; i < 2000; i++) {
        char values[32];
        snprintf(values, sizeof values, "size=%dx1", i);
        const gf_case added = some_case(values, 20);
        cr_assert_eq(gf_profile_add_case(profile, &added, &error), GF_OK);
    }
    cr_expect_not(gf_profile_save(profile));
    cr_expect_eq(gf_profile_load(recalled, NULL, 0), GF_PROFILE_LOADED, "what was kept stays");
    cr_expect_eq(recalled->case_count, 2);
    gf_profile_destroy(recalled);
    gf_profile_destroy(profile);
}

/* ---- Files of calibrate ------------------------------------------------ */

/* A document of `count` copies of a full profile, with `from` replaced by `to`; from NULL: as is.
 */
static void write_document(const char *path, size_t count, const char *from, const char *to) {
    gf_profile *profile = full_profile();
    json_t *profiles = json_array();
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(json_array_append_new(profiles, gf_profile_to_json(profile)), 0);
    json_t *document = json_pack("{s:s, s:f, s:o}", "schema", "gpufare.calibrate/1", "took_s", 2.0,
                                 "profiles", profiles);
    char *text = json_dumps(document, JSON_INDENT(1));
    char *bad = from == NULL ? strdup(text) : replaced(text, from, to);
    write_text_file(path, bad, strlen(bad));
    free(bad);
    free(text);
    json_decref(document);
    gf_profile_destroy(profile);
}

Test(profile, documents_give_modelled_profiles) {
    const char *path = made_path("profiles.json");
    write_document(path, 2, NULL, NULL);
    gf_profile **profiles = NULL, *here = full_profile();
    size_t count = 0;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profiles_read(path, &profiles, &count, &error), GF_OK, "%s", error.text);
    cr_assert_eq(count, 2);
    for (size_t i = 0; i < count; i++) {
        cr_expect(profiles[i]->modelled);
        expect_same(profiles[i], here);
        gf_profile_destroy(profiles[i]);
    }
    free(profiles);
    gf_profile_destroy(here);
}

Test(profile, documents_that_are_none_are_refused) {
    static const struct {
        size_t count;
        const char *from, *to, *words;
    } cases[] = {
        {0, NULL, NULL, "list of profiles is empty"},
        {1, "gpufare.calibrate/1", "gpufare.run/1", "schema gpufare.run/1"},
        {1, "{", "", "no JSON document (line"},
        {2, "\"took_s\": 1.25", "\"took_s\": -1", "profiles[0]: took_s is -1"},
        {2, "\"kind\": \"opencl-gpu\"", "\"kind\": \"opencl-cpu\"",
         "profiles[0]: device.class is gpu, and device.kind opencl-cpu"},
        {2, "\"leg_steps\": 1", "\"leg_steps\": 0, \"x\": 1",
         "profiles[0]: points[0].leg_steps is 0"},
    };
    const char *path = made_path("profiles.json");
    gf_profile **profiles = NULL;
    size_t count = 0;
    gf_error error = GF_ERROR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_document(path, cases[i].count, cases[i].from, cases[i].to);
        cr_expect_eq(gf_profiles_read(path, &profiles, &count, &error), GF_USAGE, "case %zu", i);
        cr_expect_not_null(strstr(error.text, cases[i].words), "case %zu: %s", i, error.text);
        cr_expect_not_null(strstr(error.text, path), "case %zu: %s", i, error.text);
    }
    unlink(path);
    cr_expect_eq(gf_profiles_read(path, &profiles, &count, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "cannot open"), "%s", error.text);
    /* A pipe that nobody writes to, and a folder. */
    cr_assert_eq(mkfifo(path, 0600), 0);
    const char *const others[] = {path, "/tmp"};
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(gf_profiles_read(others[i], &profiles, &count, &error), GF_USAGE);
        cr_expect_not_null(strstr(error.text, "is not a regular file"), "%s", error.text);
        cr_expect_not_null(strstr(error.text, others[i]), "%s", error.text);
    }
    cr_expect_null(profiles);
}

/* Times under a quota are not those of the whole machine. */
Test(profile, a_quota_is_part_of_the_machine) {
    const gf_machine machine = {.cpu = "A CPU", .os = "Linux 6", .cores = 4, .threads = 8};
    char text[256];
    gf_profile_format_machine(&machine, 0, text, sizeof text);
    cr_expect_str_eq(text, "A CPU, 4 cores, 8 threads, Linux 6");
    gf_profile_format_machine(&machine, 1.5, text, sizeof text);
    cr_expect_str_eq(text, "A CPU, 4 cores, 8 threads, CPU quota of 1.5, Linux 6");
}
