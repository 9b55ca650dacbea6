"""Checks the manual pages and the completions of shells that the build made, against what the program
itself says (`gpufare --help`, `gpufare VERB [WORKLOAD] --help`): each command, option, parameter and
word to choose stands in each of them. What reads them is tried for real where it is installed: man and
mandoc, and bash, zsh and fish, which complete command lines.
Usage: check_share.py GPUFARE GENERATE TEMPLATES SHARE SCRATCH"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

PROGRAM, GENERATE, TEMPLATES, SHARE, SCRATCH = (Path(argument).resolve() for argument in sys.argv[1:])
failures = []


def fail(text):
    failures.append(text)
    print(f"FAILED: {text}")


def skip(tool):
    """What is not installed is skipped, unless all tools must be there."""
    if os.environ.get("GPUFARE_ALL_TOOLS"):
        fail(f"{tool} is not installed")
    else:
        print(f"left out: {tool} is not installed")


# ---- What the program says ----


def help_of(*words):
    return subprocess.run([PROGRAM, *words, "--help"], check=True, capture_output=True, text=True).stdout


def names_under(title, text):
    """The left column of a part of the help."""
    part = text.split(f"\n{title}:\n", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^  (\S+)", part, re.M)


def options_in(text):
    """{"--name": ("-x" or None, placeholder or None)}"""
    found = re.findall(r"^  (?:(-\w),|   ) (--[\w-]+)(?: (\S+))?(?:\s|$)", text, re.M)
    return {name: (letter or None, placeholder or None) for letter, name, placeholder in found}


class Program:
    def __init__(self):
        text = help_of()
        self.verbs = names_under("Commands", text)
        self.workloads = names_under("Workloads", text)
        self.options = {verb: options_in(help_of(verb)) for verb in self.verbs}
        self.with_parameters = [verb for verb in self.verbs if re.search(r"^Workloads \(", help_of(verb), re.M)]
        self.parameters = {name: options_in(re.search(r"^Problem.*?\n\n", help_of("run", name), re.M | re.S)[0])
                           for name in self.workloads}


# ---- Manual pages ----


def plain(page):
    """The page's text without the marks of roff."""
    text = re.sub(r"\\f[BIR]", "", page.read_text())
    return text.replace("\\-", "-").replace("\\&", "").replace("\\(ti", "~").replace("\\(ha", "^")


def check_page(name, options):
    page = SHARE / "man" / f"man{name[-1]}" / name
    if not page.exists():
        return fail(f"{name} is missing")
    text = plain(page)
    for option, (letter, placeholder) in options.items():
        left = (f"{letter}, " if letter else "") + option + (f" {placeholder}" if placeholder else "")
        if f".TP\n{left}\n" not in text:
            fail(f"{name} lacks '{left}'")


