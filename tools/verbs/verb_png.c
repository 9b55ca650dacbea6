#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "job.h"
#include "options/message.h"
#include "png_chunks.h"
#include "standard_output.h"
#include "verbs/verbs.h"

enum { INFO, DIFF };
const char *const png_words[] = {[INFO] = "info", [DIFF] = "diff", NULL};

static const cli_option file_options[] = {
    CLI_OPTION(CLI_TEXT, "output", 'o', output, "FILE.png",
               "diff: write a picture of the differences, brighter where they are larger"),
    CLI_OPTION(CLI_FLAG, "quiet", 'q', quiet, NULL,
               "diff: print nothing; the exit status says it: 0 equal, 4 different"),
};
static const cli_group file_group = CLI_GROUP("Options", file_options);

/* ---- info -------------------------------------------------------------- */

/* Decodes the file, which proves that all pixels are there, and prints what its chunks say. */
static gf_status info_one(const char *path, gf_error *error) {
    gf_image image = {0};
    gf_status status = gf_image_read_png(path, &image, error);
    if (status != GF_OK)
        return status;
    gf_image_clear(&image);
    return png_chunks_print(path, error);
}

static gf_status info(const cli_request *request, gf_error *error) {
    if (request->operand_count < 2)
        return message_set(error, GF_USAGE, "png info: which file? give one or more PNG files");
    gf_status status = GF_OK;
    for (size_t i = 1; i < request->operand_count && status == GF_OK; i++)
        status = info_one(request->operands[i], error);
    return status == GF_OK ? standard_output_flush(error) : status;
}

/* ---- diff -------------------------------------------------------------- */

static void print_difference(const gf_image *image, const gf_image_difference *difference) {
    const size_t pixels = image->width * image->height;
    if (difference->differing_pixels == 0) {
        printf("equal: %zu pixels (%zu x %zu, %u channel%s%s)\n", pixels, image->width,
               image->height, image->channels, image->channels == 1 ? "" : "s",
               difference->white > 255 ? " of 16 bits" : "");
        return;
    }
    printf("different: %zu of %zu pixels (%.3g %%), largest difference %u of %u, mean %.3g, first "
           "at row %zu, column %zu\n",
           difference->differing_pixels, pixels,
           100.0 * (double)difference->differing_pixels / (double)pixels,
           difference->max_difference, difference->white, difference->mean_difference,
           difference->first_row, difference->first_col);
}

static gf_status compare_images(const struct settings *settings, const gf_image *a,
                                const gf_image *b, gf_error *error) {
    gf_image picture = {0};
    gf_image_difference difference;
    gf_status status =
        gf_image_compare(a, b, &difference, settings->output == NULL ? NULL : &picture, error);
    if (status != GF_OK)
        return status;
    if (settings_table_wanted(settings)) {
        print_difference(a, &difference);
        status = standard_output_flush(error);
    }
    if (status == GF_OK && settings->output != NULL)
        status = gf_image_write_png(&picture, settings->output, error);
    gf_image_clear(&picture);
    if (status == GF_OK && difference.differing_pixels > 0)
        status = GF_MISMATCH;
    return status;
}

static gf_status diff(const struct settings *settings, const cli_request *request,
                      gf_error *error) {
    if (request->operand_count != 3)
        return message_set(error, GF_USAGE, "png diff: give two PNG files");
    gf_image a = {0}, b = {0};
    gf_status status = gf_image_read_png(request->operands[1], &a, error);
    if (status == GF_OK)
        status = gf_image_read_png(request->operands[2], &b, error);
    if (status == GF_OK)
        status = compare_images(settings, &a, &b, error);
    gf_image_clear(&a);
    gf_image_clear(&b);
    return status;
}

static gf_status describe_or_compare(struct job *job, gf_error *error) {
    const cli_request *request = &job->request;
    const char *what = request->operand_count == 0 ? "" : request->operands[0];
    if (strcmp(what, png_words[INFO]) == 0)
        return info(request, error);
    if (strcmp(what, png_words[DIFF]) == 0)
        return diff(&job->settings, request, error);
    return message_set(error, GF_USAGE, "png%s%s: give `info FILE...` or `diff A B`",
                       *what == '\0' ? "" : " ", what);
}

static const cli_group *const groups[] = {&file_group, NULL};
const cli_command png_command = {"png",
                                 "info FILE... | diff A B [-o FILE.png]",
                                 "Describe PNG files, or compare two pixel by pixel",
                                 groups,
                                 settings_defaults,
                                 CLI_PICTURES,
                                 describe_or_compare,
                                 CLI_RANKS_FIRST};
