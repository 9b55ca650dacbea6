"""The record of a run as Markdown."""
import statistics

CEILINGS = [
    ("julia_untested", "Julia, all lanes busy, no test whether z has escaped", "Giter/s"),
    ("julia_tested", "Julia, all lanes busy, a test and a count in each iteration", "Giter/s"),
    ("stencil_l1", "stencil on fields in L1", "GCell/s"),
    ("copy_plain", "copy, ordinary stores, both directions counted", "GB/s"),
    ("copy_nt", "copy, non-temporal stores, both directions counted", "GB/s"),
    ("clock_ghz", "core clock", "GHz"),
]


def table(head, rows):
    """A Markdown table; columns whose head ends in a colon are numbers, aligned to the right."""
    names = [name.rstrip(":") for name in head]
    lines = ["| " + " | ".join(names) + " |",
             "|" + "|".join("--:" if name.endswith(":") else "---" for name in head) + "|"]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return lines + [""]


def milliseconds(ns):
    return f"{ns / 1e6:.4g}" if ns < 1e9 else f"{ns / 1e6:.0f}"


def machine_lines(record):
    machine, settings = record["machine"], record["settings"]
    facts = [
        ("CPU", f"{machine['cpu']}, {machine['cores']} cores"),
        ("caches", f"L1d {machine['l1d_bytes'] >> 10} KiB, L2 {machine['l2_bytes'] >> 10} KiB, "
                   f"L3 {machine['l3_bytes'] >> 20} MiB as the system reports them"),
        ("system", f"{machine['os']}, {machine['distribution']}"),
        ("huge pages", machine["huge_pages"]),
        ("frequency governor", machine["governor"]),
        ("load when the run began", machine["load"]),
        ("compilers", f"gpufare: {machine['compiler']}; peers: {machine['cc']}"),
        ("gpufare", f"{machine['gpufare']}, commit {machine['commit']}"),
        ("threads", f"{settings['threads']} for everyone that has threads"),
        ("rounds", settings["rounds"]),
    ]
    return table(["machine", ""], facts)


def ceiling_lines(record):
    rows = []
    for name, text, unit in CEILINGS:
        values = [record["ceilings"].get(precision, {}).get(name) for precision in ("f64", "f32")]
        if not any(values):
            continue
        cells = [f"{v['best']:.4g} ({v['median']:.4g})" if v else "not known" for v in values]
        rows.append([text, unit, *cells])
    lines = ["## Ceilings", "", "Measured before each case by `tools/bench/ceilings.c`, all threads at once, compiled "
             "for this machine. The best sample, by which everything is judged; in brackets the median. Clock: "
             f"{record['ceilings'].get('clock_method', 'not known')}.", ""]
    lines += table(["ceiling", "unit", "f64:", "f32:"], rows)
    if record["opencl"]:
        rows = [[d["id"], d["name"], us(d, "launch_and_wait_us"), us(d, "launch_in_a_row_us"), pinned(d)]
                for d in record["opencl"]]
        lines += table(["OpenCL device", "name", "empty kernel, waited for, µs:", "one of 200 in a row, µs:",
                        "raw pinned copy"], rows)
    return lines


def us(device, name):
    return f"{statistics.median(device[name]):.3g}" if name in device else device.get("failed", "not measured")


def pinned(device):
    if "pinned_write_gbs" in device:
        return f"{max(device['pinned_write_gbs']):.3g} GB/s up, {max(device['pinned_read_gbs']):.3g} GB/s down"
    return device.get("pinned_copy", "not measured")


def case_title(case):
    size = f"{case['width']}x{case['height']}, {case['precision']}"
    if case["workload"] == "julia":
        return f"{case['name']}: Julia {size}, at most {case['max_iter']} iterations; {case['about']}"
    return f"{case['name']}: diffusion {size}, {case['steps']} steps; {case['about']}"


def share(value):
    return "" if value is None else f"{value:.1%}"


def timed_row(row, with_roofline):
    cells = [row["label"], milliseconds(row["median_ns"]),
             f"{milliseconds(row['min_ns'])} .. {milliseconds(row['max_ns'])}", f"{row['iqr_share']:.1%}",
             f"{row['rate']:.4g}", share(row["of_ceiling"])]
    if with_roofline:
        cells.append(f"{row['of_roofline']:.2f}" if row["of_roofline"] else "")
    return cells + [f"{row['times_native']:.2f}" if row["times_native"] else "", row["verified"]]


