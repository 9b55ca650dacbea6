/* Small JSON files that gpufare stores between runs, in $XDG_CACHE_HOME/gpufare, else
 * ~/.cache/gpufare. They may vanish at any time and are trusted only if this user owns them; every
 * failure means that nothing is stored. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits, for names of files: chains over several pieces; start with GF_HASH_START. Two
 * keys may have one hash, so store the key in the file and compare it. */
#define GF_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t gf_hash_bytes(uint64_t hash, const void *bytes, size_t length);
/* Includes the closing zero, so that "ab","c" and "a","bc" differ. */
uint64_t gf_hash_text(uint64_t hash, const char *text);

/* Bytes; larger files are neither written nor read. */
#define GF_STORE_FILE_LIMIT (1 << 20)

/* The path of the file "KIND-HASH.json", which need not exist; false: no folder is known for it, or
 * the path is longer than `size`. */
#define GF_STORE_PATH_SIZE 4096
bool gf_store_path(const char *kind, uint64_t hash, char *path, size_t size);
/* The same for other files, "KIND-HASHENDING": the folder is made as well. */
bool gf_store_file(const char *kind, uint64_t hash, const char *ending, char *path, size_t size);
/* The file's content, a new reference, or NULL. */
json_t *gf_store_read(const char *kind, uint64_t hash);
/* Whether the file exists. One that exists and can't be read is damaged or another user's. */
bool gf_store_has(const char *kind, uint64_t hash);
/* Replaces the file, complete or not at all, since several processes may write it. Not synced:
 * data lost in a power cut is measured again. Returns false if the file could not be written. */
bool gf_store_write(const char *kind, uint64_t hash, const json_t *document);
void gf_store_remove(const char *kind, uint64_t hash);
/* Calls `visit` for each file of a kind, in the order of their names, until it returns false. */
void gf_store_visit(const char *kind, bool (*visit)(uint64_t hash, void *context), void *context);
