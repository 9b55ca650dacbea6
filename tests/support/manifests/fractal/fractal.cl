#include "prelude.h"
#include "julia.cl"