def case_lines(case):
    with_roofline = not case["in_cache"]
    head = ["", "median ms:", "min .. max:", "IQR:", f"{case['unit']}:", f"of {case['ceiling_name']}:"]
    head += ["times the roofline:"] if with_roofline else []
    head += ["gpufare native is faster by:", "result"]
    rows, empty = [], [""] * (len(head) - 2)
    for row in sorted(case["rows"], key=lambda row: (row["median_ns"] is None, row["median_ns"] or 0)):
        if row["median_ns"] is not None:
            rows.append(timed_row(row, with_roofline))
        elif row["status"] != "not found":
            rows.append([row["label"], *empty, f"{row['status']}: {row['reason']}"])
    absent = [row["label"] for row in case["rows"] if row["status"] == "not found"]
    lines = [f"### {case_title(case)}", "", *table(head, rows)]
    elsewhere = case["disturbance"]
    lines += [f"Meanwhile other programs took {elsewhere['other_programs']:.1%} of the cores' time, the hypervisor "
              f"{elsewhere['stolen']:.1%}.", ""]
    return lines + ([f"Not found on this machine: {'; '.join(absent)}.", ""] if absent else [])


def goal_lines(record):
    if not record["goals"]:
        return []
    rows = [[goal["goal"], f"{goal['limit']:g}", f"{goal['ratio']:.2f}" if goal["ratio"] is not None else "",
             goal["verdict"], goal["detail"]] for goal in record["goals"]]
    return ["## Goals", "", *table(["goal", "at least:", "measured:", "", "what was compared"], rows)]


def clock_lines(record):
    rows = [[case["name"], row["label"], milliseconds(check["own_total_ns"]), milliseconds(check["outer_ns"]),
             f"{check['outer_ns'] / check['own_total_ns']:.2f}", check["samples"]]
            for case in record["cases"] for row in case["rows"] for check in [row.get("outer_clock")] if check]
    if not rows:
        return []
    return ["## gpufare's clock against an outer one", "",
            "Wall time of two processes that differ only in their number of samples, divided by that difference. "
            "It also contains poisoning and comparing each result, which the tool's own total leaves out.", "",
            *table(["case", "", "own total, ms:", "outer clock, ms:", "ratio:", "samples more:"], rows)]


def peer_lines(record):
    rows = []
    for entry in record["entries"]:
        versions = ", ".join(f"{name} {value}" for name, value in entry["versions"].items())
        notes = f"not found: {entry['missing']}" if entry["missing"] else entry["notes"]
        rows.append([entry["name"], entry["label"], entry["how"], entry["threads"] or "", versions, notes])
    return ["## Who took part", "", *table(["name", "", "how", "threads", "versions", "notes"], rows)]


METHOD = """\
A time is the time of computing alone, with the data where it is computed on: the first state, coordinates,
allocation, first touch, compilation and two warm-up runs lie outside for everyone. gpufare computes the Julia
coordinates within its time; the peers read them from an array. For gpufare it is kernel plus launch, so an OpenCL
device's launches count. Each round runs every entry once, as a process of its own, in an order that moves on by
one each round; a round's figure is the median of that process's samples, and the table has the median of the rounds,
their smallest and largest, and the distance of their quartiles as a share of the median. Every result of every
round is compared with gpufare's scalar reference: counts and fields bit for bit; what may contract a*b+c is allowed
64 units of rounding of the largest value, and the row says how many cells differ. What fails has no time.
Strict arithmetic throughout: no fast-math, -ffp-contract=off.
"""


def markdown(record):
    lines = ["# gpufare and its peers", "", f"{record['date']}. {record['state']}", "", METHOD]
    lines += machine_lines(record) + ceiling_lines(record)
    lines += ["## Times", ""]
    for case in record["cases"]:
        lines += case_lines(case)
    lines += peer_lines(record) + clock_lines(record) + goal_lines(record)
    return "\n".join(lines).rstrip() + "\n"
