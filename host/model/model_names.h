/* Names of models: those of the library's own and of the files *.ini in the folder
 * $GPUFARE_MODELS, which come first. A file of the working directory has none of them: its path has
 * a slash or an ending. */
#pragma once

#include "model/model.h"

/* The folder of the user's models; *folder NULL: there is none. GF_USAGE: the variable names none.
 */
gf_status gf_model_own_folder(const char **folder, gf_error *error);
/* Whether a model has this name. */
bool gf_model_is_known(const char *name);
/* A model by its name, or from its file. GF_USAGE: there is neither. */
gf_status gf_model_find(const char *name, gf_model **model, gf_error *error);
/* The library's own; index < gf_model_file_count. */
gf_status gf_model_carried(size_t index, gf_model **model, gf_error *error);
bool gf_model_ends_in_ini(const char *name);
