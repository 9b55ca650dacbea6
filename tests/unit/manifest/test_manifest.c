/* Manifests that are right: what they say, what they leave out, and their numbers. */
#include "manifest_files.h"

#include <float.h>
#include <unistd.h>

#include "manifest/evaluate.h"

static char *root;
static gf_manifest *manifest;

static void load_manifest(const char *ini, const char *cl, const char *c) {
    gf_error error = GF_ERROR_INIT;
    root = manifest_folder(ini);
    if (cl != NULL)
        made_tree_write(root, "/saxpy.cl", cl);
    if (c != NULL)
        made_tree_write(root, "/saxpy.c", c);
    cr_assert_eq(manifest_load_from(root, &manifest, &error), GF_OK, "%s", error.text);
}

static void remove_manifest(void) {
    gf_manifest_free(manifest);
    manifest = NULL;
}

TestSuite(manifest, .timeout = 60);

static void expect_path(const char *path, const char *name) {
    cr_expect_eq(strncmp(path, root, strlen(root)), 0, "%s", path);
    cr_expect_str_eq(path + strlen(root), name);
}

static void expect_argument(const gf_argument *argument, gf_argument_kind kind, const char *name,
                            gf_type type, const char *value) {
    cr_expect_str_eq(argument->name, name);
    cr_expect_eq(argument->kind, kind, "%s", name);
    if (kind == GF_ARGUMENT_SCALAR)
        cr_expect_eq(argument->type, type, "%s", name);
    if (value != NULL)
        cr_expect_str_eq(gf_expression_text(argument->value), value);
    if (kind == GF_ARGUMENT_BUFFER)
        cr_expect_str_eq(manifest->buffers[argument->buffer].name, name);
}

/* ---- Ten lines --------------------------------------------------------- */

Test(manifest, ten_lines_do) {
    load_manifest(SAXPY_INI, NULL, NULL);
    cr_expect_str_eq(manifest->name, "saxpy");
    cr_expect_str_eq(manifest->summary, "saxpy");
    expect_path(manifest->path, "/saxpy.ini");
    expect_path(manifest->directory, "");
    cr_assert_eq(manifest->param_count, 2);
    cr_expect_str_eq(manifest->params[0].name, "n");
    cr_expect_str_eq(manifest->params[0].default_text, "1000");
    cr_expect_eq(manifest->params[0].type, GF_PARAM_UINT);
    cr_expect_eq(manifest->params[0].min, 1);
    cr_expect_eq(manifest->params[0].max, 4294967295.0); /* the kernel takes a uint */
    cr_expect_str_eq(manifest->params[1].name, "a");
    cr_expect_str_eq(manifest->params[1].default_text, "2.5");
    cr_expect_eq(manifest->params[1].type, GF_PARAM_REAL);
    cr_expect_eq(manifest->params[1].max, (double)FLT_MAX);
    cr_assert_eq(manifest->kernel_count, 1);
    const gf_manifest_kernel *kernel = &manifest->kernels[0];
    cr_expect_str_eq(kernel->function, "saxpy");
    cr_expect_str_eq(kernel->file.name, "saxpy.cl");
    expect_path(kernel->file.path, "/saxpy.cl");
    cr_expect_str_eq(kernel->options, "");
    cr_expect_eq(kernel->dimensions, 1);
    cr_expect_eq(kernel->local_count, 0);
    cr_assert_eq(kernel->arguments.count, 4);
    cr_expect(kernel->arguments.from_text);
    expect_argument(&kernel->arguments.items[0], GF_ARGUMENT_SCALAR, "n", GF_TYPE_U32, "n");
    expect_argument(&kernel->arguments.items[1], GF_ARGUMENT_SCALAR, "a", GF_TYPE_F32, "a");
    expect_argument(&kernel->arguments.items[2], GF_ARGUMENT_BUFFER, "x", 0, NULL);
    expect_argument(&kernel->arguments.items[3], GF_ARGUMENT_BUFFER, "y", 0, NULL);
    remove_manifest();
}

