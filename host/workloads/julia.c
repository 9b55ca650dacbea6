/* The Julia set by escape time: compute-bound, divergent, one small result.
 *
 * For each pixel: z from the grid (or a list), n = 0; while n < max_iter and |z|^2 < 4:
 * z = z^2 + c, n = n + 1. The result is n, row 0 on top.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "colormap.h"
#include "error.h"
#include "ndrange.h"
#include "workload.h"

/* 3 multiplications and 5 additions or subtractions, the comparison not counted. */
#define OPERATIONS_PER_ITERATION 8.0
/* Grid indices must be exact in f32: see gf_pair_linear. */
#define MAX_SIDE_F32 16777216.0

enum inputs { INPUTS_GENERATED, INPUTS_LIST };
static const char *const inputs_choices[] = {"generated", "list", NULL};

enum rendering { RENDERING_GREY, RENDERING_FALSE, RENDERING_VIRIDIS, RENDERING_SMOOTH };
static const char *const rendering_choices[] = {"grey", "false", "viridis", "smooth", NULL};

static const gf_param params[] = {
    {.name = "size",
     .letter = 's',
     .type = GF_PARAM_SIZE,
     .default_text = "1000x1000",
     .min = 1,
     .max = 2147483647,
     .placeholder = "WxH",
     .unit = "pixels",
     .help = "width and height of the picture"},
    {.name = "max-iter",
     .letter = 'n',
     .type = GF_PARAM_UINT,
     .default_text = "300",
     .min = 1,
     .max = 4294967295.0,
     .placeholder = "N",
     .unit = "iterations",
     .help = "iterations after which a point counts as never escaping"},
    {.name = "c",
     .letter = 'c',
     .type = GF_PARAM_REALS,
     .arity = 2,
     .default_text = "-0.62772,-0.42193",
     .min = -1e6,
     .max = 1e6,
     .placeholder = "RE,IM",
     .help = "the constant c of z = z^2 + c"},
    {.name = "view",
     .type = GF_PARAM_REALS,
     .arity = 4,
     .default_text = "-1.8,1.8,-1.8,1.8",
     .min = -1e6,
     .max = 1e6,
     .placeholder = "X1,X2,Y1,Y2",
     .help = "part of the plane that is shown; right and bottom edges are excluded"},
    {.name = "inputs",
     .type = GF_PARAM_CHOICE,
     .default_text = "generated",
     .choices = inputs_choices,
     .placeholder = "generated|list",
     .help = "generated: the device computes each z; list: arrays of z and c go up"},
    {.name = "rendering",
     .type = GF_PARAM_CHOICE,
     .default_text = "viridis",
     .choices = rendering_choices,
     .placeholder = "grey|false|viridis|smooth",
     .help = "colours of the picture"},
    GF_PARAM_ROW_PRECISION,
    GF_PARAM_ROW_MATH,
};

/* ---- Set-up -----------------------------------------------------------------------------------
 */

static gf_status check_values(const gf_problem *problem, size_t width, size_t height,
                              gf_error *error) {
    const double *view = gf_values_reals(problem->values, "view");
    if (!(view[0] < view[1]) || !(view[2] < view[3]))
        return gf_error_set(error, GF_USAGE,
                            "--view %s: empty; give X1,X2,Y1,Y2 with X1 < X2 and Y1 < Y2",
                            gf_values_text(problem->values, "view"));
    const double side = (double)(width > height ? width : height);
    if (problem->precision == GF_PRECISION_F32 && side > MAX_SIDE_F32)
        return gf_error_set(error, GF_USAGE,
                            "--size %s: a side of an f32 picture can be %.0f at most; use "
                            "--precision f64",
                            gf_values_text(problem->values, "size"), MAX_SIDE_F32);
    return GF_OK;
}

static gf_status add_buffers(gf_problem *problem, size_t width, size_t height, gf_error *error) {
    const gf_type real = problem->precision == GF_PRECISION_F64 ? GF_TYPE_F64 : GF_TYPE_F32;
    const gf_type count =
        gf_values_uint(problem->values, "max-iter") <= UINT16_MAX ? GF_TYPE_U16 : GF_TYPE_U32;
    gf_status status = GF_OK;
    if (gf_values_choice(problem->values, "inputs") == INPUTS_LIST) {
        status = gf_problem_add_buffer(problem, "zs", GF_ACCESS_IN, real, 2, height, width, error);
        if (status == GF_OK)
            status =
                gf_problem_add_buffer(problem, "cs", GF_ACCESS_IN, real, 2, height, width, error);
    }
    problem->result = problem->buffer_count;
    if (status == GF_OK)
        status =
            gf_problem_add_buffer(problem, "counts", GF_ACCESS_OUT, count, 1, height, width, error);
    return status;
}

