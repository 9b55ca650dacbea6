"""OpenCL C for NVIDIA's GPUs: clang to PTX, ptxas, nvdisasm."""
import re
import subprocess

from machine import Code, Failed, Instruction

TARGETS = ("sm_80", "sm_90", "sm_120")
# Of a multiprocessor: lanes that it begins in a clock of all, f32 and f64; bytes of local memory a clock; warps, groups
# and bytes of local memory that it holds.
UNITS = {
    "sm_80": {"issue": 128, "f32": 64, "f64": 32, "local": 128, "waves": 64, "groups": 32, "bytes": 164 << 10},
    "sm_90": {"issue": 128, "f32": 128, "f64": 64, "local": 128, "waves": 64, "groups": 32, "bytes": 228 << 10},
    "sm_120": {"issue": 128, "f32": 128, "f64": 2, "local": 128, "waves": 48, "groups": 24, "bytes": 100 << 10},
}
REGISTERS = 65536
WARP = 32

# OpenCL's functions by a table of the compiler, which is faster than by a header.
BUILTINS = ("-Xclang", "-fdeclare-opencl-builtins", "-Xclang", "-finclude-default-header")

KINDS = (
    ("arithmetic", r"[DFH](ADD|MUL|FMA|SETP|SET|MNMX)2?\b|MUFU"),
    ("local", r"(LDS|STS|LDSM|ATOMS)\b"),
    ("global", r"(LDG|STG|LD|ST|LDL|STL|ATOM|ATOMG|RED|REDG)\b"),
    ("branch", r"(U?BRA|BRX|BSSY|BSYNC|BAR|EXIT|CALL|RET|WARPSYNC|BREAK|BMOV|MEMBAR|ERRBAR|CCTL|DEPBAR|YIELD)\b"),
    ("move", r"(U?MOV|IMAD\.MOV|IMAD\.U32\.MOV|U?F?SEL|U?PRMT|R2UR|S2U?R|CS2R|U?LDC(U)?|I2F\w*|F2I\w*|F2F|VOTEU?|R2P|P2R)\b"),
)


def run(command, environment=None):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line.lower()] or done.stderr.splitlines()
        raise Failed(lines[0] if lines else f"status {done.returncode}")
    return done.stdout + done.stderr


def clang_options(options):
    """As OpenCL's compilers take them."""
    return [option for option in options.replace("-D ", "-D").split() if option != "-cl-kernel-arg-info"]


def make_ptx(compilers, options, source, target, ptx, more=()):
    """The front end knows few of the later targets; what it writes is the same for all."""
    return run([compilers.find("clang-19"), "-target", "nvptx64-nvidia-nvcl", "-Xclang", "-target-cpu", "-Xclang",
                "sm_80", "-x", "cl", *BUILTINS, "-O3", "-Xclang", "-mlink-builtin-bitcode",
                "-Xclang", compilers.find("nvptx64--nvidiacl.bc"), *clang_options(options), *more, "-S", str(source), "-o",
                str(ptx)], compilers.environment())


# ---- PTX ---------------------------------------------------------------------


def fused_in_ptx(text):
    return len(re.findall(r"^\s*(?:fma|mad)\.\w+\.f\d\d", text, re.MULTILINE))


def loose_in_ptx(text):
    """Sums and products that ptxas may fuse, because they say no rounding."""
    return len(re.findall(r"^\s*(?:add|sub|mul)\.(?:ftz\.)?f\d\d", text, re.MULTILINE))


# ---- Machine code ------------------------------------------------------------


def kind_of(opcode):
    return next((kind for kind, pattern in KINDS if re.match(pattern, opcode)), "integer")


def instruction_of(line):
    found = re.match(r"\s*/\*[0-9a-f]{4,}\*/\s+(@!?U?P\w+\s+)?([A-Z][A-Z0-9_.]*)\s*([^;]*);", line)
    if found is None or found[2].split(".")[0] == "NOP":
        return None
    opcode, operands = found[2], found[3]
    places = re.findall(r"\.L_x_\d+|\$[\w$.]+", operands) if re.match(r"U?BRA|CALL|BRX", opcode) else []
    always = found[1] is None and re.search(r"\bU?P\d", operands) is None
    ends = always and re.match(r"(U?BRA|BRX|EXIT|RET)\b", opcode) is not None
    return Instruction(opcode, kind_of(opcode), fused=opcode.split(".")[0] in ("DFMA", "FFMA"), targets=tuple(places[-1:]),
                       falls=not ends, text=line.strip())


def parse(listing, kernel):
    """The kernel's part of what nvdisasm prints."""
    instructions, labels, inside = [], {}, False
    for line in listing.splitlines():
        if re.match(r"\s*\.section\s", line):
            inside = f".text.{kernel}" in line
        if not inside:
            continue
        label = re.match(r"\s*(\.L_x_\d+|\$[\w$.]+):", line)
        if label:
            labels[label[1]] = len(instructions)
            continue
        each = instruction_of(line)
        if each:
            instructions.append(each)
    # Behind the end there is a branch to itself.
    while instructions and labels.get(next(iter(instructions[-1].targets), None)) == len(instructions) - 1:
        instructions.pop()
    return instructions, labels


def occupancy(target, registers, local_bytes, group):
    """Warps of a multiprocessor, of so many, and what limits them."""
    unit = UNITS[target]
    warps = -(-group // WARP)
    by = {"groups": unit["groups"], "warps": unit["waves"] // warps,
          "registers": REGISTERS // (-(-max(registers, 16) * WARP // 256) * 256) // warps,
          "local memory": unit["bytes"] // (local_bytes + 1024)}
    limit = min(by, key=by.get)
    held = by[limit] * warps
    return f"{held}/{unit['waves']}" + ("" if held >= unit["waves"] else f" ({limit})")


def compile_kernel(compilers, build, source, target, folder):
    ptx, cubin = folder / "kernel.ptx", folder / "kernel.cubin"
    make_ptx(compilers, build["options"], source, target, ptx)
    text = ptx.read_text(encoding="utf-8")
    said = run([compilers.find("ptxas"), f"-arch={target}", "-v", "-O3", str(ptx), "-o", str(cubin)])
    at = said.find(f"'{build['kernel']}'")
    said = said[at:] if at >= 0 else said

    def number(pattern):
        found = re.search(pattern, said)
        return int(found[1]) if found else 0

    instructions, labels = parse(run([compilers.find("nvdisasm"), "-c", str(cubin)]), build["kernel"])
    code = Code(instructions, labels, registers=number(r"Used (\d+) registers"), local_bytes=number(r"(\d+) bytes smem"),
                private_bytes=number(r"(\d+) bytes stack frame"),
                spills=number(r"(\d+) bytes spill stores") + number(r"(\d+) bytes spill loads"), width=WARP)
    code.occupancy = occupancy(target, code.registers, code.local_bytes, build["group"])
    loose = loose_in_ptx(text)
    if loose:
        code.trouble.append(f"{loose} sums or products in PTX say no rounding, so that they may be fused")
    return code


def contraction(compilers, build, source, without_pragmas, target, folder):
    """(fused as compiled, fused if nothing may be fused by itself)."""
    counts = []
    for text, more in ((source, ()), (without_pragmas, ("-ffp-contract=off",))):
        make_ptx(compilers, build["options"], text, target, folder / "contraction.ptx", more)
        counts.append(fused_in_ptx((folder / "contraction.ptx").read_text(encoding="utf-8")))
    return tuple(counts)