Test(manifest, what_ten_lines_leave_out) {
    load_manifest(SAXPY_INI, NULL, NULL);
    cr_assert_eq(manifest->buffer_count, 2);
    const gf_manifest_buffer *x = &manifest->buffers[0], *y = &manifest->buffers[1];
    cr_expect_eq(x->type, GF_TYPE_F32);
    cr_expect_eq(x->components, 1);
    cr_expect_eq(x->access, GF_ACCESS_IN);
    cr_expect_eq(x->beginning.kind, GF_BEGIN_UNIFORM);
    cr_expect_str_eq(gf_expression_text(x->beginning.b), "1");
    cr_expect_eq(x->line, 7);
    cr_expect_eq(y->access, GF_ACCESS_INOUT);
    cr_expect_eq(manifest->result, 1);
    cr_expect_eq(manifest->partner, GF_NO_BUFFER);
    cr_expect_eq(manifest->permutable, GF_NO_BUFFER);
    cr_expect_eq(manifest->picture, GF_NO_BUFFER);
    cr_expect_eq(manifest->independent_rows, 0);
    cr_expect_null(manifest->twin.function);
    cr_expect_null(manifest->steps);
    cr_expect_null(manifest->operations);
    cr_expect_eq(manifest->tolerance.kind, GF_TOLERANCE_ULP);
    cr_expect_str_eq(gf_expression_text(manifest->tolerance.limit), "4");
    cr_expect_str_eq(manifest->work_unit, "elements");
    remove_manifest();
}

/* A whole number differs by no bit. */
Test(manifest, whole_results_are_compared_by_bits) {
    load_manifest("[kernel]\nglobal = 8\n[buffer bins]\nshape = 8\n[buffer keys]\nshape = 100\n",
                  "__kernel void saxpy(__global uint *bins, __constant uchar4 *restrict keys) {}\n",
                  NULL);
    cr_expect_eq(manifest->tolerance.kind, GF_TOLERANCE_BITS);
    cr_expect_eq(manifest->buffers[0].beginning.kind, GF_BEGIN_INDEX);
    cr_expect_eq(manifest->buffers[1].access, GF_ACCESS_IN);
    cr_expect_eq(manifest->buffers[1].components, 4);
    cr_expect_eq(manifest->buffers[1].type, GF_TYPE_U8);
    remove_manifest();
}

/* ---- Everything -------------------------------------------------------- */

static const char heat_ini[] = "\xef\xbb\xbf; every section and key\r\n"
                               "[workload]\n"
                               "  name = heat\n"
                               "  summary: \"a plate: it cools\" # not a comment of inih's\n"
                               "  result = u\n"
                               "  operations = 5 * rows * cols * steps\n"
                               "  bytes = 8.0 * rows * cols * steps\n"
                               "  work = rows * cols * steps\n"
                               "  work-unit = cells\n"
                               "  permutable = u\n"
                               "  independent-rows = no\n"
                               "\n"
                               "[parameter rows]\n"
                               "default = 1 << 5\n"
                               "max = 1e4\n"
                               "min = 3\n"
                               "unit = cells\n"
                               "help = height of the plate\n"
                               "[parameter cols]\n"
                               "\tdefault = 48\n"
                               "[parameter steps]\n"
                               "type = ulong\n"
                               "default = 10\n"
                               "[parameter r]\n"
                               "default = 1 / 8.0\n"
                               "type = double\n"
                               "min = 0\n"
                               "max = 0.25\n"
                               "[tunable TILE]\n"
                               "candidates = 16, 4, 8\n"
                               "help = rows of a tile\n"
                               "[buffer u]\n"
                               "type = double\n"
                               "shape = rows, cols\n"
                               "begin = ramp(r * 2, -1)\n"
                               "[buffer v]\n"
                               "shape = rows, cols\n"
                               "[buffer weights]\n"
                               "shape = 9\n"
                               "begin = normal(0.5, 2)\n"
                               "[scalar offset]\n"
                               "value = step % 2 - local_y\n"
                               "[local tile]\n"
                               "bytes = (local_x + 2) * (TILE + 2) * sizeof(double)\n"
                               "[kernel pass_one]\n"
                               "file = kernels/heat.cl\n"
                               "global = cols, ceil_div(rows, TILE)\n"
                               "local = 16x2, 8 x 4, cols/8x1, TILE x 2\n"
                               "options = -cl-mad-enable -D FAST\n"
                               "[kernel pass_two]\n"
                               "file = kernels/heat.cl\n"
                               "global = 1\n"
                               "arguments = v, rows\n"
                               "[twin heat_cpu]\n"
                               "file = twin.c\n"
                               "range = rows - 2\n"
                               "flags = -ffast-math\n"
                               "[steps]\n"
                               "count = steps\n"
                               "pair = u, v\n"
                               "per-transfer = max(steps / 2, 1)\n"
                               "[tolerance]\n"
                               "relative = 1e-6\n"
                               "share = 0.01\n"
                               "[picture]\n"
                               "buffer = u\n"
                               "low = -1\n"
                               "high = r + 1\n";

