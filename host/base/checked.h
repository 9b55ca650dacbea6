/* Arithmetic on sizes that reports overflow instead of wrapping. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* false on overflow; the value of *product is then wrong. */
static inline bool gf_mul_size(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}
