#include "bundle/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bundle/entries.h"
#include "os/files/regular_file.h"

#define BLOCK_BYTES (64 << 10)

gf_status gf_archive_check(gf_error *error) {
    (void)error;
    return GF_OK;
}

#define GIVE       "give a bundle that gpufare has written"
#define NO_ARCHIVE "it is no tar archive that zstd compressed"

static gf_status fail(struct archive *archive, const char *what, gf_error *error) {
    const char *why = archive_error_string(archive);
    gf_error_set(error, GF_FAILED, "%s: %s", what, why == NULL ? "no memory" : why);
    gf_flatten_text(error->text);
    return GF_FAILED;
}

/* What was read is at fault. */
static gf_status refuse(struct archive *archive, const char *what, gf_error *error) {
    fail(archive, what, error);
    const size_t used = strlen(error->text);
    snprintf(error->text + used, sizeof error->text - used, "; copy it again, or " GIVE);
    return error->status = GF_USAGE;
}

/* ---- Writing ----------------------------------------------------------- */

static la_ssize_t put(struct archive *archive, void *context, const void *bytes, size_t size) {
    errno = 0;
    if (fwrite(bytes, 1, size, context) == size)
        return (la_ssize_t)size;
    archive_set_error(archive, errno, "%s", strerror(errno == 0 ? EIO : errno));
    return -1;
}

static bool write_entry(struct archive *archive, const gf_entry_file *from, int64_t mtime) {
    struct archive_entry *entry = archive_entry_new();
    if (entry == NULL)
        return false;
    archive_entry_set_pathname(entry, from->name);
    archive_entry_set_size(entry, (la_int64_t)from->size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, (time_t)mtime, 0);
    const bool good =
        archive_write_header(archive, entry) == ARCHIVE_OK &&
        archive_write_data(archive, from->bytes, from->size) == (la_ssize_t)from->size;
    archive_entry_free(entry);
    return good;
}

/* A library without zstd would start a program for it. */
static bool set_up_writer(struct archive *archive, FILE *stream) {
    return archive_write_set_format_ustar(archive) == ARCHIVE_OK &&
           archive_write_add_filter_zstd(archive) == ARCHIVE_OK &&
           archive_write_set_bytes_per_block(archive, BLOCK_BYTES) == ARCHIVE_OK &&
           archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
           archive_write_open(archive, stream, NULL, put, NULL) == ARCHIVE_OK;
}

gf_status gf_archive_write(gf_entries *entries, int64_t mtime, FILE *stream, gf_error *error) {
    struct archive *archive = archive_write_new();
    if (archive == NULL)
        return gf_error_no_memory(error, "an archive", 0);
    gf_entries_sort(entries);
    bool good = set_up_writer(archive, stream);
    for (size_t i = 0; good && i < entries->count; i++)
        good = write_entry(archive, &entries->files[i], mtime);
    good = good && archive_write_close(archive) == ARCHIVE_OK;
    const gf_status status = good ? GF_OK : fail(archive, "cannot write the bundle", error);
    archive_write_free(archive);
    return status;
}

/* ---- Reading ----------------------------------------------------------- */

typedef struct source {
    FILE *stream;
    uint64_t read;
    unsigned char block[BLOCK_BYTES];
} source;

static la_ssize_t get(struct archive *archive, void *context, const void **bytes) {
    source *from = context;
    const size_t count = fread(from->block, 1, sizeof from->block, from->stream);
    from->read += count;
    *bytes = from->block;
    if (!ferror(from->stream) && from->read <= GF_ENTRIES_MOST_BYTES)
        return (la_ssize_t)count;
    archive_set_error(archive, EFBIG,
                      ferror(from->stream) ? "it cannot be read" : "it is larger than any bundle");
    return -1;
}

/* What a bundle has none of; NULL: a regular file. */
static const char *find_oddity(struct archive_entry *entry) {
    if (archive_entry_hardlink(entry) != NULL || archive_entry_symlink(entry) != NULL)
        return "is a link";
    if (archive_entry_filetype(entry) != AE_IFREG)
        return "is no regular file";
    if (archive_entry_sparse_count(entry) > 0)
        return "is sparse";
    return NULL;
}

