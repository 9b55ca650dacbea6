/* Suggestions for words that are not known. */
#pragma once

#include <stddef.h>

/* Call it for one candidate after the other, starting with *best NULL and *distance SIZE_MAX: *best
 * becomes the candidate nearest to `word`, and stays NULL when none is near. */
void nearest_word(const char *word, const char *candidate, const char **best, size_t *distance);
