/* Manifests in a folder of their own. */
#pragma once

#include "made_tree.h"
#include "manifest/parse/load.h"

#define SAXPY_CL                                                                                   \
    "kernel void saxpy(const uint n, const float a, global const float *x, global float *y) {\n"   \
    "    size_t i = get_global_id(0);\n"                                                           \
    "    if (i < n) y[i] = a * x[i] + y[i];\n"                                                     \
    "}\n"
#define SAXPY_C                                                                                    \
    "#include <stddef.h>\n"                                                                        \
    "void saxpy(size_t begin, size_t end, float a, const float *x, float *y) {\n"                  \
    "    for (size_t i = begin; i < end; i++) y[i] = a * x[i] + y[i];\n"                           \
    "}\n"

/* The ten lines that do. */
#define SAXPY_INI                                                                                  \
    "[kernel]\n"                                                                                   \
    "global = n\n"                                                                                 \
    "[parameter n]\n"                                                                              \
    "default = 1000\n"                                                                             \
    "[parameter a]\n"                                                                              \
    "default = 2.5\n"                                                                              \
    "[buffer x]\n"                                                                                 \
    "shape = n\n"                                                                                  \
    "[buffer y]\n"                                                                                 \
    "shape = n\n"

/* A folder with saxpy.cl, saxpy.c and, unless it is NULL, this saxpy.ini. */
static inline char *manifest_folder(const char *ini) {
    char *root = made_folder();
    made_tree_write(root, "/saxpy.cl", SAXPY_CL);
    made_tree_write(root, "/saxpy.c", SAXPY_C);
    if (ini != NULL)
        made_tree_write(root, "/saxpy.ini", ini);
    return root;
}

/* Loads saxpy.ini of a folder. */
static inline gf_status manifest_load_from(const char *root, gf_manifest **manifest,
                                           gf_error *error) {
    char path[128];
    snprintf(path, sizeof path, "%s/saxpy.ini", root);
    return gf_manifest_load(path, manifest, error);
}
