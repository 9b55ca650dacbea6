/* Broken manifests: each is refused with the line that is wrong and with what to write instead. */
#include <time.h>

#include "manifest_files.h"

typedef struct broken {
    const char *ini;
    unsigned line;              /* 0: the error names no line */
    const char *wrong, *remedy; /* what the error says */
    const char *cl;             /* NULL: SAXPY_CL */
} broken;

/* The numbers are lines of SAXPY_INI, which stays in front: a section that follows begins in
 * line 11. */
#define AFTER(text) SAXPY_INI text

#define STENCIL_CL                                                                                 \
    "kernel void saxpy(uint n, uint m, global const float *u, global float *v) {\n"                \
    "    size_t i = get_global_id(0) * m + get_global_id(1);\n"                                    \
    "    if (i < n * m) v[i] = u[i];\n"                                                            \
    "}\n"
#define STENCIL(shape_u, shape_v, access_v, steps)                                                 \
    "[parameter n]\ndefault = 10\n[parameter m]\ndefault = 20\n"                                   \
    "[buffer u]\nshape = " shape_u "\n[buffer v]\nshape = " shape_v "\n" access_v                  \
    "[kernel]\nglobal = m, n\n" steps

static const broken syntax[] = {
    {"", 1, "no section", "needs at least [kernel]", NULL},
    {"; nothing\n\n", 1, "no section", "needs at least [kernel]", NULL},
    {"global = n\n" SAXPY_INI, 1, "global stands before the first section", "write [kernel]", NULL},
    {"[kernel\nglobal = n\n", 1, "[kernel is no section", "write [kind]", NULL},
    {"[]\n", 1, "[] is no section", "such as [buffer x]", NULL},
    {"[buffer x y]\n", 1, "[buffer x y] is no section", "write [kind] or [kind name]", NULL},
    {"[kernel] global = n\n", 1, "is no section", "nothing behind it", NULL},
    {AFTER("[steps]\ncount 5\n"), 12, "count 5 is no entry", "write KEY = VALUE", NULL},
    {AFTER("[steps]\ncount =\n"), 12, "count has no value", "write one behind the =", NULL},
    {AFTER("[steps]\ncount = ; five\n"), 12, "count has no value", "remove the line", NULL},
    {AFTER("[steps]\ncount = 5\ncount = 6\n"), 13, "given twice, first in line 12", "remove one",
     NULL},
    {AFTER("[tolerance]\nulp = 4\x01\n"), 12, "control character 0x01", "remove it", NULL},
    {AFTER(
         "[workload]\nsummary = "
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
         "89012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
         "789012345678901234567890123456789\n"),
     12, "the limit is", "shorten it", NULL},
};

