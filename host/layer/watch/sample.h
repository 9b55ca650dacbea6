/* Hashes of what the program hands over. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define GF_SAMPLE_WHOLE 4096 /* bytes up to which all count */

/* A hash of all bytes. */
uint64_t gf_hash(uint64_t begun, const void *bytes, size_t size);
/* The same of a sample: of more than GF_SAMPLE_WHOLE bytes only 64 pieces, evenly spread, of which
 * the first and the last are the ends. */
uint64_t gf_sample_hash(const void *bytes, size_t size);
