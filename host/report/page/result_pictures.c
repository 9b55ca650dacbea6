#include "report/page/result_pictures.h"

#include "base/text.h"
#include "report/page/page_picture.h"

#define CAPTION_SIZE 900

/* The first result that is ok, whose picture the others are compared with. */
static const gf_result *first_right(const gf_comparison *comparison) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome == GF_OUTCOME_OK && result->kept.picture.pixels != NULL)
            return result;
    }
    return NULL;
}

/* "native:scalar, native:avx512 and 0:0:vector: equal in every pixel" */
static void format_equals(const gf_comparison *comparison, const gf_result *first, char *buffer,
                          size_t size) {
    gf_text text = gf_text_in(buffer, size);
    size_t equals = 0;
    gf_text_add(&text, "%s", first->label);
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (!result->kept.compared || result->kept.differing > 0)
            continue;
        gf_text_add(&text, ", %s", result->label);
        equals++;
    }
    if (equals > 0)
        gf_text_add(&text, ": equal in every pixel");
}

static gf_status write_other(const gf_result *result, const gf_result *first, gf_document *document,
                             gf_error *error) {
    const gf_kept_picture *kept = &result->kept;
    char caption[CAPTION_SIZE];
    const bool wrong = result->outcome == GF_OUTCOME_MISMATCH;
    if (kept->picture.pixels == NULL || (kept->compared && kept->differing == 0))
        return GF_OK;
    snprintf(caption, sizeof caption,
             wrong ? "%s: wrong; the elements that differ from the reference are white" : "%s",
             result->label);
    gf_status status = gf_page_picture(document, &kept->picture, caption, caption, error);
    if (status != GF_OK || wrong)
        return status;
    snprintf(caption, sizeof caption,
             "%s: %zu of %zu pixels differ from those of %s; the largest difference is white",
             result->label, kept->differing, kept->pixels, first->label);
    return gf_page_picture(document, &kept->difference, caption, caption, error);
}

static gf_status write_map(const gf_comparison *comparison, gf_document *document,
                           gf_error *error) {
    char caption[CAPTION_SIZE];
    snprintf(caption, sizeof caption,
             "Divergence in groups of %u x %u items that run in step: longest item / mean of the "
             "group, from 1 (dark) to 16 (bright), on a logarithmic scale",
             comparison->divergence_lanes.rows, comparison->divergence_lanes.cols);
    return gf_page_picture(document, &comparison->divergence_map, caption, caption, error);
}

static bool has_any(const gf_comparison *comparison) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (comparison->results[i]->kept.picture.pixels != NULL)
            return true;
    }
    return comparison->divergence_map.pixels != NULL;
}

gf_status gf_write_pictures(const gf_comparison *comparison, const gf_writer *to, gf_error *error) {
    const gf_result *first = first_right(comparison);
    gf_document *document = to->document;
    gf_status status = GF_OK;
    char caption[CAPTION_SIZE];
    if (document == NULL || !has_any(comparison))
        return GF_OK;
    (void)gf_document_section(document, "Pictures");
    fputs("<div class=\"pictures\">\n", gf_document_markup(document));
    if (first != NULL) {
        format_equals(comparison, first, caption, sizeof caption);
        status = gf_page_picture(document, &first->kept.picture, caption, caption, error);
    }
    for (size_t i = 0; status == GF_OK && i < comparison->result_count; i++) {
        if (comparison->results[i] != first)
            status = write_other(comparison->results[i], first, document, error);
    }
    if (status == GF_OK)
        status = write_map(comparison, document, error);
    fputs("</div>\n", gf_document_markup(document));
    return status;
}
