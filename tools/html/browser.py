"""Opens HTML reports in a real browser.

    tools/html/check-browser [--tool build-release/bin/gpufare] [--out out/browser] [PAGE.html...]

Without pages it makes one of each command first, on this machine's devices. For each page:
- the DOM that Chromium made has the elements and the text of the file, so that both parse it alike;
- no text is wider than the window of a telephone, except in what scrolls by itself;
- every text has a contrast of 4.5 to 1 to its ground, light and dark;
- a script in a name did not run: the document's title is the file's;
- pictures light, dark, narrow, and a printed PDF are left in the folder, to be looked at.
Exit status 1 with faults, 2 without Chromium.
"""

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree
from pathlib import Path

WIDE, NARROW, HEIGHT = 1100, 390, 2600
XHTML = "{http://www.w3.org/1999/xhtml}"

# Runs in a copy of the page that allows it, and leaves what it found in an attribute.
PROBE = """
(function () {
  function channel(c) { c /= 255; return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4); }
  function parts(text) { return text.match(/[0-9.]+/g).map(Number); }
  function light(c) { return 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]); }
  function ground(e) {
    for (; e; e = e.parentElement) {
      var c = parts(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0.99) return c;
    }
    return [255, 255, 255];
  }
  var low = [], wide = [], texts = 0;
  var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), node;
  while ((node = walker.nextNode())) {
    var e = node.parentElement;
    if (!node.data.trim() || e.closest('script,title,details:not([open]) dl')) continue;
    texts++;
    var style = getComputedStyle(e), svg = e instanceof SVGElement;
    var a = light(parts(svg ? style.fill : style.color)), b = light(ground(svg ? e.closest('div') : e));
    var contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(node.data.trim().slice(0, 40) + ' ' + contrast.toFixed(2));
    if (!e.closest('.wide,.plot')) {
      var range = document.createRange();
      range.selectNodeContents(node);
      if (range.getBoundingClientRect().right > window.innerWidth + 0.5) wide.push(node.data.trim().slice(0, 40));
    }
  }
  document.documentElement.setAttribute('data-found', JSON.stringify({
    texts: texts, low: low, wide: wide, width: window.innerWidth, scroll: document.documentElement.scrollWidth,
    dark: matchMedia('(prefers-color-scheme: dark)').matches}));
})();
"""


def find_browser():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return name
    print("check-browser: no Chromium is here; on Debian: apt install chromium", file=sys.stderr)
    sys.exit(2)


