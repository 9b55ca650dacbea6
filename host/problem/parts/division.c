#include "problem/parts/division.h"

#include <assert.h>
#include <string.h>

void gf_problem_divide(const gf_problem *problem, gf_division *division) {
    *division = (gf_division){.why_not = "its workload does not say how"};
    if (problem->workload->divide == NULL)
        return;
    division->why_not = NULL;
    problem->workload->divide(problem, division);
}

/* The work of a part is taken to be as large as its share of the units. */
static void scale_cost(gf_problem *problem, uint64_t before, uint64_t now) {
    const double share = (double)now / (double)before;
    problem->cost.work *= share;
    problem->cost.operations *= share;
    problem->cost.bytes *= share;
}

static void set_rows(gf_buffer_spec *spec, uint64_t rows) {
    const size_t row_bytes = gf_row_bytes(spec);
    spec->rows = (size_t)rows;
    spec->bytes = spec->rows * row_bytes;
}

static void set_columns(gf_buffer_spec *spec, uint64_t columns) {
    const size_t cell_bytes = gf_row_bytes(spec) / spec->cols;
    spec->cols = (size_t)columns;
    spec->bytes = spec->rows * spec->cols * cell_bytes;
}

const gf_problem *gf_problem_of_columns(const gf_problem *whole, uint64_t columns,
                                        gf_problem *made) {
    gf_division division;
    gf_problem_divide(whole, &division);
    if (division.columns == 0 || division.columns == columns)
        return whole;
    *made = *whole;
    for (uint32_t i = 0; i < made->buffer_count; i++) {
        if (gf_is_cut(&division, i))
            set_columns(&made->buffers[i], columns);
    }
    scale_cost(made, division.columns, columns);
    made->workload->set_columns(made, columns);
    return made;
}

const gf_problem *gf_problem_of_part(const gf_problem *whole, gf_part part, gf_problem *made) {
    gf_division division;
    if (part.count == 0)
        return whole;
    gf_problem_divide(whole, &division);
    const uint64_t before = whole->part.count > 0 ? whole->part.count : division.units;
    *made = *whole;
    made->part = part;
    if (whole->part.count == 0)
        made->part_room = part.count;
    for (uint32_t i = 0; i < made->buffer_count; i++) {
        if (gf_is_cut(&division, i))
            set_rows(&made->buffers[i], part.count);
    }
    scale_cost(made, before, part.count);
    made->workload->set_part(made, part);
    return made;
}

bool gf_problem_has_room(const gf_problem *problem, gf_part part) {
    return problem->workload->set_part != NULL && part.count > 0 &&
           part.count <= problem->part_room;
}

void gf_problem_set_u32(gf_problem *problem, const char *name, uint32_t value) {
    for (uint32_t i = 0; i < problem->scalar_count; i++) {
        if (strcmp(problem->scalars[i].name, name) == 0) {
            problem->scalars[i].value.u32 = value;
            return;
        }
    }
    assert(false);
}