/* What the head of the entry says of its size is not trusted: memory grows with what is there. */
static gf_status read_bytes(struct archive *archive, const char *name, uint64_t room,
                            unsigned char **bytes, size_t *size, gf_error *error) {
    size_t capacity = BLOCK_BYTES;
    la_ssize_t got = 0;
    unsigned char *made = malloc(capacity + 1);
    *size = 0;
    while (made != NULL && (got = archive_read_data(archive, made + *size, capacity - *size)) > 0) {
        *size += (size_t)got;
        if (*size > room) {
            free(made);
            return gf_entries_refuse_size(name, error);
        }
        if (*size < capacity)
            continue;
        capacity *= 2;
        unsigned char *larger = realloc(made, capacity + 1);
        if (larger == NULL)
            free(made);
        made = larger;
    }
    if (made == NULL)
        return gf_error_no_memory(error, name, capacity);
    if (got < 0) {
        free(made);
        return refuse(archive, name, error);
    }
    made[*size] = '\0';
    *bytes = made;
    return GF_OK;
}

static gf_status read_entry(struct archive *archive, struct archive_entry *entry, gf_entries *to,
                            gf_error *error) {
    const char *name = archive_entry_pathname(entry), *oddity = find_oddity(entry);
    unsigned char *bytes = NULL;
    size_t size = 0;
    if (name == NULL)
        return gf_error_set(error, GF_USAGE, "a file in it has no name that can be read");
    gf_status status = gf_entries_check_name(name, error);
    if (status == GF_OK && oddity != NULL)
        return gf_error_set(error, GF_USAGE, "%.80s %s; a bundle has regular files only", name,
                            oddity);
    if (status == GF_OK)
        status = read_bytes(archive, name, GF_ENTRIES_MOST_BYTES - to->bytes, &bytes, &size, error);
    return status == GF_OK ? gf_entries_add(to, name, bytes, size, error) : status;
}

static gf_status read_entries(struct archive *archive, gf_entries *to, gf_error *error) {
    struct archive_entry *entry = NULL;
    for (;;) {
        const int code = archive_read_next_header(archive, &entry);
        if (code == ARCHIVE_EOF && to->count > 0)
            return GF_OK;
        if (code == ARCHIVE_EOF)
            return gf_error_set(error, GF_USAGE, "there is nothing in it");
        if (code != ARCHIVE_OK)
            return to->count > 0 ? refuse(archive, to->files[to->count - 1].name, error)
                                 : refuse(archive, NO_ARCHIVE, error);
        const gf_status status = read_entry(archive, entry, to, error);
        if (status != GF_OK)
            return status;
    }
}

static bool set_up_reader(struct archive *archive, source *from) {
    return archive_read_support_filter_zstd(archive) == ARCHIVE_OK &&
           archive_read_support_format_tar(archive) == ARCHIVE_OK &&
           archive_read_open(archive, from, NULL, get, NULL) == ARCHIVE_OK;
}

static gf_status read_stream(FILE *stream, gf_entries *entries, gf_error *error) {
    struct archive *archive = archive_read_new();
    source *from = malloc(sizeof *from);
    gf_status status = GF_OK;
    if (archive == NULL || from == NULL) {
        status = gf_error_no_memory(error, "an archive", sizeof *from);
    } else {
        from->stream = stream;
        from->read = 0;
        status = set_up_reader(archive, from) ? read_entries(archive, entries, error)
                                              : refuse(archive, NO_ARCHIVE, error);
    }
    archive_read_free(archive);
    free(from);
    return status;
}

gf_status gf_archive_read(const char *path, gf_entries *entries, gf_error *error) {
    FILE *stream = NULL;
    *entries = (gf_entries){.count = 0};
    gf_status status = gf_regular_file_open(path, GIVE, &stream, error);
    if (status != GF_OK)
        return status;
    status = read_stream(stream, entries, error);
    fclose(stream);
    if (status == GF_OK)
        return GF_OK;
    gf_entries_clear(entries);
    return gf_error_prefix(error, "%s", path);
}