static const char heat_cl[] =
    "#include \"inner.h\"\n"
    "// kernel void pass_one(global int *wrong)\n"
    "__attribute__((reqd_work_group_size(16, 2, 1)))\n"
    "kernel void pass_one(global const double *restrict u, global double *v, uint rows, uint cols,\n"
    "                     __constant double weights[], const double r, int offset,\n"
    "                     local double *tile) { if (rows) { /* { */ } }\n";
static const char inner_h[] =
    "#pragma once\n"
    "kernel void pass_two(global double *field, unsigned int height) {}\n";
static const char twin_c[] =
    "static double f(double x) { return x; }\n"
    "extern void heat_cpu(size_t begin, size_t end, size_t rows, size_t cols,\n"
    "                     const double (*restrict u)[cols], double v[rows][cols],\n"
    "                     const double *weights, double r, long step)\n"
    "{\n}\n";

static void load_heat(void) {
    gf_error error = GF_ERROR_INIT;
    char path[128];
    root = made_folder();
    made_tree_write(root, "/plate.ini", heat_ini);
    made_tree_write(root, "/kernels/heat.cl", heat_cl);
    made_tree_write(root, "/kernels/inner.h", inner_h);
    made_tree_write(root, "/twin.c", twin_c);
    snprintf(path, sizeof path, "%s/", root); /* the only .ini of the folder */
    cr_assert_eq(gf_manifest_load(path, &manifest, &error), GF_OK, "%s", error.text);
}

Test(manifest, says_all_of_a_workload) {
    load_heat();
    cr_expect_str_eq(manifest->name, "heat");
    cr_expect_str_eq(manifest->summary, "a plate: it cools");
    cr_expect_str_eq(manifest->work_unit, "cells");
    cr_expect_str_eq(gf_expression_text(manifest->operations), "5 * rows * cols * steps");
    cr_expect_eq(manifest->result, 0);
    cr_expect_eq(manifest->partner, 1);
    cr_expect_eq(manifest->permutable, 0);
    cr_expect_eq(manifest->tolerance.kind, GF_TOLERANCE_RELATIVE);
    cr_expect_str_eq(gf_expression_text(manifest->tolerance.limit), "1e-6");
    cr_expect_eq(manifest->tolerance.share, 0.01);
    cr_expect_eq(manifest->picture, 0);
    cr_expect_str_eq(gf_expression_text(manifest->picture_high), "r + 1");
    const gf_param *rows = &manifest->params[0], *r = &manifest->params[3];
    cr_expect_str_eq(rows->default_text, "32");
    cr_expect_eq(rows->min, 3);
    cr_expect_eq(rows->max, 10000);
    cr_expect_str_eq(rows->unit, "cells");
    cr_expect_str_eq(rows->help, "height of the plate");
    cr_expect_eq(manifest->params[2].max, 0x1p63); /* excluded, as of every UINT */
    cr_expect_str_eq(r->default_text, "0.125");
    cr_expect_eq(r->max, 0.25);
    cr_assert_eq(manifest->tunable_count, 1);
    const gf_tunable *tile = &manifest->tunables[0];
    cr_expect_str_eq(tile->name, "TILE");
    cr_expect_eq(tile->min, 4);
    cr_expect_eq(tile->max, 16);
    cr_expect(tile->candidates[0] == 16 && tile->candidates[2] == 8 && tile->candidates[3] == 0);
    remove_manifest();
}

