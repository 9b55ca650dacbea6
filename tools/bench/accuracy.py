#!/usr/bin/env python3
"""Measures problems, has gpufare predict them, and reports the errors. See docs/how-well-we-predict.md."""
import argparse
import datetime
import sys
from pathlib import Path

import accuracy_cases
import accuracy_judge
import accuracy_measure
import accuracy_plot
import accuracy_predict
import accuracy_report
import cases
import files
import roster

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "gpufare.accuracy/1"


def read_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench/accuracy", allow_abbrev=False, description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure only what is missing in times.json")
    parser.add_argument("--predict", action="store_true", help="predict only what times.json has")
    parser.add_argument("--times", type=Path, metavar="FILE", help="measured times, kept and gone on with; "
                        "default times.json in the folder of --output")
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "accuracy", metavar="DIR",
                        help="where accuracy.md and accuracy.json go; default out/accuracy")
    parser.add_argument("--page", type=Path, metavar="FILE", help="a Markdown file whose marked sections of these times "
                        "are written anew: <!-- accuracy SECTION of TIMES.json --> to <!-- end -->")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="measurements of each case; default 7")
    parser.add_argument("--seconds", type=float, default=0, metavar="S",
                        help="stop measuring after this time, with exit status 1; another run goes on")
    parser.add_argument("--min-time", type=float, default=0.1, metavar="S",
                        help="least sum of the samples of one case and candidate; default 0.1")
    parser.add_argument("--device", default="", metavar="LIST", help="candidates, ids as of `gpufare devices` with their "
                        "variants; default: native with the widest instruction set, the same with one thread, native:scalar, every OpenCL device")
    parser.add_argument("--cases", default="", metavar="LIST", help="cases, or beginnings of their names; default all")
    parser.add_argument("--examples", action="store_true", help="the kernels of examples/ instead of the built-in workloads")
    parser.add_argument("--quick", action="store_true", help="tiny problems, which only show that everything works")
    parser.add_argument("--list", action="store_true", help="list the cases, measure nothing")
    parser.add_argument("--seed", type=int, default=20260521, metavar="N", help="random seed of the order of the cases")
    parser.add_argument("--build", type=Path, default=ROOT / "build", metavar="DIR",
                        help="a build folder: its bin/gpufare and bin/predict_cases are used; default build")
    parser.add_argument("--timeout", type=float, default=300, metavar="S", help="for one process; default 300")
    settings = parser.parse_args()
    if settings.rounds < 1:
        parser.error(f"--rounds {settings.rounds}: give at least 1")
    settings.gpufare = settings.build / "bin" / "gpufare"
    settings.predictor = settings.build / "bin" / "predict_cases"
    for program in (settings.gpufare, settings.predictor):
        if not program.exists():
            parser.error(f"--build {settings.build}: there is no {program}; build it: cmake --build {settings.build}")
    settings.times = settings.times or settings.output / "times.json"
    try:
        known = (accuracy_cases.QUICK if settings.quick else
                 accuracy_cases.EXAMPLES if settings.examples else accuracy_cases.FULL)
        settings.cases = cases.select(known, [name for name in settings.cases.split(",") if name], "--list shows them")
    except ValueError as error:
        parser.error(str(error))
    return settings


def say(text):
    print(text, file=sys.stderr, flush=True)


def figures_of(judged):
    """The figures of all cases, then of each workload."""
    figures = {"all": accuracy_judge.summarise(judged)}
    for workload in dict.fromkeys(case["workload"] for case in judged):
        figures[workload] = accuracy_judge.summarise([case for case in judged if case["workload"] == workload])
    return figures


def predict(settings):
    document = accuracy_measure.load(settings.times)
    if document is None:
        raise RuntimeError(f"{settings.times}: there is no such file; measure first")
    names = {case.name for case in settings.cases}
    document["cases"] = [record for record in document["cases"] if record["name"] in names and record["rounds"]]
    truth_of = {record["name"]: accuracy_judge.truths(record) for record in document["cases"]}
    answer = accuracy_predict.predict(settings, document, truth_of)
    plain = accuracy_predict.predict(settings, document, truth_of, transfers=False)
    judged = {source: accuracy_judge.judge(document, truth_of, answer, source)
              for source in ("both", "others", "calibration")}
    judged["no transfers"] = accuracy_judge.judge(document, truth_of, plain, "both")
    return {"schema": SCHEMA, "date": datetime.date.today().isoformat(), "commit": roster.commit(ROOT),
            "machine": document["machine"], "rounds": min(len(record["rounds"]) for record in document["cases"]),
            "limits": answer["limits"], "figures": {source: figures_of(found) for source, found in judged.items()},
            "repeatability": accuracy_judge.repeatability(truth_of), "noise": accuracy_judge.noise_alone(truth_of),
            "times": settings.times.name,
            "curve": {"pairs": accuracy_judge.calibration_curve(
                          [pair for case in accuracy_judge.predicted(judged["both"]) for pair in case["pairs"]]),
                      "chosen": accuracy_judge.calibration_curve(accuracy_judge.chosen_ones(judged["both"]))},
            "other_limits": accuracy_judge.other_limits(judged["both"], answer["limits"]), "judged": judged["both"]}


def write(settings, record):
    text = accuracy_report.markdown(record)
    accuracy_measure.write_json(settings.output / "accuracy.json", record)
    files.write_whole(settings.output / "accuracy.md", text)
    files.write_whole(settings.output / "accuracy.svg", accuracy_plot.curve(record["curve"]))
    sys.stdout.write(text)
    if settings.page:
        accuracy_report.fill_page(settings.page, record)
        files.write_whole(settings.page.with_name(settings.times.stem + ".svg"), accuracy_plot.curve(record["curve"]))


def main():
    settings = read_arguments()
    if settings.list:
        print("\n".join(case.name for case in settings.cases))
        return 0
    try:
        if settings.measure or not settings.predict:
            if not accuracy_measure.measure(settings, settings.cases, say):
                return 1
        if settings.predict or not settings.measure:
            write(settings, predict(settings))
    except RuntimeError as error:
        say(f"tools/bench/accuracy: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
