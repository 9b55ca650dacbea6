/* The models that gpufare knows by name, and the tables of models/tables/, carried inside the
 * library. The build generates both. */
#pragma once

#include "os/files/embedded_file.h"

extern const gf_embedded_file gf_model_files[];
extern const size_t gf_model_file_count;

extern const gf_embedded_file gf_table_files[];
extern const size_t gf_table_file_count;
