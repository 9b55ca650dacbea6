/* What the native diffusion kernel and the defaults of its tunables agree on. */
#pragma once

/* No more rows are made into a chain of strips: what strips hand on grows with them. */
#define GF_DIFFUSION_MOST_CHAIN_ROWS 4096

/* Values of the tunables streaming-stores, balance and small-numbers. */
enum streaming { THROUGH_CACHES = 1, PAST_CACHES };
enum balance { PLAIN_ADDITIONS = 1, BALANCED_PIPES };
enum small_numbers { AS_THEY_ARE = 1, SCALED_UP };
