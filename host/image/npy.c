#include "image/npy.h"

#include "base/checked.h"
#include "base/error.h"
#include "os/atomic_file.h"
#include "os/files/regular_file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "elements are written as in memory");

#define MAGIC          "\x93NUMPY"
#define MAGIC_LENGTH   6
#define HEADER_LIMIT   65535 /* of version 1.0; ours need 64 */
#define CHUNK_ELEMENTS 8192

/* The names that NumPy writes; single bytes have no byte order. */
static const struct element {
    const char *descr;
    size_t size;
} elements[GF_TYPE_COUNT] = {
    [GF_TYPE_U8] = {"|u1", 1},  [GF_TYPE_U16] = {"<u2", 2}, [GF_TYPE_U32] = {"<u4", 4},
    [GF_TYPE_U64] = {"<u8", 8}, [GF_TYPE_F32] = {"<f4", 4}, [GF_TYPE_F64] = {"<f8", 8},
    [GF_TYPE_I8] = {"|i1", 1},  [GF_TYPE_I16] = {"<i2", 2}, [GF_TYPE_I32] = {"<i4", 4},
    [GF_TYPE_I64] = {"<i8", 8},
};

/* ---- Writing ----------------------------------------------------------- */

/* Magic, version, length and dictionary, padded so that the data starts at a multiple of `unit`. */
static size_t put_header(gf_type type, size_t rows, size_t cols, size_t unit, char *header) {
    const size_t preamble = MAGIC_LENGTH + 4;
    char dictionary[192];
    const int length = snprintf(dictionary, sizeof dictionary,
                                "{'descr': '%s', 'fortran_order': False, 'shape': (%zu, %zu), }",
                                elements[type].descr, rows, cols);
    const size_t used = preamble + (size_t)length + 1; /* and the newline */
    const size_t total = (used + unit - 1) / unit * unit;
    const size_t text_length = total - preamble;
    memset(header, ' ', total);
    memcpy(header, MAGIC, MAGIC_LENGTH);
    header[6] = 1;
    header[7] = 0;
    header[8] = (char)(text_length & 0xff);
    header[9] = (char)(text_length >> 8);
    memcpy(header + preamble, dictionary, (size_t)length);
    header[total - 1] = '\n';
    return total;
}

size_t gf_npy_header(gf_type type, size_t rows, size_t cols, char header[GF_NPY_HEADER]) {
    return put_header(type, rows, cols, 64, header);
}

void gf_npy_header_padded(gf_type type, size_t rows, size_t cols, size_t bytes, char *header) {
    (void)put_header(type, rows, cols, bytes, header);
}

gf_status gf_npy_write(const char *path, gf_type type, size_t rows, size_t cols, const void *data,
                       gf_error *error) {
    size_t count = 0, bytes = 0;
    if (!gf_mul_size(rows, cols, &count) || !gf_mul_size(count, elements[type].size, &bytes))
        return gf_error_set(error, GF_USAGE, "an array of %zu x %zu is too large to write", rows,
                            cols);
    gf_atomic_file *file = NULL;
    const gf_status status = gf_atomic_file_open(path, &file, error);
    if (status != GF_OK)
        return status;
    char header[GF_NPY_HEADER];
    const size_t header_length = gf_npy_header(type, rows, cols, header);
    FILE *stream = gf_atomic_file_stream(file);
    if (fwrite(header, 1, header_length, stream) != header_length ||
        fwrite(data, 1, bytes, stream) != bytes) {
        const int code = errno;
        gf_atomic_file_discard(file);
        return gf_error_set_errno(error, GF_FAILED, code, "cannot write the array %s", path);
    }
    return gf_atomic_file_commit(file, error);
}

/* ---- The header's dictionary ------------------------------------------- */

/* A cursor over the text of a Python dictionary; never runs past `end`. */
struct cursor {
    const char *at, *end;
};

struct fields {
    char descr[16];
    bool fortran_order;
    uint64_t shape[2];
    uint32_t dimensions; /* `shape` has the first two */
    uint64_t product;    /* of all extents; UINT64_MAX: too large */
    bool has_descr, has_order, has_shape;
};

static void skip_space(struct cursor *cursor) {
    while (cursor->at < cursor->end && isspace((unsigned char)*cursor->at))
        cursor->at++;
}