static gf_status set_up(gf_problem *problem, gf_error *error) {
    size_t width = 0, height = 0;
    gf_values_size(problem->values, "size", &width, &height);
    const uint64_t max_iter = gf_values_uint(problem->values, "max-iter");
    gf_status status = check_values(problem, width, height, error);
    if (status == GF_OK)
        status = add_buffers(problem, width, height, error);
    if (status != GF_OK)
        return status;
    const double *view = gf_values_reals(problem->values, "view");
    const double *c = gf_values_reals(problem->values, "c");
    const double x_extent = view[1] - view[0], y_extent = view[3] - view[2];
    gf_problem_add_real(problem, "x1", view[0]);
    gf_problem_add_real(problem, "x_extent", x_extent);
    gf_problem_add_real(problem, "y2", view[3]);
    gf_problem_add_real(problem, "y_extent", y_extent);
    gf_problem_add_real(problem, "x_step", x_extent / (double)width);
    gf_problem_add_real(problem, "y_step", -(y_extent / (double)height));
    gf_problem_add_real(problem, "c_re", c[0]);
    gf_problem_add_real(problem, "c_im", c[1]);
    gf_problem_add_u32(problem, "width", (uint32_t)width);
    gf_problem_add_u32(problem, "height", (uint32_t)height);
    gf_problem_add_u32(problem, "first_row", 0);
    gf_problem_add_u32(problem, "rows", (uint32_t)height);
    gf_problem_add_u32(problem, "max_iter", (uint32_t)max_iter);
    problem->cost.work = (double)width * (double)height * (double)max_iter;
    problem->cost.operations = problem->cost.work * OPERATIONS_PER_ITERATION;
    problem->cost.bytes = (double)gf_problem_bytes(problem);
    return GF_OK;
}

/* ---- Inputs -----------------------------------------------------------------------------------
 */

static double grid_x(const gf_problem *problem, uint32_t i) {
    const double x1 = gf_problem_real(problem, "x1");
    if (problem->precision == GF_PRECISION_F32)
        return (double)gf_pair_linear(gf_pair_split(x1),
                                      gf_pair_split(gf_problem_real(problem, "x_step")), i);
    return x1 + i * gf_problem_real(problem, "x_extent") / gf_problem_u32(problem, "width");
}

static double grid_y(const gf_problem *problem, uint32_t j) {
    const double y2 = gf_problem_real(problem, "y2");
    if (problem->precision == GF_PRECISION_F32)
        return (double)gf_pair_linear(gf_pair_split(y2),
                                      gf_pair_split(gf_problem_real(problem, "y_step")), j);
    return y2 - j * gf_problem_real(problem, "y_extent") / gf_problem_u32(problem, "height");
}

static void put_complex(const gf_problem *problem, void *data, size_t index, double re, double im) {
    if (problem->precision == GF_PRECISION_F64) {
        ((double *)data)[2 * index] = re;
        ((double *)data)[2 * index + 1] = im;
    } else {
        ((float *)data)[2 * index] = (float)re;
        ((float *)data)[2 * index + 1] = (float)im;
    }
}

/* Buffer 0 is zs, buffer 1 is cs: the same c for every pixel, as the classic presentation has it.
 */
static gf_status fill_rows(const gf_problem *problem, uint32_t index, uint32_t first_row,
                           uint32_t rows, void *host, gf_error *error) {
    const uint32_t width = gf_problem_u32(problem, "width");
    const double *c = gf_values_reals(problem->values, "c");
    double *xs = malloc(width * sizeof *xs);
    if (xs == NULL)
        return gf_error_no_memory(error, "a row of coordinates", width * sizeof *xs);
    for (uint32_t i = 0; i < width; i++)
        xs[i] = grid_x(problem, i);
    for (uint32_t j = 0; j < rows; j++) {
        const double y = grid_y(problem, first_row + j);
        for (uint32_t i = 0; i < width; i++) {
            const size_t at = (size_t)j * width + i;
            if (index == 0)
                put_complex(problem, host, at, xs[i], y);
            else
                put_complex(problem, host, at, c[0], c[1]);
        }
    }
    free(xs);
    return GF_OK;
}