static const broken names[] = {
    {AFTER("[bufer z]\nshape = n\n"), 11, "no section is called bufer", "did you mean [buffer]?",
     NULL},
    {AFTER("[bufer z]\n"), 11, "no section is called bufer", "did you mean [buffer]?", NULL},
    {AFTER("[constants]\n"), 11, "no section is called constants", "there are: kernel, twin", NULL},
    {AFTER("[buffer]\nshape = n\n"), 11, "[buffer] has no name", "write [buffer NAME]", NULL},
    {AFTER("[steps 5]\ncount = 5\n"), 11, "[steps] takes no name", "write [steps]", NULL},
    {AFTER("[twin]\n[twin]\n"), 12, "a second [twin]", "join them", NULL},
    {AFTER("[steps]\ncont = 5\n"), 12, "[steps] has no cont", "did you mean count?", NULL},
    {AFTER("[steps]\nglobal = 5\n"), 12, "[steps] has no global", "it belongs to [kernel]", NULL},
    {AFTER("[steps]\nwidth = 5\n"), 12, "[steps] has no width", "its keys are: count, pair", NULL},
    {AFTER("[buffer z]\naccess = in\n"), 11, "[buffer z] has no shape", "give 1 to 3 expressions",
     NULL},
    {AFTER("[parameter b]\nmin = 1\n"), 11, "[parameter b] has no default", "give numbers", NULL},
    {AFTER("[steps]\npair = x, y\n"), 11, "[steps] has no count", "give an expression", NULL},
    {AFTER("[parameter 2d]\ndefault = 1\n"), 11, "2d is no C name", "with a letter first", NULL},
    {AFTER("[parameter a-b]\ndefault = 1\n"), 11, "a-b is no C name", "use letters", NULL},
    {AFTER("[parameter float]\ndefault = 1\n"), 11, "float is a word of C", "choose another name",
     NULL},
    {AFTER("[parameter abcdefghijklmnopqrstuvwxyz0123456]\ndefault = 1\n"), 11,
     "is longer than 31 characters", "shorten it", NULL},
    {AFTER("[parameter step]\ndefault = 1\n"), 11, "expressions have a step of their own",
     "choose another name", NULL},
    {AFTER("[parameter begin]\ndefault = 1\n"), 11, "twins have a begin of their own",
     "choose another name", NULL},
    {AFTER("[parameter threads]\ndefault = 1\n"), 11, "gpufare has a threads of its own",
     "choose another name", NULL},
    {AFTER("[scalar precision]\nvalue = 1\n"), 11, "gpufare has a precision of its own",
     "choose another name", NULL},
    {AFTER("[parameter max]\ndefault = 1\n"), 11, "max is a function", "choose another name", NULL},
    {AFTER("[scalar x]\nvalue = 1\n"), 11, "line 7 has a buffer of this name",
     "choose another name", NULL},
    {AFTER("[workload]\nname = my kernel\n"), 12, "my kernel is no C name", "use letters", NULL},
    {"[buffer x]\nshape = 1\n", 1, "no [kernel]", "add it, with global", NULL},
    {"[kernel]\nglobal = 1\n", 1, "no [buffer NAME]", "add one for each array", NULL},
};

static const broken parameters[] = {
    {AFTER("[parameter b]\ndefault = many\n"), 12, "column 1: many is a name", "write a number",
     NULL},
    {AFTER("[parameter b]\ndefault = 5\nmin = 10\n"), 12, "default: 5 is not acceptable",
     "give a whole number from 10", NULL},
    {AFTER("[parameter b]\ndefault = 50\nmax = 10\n"), 12, "default: 50 is not acceptable",
     "from 1 to 10", NULL},
    {AFTER("[parameter b]\ndefault = 0\n"), 12, "default: 0 is not acceptable",
     "give a whole number from 1", NULL},
    {AFTER("[parameter b]\ndefault = -3\n"), 12, "default: -3 is not acceptable",
     "give a whole number from 1", NULL},
    {AFTER("[parameter b]\ndefault = 5\nmin = 9\nmax = 3\n"), 14, "max: 3 is less than min, 9",
     "exchange them", NULL},
    {AFTER("[parameter b]\ndefault = 1.5\nmin = 2.5\n"), 12, "default: 1.5 is not acceptable",
     "give a number from 2.5", NULL},
    {AFTER("[parameter b]\ndefault = 1.5\ntype = int\n"), 12, "default: 1.5 is no whole number",
     "type = float", NULL},
    {AFTER("[parameter b]\ntype = integer\ndefault = 1\n"), 12,
     "type: integer is no type of a parameter", "give uint, int", NULL},
    {AFTER("[parameter b]\ntype = float4\ndefault = 1\n"), 12, "float4 is no type of a parameter",
     "give uint, int", NULL},
    {"[kernel]\nglobal = n\n[parameter n]\ndefault = 1 << 32\n[parameter a]\ndefault = 1.0\n"
     "[buffer x]\nshape = n\n[buffer y]\nshape = n\n",
     4, "default: 4294967296 is beyond uint", "give at most 4294967295, or take it as a ulong",
     NULL},
    {AFTER("[parameter b]\ntype = uchar\ndefault = 4\nmax = 256\n"), 14, "max: 256 is beyond uchar",
     "give at most 255", NULL},
    {AFTER("[parameter b]\ndefault = 1e39\n"), 12, "default: 1e+39 is beyond the type",
     "give a number from", NULL},
    {AFTER("[parameter b]\ndefault = 1 / 0\n"), 12, "1 / 0 divides by zero", "default: 1 / 0",
     NULL},
    {AFTER("[parameter b]\ndefault = 7\n"), 11, "parameter b is used nowhere", "remove the section",
     NULL},
    {AFTER("[tunable tile]\ncandidates = 8, 16\n"), 11, "tunable tile is used nowhere", "use it",
     NULL},
    {AFTER("[tunable tile]\ncandidates = 8, 0\n"), 12, "candidates: 0 is not acceptable",
     "give a whole number from 1", NULL},
    {AFTER("[tunable tile]\ncandidates = 8,, 16\n"), 12, "nothing stands before or behind a comma",
     "remove it", NULL},
};

