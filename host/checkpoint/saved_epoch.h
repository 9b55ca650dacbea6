/* Reading epochs (epoch_folder.h). */
#pragma once

#include "checkpoint/checkpoint_identity.h"
#include "checkpoint/epoch_folder.h"
#include "checkpoint/epoch_manifest.h"

typedef struct gf_saved_epoch gf_saved_epoch;

/* Says in one line why an epoch is passed over. */
typedef void (*gf_epoch_warning)(const char *text, void *context);

/* Opens the newest epoch of a step before `below` whose manifest is whole and whose parts have the
 * right lengths; one that is damaged is passed over, and told of. The content of the parts is not
 * read yet. GF_USAGE when the epoch is of another problem, with what differs; GF_UNSUPPORTED when
 * it is of a newer version; GF_FAILED when there is none. `folder` must outlive the epoch. */
gf_status gf_saved_epoch_open(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                              uint64_t below, gf_epoch_warning warn, void *context,
                              gf_saved_epoch **saved, gf_error *error);
void gf_saved_epoch_close(gf_saved_epoch *saved); /* accepts NULL */
uint64_t gf_saved_epoch_step(const gf_saved_epoch *saved);
const char *gf_saved_epoch_path(const gf_saved_epoch *saved);
const char *gf_saved_epoch_written(const gf_saved_epoch *saved); /* "2026-11-30T07:35:45Z" */
/* Reads a rectangle of a field, whatever the parts are, and checks each part that it touches by its
 * hash. Its rows go to `into`, `stride` bytes from one to the next. GF_FAILED when a part is
 * damaged: then an older epoch may do. */
gf_status gf_saved_epoch_read(const gf_saved_epoch *saved, uint32_t field, const gf_rectangle *area,
                              void *into, size_t stride, gf_error *error);
/* The same of whole rows, without gaps between them. */
gf_status gf_saved_epoch_read_rows(const gf_saved_epoch *saved, uint32_t field, uint64_t first,
                                   uint64_t rows, void *into, gf_error *error);