Test(manifest, says_all_of_buffers_and_kernels) {
    load_heat();
    cr_assert_eq(manifest->buffer_count, 3);
    cr_expect_eq(manifest->buffers[0].access, GF_ACCESS_INOUT);
    cr_expect_eq(manifest->buffers[0].beginning.kind, GF_BEGIN_RAMP);
    cr_expect_str_eq(gf_expression_text(manifest->buffers[0].beginning.a), "r * 2");
    cr_expect_eq(manifest->buffers[1].access, GF_ACCESS_SCRATCH);
    cr_expect_eq(manifest->buffers[1].beginning.kind, GF_BEGIN_NOTHING);
    cr_expect_eq(manifest->buffers[1].type, GF_TYPE_F64);
    cr_expect_eq(manifest->buffers[2].access, GF_ACCESS_IN);
    cr_expect_eq(manifest->buffers[2].beginning.kind, GF_BEGIN_NORMAL);
    cr_assert_eq(manifest->kernel_count, 2);
    const gf_manifest_kernel *one = &manifest->kernels[0], *two = &manifest->kernels[1];
    cr_expect_str_eq(one->function, "pass_one");
    expect_path(one->file.path, "/kernels/heat.cl");
    cr_expect_str_eq(one->options, "-cl-mad-enable -D FAST");
    cr_expect_eq(one->dimensions, 2);
    cr_expect_eq(one->local_count, 4);
    cr_assert_eq(one->arguments.count, 8);
    expect_argument(&one->arguments.items[4], GF_ARGUMENT_BUFFER, "weights", 0, NULL);
    expect_argument(&one->arguments.items[5], GF_ARGUMENT_SCALAR, "r", GF_TYPE_F64, "r");
    expect_argument(&one->arguments.items[6], GF_ARGUMENT_SCALAR, "offset", GF_TYPE_I32,
                    "step % 2 - local_y");
    expect_argument(&one->arguments.items[7], GF_ARGUMENT_LOCAL, "tile", 0, NULL);
    cr_assert_eq(two->arguments.count, 2); /* listed, with types of the text */
    cr_expect_not(two->arguments.from_text);
    expect_argument(&two->arguments.items[0], GF_ARGUMENT_BUFFER, "v", 0, NULL);
    expect_argument(&two->arguments.items[1], GF_ARGUMENT_SCALAR, "rows", GF_TYPE_U32, "rows");
    remove_manifest();
}

Test(manifest, says_all_of_a_twin) {
    load_heat();
    const gf_manifest_twin *twin = &manifest->twin;
    cr_expect_str_eq(twin->function, "heat_cpu");
    cr_expect_str_eq(twin->flags, "-ffast-math");
    cr_expect(twin->over_range);
    cr_expect_str_eq(gf_expression_text(twin->range), "rows - 2");
    cr_assert_eq(twin->arguments.count, 9);
    expect_argument(&twin->arguments.items[0], GF_ARGUMENT_BEGIN, "begin", 0, NULL);
    expect_argument(&twin->arguments.items[1], GF_ARGUMENT_END, "end", 0, NULL);
    expect_argument(&twin->arguments.items[2], GF_ARGUMENT_SCALAR, "rows", GF_TYPE_U64, "rows");
    expect_argument(&twin->arguments.items[4], GF_ARGUMENT_BUFFER, "u", 0, NULL);
    expect_argument(&twin->arguments.items[5], GF_ARGUMENT_BUFFER, "v", 0, NULL);
    expect_argument(&twin->arguments.items[7], GF_ARGUMENT_SCALAR, "r", GF_TYPE_F64, "r");
    expect_argument(&twin->arguments.items[8], GF_ARGUMENT_SCALAR, "step", GF_TYPE_I64, "step");
    remove_manifest();
}

/* What no kernel takes may have 63 bits; e in a function or a hexadecimal number is no exponent. */
Test(manifest, parameters_have_the_type_that_their_default_implies) {
    load_manifest(SAXPY_INI "access = out\n[parameter b]\ndefault = ceil_div(0x1e, 2)\n"
                            "[parameter c]\ndefault = 1e6\n[parameter d]\ndefault = 1 << 40\n"
                            "[workload]\nwork = b + c + d\n",
                  NULL, NULL);
    cr_assert_eq(manifest->param_count, 5);
    cr_expect_eq(manifest->params[2].type, GF_PARAM_UINT);
    cr_expect_str_eq(manifest->params[2].default_text, "15");
    cr_expect_eq(manifest->params[3].type, GF_PARAM_REAL);
    cr_expect_str_eq(manifest->params[3].default_text, "1e+06");
    cr_expect_eq(manifest->params[4].type, GF_PARAM_UINT);
    cr_expect_str_eq(manifest->params[4].default_text, "1099511627776");
    cr_expect_eq(manifest->params[4].max, 0x1p63);
    remove_manifest();
}