#define OFFSETS_CL "kernel void saxpy(global ushort *y) { y[get_global_id(0)] = 0; }\n"
#define OFFSETS(begin)                                                                             \
    "[parameter n]\ndefault = 1000\n[kernel]\nglobal = n\n[workload]\nresult = y\n\n"              \
    "[tolerance]\nbits = yes\n[buffer y]\nshape = n\nbegin = " begin "\n"

static const broken buffers[] = {
    {AFTER("[buffer z]\nshape = n\ntype = real\n"), 13, "type: real is not known",
     "float or double", NULL},
    {AFTER("[buffer z]\nshape = n\n"), 11, "buffer z has no type", "add type = float", NULL},
    {AFTER("[buffer z]\nshape = n\ntype = float\n"), 11, "no kernel takes buffer z",
     "remove the section", NULL},
    {AFTER("[buffer z]\ntype = float\nshape = n, n, n, n\n"), 13, "shape has more than 3 values",
     "give at most 3", NULL},
    {AFTER("[buffer z]\ntype = float\nshape = m\n"), 13, "shape: m: column 1: m is none of the",
     "define [parameter m]", NULL},
    {AFTER("[buffer z]\ntype = float\nshape = n * (n + 1\n"), 13, "column 5: this ( is not closed",
     "write the missing )", NULL},
    {AFTER("[buffer z]\ntype = float\nshape = local_x\n"), 13, "local_x has no value here",
     "use the parameters", NULL},
    {"[kernel]\nglobal = n\n[parameter n]\ndefault = 1\n[parameter a]\ndefault = 1.0\n[buffer x]\n"
     "shape = n - 1\n[buffer y]\nshape = n\n",
     8, "shape of x: n - 1 is 0", "it must be at least 1", NULL},
    {"[kernel]\nglobal = n\n[parameter n]\ndefault = 4000000000\n[parameter a]\ndefault = 1.0\n"
     "[buffer x]\nshape = n, n, n\n[buffer y]\nshape = n\n",
     8, "are beyond the address space", "use smaller parameters", NULL},
    {"[kernel]\nglobal = n\n[parameter n]\ndefault = 4000000000\n[parameter a]\ndefault = 1.0\n"
     "[buffer x]\nshape = n * n * n\n[buffer y]\nshape = n\n",
     8, "column 3: 4000000000 * 4000000000 is beyond", "shape of x", NULL},
    {AFTER("type = double\n"), 11, "saxpy takes y as float, and the buffer has double",
     "give both one type", NULL},
    {AFTER("access = output\n"), 11, "access: output is not known",
     "give in, out, inout or scratch", NULL},
    {AFTER("begin = random\n"), 11, "begin: random is not known", "give zeros, uniform(0, 1)",
     NULL},
    {AFTER("begin = zero\n"), 11, "begin: zero is not known", "did you mean zeros?", NULL},
    {AFTER("begin = uniform\n"), 11, "begin: uniform is not understood", "write uniform(0, 1)",
     NULL},
    {AFTER("begin = ramp(1)\n"), 11, "begin: ramp(1) is not understood", "write ramp(0, 1)", NULL},
    {AFTER("begin = offsets(n)\n"), 11, "begin: offsets are whole numbers, and y has float",
     "write type = uint", NULL},
    {AFTER("begin = offsets\n"), 11, "begin: offsets is not understood", "write offsets(TOTAL)",
     NULL},
    {AFTER("begin = offset(n)\n"), 11, "begin: offset is not known", "did you mean offsets?", NULL},
    {OFFSETS("offsets(n, n)"), 12, "offsets(n, n) is not understood", "write offsets(TOTAL)",
     OFFSETS_CL},
    {OFFSETS("offsets(n - 1001)"), 12, "begin of y: n - 1001 is -1", "at least 0", OFFSETS_CL},
    {OFFSETS("offsets(n * n * n)"), 12, "begin of y: n * n * n is 1000000000", "at most 65535",
     OFFSETS_CL},
    {OFFSETS("offsets(n / 3.0)"), 12, "begin of y: n / 3.0 is 333.33", "whole", OFFSETS_CL},
    {AFTER("begin = zeros()\n"), 11, "begin: zeros() is not understood", "write zeros", NULL},
    {AFTER("begin = uniform(2, 1)\n"), 11, "begin: uniform(2, 1) has no numbers", "exchange them",
     NULL},
    {AFTER("begin = normal(0, -1)\n"), 11, "deviation below 0", "give one of at least 0", NULL},
    {AFTER("begin = nowhere.npy\n"), 11, "nowhere.npy can't be read", "numpy.save", NULL},
    {AFTER("access = out\nbegin = zeros\n"), 12, "begin: y does not go up", "access = inout", NULL},
    {AFTER("access = in\n"), 7, "no buffer comes down", "write access = out", NULL},
    {AFTER("[workload]\nresult = z\n"), 12, "result: z is no buffer", "add [buffer z]", NULL},
    {AFTER("[workload]\nresult = x\n"), 12, "result: x does not come down", "access = out", NULL},
    {AFTER("[workload]\npermutable = a\n"), 12, "permutable: a is no buffer", "the name of one",
     NULL},
};

