/* Rows between the whole problem and the buffers of the band on the device. */
#pragma once

#include "backends/device_set/member.h"
#include "backends/out_of_core/whole_rows.h"

/* Copies rows into the band's buffer `index`, from its row `first` on, and to the device. */
gf_status gf_band_put(gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                      const gf_whole_rows *source, gf_error *error);
/* The same from the device. */
gf_status gf_band_get(gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                      const gf_whole_rows *target, gf_error *error);