/* A file is looked for beside the manifest. */
Test(manifest, buffers_begin_with_a_file_or_with_words) {
    root = manifest_folder(SAXPY_INI "begin = values/y.npy\n[tolerance]\nshare = 1\n");
    made_tree_write(root, "/values/y.npy", "");
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(manifest_load_from(root, &manifest, &error), GF_OK, "%s", error.text);
    const gf_beginning *y = &manifest->buffers[1].beginning;
    cr_expect_eq(y->kind, GF_BEGIN_FILE);
    cr_expect_str_eq(y->file.name, "values/y.npy");
    expect_path(y->file.path, "/values/y.npy");
    cr_expect_null(y->a);
    cr_expect_eq(manifest->tolerance.share, 1);
    remove_manifest();
    static const struct {
        const char *begin;
        gf_beginning_kind kind;
    } rows[] = {{"zeros", GF_BEGIN_ZEROS},
                {"index", GF_BEGIN_INDEX},
                {"uniform (1, max(1, 2))", GF_BEGIN_UNIFORM},
                {"normal( n,0 )", GF_BEGIN_NORMAL},
                {"ramp(-1, 0)", GF_BEGIN_RAMP}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char ini[512];
        snprintf(ini, sizeof ini, SAXPY_INI "begin = %s\n", rows[i].begin);
        load_manifest(ini, NULL, NULL);
        cr_expect_eq(manifest->buffers[1].beginning.kind, rows[i].kind, "%s", rows[i].begin);
        remove_manifest();
    }
}

/* ---- Twins ------------------------------------------------------------- */

Test(manifest, a_twin_over_a_range_gets_the_rows_of_the_result) {
    load_manifest(SAXPY_INI "[twin]\n", NULL, NULL);
    cr_expect_str_eq(manifest->twin.function, "saxpy");
    cr_expect(manifest->twin.over_range);
    cr_expect_str_eq(gf_expression_text(manifest->twin.range), "n");
    remove_manifest();
}

Test(manifest, a_twin_without_begin_and_end_computes_the_whole) {
    load_manifest(SAXPY_INI "[twin]\n", NULL,
                  "void saxpy(int n, float a, const float *x, float *y);\n");
    cr_expect_not(manifest->twin.over_range);
    cr_expect_null(manifest->twin.range);
    cr_expect_eq(manifest->twin.arguments.items[0].type, GF_TYPE_I64);
    cr_expect_not(manifest->twin.all_steps);
    remove_manifest();
}

Test(manifest, a_twin_may_compute_all_steps) {
    load_manifest(SAXPY_INI "[twin]\nsteps = all\n[steps]\ncount = 3\n", NULL, NULL);
    cr_expect(manifest->twin.all_steps);
    remove_manifest();
}

/* Functions that macros make are taken as the manifest lists them. */
Test(manifest, functions_that_macros_make_have_listed_arguments) {
    load_manifest("[kernel]\nglobal = n\narguments = n, a, x, y\n[parameter n]\ndefault = 5\n"
                  "[parameter a]\ndefault = 0.5\ntype = double\n[buffer x]\nshape = n\n"
                  "type = double\naccess = in\n[buffer y]\nshape = n\ntype = double\n",
                  "#define MAKE(name) kernel void name##py(ARGUMENTS) {}\nMAKE(sax)\n", NULL);
    const gf_argument_list *arguments = &manifest->kernels[0].arguments;
    cr_assert_eq(arguments->count, 4);
    cr_expect_not(arguments->from_text);
    expect_argument(&arguments->items[0], GF_ARGUMENT_SCALAR, "n", GF_TYPE_U32, "n");
    expect_argument(&arguments->items[1], GF_ARGUMENT_SCALAR, "a", GF_TYPE_F64, "a");
    cr_expect_eq(manifest->result, 1);
    remove_manifest();
}

