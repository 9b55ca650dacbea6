#include "trace/raw_records.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "os/files/regular_file.h"

static gf_status check_header(const gf_raw_records *records, gf_error *error) {
    const gf_trace_header *header = &records->header;
    if (memcmp(header->magic, GF_TRACE_MAGIC, sizeof header->magic) != 0)
        return gf_error_set(error, GF_USAGE,
                            "%s: no trace; give a file that `gpufare trace` has kept",
                            records->path);
    if (header->order != GF_TRACE_ORDER)
        return gf_error_set(error, GF_USAGE,
                            "%s: a trace of a machine with another byte order; read it there",
                            records->path);
    if (header->version != GF_TRACE_VERSION)
        return gf_error_set(error, GF_USAGE,
                            "%s: a trace of version %u, and this program reads version %d; read "
                            "it with the gpufare that wrote it",
                            records->path, header->version, GF_TRACE_VERSION);
    if (header->bytes != sizeof *header)
        return gf_error_set(error, GF_USAGE,
                            "%s: damaged: a header of %u bytes, and it has %zu; keep a new trace",
                            records->path, header->bytes, sizeof *header);
    return GF_OK;
}

gf_status gf_raw_records_open(const char *path, gf_raw_records **records, gf_error *error) {
    gf_raw_records *opened = calloc(1, sizeof *opened);
    *records = opened;
    if (opened == NULL || (opened->path = strdup(path)) == NULL)
        return gf_error_no_memory(error, "a trace", sizeof *opened);
    const gf_status status = gf_regular_file_open(path, "give a file that `gpufare trace` has kept",
                                                  &opened->file, error);
    if (status != GF_OK)
        return status;
    const size_t got = fread(&opened->header, 1, sizeof opened->header, opened->file);
    if (ferror(opened->file))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
    if (got < sizeof opened->header)
        memset(&opened->header, 0, sizeof opened->header);
    opened->at = got;
    return check_header(opened, error);
}

/* Reads exactly so many bytes; false: the file ends before. */
static bool read_all(gf_raw_records *records, void *into, size_t bytes) {
    const size_t got = fread(into, 1, bytes, records->file);
    records->at += got;
    return got == bytes;
}

static gf_status damaged(const gf_raw_records *records, uint64_t at, const char *what,
                         gf_error *error) {
    return gf_error_set(error, GF_USAGE, "%s: damaged at byte %llu: %s; keep a new trace",
                        records->path, (unsigned long long)at, what);
}

static gf_status read_record(gf_raw_records *records, gf_raw_record *record, bool *known,
                             gf_error *error) {
    const uint64_t begin = records->at;
    gf_trace_head head;
    *record = (gf_raw_record){GF_TRACE_END_OF_FILE, records->content, 0};
    *known = true;
    if (!read_all(records, &head, sizeof head)) {
        records->cut_off = records->at != begin;
        return GF_OK;
    }
    if (head.type == GF_TRACE_END_OF_FILE)
        return GF_OK;
    if (head.bytes > sizeof records->content || head.bytes % 8 != 0)
        return damaged(records, begin, "the length of a record", error);
    if (!read_all(records, records->content, head.bytes)) {
        records->cut_off = true;
        return GF_OK;
    }
    if (head.check != gf_trace_check(head.type, records->content, head.bytes))
        return damaged(records, begin, "the sum of a record", error);
    *known = head.type < GF_TRACE_TYPE_COUNT;
    *record = (gf_raw_record){*known ? (gf_trace_type)head.type : GF_TRACE_END_OF_FILE,
                              records->content, head.bytes};
    return GF_OK;
}

gf_status gf_raw_records_next(gf_raw_records *records, gf_raw_record *record, gf_error *error) {
    bool known = false;
    gf_status status = GF_OK;
    while (status == GF_OK && !known)
        status = read_record(records, record, &known, error);
    if (status == GF_OK && ferror(records->file))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", records->path);
    return status;
}

void gf_raw_records_close(gf_raw_records *records) {
    if (records == NULL)
        return;
    if (records->file != NULL)
        fclose(records->file);
    free(records->path);
    free(records);
}

bool gf_raw_take(const gf_raw_record *record, void *into, size_t bytes) {
    if (record->bytes < bytes)
        return false;
    memcpy(into, record->content, bytes);
    return true;
}

const char *gf_raw_text(const gf_raw_record *record, size_t fixed_bytes, size_t index) {
    size_t at = fixed_bytes;
    while (at < record->bytes) {
        const char *text = record->content + at;
        const char *end = memchr(text, '\0', record->bytes - at);
        if (end == NULL)
            return "";
        if (index-- == 0)
            return text;
        at = (size_t)(end - record->content) + 1;
    }
    return "";
}

/* ---- Writing ----------------------------------------------------------- */

static gf_status put(FILE *file, const void *bytes, size_t size, gf_error *error) {
    if (size == 0 || fwrite(bytes, 1, size, file) == size)
        return GF_OK;
    return gf_error_set_errno(error, GF_FAILED, errno, "cannot write a trace");
}

gf_status gf_raw_write_header(FILE *file, gf_error *error) {
    gf_trace_header header = {
        .version = GF_TRACE_VERSION, .bytes = sizeof(gf_trace_header), .order = GF_TRACE_ORDER};
    memcpy(header.magic, GF_TRACE_MAGIC, sizeof header.magic);
    return put(file, &header, sizeof header, error);
}

gf_status gf_raw_write(FILE *file, gf_trace_type type, const void *content, size_t bytes,
                       const char *text, gf_error *error) {
    char whole[GF_TRACE_MOST_BYTES] = {0};
    const size_t most = GF_TRACE_MOST_TEXT - 1;
    const size_t text_bytes = text == NULL ? 0 : strnlen(text, most);
    const size_t padded = (bytes + (text == NULL ? 0 : text_bytes + 1) + 7) / 8 * 8;
    if (padded > sizeof whole)
        return gf_error_set(error, GF_FAILED, "a record of a trace is too long");
    memcpy(whole, content, bytes);
    if (text_bytes > 0)
        memcpy(whole + bytes, text, text_bytes);
    const gf_trace_head head = {.type = (uint32_t)type,
                                .bytes = (uint32_t)padded,
                                .check = gf_trace_check((uint32_t)type, whole, padded)};
    const gf_status status = put(file, &head, sizeof head, error);
    return status == GF_OK ? put(file, whole, padded, error) : status;
}