static const broken functions[] = {
    {AFTER("[twin saxpi]\n"), 11, "saxpy.c has no function saxpi", "write [twin saxpy]", NULL},
    {AFTER("[twin]\nfile = cpu.c\n"), 12, "cpu.c: No such file", "correct the name of the file",
     NULL},
    {"[kernel]\nglobal = 1\nfile = other.cl\n[buffer x]\nshape = 1\n", 3, "other.cl: No such file",
     "correct the name of the file", NULL},
    {"[kernel sax]\nglobal = 1\n[buffer x]\nshape = 1\n", 1, "saxpy.cl has no kernel sax",
     "it has saxpy, so write [kernel saxpy]", NULL},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n", 1, "saxpy.cl has no kernel saxpy",
     "correct the file or the name", "void saxpy(int n) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n", 1, "saxpy.cl has no kernel saxpy",
     "it has other", "/* kernel void saxpy(int n) */ kernel void other(int n) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n", 1, "macros hide what saxpy takes",
     "arguments = NAME", "#define ARGS int n\nkernel void saxpy(ARGS) {}\n"},
    {"[kernel]\nglobal = n\n[parameter n]\ndefault = 5\n[buffer x]\nshape = n\n[buffer y]\nshape = "
     "n\n",
     1, "saxpy takes a, which no section describes", "add [parameter a]", NULL},
    {"[kernel]\nglobal = n\n[parameter n]\ndefault = 5\n[parameter a]\ndefault = 1.0\n[buffer y]\n"
     "shape = n\n",
     1, "saxpy takes x, which no section describes", "add [buffer x]", NULL},
    {"[kernel]\nglobal = 1\n[buffer field]\nshape = 1\n", 1, "takes fields, which no section",
     "rename field, or add [buffer fields]", "kernel void saxpy(global float *fields) {}\n"},
    {AFTER("[local t]\nbytes = 4\n"), 11, "local t is used nowhere", "remove the section", NULL},
    {"[kernel]\nglobal = n\narguments = n, a, x\n[parameter n]\ndefault = 5\n[parameter a]\ndefault "
     "= 1.0\n[buffer x]\nshape = n\n",
     3, "arguments lists 3 names, but saxpy takes 4", "name each one", NULL},
    {"[kernel]\nglobal = n\narguments = n, a, x, yy\n[parameter n]\ndefault = 5\n[parameter a]\n"
     "default = 1.0\n[buffer x]\nshape = n\n[buffer y]\nshape = n\naccess = out\n[buffer y2]\nshape = "
     "n\ntype = float\n",
     3, "no section has the name yy", "did you mean y2?", NULL},
    {"[kernel]\nglobal = n\narguments = n, x, a, y\n[parameter n]\ndefault = 5\n[parameter a]\n"
     "default = 1.0\n[buffer x]\nshape = n\ntype = float\n[buffer y]\nshape = n\n",
     3, "argument 2 of saxpy, a, is no pointer in its text, but x is a buffer",
     "give the right name in arguments", NULL},
    {AFTER("[twin]\narguments = begin, n, a, x, y\n"), 12, "takes begin without end", "take both",
     NULL},
    {AFTER("[twin]\nrange = 2 *\n"), 12, "the expression ends", "range: 2 *", NULL},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n[parameter im]\ndefault = 1\n", 1,
     "takes im as image2d_t, which is not supported", "use a buffer",
     "kernel void saxpy(read_only image2d_t im, global float *x) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n[parameter v]\ndefault = 1\n", 1,
     "takes v as float4, a vector", "take its parts as scalars",
     "kernel void saxpy(float4 v, global float *x) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n[scalar v]\nvalue = 1\n", 5,
     "scalar v: the kernel's type is not known", "add type = float",
     "kernel void saxpy(REAL v, global float *x) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n", 3, "the kernel's type half is not known",
     "add type = float", "kernel void saxpy(global half *x) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n", 1,
     "saxpy takes t, which no section describes", "add [local t]",
     "kernel void saxpy(global float *x, local float *t) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n[local t]\nbytes = 4 * local_x\n", 6,
     "t uses the work-group, but saxpy has no local", "add local = 64",
     "kernel void saxpy(global float *x, local float *t) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n[scalar v]\nvalue = 300\n", 6,
     "argument of v: 300 is 300", "it must be at most 255",
     "kernel void saxpy(uchar v, global float *x) {}\n"},
    {"[kernel]\nglobal = 1\n[buffer x]\nshape = 1\n[scalar v]\nvalue = 1 / 2.0\n", 6,
     "1 / 2.0 is 0.5, not a whole number", "use floor, ceil or round",
     "kernel void saxpy(int v, global float *x) {}\n"},
    {"[kernel]\nglobal = 1\n[tunable T]\ncandidates = 1\n[buffer x]\nshape = 1\n", 1,
     "takes T, a tunable", "-D T", "kernel void saxpy(int T, global float *x) {}\n"},
};

