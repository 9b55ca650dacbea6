"""Makes mutants of kernels: small changes of a C or OpenCL C text. Every site of every operator is listed, so that a
seed chooses one. Only functions that the kernel reaches, and lines that the preprocessor keeps, are changed."""
import re
import subprocess

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class Site:
    """One change: the text from begin to end is replaced."""

    def __init__(self, operator, begin, end, new):
        self.operator, self.begin, self.end, self.new = operator, begin, end, new

    def apply(self, text):
        return text[:self.begin] + self.new + text[self.end:]


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(text):
    """The text with comments, strings and includes blanked: places stay the same."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"", blank, text, flags=re.S)
    return re.sub(r"^#\s*(include|pragma|error)[^\n]*", blank, text, flags=re.M)


def matching(text, at, step=1):
    """The place of the bracket that belongs to the one at `at`, or None."""
    pairs = {"(": ")", "[": "]", "{": "}"} if step == 1 else {")": "(", "]": "[", "}": "{"}
    opening, closing = text[at], pairs[text[at]]
    depth = 0
    while 0 <= at < len(text):
        depth += {opening: 1, closing: -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += step
    return None


# ---- Chunks: functions, macros


class Chunk:
    def __init__(self, names, begin, end, is_kernel=False, body=None):
        self.names, self.begin, self.end = names, begin, end
        self.is_kernel = is_kernel
        self.body = body  # where its body begins; None: it is not mutated


def function_at(code, begin, brace):
    """The function whose body begins at a brace at the top level, or None."""
    close = code.rfind(")", begin, brace)
    if close < 0 or code[close + 1:brace].strip():
        return None
    opening = matching(code, close, -1)
    name = re.search(r"(\w+)(?:\(\w+\))?\s*$", code[begin:opening]) if opening is not None else None
    if name is None:
        return None
    end = matching(code, brace)
    is_kernel = re.search(r"\bkernel\b|\bGF_KERNEL\b", code[begin:brace]) is not None
    return Chunk({name.group(1)}, begin, end + 1, is_kernel, brace + 1)


def directive_end(code, at):
    end = code.find("\n", at)
    while end > 0 and code[end - 1] == "\\":
        end = code.find("\n", end + 1)
    return len(code) if end < 0 else end


def chunks_of(code):
    """What stands at the top level."""
    chunks, begin, at = [], 0, 0
    while at < len(code):
        letter = code[at]
        if letter == "#" and not code[begin:at].strip():
            end = directive_end(code, at)
            define = re.match(r"#\s*define\s+(\w+)(\([^)]*\))?", code[at:end])
            if define:
                chunks.append(Chunk({define.group(1)}, at, end, False, at + define.end()))
            begin = at = end
        elif letter == "{":
            chunk = function_at(code, begin, at)
            end = matching(code, at)
            if end is None:
                break
            if chunk:
                chunks.append(chunk)
                begin = end + 1
            at = end + 1
        elif letter == ";" or (letter == "\n" and re.fullmatch(r"\s*[A-Z]\w*\([\w, ]*\)\s*", code[begin:at])):
            chunks.append(Chunk(set(IDENTIFIER.findall(code[begin:at])), begin, at))
            begin = at = at + 1
        else:
            at += 1
    return chunks


def reachable(code, chunks, start):
    """The chunks that a name needs."""
    found, open_names, known = [], [start], set()
    while open_names:
        name = open_names.pop()
        if name in known:
            continue
        known.add(name)
        for chunk in chunks:
            if name in chunk.names and chunk not in found:
                found.append(chunk)
                open_names += IDENTIFIER.findall(code[chunk.begin:chunk.end])
    return found


def active_lines(text, options, compiler, same=False):
    """The numbers of the lines that the preprocessor keeps. Of OpenCL C only definitions are passed on; `same`: the text is
    C for this compiler."""
    arguments = options if same else [option for option in options if option.startswith("-D")] + ["-D__FMA__=1"]
    done = subprocess.run([compiler, "-E", "-dD", "-x", "c", *arguments, "-"], input=text, text=True,
                          capture_output=True, check=False)
    lines, line, is_ours = set(), 0, False
    for output in done.stdout.splitlines():
        mark = re.match(r'# (\d+) "([^"]*)"', output)
        if mark:
            line, is_ours = int(mark.group(1)), mark.group(2) == "<stdin>"
            continue
        if is_ours and output.strip():
            lines.add(line)
        line += 1
    for number, line in enumerate(text.split("\n"), 1):  # of a macro the preprocessor names the first
        if number in lines and line.endswith("\\"):
            lines.add(number + 1)
    return lines


# ---- Operators: each yields sites of a code whose comments are blank


def swaps(operator, pattern, others):
    """An operator that replaces what group 1 of a pattern matches."""
    def find(code, begin, end, _facts):
        for match in re.finditer(pattern, code[begin:end]):
            for new in others.get(match.group(1), []):
                yield Site(operator, begin + match.start(1), begin + match.end(1), new)
    return find


ARITHMETIC = swaps("arithmetic", r"(?<=[\w)\]]) ([-+*/%]|<<|>>|[&|^]) (?=[\w(~-])",
                   {"+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"],
                    "&": ["|"], "|": ["&"], "^": ["|"]})
COMPARISON = swaps("comparison", r" (<=|>=|==|!=|<|>) ",
                   {"<": ["<=", ">"], "<=": ["<"], ">": [">=", "<"], ">=": [">"], "==": ["!="], "!=": ["=="]})
LOGIC = swaps("logic", r" (&&|\|\|) ", {"&&": ["||"], "||": ["&&"]})
ASSIGNMENT = swaps("assignment", r" (\+=|-=|\*=|/=|&=|\|=) ",
                   {"+=": ["-=", "="], "-=": ["+="], "*=": ["+=", "="], "/=": ["*="], "&=": ["="], "|=": ["="]})
STEP = swaps("step", r"(?<=\w)(\+\+)", {"++": [" += 2"]})
NAME = swaps("name", r"(?<![\w.>])(min|max|before|after|any_lane|all_lanes|get_global_id|get_local_id|get_group_id|"
             r"atomic_add|atomic_max|atomic_min|GF_LEFT|GF_RIGHT|up|down|left|right|first|last|rows|cols|zr|zi|cr|ci|"
             r"begin|end)(?!\w)",
             {"min": ["max"], "max": ["min"], "before": ["after"], "after": ["before"], "any_lane": ["all_lanes"],
              "all_lanes": ["any_lane"], "get_global_id": ["get_local_id"], "get_local_id": ["get_global_id"],
              "get_group_id": ["get_local_id"], "atomic_add": ["atomic_max"], "atomic_max": ["atomic_min"],
              "atomic_min": ["atomic_max"], "GF_LEFT": ["GF_RIGHT"], "GF_RIGHT": ["GF_LEFT"], "up": ["down"],
              "down": ["up"], "left": ["right"], "right": ["left"], "first": ["last"], "last": ["first"],
              "rows": ["cols"], "cols": ["rows"], "zr": ["zi"], "zi": ["zr"], "cr": ["ci"], "ci": ["cr"],
              "begin": ["end"], "end": ["begin"]})
MEMBER = swaps("member", r"(?:\.|->)(lo|hi|even|odd|x|y|s0|s1|zr|zi|cr|ci|live|count)\b",
               {"lo": ["hi"], "hi": ["lo"], "even": ["odd"], "odd": ["even"], "x": ["y"], "y": ["x"], "s0": ["s1"],
                "s1": ["s0"], "zr": ["zi"], "zi": ["zr"], "cr": ["ci"], "ci": ["cr"], "live": ["count"],
                "count": ["live"]})
CAST = swaps("cast", r"(\((?:real|size_t|uint|int|double|uint64_t|uint32_t|gf_real)\))(?=[\w(])",
             {"(real)": ["(float)"], "(size_t)": ["(ushort)", "(uchar)"], "(uint)": ["(uchar)"], "(int)": ["(char)"],
              "(double)": ["(float)"], "(uint64_t)": ["(uint16_t)"], "(uint32_t)": ["(uint8_t)"],
              "(gf_real)": ["(float)"]})
LEAVING = swaps("leaving", r"(?<![\w.])(break|continue|return)(?=;)", {"break": [""], "continue": [""], "return": [""]})


def constants(code, begin, end, facts):
    for match in re.finditer(r"(?<![\w.])(\d+)(\.\d+(?:e-?\d+)?)?([uUlLfF]*)(?![\w.])", code[begin:end]):
        place = begin + match.start(), begin + match.end()
        suffix = match.group(3)
        if match.group(2):
            yield Site("constant", *place, f"({match.group(0)} * {facts.one_ulp})")
        elif "f" not in suffix.lower():
            yield Site("constant", *place, f"{int(match.group(1)) + 1}{suffix}")
            if int(match.group(1)) > 0:
                yield Site("constant", *place, f"{int(match.group(1)) - 1}{suffix}")


def indices(code, begin, end, facts):
    for match in re.finditer(r"(?<=\w)\[", code[begin:end]):
        opening = begin + match.start()
        closing = matching(code, opening)
        if closing is None or closing >= end or not code[opening + 1:closing].strip():
            continue
        inner = code[opening + 1:closing]
        for offset in ("+ 1", "- 1", f"+ {facts.far}", f"- {facts.far}"):
            yield Site("index", opening + 1, closing, f"({inner}) {offset}")


def barriers(code, begin, end, _facts):
    for match in re.finditer(r"\bbarrier\([^;]*\);", code[begin:end]):
        yield Site("barrier", begin + match.start(), begin + match.end(), ";")


OPERAND = r"(?:\w+(?:(?:\.|->)\w+)?(?:\[[^][]*\])?|\([^()]*\))"


def operands(code, begin, end, _facts):
    """Swapped operands, of what does not commute, and of additions in another order."""
    for match in re.finditer(rf"(?<![\w.\])])({OPERAND}) (-|/|%|<|<=|>=|<<|>>) ({OPERAND})(?![\w.(\[])", code[begin:end]):
        yield Site("operands", begin + match.start(), begin + match.end(),
                   f"{match.group(3)} {match.group(2)} {match.group(1)}")
    for match in re.finditer(r"(?<=\()([\w.]+), ([\w.]+)(?=[,)])", code[begin:end]):
        yield Site("operands", begin + match.start(), begin + match.end(), f"{match.group(2)}, {match.group(1)}")


def rounding(code, begin, end, _facts):
    """Other roundings: fused or not, and another order of additions."""
    part = code[begin:end]
    for match in re.finditer(r"\bfma\(", part):
        opening = begin + match.end() - 1
        closing = matching(code, opening)
        inner = split_arguments(code[opening + 1:closing])
        if len(inner) == 3:
            yield Site("rounding", begin + match.start(), closing + 1, "(({}) * ({}) + ({}))".format(*inner))
    for match in re.finditer(rf"(?<![\w.\])])({OPERAND}) \+ ({OPERAND}) \* ({OPERAND})(?![\w.(\[])", part):
        yield Site("rounding", begin + match.start(), begin + match.end(),
                   f"fma({match.group(2)}, {match.group(3)}, {match.group(1)})")
    for match in re.finditer(rf"\(({OPERAND}) ([-+*]) ({OPERAND})\) ([-+*]) ({OPERAND})(?![\w.(\[])", part):
        a, first, b, second, c = match.groups()
        if first == second == "+" or first == second == "*":
            yield Site("rounding", begin + match.start(), begin + match.end(), f"{a} {first} ({b} {second} {c})")
            yield Site("rounding", begin + match.start(), begin + match.end(), f"({b} {first} {c}) {first} {a}")


def split_arguments(text):
    parts, depth, begin = [], 0, 0
    for at, letter in enumerate(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    return parts + [text[begin:].strip()]


def ulps(code, begin, end, facts):
    """One unit in the last place of a real: of every item, or of one."""
    declared = r"\b(?:real|real_n|gf_real|gf_vec|double_n)(?: \w+| \*)*\w+ ="
    assigned = r"\b(?:zr|zi|next\[[^;=]*\]|out\[[^;=]*\]|l->z[ri]|a_new|b_new) ="
    pattern = rf"(?:{declared}|{assigned}|\breturn) ([^;{{}}]+);"
    for match in re.finditer(pattern, code[begin:end]):
        inner = match.group(1)
        if "," in re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", inner) or not re.search(r"[-+*/]|updated|real", inner):
            continue
        place = begin + match.start(1), begin + match.end(1)
        yield Site("ulp", *place, f"({inner}) * {facts.one_ulp}")
        if facts.item:
            yield Site("ulp of one item", *place, f"({inner}) * ({facts.item} ? {facts.one_ulp} : {facts.one})")


def statements(code, begin, end):
    """Statements of one line: their begin and end."""
    assignment = r"[\w(*][^;{}\n#]*[\w)\]*+-] (?:[-+*/&|]?=) [^;{}\n]*"
    call = r"[\w]+\([^;{}\n]*\)"
    for match in re.finditer(rf"^[ \t]*((?:{assignment}|{call}|\w+\+\+)\s*;)[ \t\\]*$", code[begin:end], re.M):
        text = match.group(1)
        is_declaration = re.match(r"(?:const |local |global |static |size_t |u?int |real(?:_n)? |bits(?:_n)? |ulong |uint_n |"
                                  r"lanes |points |double(?:_n)? |gf_\w+ |uint32_t |uint64_t |bool |float )", text)
        if not is_declaration and text.count("(") == text.count(")") and not text.startswith(("for", "return", "else")):
            yield begin + match.start(1), begin + match.end(1)


def removed(code, begin, end, _facts):
    for first, last in statements(code, begin, end):
        yield Site("removed statement", first, last, ";")


def stale(code, begin, end, facts):
    """A store or call that one item leaves out, or that is left out for one element."""
    for first, last in statements(code, begin, end):
        text = code[first:last]
        if facts.item:
            yield Site("stale: one item", first, last, f"if (!({facts.item})) {text}")
        store = re.match(r"\w+\[(.*)\] = [^;]*;$", text)
        if store and "]" not in store.group(1):
            for element in facts.elements:
                yield Site("stale: one element", first, last, f"if (({store.group(1)}) != {element}) {text}")
            yield Site("stale: from an element on", first, last, f"if (({store.group(1)}) < {facts.elements[0]}) {text}")
            beyond = text.replace(f"[{store.group(1)}]", f"[({store.group(1)}) + {facts.far}]", 1)
            wrong = text.replace("] = ", f"] = ({store.group(1)}) == {facts.elements[0]} ? 1 : ", 1)
            yield Site("outside", first, last, f"{text} {beyond}")
            yield Site("wrong element", first, last, wrong)


def conditions(code, begin, end, facts):
    for match in re.finditer(r"\b(?:if|while) \(", code[begin:end]):
        opening = begin + match.end() - 1
        closing = matching(code, opening)
        if closing is None or closing >= end:
            continue
        inner = code[opening + 1:closing]
        yield Site("condition", opening + 1, closing, f"!({inner})")
        yield Site("condition", opening + 1, closing, "0")
        if facts.item:
            yield Site("condition of one item", opening + 1, closing, f"({inner}) != ({facts.item})")
    for match in re.finditer(rf" \? ({OPERAND}) : ({OPERAND})(?=[;,)])", code[begin:end]):
        yield Site("condition", begin + match.start(1), begin + match.end(2), f"{match.group(2)} : {match.group(1)}")


def early(chunk, facts):
    """One item, or those from it on, that do nothing."""
    if chunk.is_kernel and facts.item:
        for condition in (facts.item, f"get_global_id(0) >= {facts.item_place}", "get_group_id(0) == get_num_groups(0) - 1"):
            yield Site("early return", chunk.body, chunk.body, f" if ({condition}) return; ")


OPERATORS = [ARITHMETIC, COMPARISON, LOGIC, ASSIGNMENT, STEP, NAME, MEMBER, CAST, LEAVING, constants, indices, barriers,
             operands, rounding, ulps, removed, stale, conditions]


class Facts:
    """What operators need to know of a problem."""

    def __init__(self, bits, item, item_place, elements):
        self.one_ulp = "1.0000000000000002" if bits == 64 else "1.00000011920928955f"
        self.one = "1.0" if bits == 64 else "1.0f"
        self.far = 4096
        self.item = item              # a condition that holds for one work-item; None: there are no work-items
        self.item_place = item_place  # its get_global_id(0)
        self.elements = elements      # indices of the result: one, and the last


def sites_of(text, start, facts, lines=None):
    """All sites in what a kernel reaches, by their operators. `lines`: the only ones to be changed."""
    code = without_comments(text)
    starts = [0] + [match.end() for match in re.finditer("\n", text)]
    sites = {}
    for chunk in reachable(code, chunks_of(code), start):
        if chunk.body is None:
            continue
        found = [site for operator in OPERATORS for site in operator(code, chunk.body, chunk.end, facts)]
        for site in found + list(early(chunk, facts)):
            if lines is None or line_of(starts, site.begin) in lines:
                sites.setdefault(site.operator, []).append(site)
    return sites


def line_of(starts, place):
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= place else (low, middle)
    return low + 1


def describe(text, site):
    """The line, what it was and what it is."""
    line = text.count("\n", 0, site.begin) + 1
    begin = text.rfind("\n", 0, site.begin) + 1
    end = text.find("\n", site.end)
    changed = text[begin:site.begin] + site.new + text[site.end:end]
    return {"line": line, "was": " ".join(text[begin:end].split()), "is": " ".join(changed.split())}
