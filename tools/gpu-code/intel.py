"""OpenCL C for Intel's GPUs: ocloc, which dumps the assembly of the graphics compiler (IGC)."""
import re
import shutil
import struct

from machine import Code, Failed, Instruction
from nvidia import run

TARGETS = ("dg2", "pvc")
# Of an Xe core: lanes that it begins in a clock, f32 and f64; bytes of local memory a clock; lanes of a vector engine, and
# the fewest work-items in step that are no sign of too few registers.
UNITS = {
    "dg2": {"issue": 128, "f32": 128, "f64": 0, "local": 128, "lanes": 8, "fewest": 8},
    "pvc": {"issue": 128, "f32": 128, "f64": 128, "local": 128, "lanes": 16, "fewest": 16},
}
CONTRACTION_OFF, ENTRY_POINT, EXECUTION_MODE, ADD, SUBTRACT, MULTIPLY = 31, 15, 16, 129, 131, 133  # of SPIR-V
EXTENDED, FMA, MAD = 12, 26, 42  # the last two of OpenCL's functions

BRANCHES = r"(jmpi|while|goto|join|if|else|endif|break|cont|brd|brc|call|ret|sync|halt|nop|wait)\b"
JUMPS = r"(jmpi|goto|while|if|else|break|cont|brd|brc)\b"
LOCAL_SURFACE = r"\b0x[0-9A-F]+FE\b"  # of the messages of dg2
LINE = re.compile(r"\s*(?:\([^)]*\)\s*)?(?P<opcode>[a-z][\w.]*)\s+(?:\((?P<size>\d+)\|M\d+\))?(?P<rest>.*)")


def kind_of(opcode, rest):
    if re.match(BRANCHES, opcode) or "gtwy" in opcode:
        return "branch"
    if re.match(r"(send|load|store|atomic)", opcode):
        return "local" if ".slm" in opcode or re.search(LOCAL_SURFACE, rest) else "global"
    if re.match(r"(mov|movi|sel|csel)\b", opcode):
        return "move"
    if re.search(r":(df|f|hf)\b", rest) or opcode.startswith(("math", "madm")):
        return "arithmetic"
    return "integer"


def is_fused(opcode, rest):
    return opcode.startswith(("mad", "madm")) and re.search(r":(df|f)\b", rest) is not None


def parse(assembly, width, lanes):
    """An instruction for fewer work-items than run in step counts as a part of one, but for no less than an engine's
    lanes."""
    instructions, labels = [], {}
    least = min(lanes, width)
    for line in assembly.splitlines():
        line = line.split("//")[0]
        label = re.match(r"([A-Za-z_]\w*):\s*$", line)
        if label:
            labels[label[1]] = len(instructions)
            continue
        found = LINE.match(line)
        if found is None:
            continue
        opcode, rest = found["opcode"], found["rest"]
        places = re.findall(r"\b[A-Za-z_]\w*", rest) if re.match(JUMPS, opcode) else []
        always = re.search(r"\bf\d", line.split(opcode)[0]) is None and re.match(r"(jmpi|goto|ret)\b", opcode) is not None
        weight = min(max(int(found["size"] or 1), least) / width, 1)
        instructions.append(Instruction(opcode, kind_of(opcode, rest), weight=weight, fused=is_fused(opcode, rest),
                                        targets=tuple(places), falls=not always, text=line.strip()))
    return instructions, labels


def warnings_of(said, kernel):
    """Those of the source and of this kernel. Spills are found in its code."""
    return [line.split("warning:")[1].strip() for line in said.splitlines()
            if "warning:" in line and (f"kernel {kernel} " in line or "kernel " not in line) and "spilled" not in line]