static gf_status fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error) {
    return fill_rows(problem, index, 0, gf_problem_u32(problem, "height"), host, error);
}

/* ---- Results ----------------------------------------------------------------------------------
 */

static uint32_t count_at(const gf_problem *problem, const void *result, size_t index) {
    if (problem->buffers[problem->result].type == GF_TYPE_U16)
        return ((const uint16_t *)result)[index];
    return ((const uint32_t *)result)[index];
}

static size_t pixel_count(const gf_problem *problem) {
    const gf_buffer_spec *counts = &problem->buffers[problem->result];
    return counts->rows * counts->cols;
}

/* The sum of the counts. Exact: summed in 64 bits, and below 2^53 for any picture that fits. */
static double checksum(const gf_problem *problem, const void *result) {
    const size_t pixels = pixel_count(problem);
    uint64_t sum = 0;
    for (size_t i = 0; i < pixels; i++)
        sum += count_at(problem, result, i);
    return (double)sum;
}

static void row_work(const gf_problem *problem, const void *result, size_t row, uint32_t *work) {
    const size_t width = problem->buffers[problem->result].cols;
    for (size_t i = 0; i < width; i++)
        work[i] = count_at(problem, result, row * width + i);
}

static void tolerance(const gf_problem *problem, gf_tolerance *allowed) {
    if (problem->math != GF_MATH_RELAXED)
        return;
    /* Near the set's edge an orbit doubles its error with each step: contraction of everything
     * moves 0.5 to 3 % of the default picture's pixels, some by hundreds of counts. They lie
     * scattered, in a row up to 16 times as dense as in the picture, and their sum hardly moves
     * (measured on f32 with one contraction: 0.06 % of the pixels, 0.9 % of a row, 1e-4 of the
     * sum). */
    allowed->differing_share = 0.05;
    allowed->row_share = 0.3;
    allowed->checksum_share = 0.02;
    allowed->why = "relaxed math: up to 5 % of the pixels, 30 % in a row, may differ, and their "
                   "sum by 2 %";
}

/* ---- Sampled verification: whole rows ---------------------------------------------------------
 */

static double sample_operations(const gf_problem *problem) {
    return (double)gf_problem_u32(problem, "width") * gf_problem_u32(problem, "max_iter") *
           OPERATIONS_PER_ITERATION;
}

static size_t sampled_row(const gf_sample_request *request, size_t rows) {
    if (request->index == 0)
        return 0;
    if (request->index == 1)
        return rows - 1;
    return (size_t)(request->random % rows);
}

/* The counts of some rows by the reference kernel. `buffers` holds the inputs from the first of
 * these rows on, and room for the counts. */
static void reference_rows(const gf_problem *problem, gf_cpu_kernel reference, void *const *buffers,
                           size_t first_row, size_t rows, const volatile sig_atomic_t *cancel) {
    gf_scalar scalars[GF_MAX_SCALARS];
    memcpy(scalars, problem->scalars, sizeof scalars);
    for (uint32_t i = 0; i < problem->scalar_count; i++) {
        if (strcmp(scalars[i].name, "first_row") == 0)
            scalars[i].value.u32 = (uint32_t)first_row;
        if (strcmp(scalars[i].name, "rows") == 0)
            scalars[i].value.u32 = (uint32_t)rows;
    }
    const gf_kernel_args args = {.buffers = buffers,
                                 .buffer_count = problem->buffer_count,
                                 .scalars = scalars,
                                 .scalar_count = problem->scalar_count,
                                 .thread_count = 1,
                                 .cancel = cancel};
    reference(&args);
}