static const broken launches[] = {
    {"[kernel]\nglobal = n - 5\n[parameter n]\ndefault = 5\n[parameter a]\ndefault = 1.0\n[buffer x]\n"
     "shape = n\n[buffer y]\nshape = n\n",
     2, "global of saxpy: n - 5 is 0", "at least 1", NULL},
    {"[kernel]\nglobal = n\nlocal = 16x16\n[parameter n]\ndefault = 5\n[parameter a]\ndefault = "
     "1.0\n[buffer x]\nshape = n\n[buffer y]\nshape = n\n",
     3, "local: 16x16 has 2 sides, but global has 1", "such as 64", NULL},
    {"[kernel]\nglobal = n\nlocal = 64, 0\n[parameter n]\ndefault = 5\n[parameter a]\ndefault = "
     "1.0\n[buffer x]\nshape = n\n[buffer y]\nshape = n\n",
     3, "local of saxpy: 0 is 0", "at least 1", NULL},
    {"[kernel]\nglobal = round_up(n, local_x)\n[parameter n]\ndefault = 5\n[parameter a]\ndefault = "
     "1.0\n[buffer x]\nshape = n\n[buffer y]\nshape = n\n",
     2, "global uses the work-group, but saxpy has no local", "add local = 64", NULL},
    {"[kernel]\nglobal = n + step\n[parameter n]\ndefault = 5\n[parameter a]\ndefault = 1.0\n"
     "[buffer x]\nshape = n\n[buffer y]\nshape = n\n",
     2, "global uses step, but there are no steps", "add [steps]", NULL},
    {AFTER("[twin]\nsteps = all\n"), 12, "steps: there are none", "add [steps]", NULL},
    {AFTER("[twin]\nsteps = some\n[steps]\ncount = 2\n"), 12, "steps: some is not known",
     "give each or all", NULL},
    {AFTER("[twin]\nsteps = all\narguments = begin, end, step, x, y\n[steps]\ncount = 2\n"), 12,
     "can't take step", "write steps = each", NULL},
    {AFTER("[steps]\ncount = n - 1000\n"), 12, "steps: n - 1000 is 0", "at least 1", NULL},
    {AFTER("[steps]\ncount = 10\nper-transfer = 11\n"), 13, "per-transfer: 11 is 11", "at most 10",
     NULL},
    {AFTER("[tolerance]\nulp = -1\n"), 12, "tolerance: -1 is -1", "it must be at least 0", NULL},
    {AFTER("[tolerance]\nrelative = 1 - sqrt(n)\n"), 12, "1 - sqrt(n) is -30.6",
     "it must be at least 0", NULL},
    {AFTER("[tolerance]\nulp = few\n"), 12, "ulp: few: column 1: few is none of the",
     "define [parameter few]", NULL},
    {AFTER("[tolerance]\nabsolute = step\n"), 12, "step has no value here", "use the parameters",
     NULL},
    {AFTER("[tolerance]\nulp = 4\nabsolute = 1\n"), 13, "line 12 gives ulp", "keep one of both",
     NULL},
    {AFTER("[tolerance]\nbits = 3\n"), 12, "bits: 3 is not acceptable", "write bits = yes", NULL},
    {AFTER("[tolerance]\nshare = 2\n"), 12, "share: 2 is not acceptable", "from 0 to 1", NULL},
    {AFTER("[picture]\n"), 11, "y has 1 dimension; a picture needs 2", "shape = rows, columns",
     NULL},
    {AFTER("[workload]\nindependent-rows = yes\ndivide-by = m\n"), 13,
     "divide-by: m is no parameter", "name the one", NULL},
    {AFTER("[workload]\ndivide-by = n\n"), 12, "divide-by: only independent rows",
     "add independent-rows", NULL},
    {AFTER("[workload]\nindependent-rows = maybe\n"), 12, "independent-rows: maybe",
     "give yes, no, or rows", NULL},
    {AFTER("[steps]\ncount = 2\n[workload]\nindependent-rows = yes\n"), 14,
     "only a single launch can be cut", "remove the line, or the steps", NULL},
    {AFTER("[workload]\noperations = -n\n"), 12, "operations: -n is -1000", "at least 0", NULL},
    {AFTER("[workload]\nbytes = n / (n - n)\n"), 12, "1000 / 0 divides by zero", "bytes: column 3",
     NULL},
    {STENCIL("n, m", "n, m", "", "[steps]\ncount = 2\npair = u\n"), 13, "pair: u is one buffer",
     "give two", STENCIL_CL},
    {STENCIL("n, m", "n, m", "", "[steps]\ncount = 2\npair = u, u\n"), 13,
     "u can't change places with itself", "give two buffers", STENCIL_CL},
    {STENCIL("n, m", "m, n", "", "[steps]\ncount = 2\npair = u, v\n"), 8,
     "shape of v: 20 x 10 x 1 differs from 10 x 20 x 1 of u", "give both one shape", STENCIL_CL},
    {STENCIL("n, m", "n, m", "type = double\n", "[steps]\ncount = 2\npair = u, v\n"), 14,
     "u is float of 1, v is double of 1", "give both one type", STENCIL_CL},
    {STENCIL("n, m", "n, m", "access = out\n", "[steps]\ncount = 2\npair = u, v\n"), 7,
     "v is the second of the pair", "access = scratch", STENCIL_CL},
    {STENCIL("n, m", "n, m", "", "[steps]\ncount = 2\npair = u, w\n"), 13, "pair: w is no buffer",
     "add [buffer w]", STENCIL_CL},
    {STENCIL("n, m", "n, m", "",
             "[workload]\npermutable = v\nresult = v\n") "[picture]\nbuffer = u\n",
     15, "[picture]: u does not come down", "name an out or inout buffer", STENCIL_CL},
};

