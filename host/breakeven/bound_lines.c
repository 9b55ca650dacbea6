#include "breakeven/bound_lines.h"

#include <stdio.h>
#include <stdlib.h>

void gf_breakeven_bounds_destroy(gf_breakeven_bounds *bounds) {
    if (bounds == NULL)
        return;
    gf_models_destroy(bounds->models);
    gf_tables_destroy(bounds->tables);
    free(bounds->lines);
    free(bounds);
}

void gf_bound_line_format(const gf_sweep *sweep, size_t from, char *text, size_t size) {
    if (from == 0)
        snprintf(text, size, "everywhere");
    else if (from >= sweep->count)
        snprintf(text, size, "nowhere");
    else
        snprintf(text, size, "from %s", sweep->values[from].text);
}
