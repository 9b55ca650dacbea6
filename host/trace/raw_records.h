/* Records of a trace file, one after the other. What they hold is checked only as far as their
 * sizes and sums go: numbers in them may be anything. */
#pragma once

#include "gpufare.h"
#include "layer/trace_format.h"

typedef struct gf_raw_records {
    FILE *file;
    char *path; /* owned */
    gf_trace_header header;
    uint64_t at;  /* bytes read */
    bool cut_off; /* the file ended inside of a record */
    char content[GF_TRACE_MOST_BYTES];
} gf_raw_records;

typedef struct gf_raw_record {
    gf_trace_type type; /* GF_TRACE_END_OF_FILE: there is no further one */
    const char *content;
    size_t bytes;
} gf_raw_record;

/* Reads the header. GF_FAILED: the file can't be read; GF_USAGE: it is no trace, or of another
 * version or byte order. The caller closes in any case. */
gf_status gf_raw_records_open(const char *path, gf_raw_records **records, gf_error *error);
/* The next record, which lives until the next call. Records of unknown types are passed over.
 * GF_USAGE: the file is damaged. GF_FAILED: it can't be read. */
gf_status gf_raw_records_next(gf_raw_records *records, gf_raw_record *record, gf_error *error);
void gf_raw_records_close(gf_raw_records *records);

/* Copies the fixed part of a record, whose size is `bytes`; false: it is shorter. */
bool gf_raw_take(const gf_raw_record *record, void *into, size_t bytes);
/* The text number `index` behind the fixed part; "" if there is none. */
const char *gf_raw_text(const gf_raw_record *record, size_t fixed_bytes, size_t index);

/* Writing: the same sums. */
gf_status gf_raw_write_header(FILE *file, gf_error *error);
gf_status gf_raw_write(FILE *file, gf_trace_type type, const void *content, size_t bytes,
                       const char *text, gf_error *error);
