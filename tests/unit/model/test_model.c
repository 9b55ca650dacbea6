/* Models: their numbers in the units of the bounds, those that the library carries, and lists. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "made_tree.h"
#include "model/model_list.h"
#include "model/model_read.h"
#include "model/model_tables.h"
#include "model_texts.h"

static gf_model *parse(const char *text) {
    gf_model *model = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_model_parse("dir/my-gpu.ini", text, &model, &error), GF_OK, "%s", error.text);
    return model;
}

Test(model, has_numbers_in_plain_units_and_their_sources) {
    gf_model *model = parse(MODEL_GPU);
    cr_expect_str_eq(model->name, "my-gpu");
    cr_expect_str_eq(model->title, "A made-up GPU");
    cr_expect_eq(model->type, GF_MODEL_GPU);
    cr_expect_eq(model->bus, GF_BUS_PCIE);
    cr_expect_eq(model->family, GF_FAMILY_NVIDIA);
    cr_expect_eq(model->year, 2020);
    cr_expect_float_eq(gf_model_low(model, GF_MODEL_LAUNCH_TIME, 0), 5000, 1e-9);
    cr_expect_float_eq(gf_model_high(model, GF_MODEL_LAUNCH_TIME, 0), 10000, 1e-9);
    cr_expect_float_eq(gf_model_high(model, GF_MODEL_MEMORY, 0), 8589934592.0, 1);
    cr_expect_float_eq(gf_model_high(model, GF_MODEL_MEMORY_RATE, 0), 1e11, 1);
    cr_expect_float_eq(gf_model_high(model, GF_MODEL_CLOCK_BOOST, 0), 1e9, 1);
    cr_expect_float_eq(gf_model_high(model, GF_MODEL_L2_RATE, 42), 42, 0, "not given");
    cr_expect_eq(model->source_count, 1);
    const gf_model_value *units = &model->values[GF_MODEL_UNITS];
    cr_expect_str_eq(model->sources[units->source].name, "sheet");
    cr_expect_str_eq(units->place, "table 1");
    cr_expect_eq(model->values[GF_MODEL_LAUNCH_TIME].source, GF_NO_SOURCE);
    cr_expect_str_eq(model->values[GF_MODEL_LAUNCH_TIME].reason, "made up");
    gf_model_destroy(model);
}

/* Payload rates of 16 lanes as tables of PCI Express have them, in GB/s. */
Test(model, knows_the_rates_of_buses) {
    static const double published[] = {4.0, 8.0, 15.754, 31.508, 63.015, 121.0};
    gf_model *model = parse(MODEL_GPU);
    for (int generation = 1; generation <= 6; generation++) {
        model->values[GF_MODEL_PCIE_GENERATION].high = generation;
        model->values[GF_MODEL_PCIE_LANES].high = 16;
        cr_expect_float_eq(gf_model_bus_rate(model, true) * 1e-9, published[generation - 1], 0.001,
                           "generation %d", generation);
    }
    model->values[GF_MODEL_PCIE_GENERATION].low = 3;
    model->values[GF_MODEL_PCIE_LANES].low = 8;
    cr_expect_float_eq(gf_model_bus_rate(model, false) * 1e-9, published[2] / 2, 0.001);
    gf_model_destroy(model);
    model = parse(MODEL_SHARED);
    cr_expect_eq(gf_model_bus_rate(model, true), 0);
    gf_model_destroy(model);
}

Test(model, all_that_the_library_carries_are_right) {
    gf_models *models = NULL;
    gf_tables *tables = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_models_create(NULL, &models, &error), GF_OK, "%s", error.text);
    cr_expect(models->count >= 20, "%zu", models->count);
    size_t gpus = 0, shared = 0;
    for (size_t i = 0; i < models->count; i++) {
        gpus += models->items[i]->type == GF_MODEL_GPU;
        shared += models->items[i]->bus == GF_BUS_SHARED;
        cr_expect(i == 0 || strcmp(models->items[i - 1]->name, models->items[i]->name) < 0);
    }
    cr_expect(gpus >= 20);
    cr_expect(shared >= 2);
    cr_assert_eq(gf_tables_create(&tables, &error), GF_OK, "%s", error.text);
    cr_expect_eq(tables->typical_count, 3);
    for (size_t i = 0; i < tables->typical_count; i++) {
        gf_model *model = NULL;
        cr_expect_eq(gf_model_find(tables->typical[i], &model, &error), GF_OK, "%s", error.text);
        gf_model_destroy(model);
    }
    gf_tables_destroy(tables);
    gf_models_destroy(models);
}