/* Each section is a launch, whose arguments need not have the names of the text. */
Test(manifest, one_kernel_may_run_twice) {
    load_manifest("[kernel saxpy]\nglobal = n\n[kernel saxpy]\nglobal = 2 * n\n"
                  "arguments = n, a, y, x\n[parameter n]\ndefault = 5\n[parameter a]\n"
                  "default = 1.0\n[buffer x]\nshape = n\n[buffer y]\nshape = n\n",
                  NULL, NULL);
    cr_assert_eq(manifest->kernel_count, 2);
    cr_expect_str_eq(manifest->kernels[1].function, "saxpy");
    cr_expect_str_eq(gf_expression_text(manifest->kernels[1].global[0]), "2 * n");
    expect_argument(&manifest->kernels[1].arguments.items[2], GF_ARGUMENT_BUFFER, "y", 0, NULL);
    cr_expect_eq(manifest->buffers[0].access, GF_ACCESS_INOUT); /* the second launch writes x */
    cr_expect_eq(manifest->kernels[1].line, 3);
    remove_manifest();
}

/* ---- Numbers ----------------------------------------------------------- */

static void set_value(gf_manifest_values *values, const char *name, gf_number number) {
    for (uint32_t i = 0; i < manifest->param_count; i++) {
        if (strcmp(manifest->params[i].name, name) == 0)
            values->numbers[GF_PLACE_PARAMS + i] = number;
    }
}

Test(manifest, sizes_follow_from_values) {
    gf_error error = GF_ERROR_INIT;
    gf_manifest_values values;
    gf_shape shape;
    size_t global[3], local[3], bytes = 0, range = 0;
    uint64_t steps = 0, per_transfer = 0;
    load_heat();
    gf_manifest_values_set(manifest, NULL, &values);
    cr_assert_eq(gf_manifest_shape(manifest, 0, &values, &shape, &error), GF_OK);
    cr_expect(shape.dimensions == 2 && shape.extents[0] == 32 && shape.extents[1] == 48 &&
              shape.extents[2] == 1);
    cr_expect_eq(shape.elements, 32 * 48);
    cr_expect_eq(shape.bytes, 32 * 48 * 8);
    cr_assert_eq(gf_manifest_local(manifest, 0, 2, &values, local, &error), GF_OK);
    cr_expect(local[0] == 6 && local[1] == 1 && local[2] == 1);
    cr_assert_eq(gf_manifest_local(manifest, 0, 3, &values, local, &error), GF_OK);
    cr_expect(local[0] == 16 && local[1] == 2);
    cr_assert_eq(gf_manifest_local(manifest, 0, 1, &values, local, &error), GF_OK);
    cr_expect(local[0] == 8 && local[1] == 4);
    gf_manifest_values_set_local(&values, 2, local);
    cr_assert_eq(gf_manifest_global(manifest, 0, &values, global, &error), GF_OK);
    cr_expect(global[0] == 48 && global[1] == 2 && global[2] == 1);
    cr_assert_eq(gf_manifest_local_bytes(manifest, &manifest->kernels[0].arguments.items[7],
                                         &values, &bytes, &error),
                 GF_OK);
    cr_expect_eq(bytes, (8 + 2) * (16 + 2) * 8);
    cr_assert_eq(gf_manifest_steps(manifest, &values, &steps, &per_transfer, &error), GF_OK);
    cr_expect(steps == 10 && per_transfer == 5);
    cr_assert_eq(gf_manifest_range(manifest, &values, &range, &error), GF_OK);
    cr_expect_eq(range, 30);
    set_value(&values, "rows", gf_number_whole(2));
    cr_expect_eq(gf_manifest_range(manifest, &values, &range, &error), GF_USAGE);
    cr_expect(strstr(error.text, "plate.ini:56: range of heat_cpu: rows - 2 is 0; it must be at "
                                 "least 1") != NULL,
              "%s", error.text);
    remove_manifest();
}

