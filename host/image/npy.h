/* Arrays in NumPy's .npy format: 2-D, C order, little-endian.
 * The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#pragma once

#include "cpu/kernel_abi.h"
#include "gpufare.h"

/* Writes `data`, rows x cols elements of `type`, as format version 1.0. The file appears complete
 * or not at all; "-" is stdout. GF_USAGE when the size overflows or the path is empty; GF_FAILED
 * when writing fails. */
gf_status gf_npy_write(const char *path, gf_type type, size_t rows, size_t cols, const void *data,
                       gf_error *error);

#define GF_NPY_HEADER 256 /* bytes that hold any header */

/* The bytes before the data of such a file; returns how many they are. */
size_t gf_npy_header(gf_type type, size_t rows, size_t cols, char header[GF_NPY_HEADER]);
/* The same, padded to `bytes` bytes: a multiple of 64, from GF_NPY_HEADER to 8192, since NumPy
 * refuses much longer ones. */
void gf_npy_header_padded(gf_type type, size_t rows, size_t cols, size_t bytes, char *header);

/* An open array file whose header agrees with the file's size. */
typedef struct gf_npy {
    FILE *stream; /* owned */
    char *path;   /* owned; for messages */
    gf_type type;
    const char *descr;    /* the type, as NumPy writes it: "<f8", "|u1" */
    size_t rows, cols;    /* each at least 1; rows * cols * size of type fits a size_t */
    uint64_t data_offset; /* bytes before the first element */
} gf_npy;

/* Opens a file and reads its header; the caller checks type and shape. GF_FAILED when the file
 * can't be read. GF_USAGE when it is not a regular file, not a .npy file of plain little-endian
 * elements in 2-D C order, is empty, or does not have the size of its shape. */
gf_status gf_npy_open(const char *path, gf_npy *npy, gf_error *error);
/* The same for an array of any number of dimensions, which is taken as one row. */
gf_status gf_npy_open_flat(const char *path, gf_npy *npy, gf_error *error);
/* Reads the data into `out`, as it is: rows * cols elements of npy->type. */
gf_status gf_npy_read(const gf_npy *npy, void *out, gf_error *error);
/* Reads the data into `out`: rows * cols elements of `target`, GF_TYPE_F32 or GF_TYPE_F64. GF_USAGE
 * when the array is not f32 or f64, and with the place of the first NaN, infinity or value beyond
 * f32's range. After a failure the content of `out` is undefined. */
gf_status gf_npy_read_real(const gf_npy *npy, gf_type target, void *out, gf_error *error);
/* Accepts a zeroed gf_npy. */
void gf_npy_close(gf_npy *npy);
