/* NumPy arrays: written, read, and refused. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/npy.h"
#include "made_folder.h"

static const char *path;

static void make_path(void) {
    path = made_path("array.npy");
}

TestSuite(npy, .init = make_path, .timeout = 60);

static size_t read_all(unsigned char *bytes, size_t size) {
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream);
    const size_t length = fread(bytes, 1, size, stream);
    fclose(stream);
    return length;
}

static void write_all(const void *bytes, size_t length) {
    FILE *stream = fopen(path, "wb");
    cr_assert_not_null(stream);
    cr_assert_eq(fwrite(bytes, 1, length, stream), length);
    fclose(stream);
}

/* A file with this dictionary and `data_bytes` zero bytes behind it. */
static void write_file(int major, const char *dictionary, size_t data_bytes) {
    unsigned char bytes[4096] = "\x93NUMPY";
    const size_t length = strlen(dictionary), preamble = major == 1 ? 10 : 12;
    cr_assert_leq(preamble + length + data_bytes, sizeof bytes);
    bytes[6] = (unsigned char)major;
    bytes[8] = (unsigned char)(length & 0xff);
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + preamble, dictionary, length);
    write_all(bytes, preamble + length + data_bytes);
}

static gf_status open_status(gf_error *error) {
    gf_npy npy = {0};
    const gf_status status = gf_npy_open(path, &npy, error);
    cr_expect(status == GF_OK || npy.stream == NULL);
    gf_npy_close(&npy);
    return status;
}

/* What numpy.save(f, numpy.arange(6.0).reshape(2, 3)) begins with. */
static const char numpys_own[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"
    "                                                          \n";

Test(npy, header_is_numpys_byte_for_byte) {
    const double data[6] = {0, 1, 2, 3, 4, 5};
    cr_assert_eq(gf_npy_write(path, GF_TYPE_F64, 2, 3, data, NULL), GF_OK);
    unsigned char bytes[256];
    const size_t length = read_all(bytes, sizeof bytes);
    cr_expect_eq(length, 128 + sizeof data);
    cr_expect_eq(memcmp(bytes, numpys_own, 10 + 60), 0);
    cr_expect_eq(bytes[127], '\n');
    cr_expect_eq(memcmp(bytes + 128, data, sizeof data), 0);
}

Test(npy, every_type_keeps_its_name_and_size) {
    static const unsigned char data[2 * 5 * 8] = {1, 2, 3};
    static const size_t sizes[GF_TYPE_COUNT] = {1, 2, 4, 8, 4, 8, 1, 2, 4, 8};
    for (gf_type type = 0; type < GF_TYPE_COUNT; type++) {
        gf_npy npy = {0};
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_npy_write(path, type, 2, 5, data, &error), GF_OK, "%s", error.text);
        cr_assert_eq(gf_npy_open(path, &npy, &error), GF_OK, "%s", error.text);
        cr_expect_eq(npy.type, type);
        cr_expect_eq(npy.rows, 2);
        cr_expect_eq(npy.cols, 5);
        cr_expect_eq(npy.data_offset % 64, 0);
        fseek(npy.stream, 0, SEEK_END);
        cr_expect_eq((size_t)ftell(npy.stream), npy.data_offset + 10 * sizes[type]);
        gf_npy_close(&npy);
    }
}

Test(npy, reals_are_converted_both_ways) {
    enum { ROWS = 90, COLS = 101 }; /* more than one chunk */
    double *wide = malloc(sizeof(double[ROWS * COLS]));
    float *narrow = malloc(sizeof(float[ROWS * COLS]));
    for (int i = 0; i < ROWS * COLS; i++)
        wide[i] = sin(i) * 1e-3;
    gf_npy npy = {0};
    cr_assert_eq(gf_npy_write(path, GF_TYPE_F64, ROWS, COLS, wide, NULL), GF_OK);
    cr_assert_eq(gf_npy_open(path, &npy, NULL), GF_OK);
    cr_assert_eq(gf_npy_read_real(&npy, GF_TYPE_F32, narrow, NULL), GF_OK);
    for (int i = 0; i < ROWS * COLS; i++)
        cr_assert_eq(narrow[i], (float)wide[i], "element %d", i);
    cr_assert_eq(gf_npy_read_real(&npy, GF_TYPE_F64, wide, NULL), GF_OK);
    gf_npy_close(&npy);
    cr_assert_eq(gf_npy_write(path, GF_TYPE_F32, ROWS, COLS, narrow, NULL), GF_OK);
    cr_assert_eq(gf_npy_open(path, &npy, NULL), GF_OK);
    cr_assert_eq(gf_npy_read_real(&npy, GF_TYPE_F64, wide, NULL), GF_OK);
    for (int i = 0; i < ROWS * COLS; i++)
        cr_assert_eq(wide[i], (double)narrow[i], "element %d", i);
    gf_npy_close(&npy);
    free(wide);
    free(narrow);
}

