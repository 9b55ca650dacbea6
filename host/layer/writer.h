/* The trace file of this process. It is mapped, so that what was written stays in the file however
 * the process ends, without a call of the system for each record. */
#pragma once

#include <stdbool.h>

#include "layer/trace_format.h"

/* Begins the file if the environment names a folder for it. Without one, or without room, nothing
 * is recorded. Call once, before any other of these. */
void gf_writer_open(void);
/* Whether records are kept. */
bool gf_writer_is_open(void);
/* Appends a record: `bytes` of content, then `text_bytes` of text. Any thread may call it. What
 * does not fit is counted as dropped. */
void gf_writer_add(gf_trace_type type, const void *content, size_t bytes, const char *text,
                   size_t text_bytes);
/* Counts what could not be recorded. */
void gf_writer_drop(void);
void gf_writer_drop_times(void);
/* Writes the last record and gives back the room that was not used. */
void gf_writer_close(gf_trace_end end);
/* In the child of a fork: the file is the parent's. */
void gf_writer_leave(void);
/* Around a fork, so that the child does not find a record half written. */
void gf_writer_lock(void);
void gf_writer_unlock(void);

uint64_t gf_now_ns(void);
/* A small number for the calling thread, from 1. */
uint32_t gf_thread_number(void);