static void expect_refused(const char *name, const char *words) {
    gf_model *model = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_model_find(name, &model, &error), GF_USAGE, "%s", name);
    cr_expect(strstr(error.text, words) != NULL, "%s", error.text);
    gf_error_clear(&error);
}

Test(model, names_that_begin_so_or_differ_in_case_are_offered) {
    expect_refused("h100", "did you mean h100-pcie or h100-sxm?");
    expect_refused("H100-PCIE", "did you mean h100-pcie?");
    expect_refused("missing.ini", "missing.ini is no model and no file; `gpufare models` lists");
    expect_refused("/tmp", "give the name of a model");
    gf_model *model = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_model_find("q", &model, &error), GF_USAGE);
    cr_expect(strstr(error.text, "did you mean") == NULL, "%s", error.text);
    gf_error_clear(&error);
}

/* An empty file called t4 is no reason that the T4 is unknown. */
Test(model, a_file_of_the_working_directory_takes_no_name) {
    char *root = made_folder();
    gf_model *model = NULL;
    gf_models *models = NULL;
    gf_model_items items = {0};
    gf_error error = GF_ERROR_INIT;
    made_tree_write(root, "/t4", "");
    made_tree_write(root, "/t4,l4", "");
    cr_assert_eq(chdir(root), 0);
    cr_assert_eq(gf_model_find("t4", &model, &error), GF_OK, "%s", error.text);
    cr_expect_eq(model->type, GF_MODEL_GPU);
    gf_model_destroy(model);
    cr_assert_eq(gf_model_items_create("t4", &items, &error), GF_OK);
    cr_expect(items.items[0].is_sheet);
    gf_model_items_clear(&items);
    cr_expect_eq(gf_models_create(NULL, &models, &error), GF_OK, "%s", error.text);
    gf_models_destroy(models);
    cr_assert_eq(chdir("/"), 0);
}

Test(model, a_model_is_there_once) {
    gf_models *models = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_models_create("t4,l4,t4", &models, &error), GF_USAGE);
    cr_expect(strstr(error.text, "t4 is there twice") != NULL, "%s", error.text);
    gf_error_clear(&error);
}

Test(model, a_name_that_nothing_has_is_refused_with_the_nearest) {
    gf_model *model = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_model_find("h100-pcei", &model, &error), GF_USAGE);
    cr_expect(strstr(error.text, "h100-pcei is no model and no file") != NULL, "%s", error.text);
    cr_expect(strstr(error.text, "did you mean h100-pcie?") != NULL, "%s", error.text);
    gf_error_clear(&error);
}

Test(model, lists_tell_models_from_profiles_by_their_content) {
    char *root = made_folder(), list[512];
    made_tree_write(root, "/mine.ini", MODEL_GPU);
    made_tree_write(root, "/mine.txt", "; a comment\n" MODEL_GPU);
    made_tree_write(root, "/profiles.json", " \n{\"schema\": \"gpufare.calibrate/1\"}");
    made_tree_write(root, "/a,b.json", "{}");
    snprintf(list, sizeof list, "h100-pcie, %s/mine.ini,%s/mine.txt,%s/profiles.json,missing.json",
             root, root, root);
    gf_model_items items = {0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_model_items_create(list, &items, &error), GF_OK, "%s", error.text);
    cr_assert_eq(items.count, 5);
    cr_expect(items.items[0].is_sheet);
    cr_expect(items.items[1].is_sheet);
    cr_expect(items.items[2].is_sheet);
    cr_expect_not(items.items[3].is_sheet);
    cr_expect_not(items.items[4].is_sheet);
    gf_model_items_clear(&items);
    snprintf(list, sizeof list, "%s/a,b.json", root);
    cr_assert_eq(gf_model_items_create(list, &items, &error), GF_OK);
    cr_expect_eq(items.count, 1);
    gf_model_items_clear(&items);
    cr_expect_eq(gf_model_items_create("a,,b", &items, &error), GF_USAGE);
    cr_expect_eq(gf_model_items_create("", &items, &error), GF_USAGE);
    gf_error_clear(&error);
}

