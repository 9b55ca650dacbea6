"""The programs that are traced: how each is called, what it needs, and what shows that it used OpenCL."""
import random
import subprocess
from dataclasses import dataclass, field

BLUR = """\
import cv2
import numpy

values = numpy.arange(512 * 512, dtype=numpy.uint32) * 2654435761 >> 24
image = cv2.UMat(values.astype(numpy.uint8).reshape(512, 512))
blurred = cv2.GaussianBlur(image, (7, 7), 1.5)
edges = cv2.Laplacian(blurred, cv2.CV_16S)
small = cv2.resize(blurred, (128, 128), interpolation=cv2.INTER_LINEAR)
print("OpenCL on", cv2.ocl.Device.getDefault().name() if cv2.ocl.haveOpenCL() else "nothing")
for result in (blurred, edges, small):
    print(int(result.get().astype(numpy.int64).sum()))
"""

ADD = """\
import numpy
import pyopencl as cl

context = cl.Context([cl.get_platforms()[0].get_devices()[0]])
queue = cl.CommandQueue(context)
a, b = (numpy.arange(1 << 20, dtype=numpy.float32) * factor for factor in (1, 3))
flags = cl.mem_flags
inputs = [cl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=array) for array in (a, b)]
output = cl.Buffer(context, flags.WRITE_ONLY, a.nbytes)
program = cl.Program(context, '''kernel void add(global const float *a, global const float *b, global float *c) {
    c[get_global_id(0)] = a[get_global_id(0)] + b[get_global_id(0)];
}''').build()
program.add(queue, a.shape, None, *inputs, output)
result = numpy.empty_like(a)
cl.enqueue_copy(queue, result, output)
print("right" if (result == a + b).all() else "wrong")
"""


@dataclass(frozen=True)
class Program:
    """Words of commands and values of variables may hold {driver}: the folder of the fetched driver."""
    name: str
    packages: tuple
    command: tuple
    about: str                 # what it does here
    stdin: str = ""
    prepare: object = None     # function(folder, environment), before the first run
    results: tuple = ()        # files that it writes: compared, too
    varies: tuple = ()         # regular expressions of what differs from run to run: times
    environment: dict = field(default_factory=dict)
    on: dict = field(default_factory=dict)  # driver: further variables
    shows: str = ""            # in what it prints where it uses the device
    launches: bool = True      # whether it runs kernels
    deadline: int = 900        # seconds


def write(name, text):
    return lambda folder, environment: (folder / name).write_text(text, encoding="utf-8")


def make_film(folder, environment):
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=2",
                    "-pix_fmt", "yuv420p", "in.y4m"], cwd=folder, env=environment, check=True)


def numbers(count, scale):
    return " ".join(f"{random.uniform(-scale, scale):.4f}" for _ in range(count))


def convolution(inputs, outputs, area):
    zeros = " ".join(["0"] * outputs)
    return [numbers(inputs * outputs * area, 0.2), zeros, zeros, " ".join(["1"] * outputs)]


