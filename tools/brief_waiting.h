/* OpenMP's threads wait by spinning, by default for some 5 ms after each parallel region. Beside
 * other programs that uses up the time that the system would give them for the next region, and the
 * region then waits for them. So gpufare's wait for a thousand rounds and then sleep, as libgomp's
 * own do when it knows of more threads than cores. GOMP_SPINCOUNT and OMP_WAIT_POLICY are obeyed if
 * they are set.
 *
 * libgomp reads these variables once, before `main` and before all constructors of this program.
 * Only functions of the preinit array, which shared libraries can't have, come before it. */
#pragma once

/* Puts the environment back, so that the program and its children see it as the user set it. `main`
 * calls this first. */
void brief_waiting_restore(void);