/* ---- The test ---------------------------------------------------------- */

TestSuite(manifest_broken, .timeout = 120);

/* Processor time, which other programs don't change; 100 ms is what a user would notice. */
static double slowest_ms;

static void expect_refusal(const broken *row, const char *table, size_t index) {
    gf_manifest *manifest = NULL;
    gf_error error = GF_ERROR_INIT;
    char *root = manifest_folder(row->ini), place[160];
    if (row->cl != NULL)
        made_tree_write(root, "/saxpy.cl", row->cl);
    const clock_t start = clock();
    const gf_status status = manifest_load_from(root, &manifest, &error);
    const double ms = 1e3 * (double)(clock() - start) / CLOCKS_PER_SEC;
    slowest_ms = ms > slowest_ms ? ms : slowest_ms;
    cr_expect(status == GF_USAGE || status == GF_UNSUPPORTED, "%s %zu is accepted:\n%s", table,
              index, row->ini);
    cr_expect_null(manifest);
    snprintf(place, sizeof place, "%s/saxpy.ini:%u: ", root, row->line);
    cr_expect(strncmp(error.text, place, strlen(place)) == 0, "%s %zu: %s, not line %u", table,
              index, error.text, row->line);
    cr_expect(strstr(error.text, row->wrong) != NULL, "%s %zu: %s\n  lacks: %s", table, index,
              error.text, row->wrong);
    cr_expect(strstr(error.text, row->remedy) != NULL, "%s %zu: %s\n  lacks: %s", table, index,
              error.text, row->remedy);
    cr_expect_null(strchr(error.text, '\n'));
    gf_manifest_free(manifest);
    gf_error_clear(&error);
}

