#include "prelude.h"
#include "diffusion.cl"