static gf_status check_sample(const gf_problem *problem, const gf_sample_request *request,
                              gf_difference *difference, gf_error *error) {
    const gf_buffer_spec *counts = &problem->buffers[problem->result];
    const size_t row = sampled_row(request, counts->rows);
    const size_t row_bytes = counts->bytes / counts->rows;
    void *expected = malloc(row_bytes);
    if (expected == NULL)
        return gf_error_no_memory(error, "a sampled row", row_bytes);
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    for (uint32_t i = 0; i < problem->result; i++) {
        const size_t input_row_bytes = problem->buffers[i].bytes / problem->buffers[i].rows;
        /* The kernel only reads its inputs; the ABI has one pointer type for all buffers. */
        buffers[i] = (void *)(uintptr_t)((const char *)request->inputs[i] + row * input_row_bytes);
    }
    buffers[problem->result] = expected;
    reference_rows(problem, request->reference, buffers, row, 1, request->cancel);
    gf_compare_elements(counts->type, expected, (const char *)request->result + row * row_bytes,
                        counts->cols, request->abs_error, difference);
    free(expected);
    return GF_OK;
}

/* ---- Sampled work, for predictions ------------------------------------------------------------
 */

/* Memory for some rows of every buffer; the inputs are filled. All is the caller's to free. */
static gf_status make_rows(const gf_problem *problem, size_t first_row, size_t rows, void **buffers,
                           gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const size_t bytes = spec->bytes / spec->rows * rows;
        buffers[i] = malloc(bytes);
        if (buffers[i] == NULL)
            status = gf_error_no_memory(error, "sampled rows", bytes);
        else if (i != problem->result)
            status = fill_rows(problem, i, (uint32_t)first_row, (uint32_t)rows, buffers[i], error);
    }
    return status;
}

static gf_status sample_work(const gf_problem *problem, gf_cpu_kernel reference, size_t first_row,
                             size_t rows, uint32_t *work, gf_error *error) {
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    const gf_status status = make_rows(problem, first_row, rows, buffers, error);
    if (status == GF_OK) {
        reference_rows(problem, reference, buffers, first_row, rows, NULL);
        const size_t items = rows * problem->buffers[problem->result].cols;
        for (size_t i = 0; i < items; i++)
            work[i] = count_at(problem, buffers[problem->result], i);
    }
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        free(buffers[i]);
    return status;
}

/* The share of pixels that never leave, and with it the work per pixel, changes with max-iter. */
static const char *const calibration[] = {"size=8x8",
                                          "size=64x64",
                                          "size=200x200",
                                          "size=64x64 max-iter=5000",
                                          "size=500x500",
                                          "size=1000x1000 max-iter=30",
                                          "size=1000x1000",
                                          "size=2000x2000 max-iter=100",
                                          NULL};

/* ---- Known answers ----------------------------------------------------------------------------
 */

/* Sums of the counts of the default view and c in strict arithmetic, computed with NumPy. */
static const struct {
    uint32_t width, height, max_iter;
    double sum_f64, sum_f32; /* 0: not known */
} known_sums[] = {
    {1000, 1000, 300, 33219980, 33222988},
    {1000, 1000, 1, 897135, 897135},
    {1000, 1000, 1000, 103443302, 103451888},
    {500, 500, 300, 8306884, 8308586},
    {17, 17, 300, 10972, 10972},
};

static bool is_default_value(const gf_problem *problem, const char *name) {
    const char *text = gf_values_text(problem->values, name);
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        if (strcmp(params[i].name, name) == 0)
            return strcmp(params[i].default_text, text) == 0;
    }
    return false;
}

static bool known_answer(const gf_problem *problem, gf_known_answer *answer) {
    if (problem->math != GF_MATH_STRICT || !is_default_value(problem, "c") ||
        !is_default_value(problem, "view"))
        return false;
    const bool f64 = problem->precision == GF_PRECISION_F64;
    for (size_t i = 0; i < sizeof known_sums / sizeof known_sums[0]; i++) {
        if (known_sums[i].width == gf_problem_u32(problem, "width") &&
            known_sums[i].height == gf_problem_u32(problem, "height") &&
            known_sums[i].max_iter == gf_problem_u32(problem, "max_iter")) {
            *answer = (gf_known_answer){f64 ? known_sums[i].sum_f64 : known_sums[i].sum_f32, 0};
            return true;
        }
    }
    return false;
}

/* ---- Pictures ---------------------------------------------------------------------------------
 */

