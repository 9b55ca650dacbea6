"""tools/bench/check_ceilings.py compares rates of the same size only, whatever sizes the independent program had.
Argument: SOURCE_DIR"""
import sys

KIB = 1024


def check(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def independent(least_copied):
    """A rate that is the size in KiB, in 1e9 bytes a second."""
    sizes = [least_copied] + [256 * KIB << 2 * i for i in range(6)]
    reads = [64 * KIB] + sizes[1:]
    return {"f32": 1, "f64": 2, "integer": 3, "copies": {str(size): size / KIB for size in sizes},
            "reads": {str(size): size / KIB for size in reads}}


def kept():
    rates = [256.0 * 4 ** i for i in range(6)]
    return {"f32_operations_per_s": 1e9, "f64_operations_per_s": 2e9, "integer_operations_per_s": 3e9,
            "copies_bytes_per_s": [rate * 1e9 for rate in [32.0] + rates],
            "reads_bytes_per_s": [rate * 1e9 for rate in [64.0] + rates]}


def main():
    sys.path.insert(0, f"{sys.argv[1]}/tools/bench")
    import check_ceilings

    for least, rates in ((32 * KIB, 17), (64 * KIB, 16)):
        entry = {"kept": {"native": kept()}, "before": independent(least), "after": independent(least)}
        compared = check_ceilings.compare(entry, "native")
        check(len(compared) == rates, f"{least}: {len(compared)} rates are compared: {list(compared)}")
        for name, (ratio, spread) in compared.items():
            check(abs(ratio - 1) < 1e-9 and spread == 1, f"{least}: {name} is {ratio} times the independent one")


if __name__ == "__main__":
    main()
