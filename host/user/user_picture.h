/* The picture that a manifest asks for. */
#pragma once

#include "image/image.h"
#include "problem/workload.h"

/* Whether the manifest's picture is one of the result, which alone can be drawn. */
bool gf_user_has_picture(const gf_workload *workload);
/* gf_workload.render. */
gf_status gf_user_render(const gf_problem *problem, const void *result, gf_image *image,
                         gf_error *error);