Test(manifest, scalars_become_the_bytes_that_kernels_take) {
    gf_error error = GF_ERROR_INIT;
    gf_manifest_values values;
    gf_scalar_bytes scalar;
    load_heat();
    const gf_argument_list *arguments = &manifest->kernels[0].arguments;
    gf_manifest_values_set(manifest, NULL, &values);
    cr_assert_eq(gf_manifest_scalar(manifest, &arguments->items[2], &values, &scalar, &error),
                 GF_OK);
    cr_expect(scalar.type == GF_TYPE_U32 && scalar.size == 4 && scalar.value.u32 == 32);
    cr_assert_eq(gf_manifest_scalar(manifest, &arguments->items[5], &values, &scalar, &error),
                 GF_OK);
    cr_expect(scalar.type == GF_TYPE_F64 && scalar.size == 8 && scalar.value.f64 == 0.125);
    values.numbers[GF_PLACE_STEP] = gf_number_whole(7);
    gf_manifest_values_set_local(&values, 2, (const size_t[]){16, 2});
    cr_assert_eq(gf_manifest_scalar(manifest, &arguments->items[6], &values, &scalar, &error),
                 GF_OK);
    cr_expect(scalar.size == 4 && (int32_t)scalar.value.u32 == -1);
    set_value(&values, "rows", gf_number_whole(INT64_C(1) << 32));
    cr_expect_eq(gf_manifest_scalar(manifest, &arguments->items[2], &values, &scalar, &error),
                 GF_USAGE);
    cr_expect(strstr(error.text, "argument of rows: rows is 4294967296; it must be at most "
                                 "4294967295") != NULL,
              "%s", error.text);
    remove_manifest();
}

/* Values come from the core's parameters, which a workload made of the manifest has. */
Test(manifest, values_come_from_parameters) {
    gf_error error = GF_ERROR_INIT;
    gf_manifest_values values;
    gf_params *params = NULL;
    load_heat();
    const gf_workload workload = {
        .name = "heat", .params = manifest->params, .param_count = manifest->param_count};
    cr_assert_eq(gf_params_create(&workload, &params, &error), GF_OK, "%s", error.text);
    gf_manifest_values_set(manifest, params, &values);
    cr_expect_eq(values.numbers[GF_PLACE_PARAMS].whole, 32);
    cr_expect_eq(values.numbers[GF_PLACE_PARAMS + 3].real, 0.125);
    cr_expect_eq(values.numbers[GF_PLACE_TUNABLES].whole, 16);
    cr_assert_eq(gf_params_set(params, "rows", "77", &error), GF_OK);
    cr_assert_eq(gf_params_set(params, "r", "0.2", &error), GF_OK);
    cr_expect_eq(gf_params_set(params, "rows", "2", &error), GF_USAGE);
    cr_expect_eq(gf_params_set(params, "rows", "10001", &error), GF_USAGE);
    gf_manifest_values_set(manifest, params, &values);
    cr_expect_eq(values.numbers[GF_PLACE_PARAMS].whole, 77);
    cr_expect_eq(values.numbers[GF_PLACE_PARAMS + 3].real, 0.2);
    gf_params_destroy(params);
    gf_error_clear(&error);
    remove_manifest();
}

/* ---- Folders ----------------------------------------------------------- */

Test(manifest, a_folder_stands_for_its_manifest) {
    gf_error error = GF_ERROR_INIT;
    root = made_folder();
    char path[128], *before = getcwd(NULL, 0);
    made_tree_write(root, "/saxpy/saxpy.ini", SAXPY_INI);
    made_tree_write(root, "/saxpy/other.ini", "broken");
    made_tree_write(root, "/saxpy/saxpy.cl", SAXPY_CL);
    static const char *const paths[] = {"", "/", "//", "/saxpy.ini", "/.", "/../saxpy"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        snprintf(path, sizeof path, "%s/saxpy%s", root, paths[i]);
        cr_assert_eq(gf_manifest_load(path, &manifest, &error), GF_OK, "%s: %s", path, error.text);
        cr_expect_str_eq(manifest->name, "saxpy");
        gf_manifest_free(manifest);
    }
    snprintf(path, sizeof path, "%s/saxpy", root);
    cr_assert_eq(chdir(path), 0);
    static const char *const here[] = {".", "./", "saxpy.ini", "./saxpy.ini"};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        cr_assert_eq(gf_manifest_load(here[i], &manifest, &error), GF_OK, "%s: %s", here[i],
                     error.text);
        gf_manifest_free(manifest);
    }
    cr_assert_eq(chdir(before), 0);
    free(before);
}
