/* The OpenCL drivers that the ICD loader will load, found in the way the loader finds them. */
#pragma once

#include "gpufare.h"

/* The variable, if any, that decides where the loader looks. */
typedef enum gf_icd_source {
    GF_ICD_BY_DEFAULT, /* nothing: /etc/OpenCL/vendors */
    GF_ICD_BY_OCL_ICD_VENDORS,
    GF_ICD_BY_OPENCL_VENDOR_PATH
} gf_icd_source;

/* The kind of place that it leads to. */
typedef enum gf_icd_place {
    GF_ICD_DIRECTORY, /* of .icd files */
    GF_ICD_FILE,      /* one .icd file */
    GF_ICD_LIBRARY,   /* one driver library */
    GF_ICD_NOWHERE    /* nothing there, or not readable */
} gf_icd_place;

typedef struct gf_icd_driver {
    char *path;     /* the .icd file; "" when a variable names the library itself */
    char *label;    /* the file's name without its directory, or the library's name */
    char *library;  /* what the loader passes to dlopen; "" when there is none */
    int read_error; /* of reading the .icd file: errno or GF_IRREGULAR; 0: it was read */
} gf_icd_driver;

/* Why a file that was found names no library. */
const char *gf_icd_read_problem(const gf_icd_driver *driver);

typedef struct gf_icd_set {
    gf_icd_source source;
    gf_icd_place place;
    char *where;            /* the directory, file or library */
    int error;              /* errno of GF_ICD_NOWHERE */
    gf_icd_driver *drivers; /* sorted by label */
    size_t count;
} gf_icd_set;

/* The variable's name; "" for the default. */
const char *gf_icd_source_name(gf_icd_source source);

/* Fills *set from the environment and the file system. `root` goes before the default directory:
 * "" on a real system, a prefix in tests. Drivers whose file can't be read are in the set,
 * with their errno. Not GF_OK: out of memory; then *set is empty. */
gf_status gf_icd_find(const char *root, gf_icd_set *set, gf_error *error);
void gf_icd_set_clear(gf_icd_set *set); /* accepts an empty one */

/* Makes `directory` show the driver to a loader that looks there, by an .icd file of its own. */
gf_status gf_icd_show(const gf_icd_driver *driver, const char *directory, gf_error *error);

/* A new directory that only this user can enter, $TMPDIR/gpufare-drivers-XXXXXX or in /tmp, for
 * gf_icd_show. The caller frees the path. Removes those that killed processes left there a day
 * ago. */
gf_status gf_private_directory_create(char **path, gf_error *error);
/* Whether the path has such a name, and the directory the mode and owner of one. */
bool gf_private_directory_is(const char *path);
/* Removes the .icd files in it, then the directory unless it has anything else; frees the path.
 * Accepts NULL. */
void gf_private_directory_remove(char *path);
