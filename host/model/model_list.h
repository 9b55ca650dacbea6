/* Lists of models and of files of profiles. */
#pragma once

#include "model/model_names.h"

struct gf_models {
    gf_model **items; /* owned */
    size_t count;
    size_t left_out; /* wrong files of the folder $GPUFARE_MODELS, and what the first lacks */
    char first_left_out[GF_ERROR_TEXT];
};

/* One entry of a list such as "h100-pcie,mine/my-gpu.ini,profiles.json". */
typedef struct gf_model_item {
    const char *text; /* owned by the items */
    bool is_sheet;    /* a model; false: a file of profiles */
} gf_model_item;

typedef struct gf_model_items {
    gf_model_item *items;
    size_t count;
    gf_pool *pool; /* owns all this */
} gf_model_items;

/* Splits a list at its commas, unless the whole is the path of a file. What an entry is, its
 * content decides: a file whose first character is {, or that can't be read, is one of profiles. */
gf_status gf_model_items_create(const char *list, gf_model_items *items, gf_error *error);
void gf_model_items_clear(gf_model_items *items);

/* Those of a list that are models. GF_USAGE: one is wrong, or there twice. */
gf_status gf_models_of_items(const gf_model_items *items, gf_models **models, gf_error *error);
/* Adds the model, which then belongs to the list. */
gf_status gf_models_add(gf_models *models, gf_model *model, gf_error *error);
