"""Checks an HTML report: an XML parser reads it, it needs nothing else, it is accessible, it is small,
and its numbers are those of the JSON report beside it.

    check_page.py PAGE.html [REPORT.json]
"""

import json
import sys
import xml.etree.ElementTree as tree
from pathlib import Path

LIMIT = 500_000
XHTML = "{http://www.w3.org/1999/xhtml}"
# Elements that load or run something; style elements stand in the head alone.
REFUSED = {"script", "iframe", "object", "embed", "link", "base", "form", "audio", "video", "foreignObject"}


def name_of(element):
    return element.tag.removeprefix(XHTML)


def text_of(element):
    return " ".join("".join(element.itertext()).split())


class Page:
    def __init__(self, path):
        self.faults = []
        self.bytes = Path(path).read_bytes()
        text = self.bytes.decode("utf-8")
        start = "<!DOCTYPE html>\n"
        self.expect(text.startswith(start), "it does not begin with its document type")
        self.root = tree.fromstring(text.removeprefix(start))
        self.all = [e for e in self.root.iter() if isinstance(e.tag, str)]

    def expect(self, holds, fault):
        if not holds:
            self.faults.append(fault)

    def named(self, *names):
        return [e for e in self.all if name_of(e) in names]

    # ---- Alone

    def check_alone(self):
        """Nothing is loaded, nothing runs."""
        for element in self.all:
            self.expect(name_of(element) not in REFUSED, f"there is an element {name_of(element)}")
            for key, value in element.attrib.items():
                self.expect(not key.startswith("on"), f"{name_of(element)} has {key}")
                if key.split("}")[-1] in ("src", "href", "data", "action", "poster"):
                    self.expect(value.startswith(("data:image/png;base64,", "#")), f"{key} is {value[:60]}")
                self.expect("url(" not in value, f"{name_of(element)} has a url in {key}")
        styles = self.named("style")
        self.expect(len(styles) == 1, f"{len(styles)} style elements")
        self.expect("url(" not in text_of(styles[0]) and "@import" not in text_of(styles[0]), "the style loads something")
        policies = [e.get("content") for e in self.named("meta") if e.get("http-equiv") == "Content-Security-Policy"]
        self.expect(policies and "default-src 'none'" in policies[0], "there is no policy against scripts")
        self.expect(len(self.bytes) < LIMIT, f"{len(self.bytes)} bytes")

    # ---- Accessible

    def check_accessible(self):
        self.expect(self.root.get("lang") == "en", "no language")
        self.expect(text_of(self.named("title")[0]) != "", "no title")
        levels = [int(name_of(e)[1]) for e in self.named("h1", "h2", "h3", "h4", "h5", "h6")]
        self.expect(levels.count(1) == 1 and levels[0] == 1, f"headings {levels}")
        self.expect(all(b <= a + 1 for a, b in zip(levels, levels[1:])), f"a level is left out: {levels}")
        ids = [e.get("id") for e in self.all if e.get("id")]
        self.expect(len(ids) == len(set(ids)), "an id comes twice")
        for element in self.all:
            for wanted in (element.get("aria-labelledby"), (element.get("href") or "").removeprefix("#") or None):
                self.expect(wanted is None or wanted in ids, f"there is no #{wanted}")
        for image in self.named("img"):
            self.expect(image.get("alt"), "a picture without words")
            self.expect(int(image.get("width")) > 0 and int(image.get("height")) > 0, "a picture without a size")
        for svg in [e for e in self.all if name_of(e) == "svg"]:
            self.expect(svg.get("role") == "img" and svg.get("aria-label"), "a figure without words")
        for table in self.named("table"):
            self.check_table(table)

    def check_table(self, table):
        head = table.findall(f"{XHTML}thead/{XHTML}tr/{XHTML}th")
        self.expect(head and all(e.get("scope") == "col" and text_of(e) for e in head), "a column without a header")
        rows = table.findall(f"{XHTML}tbody/{XHTML}tr")
        self.expect(rows, "a table without rows")
        for row in rows:
            cells = list(row)
            self.expect(len(cells) == len(head), f"{len(cells)} cells below {len(head)} headers")
            self.expect(all(e.get("scope") == "row" for e in cells if name_of(e) == "th"), "a header without a scope")

    # ---- Its numbers

    def numbers(self):
        """All exact numbers of the tables."""
        return [float(e.get("value")) for e in self.named("data")]

    def section(self, heading):
        for section in self.named("section"):
            if text_of(section[0]) == heading:
                return section
        self.faults.append(f"there is no section {heading}")
        return None

    def rows(self, heading):
        """Of the first table of a section: a dictionary for each row; numbers are exact."""
        section = self.section(heading)
        table = None if section is None else section.find(f".//{XHTML}table")
        if table is None:
            self.faults.append(f"{heading} has no table")
            return []
        head = [text_of(e) for e in table.findall(f"{XHTML}thead/{XHTML}tr/{XHTML}th")]
        found = []
        for row in table.findall(f"{XHTML}tbody/{XHTML}tr"):
            cells = []
            for cell in row:
                number = cell.find(f"{XHTML}data")
                cells.append(text_of(cell) if number is None else float(number.get("value")))
            found.append(dict(zip(head, cells)))
        return found

    def equal(self, got, want, what):
        same = got == want or (isinstance(want, (int, float)) and got not in ("", None) and
                               abs(float(got) - want) <= 1e-9 * abs(want) + 0.5)
        self.expect(same, f"{what} is {got} on the page and {want} in JSON")

    def check_first(self, sentence):
        """The answer comes first, as JSON has it."""
        first = self.named("section")[0]
        self.expect("answer" in (first.get("class") or ""), "the answer does not come first")
        said = " ".join(sentence.replace("`", "").split())
        lead = next((text_of(e) for e in first if e.get("class") == "lead"), "")
        self.expect(lead and lead in said, f"the answer is {lead!r}, not of {said!r}")

    def check_comparison(self, report):
        self.check_first(report["verdict"]["text"])
        heading = next((text_of(s[0]) for s in self.named("section") if text_of(s[0]).startswith("Comparison in ")), "Comparison")
        pairs = list(zip(report["results"], self.rows(heading), self.rows("Ledger of the median round trip, in ms")))
        self.expect(len(pairs) == len(report["results"]) > 0, f"{len(pairs)} rows of {len(report['results'])} results")
        for result, row, ledger in pairs:
            self.equal(row["status"], result["status"], "the status")
            if result["status"] != "ok":
                continue
            phases = result["phases"]
            self.equal(row["total ms"], phases["total"]["median_ns"], "the total")
            self.equal(row["kernel ms"], phases["kernel"]["median_ns"], "the kernel")
            self.equal(row["checksum"], result["checksum"], "the checksum")
            self.equal(ledger["min"], phases["total"]["min_ns"], "the least")
            self.equal(ledger["max"], phases["total"]["max_ns"], "the most")
            trip = phases["total"]["samples_ns"].index(int(ledger["total"]))
            names = ("h2d", "launch", "kernel", "d2h", "unexplained")
            self.equal(sum(float(ledger.get(n) or 0) for n in names), ledger["total"], "the sum of the phases")
            for name in names:
                self.expect(any(s == int(ledger.get(name) or 0) for t, s in enumerate(phases[name]["samples_ns"])
                                if phases["total"]["samples_ns"][t] == phases["total"]["samples_ns"][trip]),
                            f"{name} is of no round trip")

    def check_breakeven(self, report):
        self.check_first(report["answer"])
        self.expect(any(name_of(e) == "svg" and "aria-label" in e.attrib for e in self.all), "no curves")
        for device in report["devices"]:
            rows = self.rows(device["label"])
            self.expect(len(rows) == len(device["values"]), f"{device['label']}: {len(rows)} rows")
            for value, row in zip(device["values"], rows):
                self.equal(row[report["sweep"]["parameter"]], value["value"], "the value")
                self.equal(row.get("measured ms", ""), value["measured"]["median_ns"], "the time")

    def check_advice(self, report):
        self.check_first(report["verdict"]["text"])
        heading = next((text_of(s[0]) for s in self.named("section") if text_of(s[0]).startswith("Predicted ledger")), "Predicted ledger")
        self.expect(any(c["possible"] for c in report["contenders"]), "nothing was predicted")
        for contender, row in zip(report["contenders"], self.rows(heading)):
            self.equal(row["device"], contender["device"], "the device")
            if contender["possible"]:
                self.equal(row["total ms"], contender["phases"]["total"]["value_ns"], "the total")
                self.equal(row["kernel"], contender["phases"]["kernel"]["value_ns"], "the kernel")
                names = ("h2d", "launch", "kernel", "d2h", "unexplained")
                self.check_predicted(contender, row)
                rest = sum(float(row[name]) for name in names) - float(row["total ms"])
                self.expect(abs(rest) <= len(names), f"the phases are {rest} ns off the total")  # each is rounded

        if report["bounds"]:
            self.check_bounds(report)

    def check_predicted(self, contender, row):
        """What is derived from times is in JSON, too."""
        ratio = contender["speedup"] or {"value": ""}
        self.expect(row["speed-up"] == ratio["value"], f"the speed-up is {row['speed-up']}, not {ratio['value']}")
        if contender["roofline"]:
            under = {r["device"]: r for r in self.rows("Roofline")}[contender["device"]]
            self.equal(under["at the ceiling ms"], contender["roofline"]["ceiling_ns"], "the time at the ceiling")

    def check_bounds(self, report):
        rows = {row["model"]: row for row in self.rows("Bounds from data sheets, NOT measured")}
        for model in report["bounds"]["models"]:
            row = rows[model["model"]]
            self.equal(row["total ms at best"], model["total"]["best_ns"], "the least total")
            self.equal(row["total at worst"], model["total"]["worst_ns"], "the largest total")

    def check_trace(self, report):
        if not report["processes"]:
            return
        process = report["processes"][0]
        answer = process["verdict"][0]
        self.check_first(f"{answer[0].upper()}{answer[1:]}.")  # a sentence
        parts = {row["part"]: row["ms"] for row in self.rows("Ledger")}
        for name, ns in parts.items():
            self.equal(ns, process["ledger"][f"{name}_ns"], name)
        self.equal(sum(ns for name, ns in parts.items() if name != "total"), parts["total"], "the sum of the parts")

    # ---- Of several ranks

    PHASES = ("h2d", "launch", "kernel", "d2h", "halo", "queue", "imbalance")

    def check_sum(self, row, what):
        parts = sum(float(row.get(name) or 0) for name in (*self.PHASES, "unexplained"))
        self.expect(abs(parts - row["total"]) <= 8, f"the phases of {what} are {parts}, not {row['total']}")  # each is rounded

    def check_curves(self, predicted):
        """Measured and predicted ones have colours of their own."""
        curves = [e.get("class") for e in self.named("path") if "curve" in (e.get("class") or "").split()]
        self.expect(curves.count("curve d0") == 2, f"times and efficiency are {curves}")
        self.expect(curves.count("curve dashed d1") == (2 if predicted else 0), f"predictions are {curves}")

    def check_efficiencies(self, times):
        """`times`: of (ranks, ns). What a dot shows is a share as tables write it, or a time."""
        dots = [text_of(e) for e in self.named("circle") if (e.get("class") or "").startswith("dot")]
        wanted = [f"measured, {ranks}: {100 * (times[0][1] / ranks) / ns:.1f} %" for ranks, ns in times]
        self.expect([dot for dot in dots if dot.endswith("%")] == wanted, f"dots are {dots}, not {wanted}")
        self.expect(len(dots) == 2 * len(times) and all(dot.split()[-1] in ("ns", "µs", "ms", "s", "%") for dot in dots),
                    f"dots without a unit: {dots}")

    def check_means(self, results):
        rows = self.rows("What a rank spends its time with, on average, in ms")
        self.expect(len(rows) == len(results), f"{len(rows)} means of {len(results)} results")
        for row, result in zip(rows, results):
            self.check_sum(row, f"{result['ranks']} ranks")
            for name in self.PHASES:
                trips = [part["median_trip"][f"{name}_ns"] for part in result["parts"]]
                self.equal(row.get(name) or 0, sum(trips) / len(trips), f"the mean of {name}")

    def check_ranks(self, report):
        self.expect(self.section("How it was made") is not None and self.rows("Devices"), "no origin")
        results = report["results"]
        if len(results) > 1:
            self.check_curves(results[1]["predicted_ns"] > 0)
            self.check_efficiencies([(result["ranks"], result["total_ns"]) for result in results])
            self.check_means(results)
            rows = self.rows("Strong scaling")
            self.expect(len(rows) == len(results), f"{len(rows)} rows of {len(results)} numbers of ranks")
            for row, result in zip(rows, results):
                self.equal(row["total ms"], result["total_ns"], "the total")
        count = results[-1]["ranks"]
        ledger = self.rows(f"Ledger of the median round trip on {count} rank{'s' if count > 1 else ''}, in ms")
        self.expect(len(ledger) == count, f"{len(ledger)} rows of {count} ranks")
        for row, part in zip(ledger, results[-1]["parts"]):
            self.check_sum(row, f"rank {part['rank']}")
            for name in self.PHASES:
                self.equal(row.get(name) or 0, part["median_trip"][f"{name}_ns"], name)

    def check_rank_sweep(self, report):
        self.expect(self.section("How it was made") is not None, "no origin")
        self.check_first(report["answer"])
        self.check_curves(any("predicted_ns" in value for value in report["values"]))
        self.check_efficiencies([(value["ranks"], value["measured_ns"]) for value in report["values"]])
        for row in self.rows("What a rank spends its time with, on average, in ms"):
            self.check_sum(row, f"{row['ranks']} ranks")
        rows = self.rows("Time along ranks")
        self.expect(len(rows) == len(report["values"]), f"{len(rows)} rows of {len(report['values'])} values")
        for row, value in zip(rows, report["values"]):
            self.equal(row["measured ms"], value["measured_ns"], "the time")
            self.equal(row.get("predicted ms") or 0, value.get("predicted_ns", 0), "the prediction")

    def check_numbers(self, report):
        kinds = {"ranks": self.check_ranks, "breakeven-ranks": self.check_rank_sweep,
                 "run": self.check_comparison, "compare": self.check_comparison, "breakeven": self.check_breakeven,
                 "advise": self.check_advice, "trace": self.check_trace}
        kinds[report["schema"].split(".")[1].split("/")[0]](report)


def main():
    page = Page(sys.argv[1])
    page.check_alone()
    page.check_accessible()
    if len(sys.argv) > 2:
        page.check_numbers(json.loads(Path(sys.argv[2]).read_text()))
    for fault in page.faults:
        print(f"{sys.argv[1]}: {fault}")
    print(f"{sys.argv[1]}: {len(page.bytes)} bytes, {len(page.named('section'))} sections, {len(page.named('table'))} tables, "
          f"{len(page.numbers())} numbers, {len(page.faults)} faults")
    return 1 if page.faults else 0


sys.exit(main())