static uint32_t largest_count(const gf_problem *problem, const void *result) {
    const size_t pixels = pixel_count(problem);
    uint32_t largest = 1; /* of a picture of zeros: no division by 0, and all stays 0 */
    for (size_t i = 0; i < pixels; i++) {
        const uint32_t count = count_at(problem, result, i);
        largest = count > largest ? count : largest;
    }
    return largest;
}

/* The bytes, lowest first, of (v + 256 v + 65536 v) * 16 in 32 bits: the carries between the
 * bytes give the high contrast. */
static void false_colour(double share, uint8_t rgb[3]) {
    const uint32_t level = (uint32_t)(share * 255);
    const uint32_t mixed = (level + 256 * level + 65536 * level) * 16;
    rgb[0] = (uint8_t)mixed;
    rgb[1] = (uint8_t)(mixed >> 8);
    rgb[2] = (uint8_t)(mixed >> 16);
}

/* The count made continuous by how far z has gone beyond the circle: n + 1 - log2(log|z| / log R)
 * for a radius R (F. Garcia et al., "Coloring Dynamical Systems in the Complex Plane", 2009). A
 * larger radius than the iteration's 2 makes the bands vanish. */
static double smooth_count(double zr, double zi, const double c[2], uint32_t count) {
    const double radius = 256;
    double n = 0;
    const double most = (double)count + 32; /* far beyond what 2 to 256 takes */
    while (n < most && zr * zr + zi * zi < radius * radius) {
        const double next = zr * zr - zi * zi + c[0];
        zi = 2 * zr * zi + c[1];
        zr = next;
        n += 1;
    }
    const double size = sqrt(zr * zr + zi * zi);
    if (!(size > radius))
        return n;
    /* The radius 256 is reached 3 = log2(log 256 / log 2) iterations after the radius 2: taken off,
     * so that the smooth count runs along the count. */
    const double smooth = n - 2 - log2(log(size) / log(radius));
    return smooth > 0 ? smooth : 0;
}

/* Most points escape early: the logarithm gives them most of the colours. */
static double log_share(double count, double largest) {
    return log1p(count) / log1p(largest);
}

static void smooth_colour(const gf_problem *problem, size_t index, uint32_t count, uint8_t rgb[3]) {
    if (count == gf_problem_u32(problem, "max_iter")) {
        memset(rgb, 0, 3);
        return;
    }
    const uint32_t width = gf_problem_u32(problem, "width");
    const double *c = gf_values_reals(problem->values, "c");
    const double smooth = smooth_count(grid_x(problem, (uint32_t)(index % width)),
                                       grid_y(problem, (uint32_t)(index / width)), c, count);
    gf_colormap_viridis(log_share(smooth, gf_problem_u32(problem, "max_iter")), rgb);
}

static gf_status render(const gf_problem *problem, const void *result, gf_image *image,
                        gf_error *error) {
    const gf_buffer_spec *counts = &problem->buffers[problem->result];
    const enum rendering rendering = (enum rendering)gf_values_choice(problem->values, "rendering");
    const uint32_t channels = rendering == RENDERING_GREY ? 1 : 3;
    const gf_status status = gf_image_create(counts->cols, counts->rows, channels, image, error);
    if (status != GF_OK)
        return status;
    const double largest = largest_count(problem, result);
    const size_t pixels = pixel_count(problem);
    for (size_t i = 0; i < pixels; i++) {
        const uint32_t count = count_at(problem, result, i);
        uint8_t *pixel = image->pixels + i * channels;
        const double share = count / largest;
        if (rendering == RENDERING_GREY)
            *pixel = (uint8_t)(share * 255);
        else if (rendering == RENDERING_FALSE)
            false_colour(share, pixel);
        else if (rendering == RENDERING_VIRIDIS)
            gf_colormap_viridis(log_share(count, largest), pixel);
        else
            smooth_colour(problem, i, count, pixel);
    }
    return GF_OK;
}

/* ---- NDRange plans -------------------------------------------------------------------------- */

static bool has_input_list(const gf_problem *problem) {
    return problem->buffer_count == 3;
}

/* The build options of all kernels: the count's type and where the input comes from. */
static size_t add_options(const gf_problem *problem, gf_ndrange_plan *plan) {
    const int used =
        snprintf(plan->options, sizeof plan->options, "-D GF_COUNT=%s -D GF_INPUT_LIST=%d",
                 gf_problem_u32(problem, "max_iter") <= UINT16_MAX ? "ushort" : "uint",
                 has_input_list(problem) ? 1 : 0);
    return used > 0 ? (size_t)used : 0;
}