static bool take(struct cursor *cursor, char c) {
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

static bool take_word(struct cursor *cursor, const char *word) {
    skip_space(cursor);
    const size_t length = strlen(word);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

/* A quoted string of printable characters without escapes, shorter than `size`. */
static bool take_string(struct cursor *cursor, char *text, size_t size) {
    skip_space(cursor);
    if (cursor->at == cursor->end || (*cursor->at != '\'' && *cursor->at != '"'))
        return false;
    const char quote = *cursor->at++;
    size_t length = 0;
    while (cursor->at < cursor->end && *cursor->at != quote) {
        const char c = *cursor->at++;
        if (!isprint((unsigned char)c) || c == '\\' || length + 1 == size)
            return false;
        text[length++] = c;
    }
    text[length] = '\0';
    return take(cursor, quote);
}

static bool take_number(struct cursor *cursor, uint64_t *number) {
    skip_space(cursor);
    if (cursor->at == cursor->end || !isdigit((unsigned char)*cursor->at))
        return false;
    *number = 0;
    for (; cursor->at < cursor->end && isdigit((unsigned char)*cursor->at); cursor->at++) {
        if (__builtin_mul_overflow(*number, UINT64_C(10), number) ||
            __builtin_add_overflow(*number, (uint64_t)(*cursor->at - '0'), number))
            return false;
    }
    return true;
}

/* A tuple of numbers: (), (3,), (3, 4), (3, 4,). */
static bool take_shape(struct cursor *cursor, struct fields *fields) {
    if (!take(cursor, '('))
        return false;
    fields->product = 1;
    while (!take(cursor, ')')) {
        uint64_t extent = 0;
        if (!take_number(cursor, &extent))
            return false;
        if (fields->dimensions < 2)
            fields->shape[fields->dimensions] = extent;
        if (__builtin_mul_overflow(fields->product, extent, &fields->product))
            fields->product = UINT64_MAX;
        fields->dimensions++;
        if (!take(cursor, ','))
            return take(cursor, ')');
    }
    return true;
}

static bool take_entry(struct cursor *cursor, struct fields *fields) {
    char key[16];
    if (!take_string(cursor, key, sizeof key) || !take(cursor, ':'))
        return false;
    if (strcmp(key, "descr") == 0 && !fields->has_descr) {
        fields->has_descr = take_string(cursor, fields->descr, sizeof fields->descr);
        return fields->has_descr;
    }
    if (strcmp(key, "fortran_order") == 0 && !fields->has_order) {
        fields->fortran_order = take_word(cursor, "True");
        fields->has_order = fields->fortran_order || take_word(cursor, "False");
        return fields->has_order;
    }
    if (strcmp(key, "shape") == 0 && !fields->has_shape) {
        fields->has_shape = take_shape(cursor, fields);
        return fields->has_shape;
    }
    return false;
}

/* Exactly the three keys of the format, each once, and nothing after. */
static bool parse_dictionary(const char *text, size_t length, struct fields *fields) {
    struct cursor cursor = {text, text + length};
    if (!take(&cursor, '{'))
        return false;
    while (!take(&cursor, '}')) {
        if (!take_entry(&cursor, fields))
            return false;
        if (!take(&cursor, ',')) {
            if (!take(&cursor, '}'))
                return false;
            break;
        }
    }
    skip_space(&cursor);
    return cursor.at == cursor.end && fields->has_descr && fields->has_order && fields->has_shape;
}

/* ---- Opening ----------------------------------------------------------- */

static gf_status too_short(const gf_npy *npy, gf_error *error) {
    if (ferror(npy->stream))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", npy->path);
    return gf_error_set(error, GF_USAGE, "%s is not a complete .npy file: it ends in its header",
                        npy->path);
}

/* Reads magic, version and length; the dictionary comes next. */
static gf_status read_preamble(gf_npy *npy, size_t *header_length, gf_error *error) {
    unsigned char bytes[12];
    size_t got = fread(bytes, 1, MAGIC_LENGTH + 2, npy->stream);
    if (ferror(npy->stream))
        return too_short(npy, error);
    const size_t compared = got < MAGIC_LENGTH ? got : MAGIC_LENGTH;
    if (got == 0 || memcmp(bytes, MAGIC, compared) != 0)
        return gf_error_set(error, GF_USAGE, "%s is not a .npy file; write one with numpy.save",
                            npy->path);
    if (got < MAGIC_LENGTH + 2)
        return too_short(npy, error);
    const unsigned major = bytes[6], minor = bytes[7];
    if (major < 1 || major > 3 || minor != 0)
        return gf_error_set(error, GF_USAGE,
                            "%s has .npy version %u.%u; versions 1.0 to 3.0 can be read", npy->path,
                            major, minor);
    const size_t length_bytes = major == 1 ? 2 : 4;
    if (fread(bytes, 1, length_bytes, npy->stream) != length_bytes)
        return too_short(npy, error);
    *header_length = 0;
    for (size_t i = length_bytes; i-- > 0;)
        *header_length = *header_length << 8 | bytes[i];
    npy->data_offset = MAGIC_LENGTH + 2 + length_bytes + *header_length;
    return GF_OK;
}

static gf_status read_fields(gf_npy *npy, struct fields *fields, gf_error *error) {
    size_t length = 0;
    gf_status status = read_preamble(npy, &length, error);
    if (status != GF_OK)
        return status;
    if (length > HEADER_LIMIT)
        return gf_error_set(error, GF_USAGE, "%s has a header of %zu bytes; the limit is %d",
                            npy->path, length, HEADER_LIMIT);
    char *text = malloc(length + 1);
    if (text == NULL)
        return gf_error_no_memory(error, "a .npy header", length + 1);
    if (fread(text, 1, length, npy->stream) != length)
        status = too_short(npy, error);
    else if (!parse_dictionary(text, length, fields))
        status = gf_error_set(error, GF_USAGE,
                              "%s has a header that is not that of a plain array; write it again "
                              "with numpy.save",
                              npy->path);
    free(text);
    return status;
}

static gf_status find_type(gf_npy *npy, const char *descr, gf_error *error) {
    for (gf_type type = 0; type < GF_TYPE_COUNT; type++) {
        /* A byte may be written with any order; other numbers must be little-endian. */
        if (strcmp(descr, elements[type].descr) == 0 ||
            (elements[type].size == 1 &&
             strcmp(descr + (descr[0] == '<'), elements[type].descr + 1) == 0)) {
            npy->type = type;
            npy->descr = elements[type].descr;
            return GF_OK;
        }
    }
    if (descr[0] == '>')
        return gf_error_set(error, GF_USAGE,
                            "%s is big-endian (%s); convert it with a.astype('<%s')", npy->path,
                            descr, descr + 1);
    return gf_error_set(error, GF_USAGE,
                        "%s has elements of type %s, which can't be used; convert it with "
                        "a.astype('<f8')",
                        npy->path, descr);
}

static gf_status check_shape(gf_npy *npy, const struct fields *fields, gf_error *error) {
    if (fields->dimensions != 2)
        return gf_error_set(error, GF_USAGE,
                            "%s has %u dimension%s; it must have 2 (rows, columns)", npy->path,
                            (unsigned)fields->dimensions, fields->dimensions == 1 ? "" : "s");
    if (fields->fortran_order)
        return gf_error_set(error, GF_USAGE,
                            "%s is in Fortran order; write it with numpy.ascontiguousarray(a)",
                            npy->path);
    const uint64_t rows = fields->shape[0], cols = fields->shape[1];
    if (rows == 0 || cols == 0)
        return gf_error_set(error, GF_USAGE, "%s is empty: %ju x %ju", npy->path, (uintmax_t)rows,
                            (uintmax_t)cols);
    size_t bytes = 0;
    if (rows > SIZE_MAX || cols > SIZE_MAX || !gf_mul_size((size_t)rows, (size_t)cols, &bytes) ||
        !gf_mul_size(bytes, elements[npy->type].size, &bytes))
        return gf_error_set(error, GF_USAGE, "%s claims %ju x %ju elements, more than any memory",
                            npy->path, (uintmax_t)rows, (uintmax_t)cols);
    npy->rows = (size_t)rows;
    npy->cols = (size_t)cols;
    return GF_OK;
}

static gf_status check_file_size(const gf_npy *npy, gf_error *error) {
    struct stat info;
    if (fstat(fileno(npy->stream), &info) != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", npy->path);
    uint64_t needed = (uint64_t)npy->rows * npy->cols * elements[npy->type].size;
    if (__builtin_add_overflow(needed, npy->data_offset, &needed))
        needed = UINT64_MAX;
    const uint64_t present = (uint64_t)info.st_size;
    if (present == needed)
        return GF_OK;
    return gf_error_set(
        error, GF_USAGE, "%s is %s: its shape %zu x %zu of %s needs %ju bytes, the file has %ju",
        npy->path, present < needed ? "truncated" : "too long", npy->rows, npy->cols,
        elements[npy->type].descr, (uintmax_t)needed, (uintmax_t)present);
}

/* An array of any number of dimensions as one row. */
static void flatten(struct fields *fields) {
    fields->fortran_order = fields->fortran_order && fields->dimensions > 1;
    fields->dimensions = 2;
    fields->shape[0] = 1;
    fields->shape[1] = fields->product;
}

static gf_status open_array(const char *path, bool flat, gf_npy *result, gf_error *error) {
    /* Neither the size of a pipe is known nor can its header be read twice. */
    gf_npy npy = {.stream = NULL};
    struct fields fields = {0};
    gf_status status =
        gf_regular_file_open(path, "write the array to one first", &npy.stream, error);
    if (status != GF_OK)
        return status;
    npy.path = strdup(path);
    if (npy.path == NULL)
        status = gf_error_no_memory(error, "a path", strlen(path) + 1);
    if (status == GF_OK)
        status = read_fields(&npy, &fields, error);
    if (status == GF_OK)
        status = find_type(&npy, fields.descr, error);
    if (status == GF_OK && flat)
        flatten(&fields);
    if (status == GF_OK)
        status = check_shape(&npy, &fields, error);
    if (status == GF_OK)
        status = check_file_size(&npy, error);
    if (status == GF_OK)
        *result = npy;
    else
        gf_npy_close(&npy);
    return status;
}

gf_status gf_npy_open(const char *path, gf_npy *npy, gf_error *error) {
    return open_array(path, false, npy, error);
}

gf_status gf_npy_open_flat(const char *path, gf_npy *npy, gf_error *error) {
    return open_array(path, true, npy, error);
}

void gf_npy_close(gf_npy *npy) {
    if (npy->stream != NULL)
        fclose(npy->stream);
    free(npy->path);
    *npy = (gf_npy){0};
}

/* ---- Reading ----------------------------------------------------------- */

gf_status gf_npy_read(const gf_npy *npy, void *out, gf_error *error) {
    const size_t total = npy->rows * npy->cols;
    if (fseeko(npy->stream, (off_t)npy->data_offset, SEEK_SET) != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", npy->path);
    if (fread(out, elements[npy->type].size, total, npy->stream) == total)
        return GF_OK;
    return gf_error_set(error, GF_FAILED, "cannot read %s: it %s", npy->path,
                        ferror(npy->stream) ? "failed while being read"
                                            : "became shorter while being read");
}

/* ---- Reading reals ----------------------------------------------------- */

/* Converts `count` elements, of which the first has index `first` in the array. */
static gf_status convert(const gf_npy *npy, const void *chunk, size_t first, size_t count,
                         gf_type target, void *out, gf_error *error) {
    for (size_t i = 0; i < count; i++) {
        const double value = npy->type == GF_TYPE_F32 ? (double)((const float *)chunk)[i]
                                                      : ((const double *)chunk)[i];
        const float narrow = (float)value;
        const size_t index = first + i;
        if (!isfinite(value))
            return gf_error_set(error, GF_USAGE,
                                "%s holds %s at row %zu, column %zu; every value must be finite",
                                npy->path, isnan(value) ? "a NaN" : "an infinity",
                                index / npy->cols, index % npy->cols);
        if (target == GF_TYPE_F64) {
            ((double *)out)[index] = value;
        } else if (isfinite(narrow)) {
            ((float *)out)[index] = narrow;
        } else {
            return gf_error_set(error, GF_USAGE,
                                "%s holds %g at row %zu, column %zu, beyond f32; use f64",
                                npy->path, value, index / npy->cols, index % npy->cols);
        }
    }
    return GF_OK;
}

gf_status gf_npy_read_real(const gf_npy *npy, gf_type target, void *out, gf_error *error) {
    assert(target == GF_TYPE_F32 || target == GF_TYPE_F64);
    if (npy->type != GF_TYPE_F32 && npy->type != GF_TYPE_F64)
        return gf_error_set(error, GF_USAGE, "%s holds %s; it must hold <f4 or <f8", npy->path,
                            elements[npy->type].descr);
    if (fseeko(npy->stream, (off_t)npy->data_offset, SEEK_SET) != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", npy->path);
    double chunk[CHUNK_ELEMENTS]; /* doubles, so that it is aligned for both types */
    const size_t total = npy->rows * npy->cols;
    gf_status status = GF_OK;
    for (size_t first = 0; first < total && status == GF_OK; first += CHUNK_ELEMENTS) {
        const size_t count = total - first < CHUNK_ELEMENTS ? total - first : CHUNK_ELEMENTS;
        if (fread(chunk, elements[npy->type].size, count, npy->stream) != count) {
            status = gf_error_set(error, GF_FAILED, "cannot read %s: it %s", npy->path,
                                  ferror(npy->stream) ? "failed while being read"
                                                      : "became shorter while being read");
        } else {
            status = convert(npy, chunk, first, count, target, out, error);
        }
    }
    return status;
}
