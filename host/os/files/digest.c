#include "os/files/digest.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdlib.h>

struct gf_digest {
    struct sha256_ctx context;
};

bool gf_has_sha256(void) {
    return true;
}

gf_digest *gf_digest_create(void) {
    gf_digest *made = malloc(sizeof *made);
    if (made != NULL)
        sha256_init(&made->context);
    return made;
}

void gf_digest_add(gf_digest *digest, const void *bytes, size_t size) {
    sha256_update(&digest->context, size, bytes);
}

void gf_digest_take(gf_digest *digest, char text[GF_SHA256_TEXT]) {
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(&digest->context, sizeof bytes, bytes);
    base16_encode_update(text, sizeof bytes, bytes);
    text[GF_SHA256_TEXT - 1] = '\0';
}

void gf_digest_destroy(gf_digest *digest) {
    free(digest);
}

void gf_sha256(const void *bytes, size_t size, char text[GF_SHA256_TEXT]) {
    gf_digest digest;
    sha256_init(&digest.context);
    gf_digest_add(&digest, bytes, size);
    gf_digest_take(&digest, text);
}
