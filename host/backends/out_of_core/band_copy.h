/* Rows between the arrays of the whole problem and the buffers of the band on the device. */
#pragma once

#include "backends/device_set/member.h"

/* Copies rows into the band's buffer `index`, from its row `first` on, and to the device. */
gf_status gf_band_put(gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                      const void *source, gf_error *error);
/* The same from the device. */
gf_status gf_band_get(gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                      void *target, gf_error *error);
/* Copies with as many cores as pay. */
void gf_band_copy(void *target, const void *source, size_t bytes);