def ocloc(compilers, build, source, target, folder, more=()):
    """Compiles and returns the folder of the compiler's dumps."""
    dump = folder / "dump"
    shutil.rmtree(dump, ignore_errors=True)
    dump.mkdir()
    environment = dict(compilers.environment(), IGC_ShaderDumpEnable="1", IGC_DumpToCustomDir=f"{dump}/")
    said = run([compilers.find("ocloc"), "compile", "-file", str(source), "-device", target, "-options",
                build["options"].replace("-D ", "-D"), "-out_dir", str(dump), *more], environment)
    if "Build succeeded" not in said:
        lines = [line for line in said.splitlines() if "error" in line.lower()]
        raise Failed(lines[0] if lines else "ocloc says nothing of success")
    return dump, warnings_of(said, build["kernel"])


def assembly_of(dump, kernel):
    """The last one: a kernel may be compiled again without what made it too large."""
    found = [path for path in dump.glob("*.asm") if re.search(rf"^//\.kernel {kernel}\b", path.read_text(errors="replace"), re.M)]
    if not found:
        raise Failed(f"no assembly of {kernel} was dumped")
    return max(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def number(text, pattern):
    found = re.search(pattern, text, re.MULTILINE)
    return int(found[1]) if found else 0


def compile_kernel(compilers, build, source, target, folder):
    dump, warnings = ocloc(compilers, build, source, target, folder)
    path = assembly_of(dump, build["kernel"])
    text = path.read_text(errors="replace")
    width = number(path.name, r"simd(\d+)")
    instructions, labels = parse(text, width, UNITS[target]["lanes"])
    code = Code(instructions, labels, registers=number(text, r"numGRF=(\d+)"),
                private_bytes=number(text, r"^//\.private memory size (\d+)"), spills=number(text, r"^//\.spill size (\d+)"), width=width)
    code.occupancy = f"SIMD{width}"
    code.trouble += [f"the compiler warns: {line}" for line in warnings]
    if width < UNITS[target]["fewest"]:
        code.trouble.append(f"only {width} work-items run in step")
    return code


def words_of_spirv(path):
    data = path.read_bytes()
    words = struct.unpack(f"<{len(data) // 4}I", data)
    at = 5
    while at < len(words):
        length = words[at] >> 16
        yield words[at] & 0xffff, words[at + 1:at + length]
        at += max(length, 1)


def name_of(words):
    """The text that begins here, which a zero byte ends."""
    return struct.pack(f"<{len(words)}I", *words).split(b"\0")[0].decode("utf-8", "replace")


def read_spirv(compilers, build, source, target, folder):
    """(sums of products that the front end fused, whether it forbids the back end to fuse in the kernel). A source without
    products and sums needs no such word."""
    dump, _ = ocloc(compilers, build, source, target, folder, ("-spv_only",))
    found = list(dump.glob("*.spv"))
    if not found:
        raise Failed("no SPIR-V was written")
    instructions = list(words_of_spirv(found[0]))
    opcodes = {opcode for opcode, _ in instructions}
    entries = {name_of(operands[2:]): operands[1] for opcode, operands in instructions if opcode == ENTRY_POINT}
    off = {operands[0] for opcode, operands in instructions if opcode == EXECUTION_MODE and operands[1] == CONTRACTION_OFF}
    fused = sum(opcode == EXTENDED and operands[3] in (FMA, MAD) for opcode, operands in instructions)
    needs_none = MULTIPLY not in opcodes or not opcodes & {ADD, SUBTRACT}
    return fused, needs_none or entries.get(build["kernel"]) in off


def contraction(compilers, build, source, without_pragmas, target, folder):
    """(fused as compiled, fused if nothing may be fused by itself); what the back end fuses can't be told from divisions,
    so it must be forbidden to."""
    fused, forbidden = read_spirv(compilers, build, source, target, folder)
    if not forbidden:
        raise Failed("its SPIR-V does not forbid contraction")
    off = folder / "off.cl"
    off.write_text("#pragma OPENCL FP_CONTRACT OFF\n" + without_pragmas.read_text(encoding="utf-8"), encoding="utf-8")
    return fused, read_spirv(compilers, build, off, target, folder)[0]
