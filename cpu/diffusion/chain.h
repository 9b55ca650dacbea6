/* What the native diffusion kernel and the defaults of its tunables agree on. */
#pragma once

/* No more rows are made into a chain of strips: what strips hand on grows with them. */
#define GF_DIFFUSION_MOST_CHAIN_ROWS 4096