/* One work-item per pixel. */
static void plan_pixels(const gf_problem *problem, size_t group_cols, size_t group_rows,
                        gf_ndrange_plan *plan) {
    plan->dimensions = 2;
    plan->local[0] = group_cols;
    plan->local[1] = group_rows;
    plan->global[0] = gf_ndrange_pieces(gf_problem_u32(problem, "width"), group_cols) * group_cols;
    plan->global[1] = gf_ndrange_pieces(gf_problem_u32(problem, "rows"), group_rows) * group_rows;
    plan->steps_per_launch = 1;
    plan->rows_per_item = 1;
}

/* 8 x 8 work-items: a GPU's 32 lanes that run together cover 8 x 4 pixels, whose counts differ
 * less than those of 32 in a row. */
static void plan_naive(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { SIDE = 8 };
    (void)tuning;
    (void)device;
    snprintf(plan->kernel, sizeof plan->kernel, "julia_naive");
    add_options(problem, plan);
    plan_pixels(problem, SIDE, SIDE, plan);
}

/* ---- unrolled */

enum { UNROLLED_UNROLL, UNROLLED_COLS, UNROLLED_ROWS };

static const gf_tunable unrolled_tunables[] = {
    {.name = "unroll",
     .help = "iterations between two tests",
     .min = 1,
     .max = 32,
     .candidates = (const uint32_t[]){4, 8, 16, 0}},
    {.name = "group-cols",
     .help = "columns of a work-group",
     .min = 1,
     .max = 64,
     .candidates = (const uint32_t[]){8, 16, 32, 0}},
    {.name = "group-rows",
     .help = "rows of a work-group",
     .min = 1,
     .max = 32,
     .candidates = (const uint32_t[]){4, 8, 16, 0}},
};

static uint32_t suits_unrolled(const gf_problem *problem, const gf_device_info *device) {
    (void)problem;
    return device->device_class == GF_CLASS_CPU ? 1 : 3;
}

/* The group is that of naive. */
static void unrolled_defaults(const gf_problem *problem, const gf_device_info *device,
                              uint32_t *tuning) {
    (void)problem;
    (void)device;
    tuning[UNROLLED_UNROLL] = 8;
    tuning[UNROLLED_COLS] = 8;
    tuning[UNROLLED_ROWS] = 8;
}

static void plan_unrolled(const gf_problem *problem, const gf_device_info *device,
                          const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)device;
    snprintf(plan->kernel, sizeof plan->kernel, "julia_unrolled");
    const size_t used = add_options(problem, plan);
    snprintf(plan->options + used, sizeof plan->options - used, " -D GF_UNROLL=%u",
             tuning[UNROLLED_UNROLL]);
    plan_pixels(problem, tuning[UNROLLED_COLS], tuning[UNROLLED_ROWS], plan);
}

/* ---- vector */

#define TILE_COLS      64 /* as GF_TILE_COLS of julia.cl */
#define MOST_TILE_ROWS 32
#define ALIGNMENT      128 /* of the longest vectors */

enum { VECTOR_ROWS };

static const gf_tunable vector_tunables[] = {
    {.name = "tile-rows",
     .help = "rows of a work-item's tile",
     .min = 1,
     .max = MOST_TILE_ROWS,
     .candidates = (const uint32_t[]){8, 16, 32, 0}},
};

/* Rows of points that fit into local memory: z, an integer for its place and one for its count, and
 * c if it comes in a list; and the points of 4 groups of 6 vectors besides (julia.cl). The lists
 * must be aligned, too. */
static uint32_t rows_that_fit(const gf_problem *problem, const gf_device_info *device) {
    const uint64_t real = problem->precision == GF_PRECISION_F64 ? 8 : 4;
    const uint64_t point = (has_input_list(problem) ? 4 : 2) * real + 2 * sizeof(uint32_t);
    const uint64_t beyond =
        4 * 6 * (uint64_t)gf_ndrange_lanes(problem, device) * point + 11 * ALIGNMENT;
    if (device->local_memory_bytes <= beyond)
        return 0;
    const uint64_t rows = (device->local_memory_bytes - beyond) / (TILE_COLS * point);
    return rows < MOST_TILE_ROWS ? (uint32_t)rows : MOST_TILE_ROWS;
}