def make_network(folder, environment, channels=16):
    """A network of random weights in leela-zero's format, and the outcome of its tuner, which takes minutes."""
    random.seed(7)
    board = 19 * 19
    lines = ["1", *convolution(18, channels, 9), *convolution(channels, channels, 9), *convolution(channels, channels, 9),
             *convolution(channels, 2, 1), numbers(2 * board * (board + 1), 0.05), numbers(board + 1, 0.1),
             *convolution(channels, 1, 1), numbers(board * 256, 0.05), numbers(256, 0.1), numbers(256, 0.05), numbers(1, 0.1)]
    (folder / "network.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    facts = subprocess.run(["clinfo", "--raw"], env=environment, check=True, capture_output=True, text=True).stdout
    found = {}
    for line in facts.splitlines():
        words = line.split(None, 2)
        if len(words) == 3:
            found.setdefault(words[1], words[2].strip())
    saved = folder / "home/.local/share/leela-zero"
    saved.mkdir(parents=True, exist_ok=True)
    tuning = "KWG=16 KWI=2 MDIMA=8 MDIMC=8 MWG=16 NDIMB=8 NDIMC=8 NWG=32 SA=1 SB=1 STRM=0 STRN=0 TCE=0 VWM=2 VWN=2"
    (saved / "leelaz_opencl_tuning").write_text(
        f"1;XgemmBatched;{channels};25;{channels};36;{''.join(' -D' + word for word in tuning.split())};OpenCL: "
        f"{found['CL_DEVICE_VENDOR']} {found['CL_DEVICE_NAME']} @ {found['CL_DEVICE_MAX_CLOCK_FREQUENCY']}MHz\n",
        encoding="utf-8")


FILTERS = "format=yuv420p,hwupload,avgblur_opencl=3,unsharp_opencl,hwdownload,format=yuv420p"
NUMBER = r"\d+\.\d+(e[+-]\d+)?"
STARPU = "/usr/lib/x86_64-linux-gnu/starpu/examples/"
STARPU_ENVIRONMENT = {"STARPU_HOME": "{folder}", "STARPU_NCPU": "0", "STARPU_OPENCL_ON_CPUS": "1", "STARPU_WORKER_STATS": "1"}
STARPU_VARIES = (r"(?m)^.*\[starpu\].*(took a very long time|check_bus_config_file|benchmark_all_gpu_devices).*$",
                 r"(?m)^For proper asynchronous transfer overlapping.*$", NUMBER + " GiB")

PROGRAMS = (
    Program("clinfo", ("clinfo",), ("clinfo",), "lists what the driver says of itself", launches=False,
            shows="CL_DEVICE_NAME|Device Name"),
    Program("clpeak-kernel-latency", ("clpeak",), ("clpeak", "--kernel-latency"),
            "20,000 launches of a short kernel, each waited for", varies=(NUMBER,), shows="Kernel launch latency"),
    Program("clpeak-transfer-bandwidth", ("clpeak",), ("clpeak", "--transfer-bandwidth"),
            "copies and maps of large buffers", varies=(NUMBER,), shows="enqueueWriteBuffer", launches=False),
    Program("clfft-client", ("clfft-client",), ("clFFT-client", "-x", "1024", "-y", "64", "-p", "2"),
            "a Fourier transform in two dimensions", varies=(NUMBER, r"(?m)^.*(Time|Gflops|seconds).*$")),
    Program("clblast-test-xaxpy", ("clblast-tests",), ("clblast_test_xaxpy", "-platform", "0", "-device", "0"),
            "vectors of many sizes, compared with a CPU's"),
    Program("pyopencl-add", ("python3-pyopencl", "python3-numpy"), ("/usr/bin/python3", "add.py"),
            "adds two arrays of 2^20 numbers", prepare=write("add.py", ADD), shows="^right$"),
    Program("ffmpeg-filters", ("ffmpeg",),
            ("ffmpeg", "-loglevel", "error", "-init_hw_device", "opencl=ocl:0.0", "-filter_hw_device", "ocl", "-f", "lavfi",
             "-i", "testsrc2=size=320x180:rate=10:duration=1", "-vf", FILTERS, "-f", "framemd5", "-"),
            "ten pictures through two OpenCL filters"),
    Program("x264-lookahead", ("x264", "ffmpeg", "ocl-icd-opencl-dev"),
            ("x264", "--opencl", "--threads", "1", "--no-progress", "-o", "out.264", "in.y4m"),
            "encodes 20 pictures, and looks ahead on a GPU, which is what Mesa's renderer calls itself",
            prepare=make_film, results=("out.264",), varies=(r"[\d.]+ fps",),
            environment={"RUSTICL_DEVICE_TYPE": "gpu"}, shows="OpenCL acceleration enabled"),
    Program("opencv-umat", ("python3-opencv", "python3-numpy"), ("/usr/bin/python3", "blur.py"),
            "blurs, finds edges in and shrinks a picture through cv2.UMat", prepare=write("blur.py", BLUR),
            environment={"OPENCV_OPENCL_DEVICE": ":CPU:"},
            # Else OpenCV loads an older libtbb: findings/intel-older-tbb.sh.
            on={"intel": {"LD_LIBRARY_PATH": "{driver}/venv/lib"}}, shows="OpenCL on (?!nothing)"),
    Program("leela-zero", ("leela-zero", "clinfo"),
            ("/usr/games/leelaz", "-g", "-w", "network.txt", "--gpu", "0", "-t", "1", "--noponder", "-p", "20", "-s", "1",
             "-d", "--precision", "single"),
            "two moves of Go with a small network of random weights", stdin="genmove b\ngenmove w\nshowboard\nquit\n",
            prepare=make_network, varies=(r"time: [\d:]+", r"(?m)^.*n/s.*$", r"[\d.]+ ms", r"[\d.]+ GFLOPS")),
    Program("starpu-vector-scal", ("starpu-examples",), (STARPU + "vector_scal",), "one task on the device",
            environment=STARPU_ENVIRONMENT, varies=STARPU_VARIES, shows="Computation is correct"),
    Program("starpu-incrementer", ("starpu-examples",), (STARPU + "incrementer",), "many small tasks on the device",
            environment=STARPU_ENVIRONMENT, varies=(*STARPU_VARIES, NUMBER)),
    Program("hashcat", ("hashcat",),
            ("hashcat", "--potfile-disable", "--quiet", "-O", "--backend-vector-width", "1", "-D", "1", "-m", "0", "-a", "3",
             "900150983cd24fb0d6963f7d28e17f72", "?l?l?l"),
            "finds the three letters that have an MD5", shows=":abc$"),
)
