#!/usr/bin/env python3
"""Pages in Markdown: no line is longer than 100 columns where it could be wrapped (not in tables, code and
headings), and the glossary is in alphabetical order. Then both rules are tried on pages that break them.
Arguments: SOURCE_DIR"""
import sys
from pathlib import Path

WIDTH = 100


def long_lines(text):
    """The numbers of lines that are too long. One word, such as a link, can't be wrapped."""
    found, in_code = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code and len(line) > WIDTH and not line.startswith(("|", "#")) and len(line.split()) > 1:
            found.append(number)
    return found


def glossary(text):
    """The words of the table below the heading."""
    section = text.partition("\n## Glossary\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].strip().lower() for line in section.splitlines() if line.startswith("|")]
    return rows[2:]  # after the heading and its rule


def misplaced(words):
    return [word for before, word in zip(words, words[1:]) if word < before]


def pages(source):
    """The repository's own: other folders of it may be builds."""
    tops = ("docs", "examples", "models", "python", "templates", "tests", "tools", "host", "cpu", "kernels_cl")
    return sorted([*source.glob("*.md"), *(page for top in tops for page in (source / top).rglob("*.md"))])


def try_itself():
    words = "word " * 21
    broken = f"{words}\n| {words} |\n```\n{words}\n```\n# {words}\n- {words}\n{'x' * 200}\n"
    assert long_lines(broken) == [1, 7], long_lines(broken)
    table = "\n## Glossary\n\n| word | meaning |\n|---|---|\n| a | |\n| c | |\n| b | |\n\n## Next\n| a | |\n"
    assert misplaced(glossary(table)) == ["b"], glossary(table)


def main():
    source = Path(sys.argv[1])
    try_itself()
    found = pages(source)
    words = glossary((source / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    faults = [f"{page.relative_to(source)}:{number}: longer than {WIDTH} columns; wrap it"
              for page in found for number in long_lines(page.read_text(encoding="utf-8"))]
    faults += [f"CONTRIBUTING.md: glossary: '{word}' is not in its place" for word in misplaced(words)]
    print(*faults, f"{len(found)} pages, {len(words)} words", sep="\n")
    return 1 if faults or not found or not words else 0


if __name__ == "__main__":
    sys.exit(main())
