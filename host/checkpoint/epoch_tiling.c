#define _GNU_SOURCE 1 /* tdestroy */

#include "checkpoint/epoch_tiling.h"

#include <search.h>
#include <stdlib.h>

#include "base/error.h"

/* A row goes down the field. The parts that it crosses are in a tree, by their columns: those of
 * two parts that share a column count as equal, so that the tree finds them. */
typedef struct sweep {
    const gf_epoch_part *parts; /* by their first row */
    const gf_epoch_part **ends; /* by the row behind their last one; owned */
    size_t count, begun, ended;
    const gf_checkpoint_field *field;
    void *crossed;  /* the tree; owned */
    uint64_t width; /* columns of the parts that are crossed */
} sweep;

static uint64_t end_of(const gf_epoch_part *part) {
    return part->area.first_row + part->area.rows;
}

static int compare_ends(const void *a, const void *b) {
    const uint64_t x = end_of(*(const gf_epoch_part *const *)a);
    const uint64_t y = end_of(*(const gf_epoch_part *const *)b);
    return x < y ? -1 : x > y;
}

static int compare_columns(const void *a, const void *b) {
    const gf_rectangle *x = &((const gf_epoch_part *)a)->area;
    const gf_rectangle *y = &((const gf_epoch_part *)b)->area;
    if (x->first_column + x->columns <= y->first_column)
        return -1;
    return y->first_column + y->columns <= x->first_column ? 1 : 0;
}

static void leave_parts(sweep *s, uint64_t row) {
    for (; s->ended < s->count && end_of(s->ends[s->ended]) == row; s->ended++) {
        (void)tdelete(s->ends[s->ended], &s->crossed, compare_columns);
        s->width -= s->ends[s->ended]->area.columns;
    }
}

static gf_status enter_parts(sweep *s, uint64_t row, gf_error *error) {
    for (; s->begun < s->count && s->parts[s->begun].area.first_row == row; s->begun++) {
        const gf_epoch_part *part = &s->parts[s->begun];
        /* The node of the tree begins with the part that it was made for. */
        const gf_epoch_part *const *node = tsearch(part, &s->crossed, compare_columns);
        if (node == NULL)
            return gf_error_no_memory(error, "the parts of an epoch", sizeof *part);
        if (*node != part)
            return gf_error_set(error, GF_FAILED, "has twice rows of %s from row %llu on",
                                s->field->name, (unsigned long long)row);
        s->width += part->area.columns;
    }
    return GF_OK;
}

/* Where a part begins or ends next. */
static uint64_t next_row(const sweep *s) {
    uint64_t next = s->field->rows;
    if (s->begun < s->count && s->parts[s->begun].area.first_row < next)
        next = s->parts[s->begun].area.first_row;
    if (s->ended < s->count && end_of(s->ends[s->ended]) < next)
        next = end_of(s->ends[s->ended]);
    return next;
}

static gf_status go_down(sweep *s, gf_error *error) {
    for (uint64_t row = 0; row < s->field->rows; row = next_row(s)) {
        leave_parts(s, row);
        const gf_status status = enter_parts(s, row, error);
        if (status != GF_OK)
            return status;
        if (s->width != s->field->columns)
            return gf_error_set(error, GF_FAILED, "lacks rows of %s from row %llu on",
                                s->field->name, (unsigned long long)row);
    }
    return GF_OK;
}

static void leave_node(void *part) {
    (void)part; /* the caller's */
}

gf_status gf_epoch_tiling_check(const gf_epoch_part *parts, size_t count,
                                const gf_checkpoint_field *field, gf_error *error) {
    sweep s = {.parts = parts, .count = count, .field = field};
    s.ends = malloc((count > 0 ? count : 1) * sizeof *s.ends);
    if (s.ends == NULL)
        return gf_error_no_memory(error, "the parts of an epoch", count * sizeof *s.ends);
    for (size_t i = 0; i < count; i++)
        s.ends[i] = &parts[i];
    qsort(s.ends, count, sizeof *s.ends, compare_ends);
    const gf_status status = go_down(&s, error);
    tdestroy(s.crossed, leave_node);
    free(s.ends);
    return status;
}
