/* Checksums. */
#pragma once

#include <stddef.h>

#define GF_SHA256_TEXT 65

/* SHA-256 in lower-case hexadecimal digits. */
void gf_sha256(const void *bytes, size_t size, char text[GF_SHA256_TEXT]);
