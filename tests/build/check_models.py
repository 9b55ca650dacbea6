"""Model files say where each number comes from, and published measurements are of models that are there.
Usage: check_models.py SOURCE_DIR

Reads models/*.ini and docs/measurements/2026-11-30-published.json. What gpufare refuses in a model file is tested with
gpufare; this is about the files that come with it: an unnamed source, a clock below its base, a measurement that also
set a share. Each rule is tried first on a file that breaks it."""
import configparser
import json
import re
import sys
from pathlib import Path

HEAD = ("title", "vendor", "family", "type", "bus", "year")
WORDS = {"family": ("nvidia", "amd", "intel", "cpu"), "type": ("gpu", "cpu"), "bus": ("pcie", "shared")}
# Least and most that a device of today may have.
FIELDS = {
    "pcie-generation": (1, 6), "pcie-lanes": (1, 16), "bus-share-pinned": (0.05, 1), "bus-share-pageable": (0.02, 1),
    "transfer-latency": (0.5, 100), "launch-time": (0.5, 100), "memory": (1, 512), "memory-rate": (10, 20000),
    "units": (1, 1024), "clock-base": (100, 6500), "clock-boost": (300, 6500), "lanes": (1, 64), "issue": (8, 512),
    "f32-add": (8, 512), "f32-multiply": (8, 512), "f32-fma": (8, 512), "f64-add": (0, 256), "f64-multiply": (0, 256),
    "f64-fma": (0, 256), "i32-add": (8, 512), "i32-multiply": (4, 256), "i64-remainder": (0.01, 32),
    "local-memory": (16, 512), "registers": (32, 1024), "l1": (8, 1024),
    "l2": (256, 1 << 19), "l2-rate": (10, 50000)}
# A core of a CPU has fewer lanes, and its drivers answer at once or late.
CPU_FIELDS = {
    "transfer-latency": (0, 1000), "launch-time": (0, 1000), "memory": (0.25, 1 << 14), "issue": (1, 512),
    "f32-add": (1, 128), "f32-multiply": (1, 128), "f32-fma": (0, 128), "i32-add": (0.5, 128),
    "i32-multiply": (0.25, 128), "local-memory": (8, 1 << 16), "registers": (0.1, 64)}
PCIE = ("pcie-generation", "pcie-lanes")
OPTIONAL = ("registers", "l1", "l2-rate")
WHOLE = ("pcie-generation", "pcie-lanes", "units", "lanes", "year")
# Ranges that may rest on a reason alone, in files of GPUs.
GUESSED = ("bus-share-pinned", "bus-share-pageable", "transfer-latency", "launch-time", "issue", "i32-add",
           "i64-remainder", "l2-rate")
MOST_BYTES = 1 << 16
LEAST_MODELS, LEAST_CASES, LEAST_MODELS_MEASURED = 22, 30, 8
DATE = re.compile(r"20[0-9]{2}(-[01][0-9](-[0-3][0-9])?)?")
UNITS = ("GB/s", "GFLOP/s", "GCell/s", "Giter/s", "ms", "us")
KINDS = ("copy", "read", "arithmetic", "stencil-blocked", "stencil-step", "escape-time", "reduction", "host-to-device",
         "device-to-host")