static void expect_read_error(const double *data, gf_type target, const char *words) {
    double out[6];
    gf_npy npy = {0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_npy_write(path, GF_TYPE_F64, 2, 3, data, NULL), GF_OK);
    cr_assert_eq(gf_npy_open(path, &npy, NULL), GF_OK);
    cr_expect_eq(gf_npy_read_real(&npy, target, out, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, words), "%s", error.text);
    gf_npy_close(&npy);
}

Test(npy, values_that_are_not_finite_are_placed) {
    expect_read_error((const double[]){0, 1, 2, 3, NAN, INFINITY}, GF_TYPE_F64,
                      "a NaN at row 1, column 1");
    expect_read_error((const double[]){0, 1, -INFINITY, 3, NAN, 0}, GF_TYPE_F64,
                      "an infinity at row 0, column 2");
    expect_read_error((const double[]){0, 1, 1e300, 3, 0, 0}, GF_TYPE_F32,
                      "1e+300 at row 0, column 2");
}

Test(npy, integers_are_no_reals) {
    static const uint16_t counts[4] = {1, 2, 3, 4};
    double out[4];
    gf_npy npy = {0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_npy_write(path, GF_TYPE_U16, 2, 2, counts, NULL), GF_OK);
    cr_assert_eq(gf_npy_open(path, &npy, NULL), GF_OK);
    cr_expect_eq(gf_npy_read_real(&npy, GF_TYPE_F64, out, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "<u2"), "%s", error.text);
    gf_npy_close(&npy);
}

static const char good[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";

Test(npy, versions_1_to_3_are_read) {
    for (int major = 1; major <= 3; major++) {
        gf_error error = GF_ERROR_INIT;
        write_file(major, good, 24);
        cr_expect_eq(open_status(&error), GF_OK, "version %d: %s", major, error.text);
    }
    gf_error error = GF_ERROR_INIT;
    write_file(4, good, 24);
    cr_expect_eq(open_status(&error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "version 4.0"), "%s", error.text);
}

static const struct {
    const char *dictionary;
    size_t data_bytes;
    const char *words; /* NULL: it is fine */
} cases[] = {
    {good, 24, NULL},
    {"{'shape':(2,3),'fortran_order':False,'descr':\"<f4\"}", 24, NULL},
    {"{'descr': '<u1', 'fortran_order': False, 'shape': (2, 3,), }", 6, NULL},
    {good, 23, "truncated: its shape 2 x 3 of <f4 needs 94 bytes, the file has 93"},
    {good, 25, "too long"},
    {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}", 24, "big-endian"},
    {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", 24, "Fortran order"},
    {"{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3)}", 24, NULL},
    {"{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3)}", 12, "type <f2"},
    {"{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3)}", 24, "type <c8"},
    {"{'descr': '<c16', 'fortran_order': False, 'shape': (2, 3)}", 96, "type <c16"},
    {"{'descr': '', 'fortran_order': False, 'shape': (2, 3)}", 24, "of type "},
    {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}", 24, "plain array"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", 24, "1 dimension;"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4, "0 dimensions"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3)}", 24, "3 dimensions"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}", 0, "empty"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3)}", 24, "plain array"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3}", 24, "plain array"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0,
     "more than any memory"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693951, 1)}", 0, "truncated"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1)}", 0,
     "plain array"},
    {"{'descr': '<f4', 'fortran_order': False}", 24, "plain array"},
    {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", 24,
     "plain array"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}", 24, "plain array"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} extra", 24, "plain array"},
    {"", 24, "plain array"},
};

/* As one row, whatever its dimensions. */
static const struct {
    const char *shape;
    size_t elements; /* 0: it is refused */
    const char *order;
} flat_cases[] = {
    {"(6,)", 6, "False"},
    {"(6,)", 6, "True"},
    {"()", 1, "False"},
    {"(1, 2, 3)", 6, "False"},
    {"(1, 2, 3)", 0, "True"},
    {"(2, 0, 3)", 0, "False"},
    {"(4294967296, 4294967296, 4294967296)", 0, "False"},
};

