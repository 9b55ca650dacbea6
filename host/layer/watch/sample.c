#include "layer/watch/sample.h"

#include <string.h>

#define PIECES      64
#define PIECE_BYTES 64

uint64_t gf_hash(uint64_t begun, const void *bytes, size_t size) {
    const unsigned char *from = bytes;
    uint64_t sum = begun ^ ((uint64_t)size * UINT64_C(0x9e3779b97f4a7c15));
    for (; size >= 8; size -= 8, from += 8) {
        uint64_t word;
        memcpy(&word, from, sizeof word);
        sum = (sum ^ word) * UINT64_C(0xff51afd7ed558ccd);
        sum ^= sum >> 32;
    }
    uint64_t rest = 0;
    if (size > 0)
        memcpy(&rest, from, size);
    sum = (sum ^ rest) * UINT64_C(0xff51afd7ed558ccd);
    return sum ^ (sum >> 32);
}

uint64_t gf_sample_hash(const void *bytes, size_t size) {
    if (size <= GF_SAMPLE_WHOLE)
        return gf_hash(0, bytes, size);
    uint64_t sum = size;
    const size_t last = size - PIECE_BYTES;
    for (size_t i = 0; i < PIECES; i++) {
        const size_t at = last / (PIECES - 1) * i;
        sum = gf_hash(sum, (const char *)bytes + at, PIECE_BYTES);
    }
    return gf_hash(sum, (const char *)bytes + last, PIECE_BYTES);
}
