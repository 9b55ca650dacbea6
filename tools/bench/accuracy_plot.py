"""The calibration curve of tools/bench/accuracy as SVG."""
WIDTH, HEIGHT, LEFT, TOP, SIDE = 460, 430, 60, 20, 340
SERIES = (("pairs", "each two candidates", "#1f77b4", -2), ("chosen", "the chosen candidate", "#d62728", 2))


def place(stated, measured):
    """Both from 0.5 to 1 across; up, measured frequencies reach down to 0."""
    return LEFT + (stated - 0.5) * 2 * SIDE, TOP + (1 - measured) * SIDE


def text(x, y, words, anchor="middle", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{words}</text>'


def line(start, end, colour, more=""):
    return (f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" stroke="{colour}" '
            f"{more}/>")


def axes():
    parts = [line(place(0.5, 0.5), place(1, 1), "#888", 'stroke-dasharray="4 3"')]
    for step in range(6):
        stated, measured = 0.5 + step / 10, step / 5
        parts += [line(place(stated, 0), place(stated, 1), "#ddd"), line(place(0.5, measured), place(1, measured), "#ddd")]
        parts += [text(place(stated, 0)[0], TOP + SIDE + 16, f"{stated:.0%}"),
                  text(LEFT - 6, place(0.5, measured)[1] + 4, f"{measured:.0%}", "end")]
    middle = TOP + SIDE / 2
    return parts + [text(LEFT + SIDE / 2, TOP + SIDE + 34, "stated probability of being the faster"),
                    text(16, middle, "measured frequency", more=f'transform="rotate(-90 16 {middle})"')]


def curve(record):
    """`record`: bins of judge.calibration_curve by series."""
    parts = axes()
    for at, (name, words, colour, shift) in enumerate(SERIES):
        for found in record[name]:
            x, y = place(found["stated"], found["measured"])
            ends = [(x + shift, place(0.5, end)[1]) for end in found["interval"]]
            parts += [line(*ends, colour), f'<circle cx="{x + shift:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>']
        parts.append(text(LEFT + SIDE - 8, TOP + SIDE - 30 + 16 * at, f"{words}, 90 % intervals", "end",
                          f'fill="{colour}"'))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            'font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")
