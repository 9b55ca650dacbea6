/* Reading model files. */
#pragma once

#include "model/model.h"

/* Reads a model from a file, whose name without its ending becomes the model's. GF_FAILED when the
 * file can't be read; GF_USAGE, with file, line and remedy, when it is no model. */
gf_status gf_model_read(const char *path, gf_model **model, gf_error *error);
/* The same from a text that was read already; messages call it `path`. */
gf_status gf_model_parse(const char *path, const char *text, gf_model **model, gf_error *error);