#define EXPECT_REFUSALS(table)                                                                     \
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)                                    \
    expect_refusal(&table[i], #table, i)

Test(manifest_broken, each_names_its_line_and_its_remedy) {
    EXPECT_REFUSALS(syntax);
    EXPECT_REFUSALS(names);
    EXPECT_REFUSALS(parameters);
    EXPECT_REFUSALS(buffers);
    EXPECT_REFUSALS(functions);
    EXPECT_REFUSALS(launches);
    cr_log_info("slowest refusal: %.2f ms of processor time", slowest_ms);
    cr_expect_lt(slowest_ms, 100);
}

/* Too many of a kind. */
Test(manifest_broken, limits_are_told) {
    char ini[4096] = SAXPY_INI;
    for (int i = 0; i < 16; i++)
        sprintf(ini + strlen(ini), "[parameter p%d]\ndefault = 1\n", i);
    const broken params = {ini, 39, "17 sections [parameter]", "the limit is 16", NULL};
    expect_refusal(&params, "limits", 0);
    strcpy(ini, SAXPY_INI);
    for (int i = 0; i < 7; i++)
        sprintf(ini + strlen(ini), "[buffer b%d]\nshape = 1\n", i);
    const broken many = {ini, 23, "9 sections [buffer]", "the limit is 8", NULL};
    expect_refusal(&many, "limits", 1);
}

/* ---- Files ------------------------------------------------------------- */

static void expect_words(const char *path, gf_status status, const char *words) {
    gf_manifest *manifest = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_manifest_load(path, &manifest, &error), status, "%s", path);
    cr_expect(strstr(error.text, words) != NULL, "%s: %s", path, error.text);
    gf_error_clear(&error);
}

Test(manifest_broken, files_that_are_no_manifests) {
    char path[160], *root = made_folder();
    snprintf(path, sizeof path, "%s/none.ini", root);
    expect_words(path, GF_FAILED, "none.ini: No such file or directory");
    expect_words(root, GF_USAGE, "has no manifest; add ");
    made_tree_write(root, "/one.ini", "[kernel]\n");
    expect_words(root, GF_USAGE, "one.ini:1: [kernel] has no global");
    made_tree_write(root, "/two.ini", "[kernel]\n");
    expect_words(root, GF_USAGE, "has several manifests");
    expect_words("/dev/null", GF_USAGE, "/dev/null is not a regular file");
    snprintf(path, sizeof path, "%s/zero.ini", root);
    FILE *file = fopen(path, "w");
    fwrite("[ker\0nel]\n", 1, 10, file);
    fclose(file);
    expect_words(path, GF_USAGE, "has a zero byte");
    file = fopen(path, "w");
    for (int i = 0; i < 70000; i++)
        fputc(';', file);
    fclose(file);
    expect_words(path, GF_USAGE, "has 70000 bytes; the limit is 65536");
    snprintf(path, sizeof path, "%s/my-kernel.ini", root);
    made_tree_write(root, "/my-kernel.ini", SAXPY_INI);
    expect_words(path, GF_USAGE, "my-kernel.ini:1: the file's name my-kernel is no C name");
}