Test(npy, arrays_of_any_dimensions_are_one_row) {
    for (size_t i = 0; i < sizeof flat_cases / sizeof flat_cases[0]; i++) {
        char header[120];
        float data[6] = {-1, -1, -1, -1, -1, -1};
        gf_npy npy = {0};
        gf_error error = GF_ERROR_INIT;
        snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': %s, 'shape': %s}",
                 flat_cases[i].order, flat_cases[i].shape);
        write_file(1, header, 4 * flat_cases[i].elements);
        const gf_status status = gf_npy_open_flat(path, &npy, &error);
        cr_expect_eq(status, flat_cases[i].elements == 0 ? GF_USAGE : GF_OK, "%s: %s", header,
                     error.text);
        if (status != GF_OK)
            continue;
        cr_expect_eq(npy.cols, flat_cases[i].elements, "%s", header);
        cr_expect_eq(gf_npy_read(&npy, data, &error), GF_OK, "%s", error.text);
        cr_expect_neq(data[0], -1, "%s", header);
        gf_npy_close(&npy);
    }
}

Test(npy, headers_are_judged) {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_error error = GF_ERROR_INIT;
        write_file(1, cases[i].dictionary, cases[i].data_bytes);
        const gf_status status = open_status(&error);
        cr_expect_eq(status, cases[i].words == NULL ? GF_OK : GF_USAGE, "case %zu: %s", i,
                     error.text);
        cr_expect(cases[i].words == NULL || strstr(error.text, cases[i].words) != NULL,
                  "case %zu: %s", i, error.text);
    }
}

/* Cut anywhere, or one byte changed to any of some values: an answer and no crash. */
Test(npy, every_damage_is_survived) {
    static const float data[6] = {1, 2, 3, 4, 5, 6};
    static const unsigned char changes[] = {0, '(', ')', '\'', ',', '9', 0xff};
    unsigned char bytes[256];
    cr_assert_eq(gf_npy_write(path, GF_TYPE_F32, 2, 3, data, NULL), GF_OK);
    const size_t length = read_all(bytes, sizeof bytes);
    for (size_t cut = 0; cut < length; cut++) {
        gf_error error = GF_ERROR_INIT;
        write_all(bytes, cut);
        cr_expect_eq(open_status(&error), GF_USAGE, "cut at %zu", cut);
    }
    for (size_t i = 0; i < 128; i++) {
        for (size_t c = 0; c < sizeof changes; c++) {
            const unsigned char saved = bytes[i];
            gf_error error = GF_ERROR_INIT;
            bytes[i] = changes[c];
            write_all(bytes, length);
            bytes[i] = saved;
            const gf_status status = open_status(&error);
            cr_expect(status == GF_OK || status == GF_USAGE, "byte %zu", i);
        }
    }
}

Test(npy, a_header_of_4_gib_is_not_believed) {
    gf_error error = GF_ERROR_INIT;
    write_all("\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'", 20);
    cr_expect_eq(open_status(&error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "4294967295"), "%s", error.text);
}

Test(npy, what_can_not_be_opened_is_named) {
    gf_npy npy = {0};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_npy_open("/no/such.npy", &npy, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "/no/such.npy"), "%s", error.text);
    cr_expect_eq(gf_npy_open("/tmp", &npy, &error), GF_USAGE);
    cr_expect_eq(gf_npy_open("/dev/null", &npy, &error), GF_USAGE);
    gf_npy_close(&npy);
}

/* A pipe that someone writes to, and one that nobody does. */
Test(npy, a_pipe_is_refused_as_such) {
    gf_error error = GF_ERROR_INIT;
    unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(open_status(&error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "not a regular file"), "%s", error.text);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    cr_expect_eq(open_status(&error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "not a regular file"), "%s", error.text);
    close(fd);
}

Test(npy, write_failures_are_reported) {
    gf_error error = GF_ERROR_INIT;
    const double data[2] = {1, 2};
    cr_expect_eq(gf_npy_write("/dev/full", GF_TYPE_F64, 1, 2, data, &error), GF_FAILED);
    cr_expect_neq(error.text[0], '\0');
    cr_expect_eq(gf_npy_write(path, GF_TYPE_F64, SIZE_MAX, 2, data, &error), GF_USAGE);
}