def check_pages(program):
    main = plain(SHARE / "man/man1/gpufare.1")
    for verb in program.verbs:
        check_page(f"gpufare-{verb}.1", program.options[verb])
        if f"gpufare-{verb} (1)" not in main:
            fail(f"gpufare.1 lacks {verb}")
    for workload in program.workloads:
        check_page("gpufare-workloads.7", program.parameters[workload])
        if f"\n{workload}\n" not in main:
            fail(f"gpufare.1 lacks {workload}")
    pages = sorted((SHARE / "man").rglob("*.[17]"))
    if len(pages) != len(program.verbs) + 2:
        fail(f"there are {len(pages)} pages")
    for tool, command in (("man", ["man", "--warnings", "-l", "-E", "UTF-8", "-Tutf8", "-Z"]),
                          ("mandoc", ["mandoc", "-Tlint", "-W", "warning"])):
        if shutil.which(tool) is None or (tool == "man" and shutil.which("troff") is None):
            skip(tool)
            continue
        for page in pages:
            done = subprocess.run([*command, page], capture_output=True, text=True,
                                  env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
            said = done.stderr if tool == "man" else done.stdout + done.stderr
            if done.returncode != 0 or said:
                fail(f"{tool} on {page.name}: {done.returncode}: {said[:300]}")


def check_reproducible():
    def make(name, epoch):
        folder = SCRATCH / name
        subprocess.run([GENERATE, TEMPLATES, folder], check=True,
                       env={**os.environ, "SOURCE_DATE_EPOCH": epoch, "TZ": "Asia/Tokyo"})
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    first, second, later = make("first", "86400"), make("second", "86400"), make("later", "1000000000")
    if first != second:
        fail("two runs at one SOURCE_DATE_EPOCH differ")
    page = Path("man/man1/gpufare.1")
    if b" 1970-01-02 " not in first[page] or b" 2001-09-09 " not in later[page]:
        fail("the pages do not bear the day of SOURCE_DATE_EPOCH")
    full = subprocess.run([GENERATE, TEMPLATES, "/dev/full"], capture_output=True)
    if full.returncode == 0 or not full.stderr:
        fail("gpufare-generate does not say that it can't write")


# ---- Completions ----


class Asked:
    """A shell that reads command lines, one after the other, and prints what each can become."""

    def start(self, *command):
        self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def complete(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        rows = set()
        for row in self.process.stdout:
            if row == "END\n":
                return rows - {""}
            rows.add(row.rstrip("\n").split("\t")[0])
        raise EOFError(f"{self.name} has ended")


class Bash(Asked):
    """Calls the function as readline does, without a terminal."""
    name = "bash"
    script = r"""
        . "$1"; COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
        while IFS= read -r line; do
            COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
            _gpufare "$2" "" ""
            printf '%s\n' "${COMPREPLY[@]}" END
        done"""

    def __init__(self):
        file = SHARE / "bash-completion/completions/gpufare"
        self.start("bash", "--norc", "-c", self.script, "bash", file, PROGRAM)


class Fish(Asked):
    name = "fish"
    script = """set -p PATH $argv[1]
        source $argv[2]
        while read -l line
            complete -C "$line" 2>&1
            echo END
        end"""

    def __init__(self):
        file = SHARE / "fish/vendor_completions.d/gpufare.fish"
        self.start("fish", "--no-config", "-c", self.script, PROGRAM.parent, file)


class Zsh:
    """Types at a terminal; what compadd is asked to offer is noted in a file."""
    name = "zsh"
    start = r"""
        PS1='' PS2='' fpath=(%(folder)s $fpath) path=(%(program)s $path)
        autoload -Uz compinit; compinit -u -D
        compadd() {
            if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] { builtin compadd "$@"; return }
            local -a offered
            builtin compadd -O offered "$@"; print -rl -- $offered >>%(out)s
            builtin compadd "$@"
        }
        note() { : >%(out)s; _main_complete; compstate[list]= compstate[insert]=; print END >>%(out)s }
        zle -C note complete-word note; bindkey '^T' note; bindkey '^U' kill-whole-line
        print READY >%(out)s
    """

    def __init__(self):
        self.out = SCRATCH / "zsh.out"
        self.out.write_text("")
        start = SCRATCH / "start.zsh"
        start.write_text(self.start % {"folder": SHARE / "zsh/site-functions", "program": PROGRAM.parent,
                                       "out": self.out})
        child, self.terminal = pty.fork()
        if child == 0:
            os.chdir(SCRATCH)
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "HOME": str(SCRATCH)})
        self.type(f". {start}\n")
        self.wait_for("READY")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, word):
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            while select.select([self.terminal], [], [], 0.005)[0]:
                os.read(self.terminal, 65536)
            lines = self.out.read_text().splitlines()
            if lines and lines[-1] == word:
                return set(lines[:-1]) - {""}
        raise TimeoutError("zsh does not answer")

    def complete(self, line):
        self.out.write_text("")
        self.type(line + "\x14")
        offered = self.wait_for("END")
        self.type("\x15")
        return offered


def expect(shell, line, wanted, only=True):
    got = shell.complete(line)
    if not wanted <= got:
        fail(f"{shell.name}: '{line}' lacks {sorted(wanted - got)}; it offers {sorted(got)[:20]}")
    if only and got - wanted:
        fail(f"{shell.name}: '{line}' offers {sorted(got - wanted)[:20]}, too")


def all_names(options):
    return set(options) | {letter for letter, _ in options.values() if letter}


def check_options(shell, program):
    expect(shell, "gpufare ", set(program.verbs), only=shell.name != "bash")
    expect(shell, "gpufare -", {"-h", "--help", "-V", "--version"})
    for verb in program.verbs:
        # fish offers short options only behind one dash, and long ones behind two.
        expect(shell, f"gpufare {verb} --", set(program.options[verb]))
        expect(shell, f"gpufare {verb} -", all_names(program.options[verb]))
    for workload in program.workloads:
        verb = program.with_parameters[len(workload) % len(program.with_parameters)]
        expect(shell, f"gpufare {verb} {workload} -",
               all_names(program.options[verb]) | all_names(program.parameters[workload]))


def check_words(shell, program):
    """Every option and parameter with words to choose: behind a blank and behind =."""
    cases = {(verb, name): placeholder for verb in program.verbs
             for name, (_, placeholder) in program.options[verb].items()}
    cases.update({(f"run {workload}", name): placeholder for workload in program.workloads
                  for name, (_, placeholder) in program.parameters[workload].items()})
    seen = 0
    for (words, option), placeholder in cases.items():
        choices = {word for word in (placeholder or "").split("|") if re.fullmatch(r"[a-z][a-z0-9]+", word)}
        if "|" not in (placeholder or "") or not choices:
            continue
        seen += 1
        expect(shell, f"gpufare {words} {option} ", choices, only="FILE" not in placeholder)
        prefix = f"{option}=" if shell.name == "fish" else ""
        expect(shell, f"gpufare {words} {option}=", {prefix + word for word in choices},
               only="FILE" not in placeholder)
    if seen < 10:
        fail(f"only {seen} options with words to choose were found")