Test(model, a_folder_of_the_user_comes_first) {
    char *root = made_folder();
    gf_model *model = NULL;
    gf_models *models = NULL;
    gf_error error = GF_ERROR_INIT;
    made_tree_write(root, "/mine.ini", MODEL_GPU);
    made_tree_write(root, "/h100-pcie.ini", MODEL_GPU);
    setenv("GPUFARE_MODELS", root, 1);
    cr_assert_eq(gf_model_find("mine", &model, &error), GF_OK, "%s", error.text);
    cr_expect_str_eq(model->name, "mine");
    gf_model_destroy(model);
    cr_assert_eq(gf_model_find("h100-pcie", &model, &error), GF_OK);
    cr_expect_str_eq(model->vendor, "Nobody");
    gf_model_destroy(model);
    cr_assert_eq(gf_models_create(NULL, &models, &error), GF_OK);
    bool found = false;
    for (size_t i = 0; i < models->count; i++)
        found = found || strcmp(models->items[i]->name, "mine") == 0;
    cr_expect(found);
    gf_models_destroy(models);
    unsetenv("GPUFARE_MODELS");
}

Test(model, a_wrong_file_leaves_the_others_and_a_wrong_folder_is_said) {
    char *root = made_folder(), path[512], longest[256] = "/";
    gf_models *models = NULL, *all = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_models_create(NULL, &all, &error), GF_OK);
    memset(longest + 1, 'a', 200);
    strcpy(longest + 201, ".ini");
    made_tree_write(root, longest, MODEL_GPU);
    made_tree_write(root, "/broken.ini", "[model]\ntitle = x\n");
    made_tree_write(root, "/file", "");
    setenv("GPUFARE_MODELS", root, 1);
    cr_assert_eq(gf_models_create(NULL, &models, &error), GF_OK, "%s", error.text);
    cr_expect_eq(models->count, all->count + 1);
    cr_expect_eq(gf_models_check(all, &error), GF_OK);
    cr_expect_eq(gf_models_check(models, &error), GF_USAGE);
    cr_expect(strstr(error.text, "broken.ini:1: [model] has no vendor") != NULL, "%s", error.text);
    gf_models_destroy(models);
    gf_models_destroy(all);
    const char *const wrong[] = {"missing", "file"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", root, wrong[i]);
        setenv("GPUFARE_MODELS", path, 1);
        cr_expect_eq(gf_models_create(NULL, &models, &error), GF_USAGE);
        cr_expect(strstr(error.text, "is no folder") != NULL, "%s", error.text);
        expect_refused("h100-pcie", "is no folder");
    }
    gf_error_clear(&error);
    unsetenv("GPUFARE_MODELS");
}

Test(model, tables_that_lack_a_source_or_a_number_are_refused) {
    gf_tables *tables = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_tables_parse("[memory copy]\nlow = 0.5\n", "[compiler a]\n",
                                 "[typical a]\nmodel = x\n", &tables, &error),
                 GF_USAGE);
    cr_expect(strstr(error.text, "neither source nor reason") != NULL, "%s", error.text);
    cr_expect_eq(gf_tables_parse("[memory copy]\nlow = 0.5\nreason = x\n", "[compiler a]\n",
                                 "[typical a]\nmodel = x\n", &tables, &error),
                 GF_USAGE);
    cr_expect(strstr(error.text, "has no share") != NULL, "%s", error.text);
    gf_error_clear(&error);
}