static uint32_t suits_vector(const gf_problem *problem, const gf_device_info *device) {
    return rows_that_fit(problem, device) == 0 ? 0 : gf_ndrange_suits_vector(problem, device);
}

/* A thousand points keep the vectors full to the end and lie in an L1 cache; in small pictures
 * fewer, so that each compute unit has several tiles, which take very different times. */
static void vector_defaults(const gf_problem *problem, const gf_device_info *device,
                            uint32_t *tuning) {
    enum { TILES_PER_UNIT = 16, FEWEST_ROWS = 4, MOST_ROWS = 16 };
    const size_t units = device->compute_units > 0 ? device->compute_units : 1;
    const size_t across = gf_ndrange_pieces(gf_problem_u32(problem, "width"), TILE_COLS);
    const size_t rows = gf_problem_u32(problem, "rows") * across / (units * TILES_PER_UNIT);
    tuning[VECTOR_ROWS] = rows < FEWEST_ROWS ? FEWEST_ROWS
                          : rows > MOST_ROWS ? MOST_ROWS
                                             : (uint32_t)rows;
}

/* One work-item per tile, alone in its work-group: tiles take very different times. Its lanes do
 * not stay with their neighbours (julia.cl), so no group of pixels runs in step. */
static void plan_vector(const gf_problem *problem, const gf_device_info *device,
                        const uint32_t *tuning, gf_ndrange_plan *plan) {
    const uint32_t most = rows_that_fit(problem, device);
    const uint32_t rows = tuning[VECTOR_ROWS] < most ? tuning[VECTOR_ROWS] : most;
    snprintf(plan->kernel, sizeof plan->kernel, "julia_vector");
    const size_t used = add_options(problem, plan);
    snprintf(plan->options + used, sizeof plan->options - used,
             " -D GF_WIDTH=%u -D GF_TILE_ROWS=%u", gf_ndrange_lanes(problem, device), rows);
    plan->dimensions = 2;
    plan->local[0] = 1;
    plan->local[1] = 1;
    plan->global[0] = gf_ndrange_pieces(gf_problem_u32(problem, "width"), TILE_COLS);
    plan->global[1] = gf_ndrange_pieces(gf_problem_u32(problem, "rows"), rows);
    plan->steps_per_launch = 1;
    plan->rows_per_item = rows;
}

static const gf_ndrange_variant ndrange_variants[] = {
    {.name = "naive",
     .summary = "one work-item per pixel",
     .suits = gf_ndrange_suits_scalar,
     .plan = plan_naive},
    {.name = "unrolled",
     .summary = "one work-item per pixel, a test after several iterations",
     .suits = suits_unrolled,
     .plan = plan_unrolled,
     .tunables = unrolled_tunables,
     .tunable_count = sizeof unrolled_tunables / sizeof unrolled_tunables[0],
     .defaults = unrolled_defaults},
    {.name = "vector",
     .summary = "one work-item per tile, explicit vectors",
     .suits = suits_vector,
     .plan = plan_vector,
     .tunables = vector_tunables,
     .tunable_count = sizeof vector_tunables / sizeof vector_tunables[0],
     .defaults = vector_defaults},
};

/* ---- The descriptor ----------------------------------------------------------------------------
 */

const gf_workload gf_workload_julia = {
    .name = "julia",
    .summary = "Julia set by escape time: compute-bound, divergent, one small result",
    .work_unit = "iterations",
    .rate_unit = "Giter/s",
    .operations_note =
        "additions and multiplications; local memory for vectors only; no square roots, no atomics",
    .params = params,
    .param_count = sizeof params / sizeof params[0],
    .set_up = set_up,
    .fill = fill,
    .checksum = checksum,
    .work = checksum, /* the sum of the counts is the number of iterations done */
    .row_work = row_work,
    .sample_work = sample_work,
    .calibration = calibration,
    .tolerance = tolerance,
    .check_sample = check_sample,
    .sample_operations = sample_operations,
    .known_answer = known_answer,
    .cpu_items_apart = true,
    .render = render,
    .ndrange_variants = ndrange_variants,
    .ndrange_variant_count = sizeof ndrange_variants / sizeof ndrange_variants[0],
};
