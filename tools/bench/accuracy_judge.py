"""The judging half of tools/bench/accuracy: compares predictions with measurements."""
import itertools
import math
import random
import statistics

LEAST_TRANSFER_NS = 1000  # of one; a shorter time is that of reading the clock: the buffer is used in place
BASELINE = "native:scalar"  # of speed-ups, as in the tool
GOALS = {  # of the figures of summarise()
    "right": ("at least", 0.91), "too_close": ("at most", 0.10), "regret": ("at most", 0.03),
    "transfer_median": ("at most", 0.10), "speedup_median": ("at most", 0.15), "speedup_p90": ("at most", 0.30),
}


# ---- Measurements


def middle(values):
    """Of an even number the lower of the two middle values, so that it is a measured one."""
    return sorted(values)[(len(values) - 1) // 2]


def total_of(row):
    return row["ns"]["total"]


def transfer_of(row):
    return row["ns"].get("h2d", 0) + row["ns"].get("d2h", 0)


def compute_of(row):
    return row["ns"].get("launch", 0) + row["ns"].get("kernel", 0)


def spread_of(row):
    low, high = row["total_quartiles"]
    return (high - low) / total_of(row)


def middle_phases(rows):
    """The middle of each phase over all rounds: that of one round is as noisy as the round, however usual its total."""
    return {name: middle([row["ns"].get(name, 0) for row in rows]) for name in dict.fromkeys(
        name for row in rows for name in row["ns"])}


def run_deviation(times):
    """Standard deviation of the logarithm of one round's time, from the mean distance of two rounds: that of two values
    of a normal distribution is 1.1284 deviations. 0, not known, with one round or of what takes no time; else at least
    a nanosecond."""
    if len(times) < 2 or min(times) <= 1:
        return 0
    distances = [abs(math.log(a / b)) for a, b in itertools.combinations(times, 2)]
    return max(statistics.fmean(distances) / 1.1284, 1 / min(times))


def truths(record):
    """The true times of one case: for each candidate that was ok in every round, the middle of each phase and of the
    total."""
    labels = [label for label in record["rounds"][0]["rows"]
              if all(turn["rows"].get(label, {}).get("status") == "ok" for turn in record["rounds"])]
    found = {}
    for label in labels:
        rows = [turn["rows"][label] for turn in record["rounds"]]
        totals = [total_of(row) for row in rows]
        transfers = [transfer_of(row) for row in rows]
        found[label] = {"ns": middle_phases(rows), "totals": totals, "run_deviation": run_deviation(totals),
                        "compute_deviation": run_deviation([compute_of(row) for row in rows]),
                        "transfer_deviation": run_deviation(transfers),
                        "spread": statistics.median(spread_of(row) for row in rows), "transfers": rows[0]["transfers"],
                        "transfer_ns": transfers}
    return found


def undecided(truth, a, b, close_ratio):
    """Whether the measurements can't order a and b: they are too close, or their order differs between rounds."""
    first, second = truth[a]["ns"]["total"], truth[b]["ns"]["total"]
    orders = {x < y for x, y in zip(truth[a]["totals"], truth[b]["totals"])}
    return max(first, second) / min(first, second) < close_ratio or len(orders) > 1


# ---- One case


def error_of(predicted, measured):
    return predicted / measured - 1


def device_of(label):
    return label.rsplit(":", 1)[0]


def decide(truth, labels, value, lead, limits):
    """Which of these candidates is predicted fastest, how surely, and whether it is right. `value`: predicted ns by
    label; `lead`: what the predictor knows of one candidate's lead over another. It is named if no lead is in doubt."""
    order = sorted(labels, key=value.get)
    chosen, rest = order[0], order[1:]
    leads = [lead(chosen, other) for other in rest]
    best = min(labels, key=lambda label: truth[label]["ns"]["total"])
    lost_ns = truth[chosen]["ns"]["total"] - truth[best]["ns"]["total"]
    return {"chosen": chosen, "best": best, "certainty": min(found["certainty"] for found in leads),
            "loss": max(found["loss"] for found in leads), "lead": value[rest[0]] / value[chosen],
            "too_close": any(found["doubt"] != "none" for found in leads),
            "level": any(found["doubt"] != "none" and undecided(truth, chosen, other, limits["close_ratio"])
                         for other, found in zip(rest, leads)),
            "right": chosen == best or undecided(truth, chosen, best, limits["close_ratio"]),
            "tied": lost_ns == 0 and any(truth[chosen]["ns"]["total"] == truth[other]["ns"]["total"] for other in rest),
            "lost_ns": lost_ns, "best_ns": truth[best]["ns"]["total"]}


def decide_device(truth, labels, value, lead, limits):
    """The same between devices, each with its fastest candidate. None for a single device."""
    devices = sorted({device_of(label) for label in labels})
    if len(devices) < 2:
        return None
    of_device = {device: [label for label in labels if device_of(label) == device] for device in devices}
    chosen = [min(own, key=value.get) for own in of_device.values()]
    found = decide(truth, chosen, value, lead, limits)
    best = {device: min(own, key=lambda label: truth[label]["ns"]["total"]) for device, own in of_device.items()}
    first, best_of_all = best[device_of(found["chosen"])], min(best.values(), key=lambda label: truth[label]["ns"]["total"])
    found["right"] = first == best_of_all or undecided(truth, first, best_of_all, limits["close_ratio"])
    return found


def pairs_of(truth, value, lead):
    """For each two candidates: the probability and the expected loss that are stated for the one that is predicted
    faster, whether it was, and how many times as long as the faster of the two it took."""
    found = []
    for first, second in itertools.combinations(sorted(value, key=value.get), 2):
        ratio = truth[first]["ns"]["total"] / truth[second]["ns"]["total"]
        stated = lead(first, second)
        found.append({"certainty": stated["certainty"], "loss": stated["loss"],
                      "fastest": 0.5 if ratio == 1 else ratio < 1,  # a clock may not tell very short times apart
                      "times_as_long": max(1, ratio)})
    return found


def judge_case(record, truth, answer, source, limits):
    """The decision for one case and its cost. None if fewer than two candidates can be predicted."""
    every = list(truth)
    predictions = {label: row[source] for label, row in zip(every, answer["rows"]) if row[source]}
    if len(predictions) < 2:
        return None
    case = {"name": record["name"], "workload": record["workload"], "bound": answer["bound"],
            "rows": {label: judge_row(truth[label], prediction) for label, prediction in predictions.items()}}
    if answer["bound"]:  # nothing is predicted, so that nothing is right
        return case
    value = {label: prediction["total_ns"][0] for label, prediction in predictions.items()}

    def lead(a, b):
        return answer["leads"][source][every.index(a)][every.index(b)]

    return {
        **case, **decide(truth, list(predictions), value, lead, limits),
        "device": decide_device(truth, list(predictions), value, lead, limits),
        "ratios": ratio_errors(list(case["rows"].values()), limits["errors_alike"]),
        "pairs": pairs_of(truth, value, lead), "speedups": speedups(truth, value),
    }


def judge_row(truth, prediction):
    transfer = transfer_of(truth)
    total, low, high = prediction["total_ns"]
    return {
        "measured_ns": truth["ns"]["total"], "predicted_ns": total, "low_ns": low, "high_ns": high,
        "error": error_of(total, truth["ns"]["total"]), "covered": low <= truth["ns"]["total"] <= high,
        "transfer_error": error_of(prediction["h2d_ns"][0] + prediction["d2h_ns"][0], transfer)
        if transfer > LEAST_TRANSFER_NS * truth["transfers"] else None,
        "beyond": prediction["beyond"],
    }


def ratio_errors(rows, alike):
    """Errors of the ratios of two totals (logarithms, with the correlation that predictions assume), as shares of the
    bound that 90 % of them should be within. Their median would be 0.41 in a normal distribution and 0.28 in Student's
    with 2 degrees of freedom."""
    found = []
    for first, second in itertools.combinations(rows, 2):
        off = math.log(first["predicted_ns"] / first["measured_ns"] / second["predicted_ns"] * second["measured_ns"])
        x, y = (math.log(row["high_ns"] / row["predicted_ns"]) for row in (first, second))
        found.append(abs(off) / math.sqrt(x * x + y * y - 2 * alike * x * y))
    return found


def speedups(truth, value):
    """Relative errors of the speed-up of each candidate against the baseline."""
    if BASELINE not in value:
        return {}
    base, measured = value[BASELINE], truth[BASELINE]["ns"]["total"]
    return {label: error_of(base / ns, measured / truth[label]["ns"]["total"])
            for label, ns in value.items() if label != BASELINE}


# ---- All cases


def quantile(values, share):
    """By linear interpolation; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    return ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def share(flags):
    flags = list(flags)
    return sum(flags) / len(flags) if flags else None


def middle_and_tail(name, errors):
    return {f"{name}_median": quantile(errors, 0.5), f"{name}_p90": quantile(errors, 0.9)}


def predicted(judged):
    """Without the cases whose work is only bounded."""
    return [case for case in judged if not case["bound"]]


def summarise(every):
    """The figures of the goals, over these cases."""
    judged = predicted(every)
    decided = [case for case in judged if not case["too_close"]]
    between = [case["device"] for case in judged if case["device"]]
    rows = [row for case in judged for row in case["rows"].values()]
    transfers = [abs(row["transfer_error"]) for row in rows if row["transfer_error"] is not None]
    speed = [abs(error) for case in judged for error in case["speedups"].values()]
    totals = [abs(row["error"]) for row in rows]
    ratios = [error for case in judged for error in case["ratios"]]
    best = sum(case["best_ns"] for case in judged)
    return {
        "cases": len(every), "bounded": share(case["bound"] for case in every), "decided": len(decided),
        "right": share(case["right"] for case in decided),
        "right_of_all": share(case["right"] for case in judged),
        "too_close": sum(case["too_close"] for case in judged) / len(every) if every else None,
        "level": sum(case["level"] for case in judged) / len(every) if every else None,
        "device_right": share(case["right"] for case in between if not case["too_close"]),
        "device_too_close": share(case["too_close"] for case in between),
        "regret": sum(case["lost_ns"] for case in judged) / best if best else None,
        "transfers": len(transfers), **middle_and_tail("transfer", transfers),
        "speedups": len(speed), **middle_and_tail("speedup", speed), **middle_and_tail("total", totals),
        "covered": share(row["covered"] for row in rows),
        "ratio_median": quantile(ratios, 0.5), "ratio_covered": share(error <= 1 for error in ratios),
    }


# ---- Whether what is stated is true

CERTAINTIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1)  # edges of the bins


def frequency_interval(count, total, deviations=1.645):
    """The 90 % interval of a frequency, by E. B. Wilson, 1927."""
    middle_share, square = count / total, deviations * deviations / total
    centre = (middle_share + square / 2) / (1 + square)
    half = math.sqrt(square * middle_share * (1 - middle_share) + square * square / 4) / (1 + square)
    return centre - half, centre + half


def calibration_curve(stated):
    """For each bin of the stated probability: its mean, how often it came true, and the loss, stated and measured."""
    bins = []
    for low, high in zip(CERTAINTIES, CERTAINTIES[1:]):
        own = [entry for entry in stated if low <= entry["certainty"] < high or entry["certainty"] == high == 1]
        if not own:
            continue
        came_true = sum(entry["fastest"] for entry in own)
        bins.append({"low": low, "high": high, "count": len(own), "stated": statistics.fmean(e["certainty"] for e in own),
                     "measured": came_true / len(own), "interval": frequency_interval(came_true, len(own)),
                     "stated_loss": geometric_mean(1 + entry["loss"] for entry in own) - 1,
                     "measured_loss": geometric_mean(entry["times_as_long"] for entry in own) - 1})
    return bins


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def chosen_ones(judged):
    """What is stated of each chosen candidate, against all others."""
    return [{"certainty": case["certainty"], "loss": case["loss"],
             "fastest": 0.5 if case["tied"] else case["chosen"] == case["best"],
             "times_as_long": 1 + case["lost_ns"] / case["best_ns"]} for case in predicted(judged)]


def other_limits(judged, limits):
    """What the rule decides with its own limits, first, and with others in place of one of them."""
    own = (limits["least_certainty"], limits["most_loss"], limits["least_lead"])
    tried = [own, *((certainty, *own[1:]) for certainty in (0.5, 0.55, 0.65, 0.7, 0.8)),
             *((own[0], loss, own[2]) for loss in (0.05, 0.1, 0.2, 0.3, math.inf)),
             *((*own[:2], lead) for lead in (1, 1.02, 1.05, 1.1))]
    found = []
    for certainty, loss, lead in dict.fromkeys(tried):
        decided = [case for case in predicted(judged)
                   if case["certainty"] >= certainty and case["loss"] <= loss and case["lead"] >= lead]
        best = sum(case["best_ns"] for case in decided)
        found.append({"least_certainty": certainty, "most_loss": None if loss == math.inf else loss, "least_lead": lead,
                      "too_close": (len(predicted(judged)) - len(decided)) / len(judged),
                      "right": share(case["right"] for case in decided),
                      "lost": sum(case["lost_ns"] for case in decided) / best if best else None})
    return found


# ---- What the machine allows


def repeatability(truth_of):
    """The same figures with each round as the prediction of the next but one: a bound for all predictions."""
    totals, speed, transfers, agreed = [], [], [], []
    for truth in truth_of.values():
        for label, row in truth.items():
            totals.append(abs(error_of(row["totals"][0], row["totals"][-1])))
            if row["transfer_ns"][-1] > LEAST_TRANSFER_NS * row["transfers"]:
                transfers.append(abs(error_of(row["transfer_ns"][0], row["transfer_ns"][-1])))
            if label != BASELINE and BASELINE in truth:
                base = truth[BASELINE]["totals"]
                speed.append(abs(error_of(base[0] / row["totals"][0], base[-1] / row["totals"][-1])))
        first, last = (min(truth, key=lambda label, at=at: truth[label]["totals"][at]) for at in (0, -1))
        agreed.append(first == last)
    return {"right": share(agreed), **middle_and_tail("transfer", transfers), **middle_and_tail("speedup", speed),
            **middle_and_tail("total", totals)}


DRAWS = 40  # of the middle of as many rounds as were measured, for each candidate of each case


def middle_errors(values, chance):
    """Drawn errors of the middle of these rounds, as logarithms. Two rounds differ by the errors of both, so that one
    has their difference / sqrt(2), with either sign."""
    logs = [math.log(value) for value in values]
    errors = [(a - b) / math.sqrt(2) for a, b in itertools.permutations(logs, 2)] or [0]
    return [middle(chance.choices(errors, k=len(values))) for _ in range(DRAWS)]


def noise_alone(truth_of):
    """The errors that a predictor would have which knows the true middle of endlessly many rounds."""
    chance = random.Random(20261129)
    totals, speed, transfers = [], [], []
    for truth in truth_of.values():
        drawn = {label: middle_errors(row["totals"], chance) for label, row in truth.items()}
        for label, row in truth.items():
            totals += [abs(math.expm1(error)) for error in drawn[label]]
            if min(row["transfer_ns"]) > LEAST_TRANSFER_NS * row["transfers"]:
                transfers += [abs(math.expm1(error)) for error in middle_errors(row["transfer_ns"], chance)]
            if label != BASELINE and BASELINE in truth:
                speed += [abs(math.expm1(a - b)) for a, b in zip(drawn[BASELINE], drawn[label])]
    return {**middle_and_tail("transfer", transfers), **middle_and_tail("speedup", speed),
            **middle_and_tail("total", totals)}


def judge(document, truth_of, answer, source):
    answers = {case["name"]: case for case in answer["cases"]}
    judged = [judge_case(record, truth_of[record["name"]], answers[record["name"]], source, answer["limits"])
              for record in document["cases"] if record["name"] in truth_of]
    return [case for case in judged if case]