def check_values(shell, program):
    models = {row.split(",")[0] for row in subprocess.run(
        [PROGRAM, "models", "--csv", "-"], check=True, capture_output=True, text=True).stdout.splitlines()[1:]}
    workload = program.workloads[0]
    expect(shell, "gpufare compare ", set(program.workloads), only=False)
    expect(shell, f"gpufare compare --json out.json {workload[:-1]}", {workload}, only=False)
    expect(shell, "gpufare png ", {"info", "diff"})
    expect(shell, "gpufare bundle ", {"verify"})
    expect(shell, "gpufare models h100", {name for name in models if name.startswith("h100")}, only=False)
    chosen = "rtx-4060," if shell.name != "zsh" else ""
    expect(shell, "gpufare advise julia --device-model rtx-4060,h100",
           {chosen + name for name in models if name.startswith("h100")}, only=False)
    comma = "native," if shell.name != "zsh" else ""
    expect(shell, "gpufare run julia -d native,", {comma + name for name in ("native", "gpu", "cpu", "accel", "all")})
    expect(shell, "gpufare run julia -d ", {"native", "gpu", "cpu", "accel", "all"})
    expect(shell, "gpufare breakeven diffusion --sweep st", {"steps=", "steps-per-transfer="})
    expect(shell, "gpufare breakeven diffusion --sweep th", {"threads="})
    expect(shell, "gpufare run diffusion --tune steps-per-p", {"steps-per-pass="})
    expect(shell, "gpufare run julia --size ", set())
    expect(shell, "gpufare new ", set())
    expect(shell, "gpufare nosuch ", set())
    file = SCRATCH / "files" / "a picture.png"
    file.parent.mkdir(exist_ok=True)
    file.touch()
    if shell.name == "fish":  # bash goes on with files by itself
        expect(shell, f"gpufare run julia --output {file.parent}/a", {str(file)}, only=False)


def check_readline():
    """bash at a terminal: what the function answers arrives on the line, also behind a colon and =, and
    names of files where no words are to be had."""
    (SCRATCH / "files" / "grid.npy").touch()
    file = SHARE / "bash-completion/completions/gpufare"
    for typed, wanted in (("gpufare comp\t", "gpufare compare "),
                          ("gpufare run julia --rend\tsm\t", "gpufare run julia --rendering smooth "),
                          ("gpufare run julia --math=rel\t", "gpufare run julia --math=relaxed "),
                          ("gpufare run diffusion --init gr\t", "gpufare run diffusion --init grid.npy "),
                          ("gpufare run julia --size gr\t", "gpufare run julia --size gr"),
                          ("gpufare breakeven sum --sweep cou\t1:9", "gpufare breakeven sum --sweep count=1:9"),
                          ("true; gpufare png in\t", "true; gpufare png info ")):
        out = SCRATCH / "readline.out"
        out.unlink(missing_ok=True)
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(SCRATCH / "files")
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"],
                       {**os.environ, "TERM": "dumb", "HOME": str(SCRATCH), "INPUTRC": "/dev/null"})
        # The line is not run: a key writes it to a file.
        os.write(terminal, f". '{file}'; w() {{ printf %s \"$READLINE_LINE\" >'{out}.new'; mv '{out}.new' '{out}'; }};"
                           f" bind -x '\"\\C-t\": w'\n{typed}\x14".encode())
        limit = time.monotonic() + 60
        while not out.exists() and time.monotonic() < limit:
            if select.select([terminal], [], [], 0.02)[0]:
                os.read(terminal, 65536)
        got = out.read_text() if out.exists() else None
        os.close(terminal)
        os.waitpid(child, 0)
        if got != wanted:
            fail(f"bash at a terminal: {typed!r} becomes {got!r}, not {wanted!r}")


def main():
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir(parents=True)
    program = Program()
    check_pages(program)
    check_reproducible()
    for shell in (Bash, Zsh, Fish):
        if shutil.which(shell.name) is None:
            skip(shell.name)
            continue
        tried = shell()
        check_options(tried, program)
        check_words(tried, program)
        check_values(tried, program)
    check_readline()
    options = sum(map(len, program.options.values())) + sum(map(len, program.parameters.values()))
    print(f"{len(program.verbs)} commands, {options} options: {len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
