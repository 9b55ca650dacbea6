/* One device of a set, with its program and buffers, and what it does for the set. */
#pragma once

#include "device/backend.h"
#include "problem/parts/division.h"
#include "problem/rectangle.h"

typedef struct gf_set_member {
    gf_device *device;
    gf_problem problem; /* of the largest part that its buffers have room for */
    gf_program *program;
    gf_host_array host[GF_MAX_BUFFERS];
    gf_buffer buffers[GF_MAX_BUFFERS];
    uint32_t made;         /* of the buffers */
    bool works_inside;     /* on rows of the whole problem's arrays, which its buffers are */
    bool swapped;          /* the content of its pair is in the partner */
    bool common_is_up;     /* the inputs that every part has all of, in this launch */
    gf_member_share share; /* of this launch */
    gf_status status;      /* of this launch */
    gf_error failure;
} gf_set_member;

/* Makes the program and buffers with room for `room` units. What was made stays on failure, for
 * gf_set_member_destroy. */
gf_status gf_set_member_create(gf_set_member *member, const gf_member *its, const gf_problem *whole,
                               const gf_division *division, uint64_t room, gf_error *error);
/* Makes buffers, and host arrays, for the member's problem. */
gf_status gf_set_member_make_buffers(gf_set_member *member, gf_error *error);
/* As gf_set_member_create for the whole problem in these buffers' host memory, on a prompt backend
 * of this process.
 */
gf_status gf_set_member_create_whole(gf_set_member *member, const gf_member *its,
                                     const gf_problem *whole, const gf_buffer *buffers,
                                     gf_error *error);
void gf_set_member_destroy(gf_set_member *member);
/* Makes its buffers of the host memory of these, in place of those that it has. */
gf_status gf_set_member_take_memory(gf_set_member *member, const gf_buffer *whole, gf_error *error);
void gf_set_member_release_buffers(gf_set_member *member);

/* Puts other content into all that kernels write, so that no earlier result passes for a new one.
 */
gf_status gf_set_member_poison(gf_set_member *member, gf_error *error);

/* A rectangle of the member's buffer `index` is moved in two steps. One is between the device and
 * the member's host memory: a read from the device, or, once the host may write there, a write.
 * Empty ones move nothing. */
gf_status gf_set_member_claim(gf_set_member *member, uint32_t index, gf_error *error);
gf_status gf_set_member_read(gf_set_member *member, uint32_t index, gf_rectangle cells,
                             gf_error *error);
gf_status gf_set_member_write(gf_set_member *member, uint32_t index, gf_rectangle cells,
                              gf_error *error);
/* The other step is a copy between that host memory and `packed`, where its rows follow one
 * another without gaps. */
void gf_set_member_pack(const gf_set_member *member, uint32_t index, gf_rectangle cells,
                        void *packed);
void gf_set_member_unpack(gf_set_member *member, uint32_t index, gf_rectangle cells,
                          const void *packed);
/* Both steps. */
gf_status gf_set_member_put_cells(gf_set_member *member, uint32_t index, gf_rectangle cells,
                                  const void *source, gf_error *error);
gf_status gf_set_member_get_cells(gf_set_member *member, uint32_t index, gf_rectangle cells,
                                  void *target, gf_error *error);
/* Both of rows of the member's buffer `index`, from its row `first` on. */
gf_status gf_set_member_put(gf_set_member *member, uint32_t index, uint64_t first, uint64_t rows,
                            const void *source, gf_error *error);
gf_status gf_set_member_get(gf_set_member *member, uint32_t index, uint64_t first, uint64_t rows,
                            void *target, gf_error *error);

/* Computes a part with these buffers and notes the times. GF_INTERRUPTED when cancelled. */
gf_status gf_set_member_compute(gf_set_member *member, gf_buffer *buffers, gf_part part,
                                uint64_t first_step, uint64_t steps,
                                const volatile sig_atomic_t *cancel, gf_error *error);

uint64_t gf_set_now(void);