class Wrong(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Wrong(text)


def number(section, key):
    try:
        return float(section[key])
    except ValueError:
        raise Wrong(f"[{section.name}] {key} = {section[key]} is no number") from None


def check_keys(section, known, needed):
    unknown = sorted(set(section) - set(known))
    need(not unknown, f"[{section.name}] has the unknown key {unknown[:1]}")
    missing = [key for key in needed if not section.get(key)]
    need(not missing, f"[{section.name}] has no {missing[:1]}")


def check_head(section):
    check_keys(section, HEAD, HEAD)
    for key, words in WORDS.items():
        need(section[key] in words, f"{key} = {section[key]} is none of {words}")
    need(section["year"].isdigit() and 2000 <= int(section["year"]) <= 2100, f"year = {section['year']}")


def check_source(section):
    check_keys(section, ("title", "address", "date", "found"), ("title", "address", "date"))
    need(re.match("(https|file)://", section["address"]), f"[{section.name}] has the address {section['address']}")
    need(DATE.fullmatch(section["date"]), f"[{section.name}] is of {section['date']}, no date")
    need(section.get("found", "no") == "no", f"[{section.name}] found = {section.get('found')}; leave it out, or no")


def check_field(section, sources, cpu):
    name = section.name
    check_keys(section, ("value", "low", "high", "source", "reason"), ())
    single = "value" in section
    need(single != ("low" in section or "high" in section), f"[{name}] has both or neither of a value and a range")
    need(single or ("low" in section and "high" in section), f"[{name}] has half a range")
    low, high = (number(section, key) for key in (("value", "value") if single else ("low", "high")))
    least, most = CPU_FIELDS.get(name, FIELDS[name]) if cpu else FIELDS[name]
    need(least <= low <= high <= most, f"[{name}] from {low:g} to {high:g}: not in order, or beyond {least} to {most}")
    need(name not in WHOLE or low == int(low) and high == int(high), f"[{name}] is not whole")
    source = section.get("source", "")
    key = source.split(":")[0].strip()
    need(source or (section.get("reason") and not single), f"[{name}] has no source")
    need(not source or key in sources, f"[{name}] names the source {key}, which is not there")
    need(not source or source.partition(":")[2].strip(), f"[{name}] does not say where in {key} it stands")
    need(source or cpu or name in GUESSED, f"[{name}] rests on a reason alone")
    need(source or low < high, f"[{name}] is one number that a reason alone bears")
    return low, high, key


def check_model(text):
    """The fields of a model: name -> (low, high, source)."""
    need(text.isascii(), "not plain ASCII")
    need(len(text) <= MOST_BYTES, f"{len(text)} bytes, more than {MOST_BYTES}")
    parser = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",), empty_lines_in_values=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise Wrong(str(error).replace("\n", " ")) from None
    need("model" in parser, "no [model]")
    check_head(parser["model"])
    names = [name for name in parser.sections() if name != "model"]
    sources = {name[len("source "):] for name in names if name.startswith("source ")}
    for name in names:
        need(name in FIELDS or name.startswith("source "), f"[{name}] is no field")
        if name.startswith("source "):
            check_source(parser[name])
    cpu = parser["model"]["type"] == "cpu"
    fields = {name: check_field(parser[name], sources, cpu) for name in names if name in FIELDS}
    check_whole(parser["model"], fields, sources)
    return fields, {key: parser[f"source {key}"].get("found") for key in sources}


def check_whole(head, fields, sources):
    bus = head["bus"] == "pcie"
    missing = [name for name in FIELDS if name not in OPTIONAL and (bus or name not in PCIE) and name not in fields]
    need(not missing, f"the field {missing[:1]} is missing")
    need(bus or not any(name in fields for name in PCIE), "shared memory has no generation and no lanes")
    need(fields["clock-base"][0] <= fields["clock-boost"][0], "the boost clock is below the base clock")
    for kind in ("f32", "f64"):
        add, multiply, fma = (fields[f"{kind}-{name}"] for name in ("add", "multiply", "fma"))
        need(fma[1] <= max(add[1], multiply[1]), f"{kind}-fma is faster than additions and multiplications")
        need((add[1] == 0) == (multiply[1] == 0) == (fma[1] == 0), f"{kind} is there for some operations only")
    need(fields["f64-fma"][1] <= fields["f32-fma"][1], "f64 is faster than f32")
    need(fields["bus-share-pageable"][0] <= fields["bus-share-pinned"][1], "pageable memory is faster than pinned")
    if "l2-rate" in fields:
        need(fields["l2-rate"][1] >= fields["memory-rate"][0], "the cache is slower than the memory")
    used = {source for _, _, source in fields.values()}
    need(sources <= used, f"no field names the source {sorted(sources - used)[:1]}")


def check_case(case, models):
    name = case.get("name", "?")
    for key in ("name", "model", "kind", "what", "value", "unit", "source", "address", "date", "where"):
        need(case.get(key) not in (None, ""), f"{name} has no {key}")
    for key in ("precision", "size", "fma", "as"):
        need(key in case, f"{name} does not say its {key}, not even null")
    need(case["model"] in models, f"{name} is of {case['model']}, which is no model")
    need(case["kind"] in KINDS, f"{name} is of the kind {case['kind']}")
    need(case["unit"] in UNITS and case["value"] > 0, f"{name} is {case['value']} {case['unit']}")
    need(DATE.fullmatch(case["date"]), f"{name} is of {case['date']}, no date")
    need(case.get("own") or case["address"].startswith("https://"), f"{name} has the address {case['address']}")
    same = case["as"]
    if same is None:
        need(case.get("note"), f"{name} does not say why gpufare has no such work")
        return
    need(set(same) <= {"workload", "values", "part", "memory"} and same.get("workload") and same.get("values"),
         f"{name}: as {sorted(same)}")
    need(same.get("part") in ("kernel", "up", "down", "total"), f"{name}: part {same.get('part')}")
    need((same.get("memory") in ("pinned", "pageable")) == (same["part"] != "kernel"), f"{name}: memory and part")
    need(all(isinstance(value, str) for value in same["values"].values()), f"{name}: a parameter is no text")


def check_published(published, models):
    cases, shares = published["cases"], published["shares"]
    names = [case.get("name") for case in cases]
    need(len(set(names)) == len(names), "two cases have one name")
    for case in cases:
        check_case(case, models)
    for share in shares:
        for key in ("kind", "device", "what", "value", "unit", "source", "address", "date"):
            need(share.get(key) not in (None, ""), f"a share of {share.get('device')} has no {key}")
    judged = {(case["source"], case["value"]) for case in cases}
    both = [share for share in shares if (share["source"], share["value"]) in judged]
    need(not both, f"a measurement sets a share and is judged by it: {both[:1]}")
    for entry in published["left out"]:
        need(entry.get("what") and entry.get("why"), f"left out without what or why: {entry}")
    others = [case for case in cases if not case.get("own")]
    measured = {case["model"] for case in others if case["as"]}
    need(len(others) >= LEAST_CASES, f"{len(others)} published measurements, fewer than {LEAST_CASES}")
    need(len(measured) >= LEAST_MODELS_MEASURED, f"on {len(measured)} models, fewer than {LEAST_MODELS_MEASURED}")
    return len(others), len(cases) - len(others), len(measured)


def refuses(check, *arguments):
    try:
        check(*arguments)
    except Wrong:
        return True
    return False


def replaced(text, pattern, new):
    changed, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE | re.DOTALL)
    if count != 1:
        sys.exit(f"the check of the check: no {pattern}")
    return changed


