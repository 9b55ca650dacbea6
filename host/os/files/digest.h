/* Checksums. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define GF_SHA256_TEXT 65

/* Whether there are any: they need nettle. Without it every text is empty. */
bool gf_has_sha256(void);

/* SHA-256 in lower-case hexadecimal digits. */
void gf_sha256(const void *bytes, size_t size, char text[GF_SHA256_TEXT]);

/* The same of bytes that come in pieces. */
typedef struct gf_digest gf_digest;
gf_digest *gf_digest_create(void); /* NULL: no memory */
void gf_digest_add(gf_digest *digest, const void *bytes, size_t size);
/* Takes what was added so far; a new one begins. */
void gf_digest_take(gf_digest *digest, char text[GF_SHA256_TEXT]);
void gf_digest_destroy(gf_digest *digest); /* accepts NULL */