def browse(browser, profile, page, width, dark, *more):
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-extensions",
               "--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}",
               f"--window-size={width},{HEIGHT}", f"--blink-settings=preferredColorScheme={0 if dark else 1}", *more,
               Path(page).resolve().as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        sys.exit(f"check-browser: {' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def words(text):
    return " ".join(html.unescape(text).split())


def text_of_dom(dom):
    body = re.sub(r"(?s)^.*?<body[^>]*>", "", dom)
    return words(re.sub(r"(?s)<[^>]*>", " ", body))


def text_of_file(text):
    body = tree.fromstring(text.split("\n", 1)[1]).find(f"{XHTML}body")
    return words(" ".join(body.itertext()))


def check_dom(page, dom):
    """The browser's parser and an XML parser read the same."""
    text = Path(page).read_text(encoding="utf-8")
    faults = []
    if text_of_dom(dom) != text_of_file(text):
        faults.append("the DOM has another text than the file")
    root = tree.fromstring(text.split("\n", 1)[1])
    for name in ("section", "table", "tr", "td", "th", "svg", "rect", "img", "li"):
        in_file = sum(1 for e in root.iter() if e.tag == XHTML + name)
        in_dom = len(re.findall(rf"<{name}[\s>/]", dom))
        if in_file != in_dom:
            faults.append(f"{in_dom} elements {name} in the DOM, {in_file} in the file")
    title = root.find(f"{XHTML}head/{XHTML}title").text
    if words(re.search(r"(?s)<title>(.*?)</title>", dom).group(1)) != words(title):
        faults.append("the title has changed: a script ran")
    return faults


def probe(browser, profile, page, width, dark):
    text = re.sub(r"<meta http-equiv[^>]*>", "", Path(page).read_text(encoding="utf-8"))
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as copy:
        copy.write(text.replace("</body>", f"<script>{PROBE}</script></body>"))
        copy.flush()
        dom = browse(browser, profile, copy.name, width, dark, "--dump-dom")
    return json.loads(html.unescape(re.search(r'data-found="([^"]*)"', dom).group(1)))


def check_layout(browser, profile, page):
    faults = []
    for width, dark in ((WIDE, False), (WIDE, True), (NARROW, False)):
        found = probe(browser, profile, page, width, dark)
        what = f"{'dark' if dark else 'light'}, {found['width']} wide"
        if found["texts"] < 20:
            faults.append(f"{what}: only {found['texts']} texts")
        if found["dark"] != dark:
            faults.append(f"{what}: the browser did not take the colours that it was told to")
        faults += [f"{what}: low contrast: {text}" for text in found["low"][:5]]
        faults += [f"{what}: wider than the window: {text}" for text in found["wide"][:5]]
        if found["scroll"] > found["width"]:
            faults.append(f"{what}: the page scrolls sideways, {found['scroll']} wide")
    return faults


def take_pictures(browser, profile, page, out):
    name = Path(page).stem
    for what, width, dark in (("light", WIDE, False), ("dark", WIDE, True), ("narrow", NARROW, False)):
        browse(browser, profile, page, width, dark, f"--screenshot={out / f'{name}-{what}.png'}")
    browse(browser, profile, page, WIDE, False, "--no-pdf-header-footer", f"--print-to-pdf={out / f'{name}.pdf'}")


def make_pages(tool, out):
    """A page of each command, as a user makes them, and one with a script in a name."""
    commands = {
        "compare": ["compare", "julia", "--size", "800x600", "--all-variants", "-q"],
        "run": ["run", "diffusion", "--size", "256x192", "-q"],
        "advise": ["advise", "julia", "-q"],
        "breakeven": ["breakeven", "julia", "--sweep", "size=32:512", "-q"],
        "lines": ["breakeven", "julia", "--sweep", "size=32:256", "--sweep", "max-iter=16:256", "-q"],
        "trace": ["trace", "-q", "--html", str(out / "trace.html"), "--", tool, "run", "julia", "-d", "0:0", "-q"],
        "script": ["trace", "-q", "--html", str(out / "script.html"), "--", "sh", "-c",
                   ': "</title><script>document.title=1</script><img src=x onerror=document.title=2>"'],
    }
    pages = []
    for name, words_of in commands.items():
        page = out / f"{name}.html"
        with_page = words_of if "--html" in words_of else [*words_of, "--html", str(page)]
        subprocess.run([tool, *with_page], check=False)
        pages.append(page)
    return pages


def main():
    parser = argparse.ArgumentParser(description="open HTML reports in Chromium")
    parser.add_argument("--tool", default="build-release/bin/gpufare")
    parser.add_argument("--out", type=Path, default=Path("out/browser"))
    parser.add_argument("pages", nargs="*")
    options = parser.parse_args()
    browser = find_browser()
    options.out.mkdir(parents=True, exist_ok=True)
    pages = options.pages or make_pages(options.tool, options.out)
    failed = 0
    with tempfile.TemporaryDirectory() as profile:
        for page in pages:
            faults = check_dom(page, browse(browser, profile, page, WIDE, False, "--dump-dom"))
            faults += check_layout(browser, profile, page)
            take_pictures(browser, profile, page, options.out)
            failed += len(faults) > 0
            print(f"{page}: {len(faults)} faults")
            for fault in faults:
                print(f"  {fault}")
    print(f"{len(pages)} pages, {failed} with faults; pictures in {options.out}")
    sys.exit(1 if failed or not pages else 0)


main()
