#include "prelude.h" /* before the kernel: it defines what that asks for */

#include "diffusion.cl"
