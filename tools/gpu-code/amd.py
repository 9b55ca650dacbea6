"""OpenCL C for AMD's GPUs: clang to assembly, with ROCm's device libraries."""
import re

from machine import Code, Failed, Instruction
from nvidia import BUILTINS, clang_options, run

TARGETS = ("gfx90a", "gfx942", "gfx1100")
# Of a compute unit: lanes that it begins in a clock of vector instructions, f32 and f64; bytes of local memory a clock;
# waves and registers of a SIMD, in which units they are given, how many SIMDs, and bytes of local memory.
UNITS = {
    "gfx90a": {"issue": 64, "f32": 64, "f64": 64, "local": 128, "waves": 8, "registers": 512, "granule": 8, "simds": 4,
               "bytes": 64 << 10, "width": 64},
    "gfx942": {"issue": 64, "f32": 64, "f64": 64, "local": 128, "waves": 8, "registers": 512, "granule": 8, "simds": 4,
               "bytes": 64 << 10, "width": 64},
    "gfx1100": {"issue": 64, "f32": 64, "f64": 4, "local": 128, "waves": 16, "registers": 1536, "granule": 24, "simds": 2,
                "bytes": 64 << 10, "width": 32},
}
LIBRARIES = ("opencl.bc", "ockl.bc", "oclc_abi_version_400.bc")

KINDS = (
    ("arithmetic", r"v_(pk_|dual_)?(add|sub|subrev|mul|fma|fmac|mac|mad|max|min|cmpx?_\w+|div_\w+|rcp|sqrt|rsq|ldexp|fmaak|fmamk)_"
                   r"(legacy_)?f(32|64)"),
    ("local", r"ds_"),
    ("global", r"(global|flat|buffer|scratch|s_load|s_buffer|s_store)_"),
    ("branch", r"s_(cbranch|branch|barrier|waitcnt|endpgm|nop|delay|clause|sleep|setpc|swappc|getpc|code_end|sendmsg)"),
    ("move", r"(v_(dual_)?mov|v_cndmask|v_dual_cndmask|s_c?mov|s_cselect|v_readfirstlane|v_readlane|v_writelane|v_accvgpr|v_cvt)"),
)


def kind_of(opcode):
    return next((kind for kind, pattern in KINDS if re.match(pattern, opcode)), "integer")


def is_fused(opcode):
    return re.match(r"v_(pk_|dual_)?(fma|fmac|mac|mad|fmaak|fmamk)_(legacy_)?f(32|64)", opcode) is not None


def instruction_of(line):
    text = line.split(";")[0].strip()
    found = re.match(r"([vs]_\w+|ds_\w+|global_\w+|flat_\w+|buffer_\w+|scratch_\w+)\b\s*(.*)", text)
    if found is None or found[1] == "s_delay_alu":  # a hint to the scheduler, which takes no place
        return None
    opcode, operands = found[1], found[2]
    target = re.match(r"(\.LBB\w+)", operands)
    ends = opcode in ("s_branch", "s_endpgm", "s_setpc_b64")
    halves = [half for half in (opcode, *re.findall(r"::\s*(v_dual_\w+)", operands)) if kind_of(half) == "arithmetic"]
    return Instruction(opcode, "arithmetic" if halves else kind_of(opcode),
                       operations=2 if "_pk_" in opcode else max(len(halves), 1),
                       fused=any(is_fused(half) for half in halves), targets=(target[1],) if target else (), falls=not ends,
                       text=text)


def parse(assembly, kernel):
    instructions, labels, inside = [], {}, False
    for line in assembly.splitlines():
        if line.startswith(f"{kernel}:"):
            inside = True
        elif inside and re.match(r"\.Lfunc_end|\s*\.section|\s*\.end_amdhsa", line):
            break
        if not inside:
            continue
        label = re.match(r"(\.LBB\w+):", line)
        if label:
            labels[label[1]] = len(instructions)
            continue
        each = instruction_of(line)
        if each:
            instructions.append(each)
    return instructions, labels


def metadata(assembly, kernel, key):
    """Of the kernel's entry in the notes at the end."""
    notes = assembly[assembly.rfind("amdhsa.kernels:"):]
    entries = [entry for entry in re.split(r"\n  - ", notes) if re.search(rf"\.name:\s+{kernel}\n", entry)]
    found = re.search(rf"\.{key}:\s+(\d+)", entries[0]) if entries else None
    return int(found[1]) if found else 0


def occupancy(target, registers, local_bytes, group):
    """Waves of a SIMD, of so many, and what limits them."""
    unit = UNITS[target]
    waves_of_group = -(-group // unit["width"])
    granules = -(-max(registers, 1) // unit["granule"]) * unit["granule"]
    by = {"waves": unit["waves"], "registers": unit["registers"] // granules}
    if local_bytes:
        by["local memory"] = unit["bytes"] // local_bytes * waves_of_group // unit["simds"]
    limit = min(by, key=by.get)
    return f"{by[limit]}/{unit['waves']}" + ("" if limit == "waves" else f" ({limit})")


def make_assembly(compilers, options, source, target, out, more=()):
    libraries = [word for name in LIBRARIES for word in ("-Xclang", "-mlink-builtin-bitcode", "-Xclang", compilers.find(name))]
    run([compilers.find("clang-19"), "-target", "amdgcn-amd-amdhsa", f"-mcpu={target}", "-nogpulib",
         "-mcode-object-version=4", "-x", "cl", *BUILTINS, "-O3", *libraries,
         *clang_options(options), *more, "-S", str(source), "-o", str(out)], compilers.environment())
    return out.read_text(encoding="utf-8")


def compile_kernel(compilers, build, source, target, folder):
    kernel = build["kernel"]
    text = make_assembly(compilers, build["options"], source, target, folder / "kernel.s")
    instructions, labels = parse(text, kernel)
    calls = sorted(set(re.findall(r"\b(__ocml_\w+|__ockl_\w+|_Z\d\w+)@rel32", text)))
    if calls:
        raise Failed(f"it calls {', '.join(calls)}, which is in none of the libraries that are linked")
    code = Code(instructions, labels, registers=metadata(text, kernel, "vgpr_count"),
                local_bytes=metadata(text, kernel, "group_segment_fixed_size"),
                private_bytes=metadata(text, kernel, "private_segment_fixed_size"),
                spills=metadata(text, kernel, "vgpr_spill_count") + metadata(text, kernel, "sgpr_spill_count"),
                width=UNITS[target]["width"])
    code.occupancy = occupancy(target, code.registers, code.local_bytes, build["group"])
    return code


def contraction(compilers, build, source, without_pragmas, target, folder):
    """(fused as compiled, fused if nothing may be fused by itself)."""
    counts = []
    for text, more in ((source, ()), (without_pragmas, ("-ffp-contract=off",))):
        assembly = make_assembly(compilers, build["options"], text, target, folder / "contraction.s", more)
        counts.append(sum(each.fused for each in parse(assembly, build["kernel"])[0]))
    return tuple(counts)