def check_itself(text, published, models):
    """Each rule refuses a file that breaks it alone."""
    broken = {
        "a field twice": text + "\n[units]\nvalue = 1\nsource = techpowerup: here\n",
        "an unknown field": text + "\n[speed]\nvalue = 1\nsource = techpowerup: here\n",
        "no field": replaced(text, r"^\[lanes\].*?\n\n", ""),
        "no source": replaced(text, r"^(\[units\]\n[^\n]*\n)source[^\n]*\n", r"\1"),
        "an unknown source": replaced(text, r"^(\[units\]\n[^\n]*\nsource = )\w+", r"\1nobody"),
        "no place in the source": replaced(text, r"^(\[units\]\n[^\n]*\nsource = \w+):[^\n]*", r"\1"),
        "a source without date": replaced(text, r"^date = [^\n]*\n", ""),
        "a source that is found": replaced(text, r"^(date = [^\n]*)", r"\1\nfound = yes"),
        "a unit count with a reason": replaced(text, r"^(\[units\]\n[^\n]*\n)source", r"\1reason"),
        "memory that is a guess": replaced(text, r"^\[memory\]\n.*?\n\n",
                                           "[memory]\nlow = 40\nhigh = 80\nreason = it was not found\n\n"),
        "no number": replaced(text, r"^(\[units\]\n)value = [^\n]*", r"\1value = many"),
        "half a unit": replaced(text, r"^(\[units\]\n)value = [^\n]*", r"\1value = 1.5"),
        "a range upside down": replaced(text, r"^low = ([^\n]*)\nhigh = ([^\n]*)", r"low = \2\nhigh = \1"),
        "a slow boost": replaced(text, r"^(\[clock-base\]\n)value = [^\n]*", r"\1value = 6499"),
        "no year": replaced(text, r"^year = [^\n]*\n", ""),
        "an unknown bus": replaced(text, r"^bus = pcie", "bus = isa"),
        "a bus that is not there": replaced(text, r"^bus = pcie", "bus = shared"),
        "a letter of another alphabet": replaced(text, r"^title = ", "title = \u00b5"),
    }
    for what, changed in broken.items():
        if not refuses(check_model, changed):
            sys.exit(f"the check of the check: {what} passes")

    def with_case(**members):
        cases = [dict(published["cases"][0], **members)] + published["cases"][1:]
        return dict(published, cases=cases)

    first = published["cases"][0]
    share = dict(published["shares"][0], source=first["source"], value=first["value"])
    for what, changed in {
        "a model that is not there": with_case(model="voodoo"), "a case without date": with_case(date=""),
        "a case of no unit": with_case(unit="furlongs"), "a name twice": with_case(name=published["cases"][1]["name"]),
        "a measurement that sets a share": dict(published, shares=published["shares"] + [share]),
        "few cases": dict(published, cases=published["cases"][:3])}.items():
        if not refuses(check_published, changed, models):
            sys.exit(f"the check of the check: {what} passes")


def main():
    root = Path(sys.argv[1])
    paths = sorted((root / "models").glob("*.ini"))
    texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    counts = {"read": 0, "not read again": 0, "ranges with a reason alone": 0}
    for name, text in texts.items():
        try:
            fields, found = check_model(text)
        except Wrong as error:
            sys.exit(f"models/{name}.ini: {error}")
        for _, _, source in fields.values():
            guessed = "not read again" if found.get(source) == "no" else "read"
            counts[guessed if source else "ranges with a reason alone"] += 1
    if len(texts) < LEAST_MODELS:
        sys.exit(f"{len(texts)} models, fewer than {LEAST_MODELS}")
    path = root / "docs/measurements/2026-11-30-published.json"
    published = json.loads(path.read_text(encoding="utf-8"))
    try:
        others, own, measured = check_published(published, texts)
    except Wrong as error:
        sys.exit(f"{path.name}: {error}")
    check_itself(texts["h100-pcie"], published, texts)
    print(f"{len(texts)} models; fields: {', '.join(f'{count} {what}' for what, count in counts.items())}")
    print(f"{others} published measurements on {measured} models, {own} of our own, {len(published['shares'])} shares")


main()
