#include "options/nearest.h"

#include <stdint.h>
#include <string.h>

#define MOST_EDITS 2 /* beyond these a suggestion would be a guess */

/* Levenshtein's distance, in one row; words are short. */
static size_t edit_distance(const char *a, const char *b) {
    size_t row[64];
    const size_t length = strlen(b);
    if (length >= sizeof row / sizeof row[0])
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            const size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
            const size_t drop = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = change < drop ? change : drop;
        }
    }
    return row[length];
}

void nearest_word(const char *word, const char *candidate, const char **best, size_t *distance) {
    const size_t edits = edit_distance(word, candidate);
    if (edits < *distance && edits <= MOST_EDITS && edits < strlen(candidate)) {
        *distance = edits;
        *best = candidate;
    }
}
