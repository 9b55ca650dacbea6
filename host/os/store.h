/* Small JSON files that gpufare keeps between runs, in $XDG_CACHE_HOME/gpufare, else
 * ~/.cache/gpufare. What is kept there may vanish at any time, and is believed only if this user
 * wrote it; every failure means "nothing is known". */
#ifndef GF_STORE_H
#define GF_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits, for names of files: chains over several pieces; start with GF_HASH_START. It
 * tells keys apart and guards against nothing: keep the key in the file and compare it. */
#define GF_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t gf_hash_bytes(uint64_t hash, const void *bytes, size_t length);
/* Includes the closing zero, so that "ab","c" and "a","bc" differ. */
uint64_t gf_hash_text(uint64_t hash, const char *text);

/* Bytes; larger files are neither written nor read. */
#define GF_STORE_FILE_LIMIT (1 << 20)

/* The path of the file "KIND-HASH.json", which need not be there; false: there is no folder for it,
 * or the path is longer than `size`. */
#define GF_STORE_PATH_SIZE 4096
bool gf_store_path(const char *kind, uint64_t hash, char *path, size_t size);
/* What the file holds; a new reference, or NULL. */
json_t *gf_store_read(const char *kind, uint64_t hash);
/* Whether there is such a file: when it can't be read, it is damaged or another user's. */
bool gf_store_has(const char *kind, uint64_t hash);
/* Replaces the file, complete or not at all: several processes may write it. Without fsync, since
 * what a power cut loses is only found out anew. false: it could not be kept. */
bool gf_store_write(const char *kind, uint64_t hash, const json_t *document);
void gf_store_remove(const char *kind, uint64_t hash);

#endif
