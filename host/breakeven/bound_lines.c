#include "breakeven/bound_lines.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

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

void gf_bound_line_format_open(const gf_sweep *sweep, const gf_bound_line *line, char *text,
                               size_t size) {
    size_t first = 0, last = 0, open = 0, doubtful = 0;
    gf_text to = gf_text_in(text, size);
    for (size_t i = 0; i < sweep->count; i++) {
        if (line->cells[i].worth != GF_WORTH_OPEN)
            continue;
        first = open == 0 ? i : first;
        last = i;
        open++;
        const gf_bound_ratio *ratio = &line->cells[i].ratio;
        doubtful += ratio->at_worst > 1 || ratio->at_best <= 1; /* open for no other reason */
    }
    if (open == 0)
        return;
    gf_text_add(&to, "open %s %s", first == last ? "at" : "from", sweep->values[first].text);
    if (first != last)
        gf_text_add(&to, " to %s", sweep->values[last].text);
    if (first != last && open < last - first + 1)
        gf_text_add(&to, ", at %zu values", open);
    if (doubtful > 0)
        gf_text_add(&to, "%s only because other programs disturbed the times of the CPU",
                    doubtful < open ? ", at some" : ",");
}
