/* Folders for the files of a test. They go, with all that is in them, when the process that made
 * them ends: Criterion runs each test in one of its own, which ends the same way whether the test
 * passes, fails or is skipped. One that crashes or runs out of time leaves them. */
#pragma once

/* A new, empty one in /tmp. The path stays the helper's. */
char *made_folder(void);

/* The path of a file in a new one, which does not hold it yet. */
char *made_path(const char *name);

/* A new one in which gpufare keeps its caches from now on. */
char *made_cache(void);
