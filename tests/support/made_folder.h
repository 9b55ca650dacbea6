/* Folders for the files of a test. They go, with all that is in them, when the process that made
 * them ends: Criterion runs each test in one of its own, and that ends the same way whether the
 * test has passed or not. */
#pragma once

/* A new, empty one in /tmp. The path stays the helper's. */
char *made_folder(void);

/* The path of a file in a new one, which does not hold it yet. */
char *made_path(const char *name);

/* A new one in which gpufare keeps its caches from now on. */
char *made_cache(void);
