#!/bin/bash
# The known answers, through the tool, on every variant of every device of this machine; those of
# problems that differ from others by their size alone, on two variants without GPUFARE_FULL. The arrays
# of --npy are hashed and summed here, so that the test trusts none of gpufare's own checks.
# The figures were computed with NumPy, independently of this project.
. "$(dirname "$0")/cli.bash"

quick=(--warmup 0 --repeat 1 --min-time 0 --no-tune)

# list_variants WORKLOAD ARGUMENT...: every variant of every device, as the tool itself lists them, in
# `labels`.
opencl_labels=0
list_variants() {
    "$GPUFARE" compare "$@" --device all --all-variants "${quick[@]}" --csv - \
        >"$scratch/variants" 2>"$scratch/stderr" || fail "the devices can't be listed"
    labels=()
    # Finds the columns `device` and `kind`; no cell before them may contain a comma.
    while read -r label kind; do
        case $label in
        *-1t) continue ;; # the same kernels on one thread: test_variants compares them
        esac
        case $kind in
        opencl-*) opencl_labels=$((opencl_labels + 1)) ;;
        esac
        labels+=("$label")
    done < <(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
                      NR > 1 { print $column["device"], $column["kind"] }' "$scratch/variants")
    [ ${#labels[@]} -gt 0 ] || fail "no device is listed"
    echo "variants: ${labels[*]}"
}

# repeat_on_few: from here on the variants in `labels` are the first native and the last OpenCL one, unless
# everything is to be run.
repeat_on_few() {
    local label native='' opencl=''
    [ -z "${GPUFARE_FULL:-}" ] || return 0
    for label in "${labels[@]}"; do
        case $label in
        native:*) native=${native:-$label} ;;
        *) opencl=$label ;;
        esac
    done
    labels=(${native:+"$native"} ${opencl:+"$opencl"})
    echo "for other sizes: ${labels[*]}"
}

opencl_runs=0

# ---- Arrays

# cut_header FILE.npy DESCR SHAPE: leaves the elements, without the header, in the file `data`.
cut_header() {
    local low high header
    read -r low high < <(od -An -tu1 -j8 -N2 "$1")
    header=$((low + 256 * high))
    [ $(((10 + header) % 64)) -eq 0 ] || fail "$1: the data does not start at a multiple of 64"
    [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' ')" = 934e554d50590100 ] || fail "$1: no .npy 1.0"
    tail -c +11 "$1" | head -c "$header" >header
    grep -qF "'descr': '$2'" header || fail "$1: is not of $2: $(cat header)"
    grep -qF "'fortran_order': False" header || fail "$1: is not in C order"
    grep -qF "'shape': $3" header || fail "$1: is not of shape $3: $(cat header)"
    tail -c +$((11 + header)) "$1" >data
}

# hash: the first 16 hexadecimal digits of the SHA-256 of `data`.
hash() {
    sha256sum <data | head -c 16
}

# checksum_in FILE.json: the checksum that the report gives.
checksum_in() {
    sed -n 's/^ *"checksum": \([0-9.eE+-]*\),*$/\1/p' "$1" | head -1
}

# same A B RELATIVE: whether two numbers agree.
same() {
    awk -v a="$1" -v b="$2" -v relative="$3" 'BEGIN {
        difference = a > b ? a - b : b - a; size = b > 0 ? b : -b
        exit !(a != "" && difference <= relative * size) }'
}

# run_variant LABEL ARGUMENT...: runs one variant; leaves a.npy and r.json.
run_variant() {
    local label=$1
    shift
    rm -f a.npy r.json
    run run "$@" --device "$label" "${quick[@]}" -q --npy a.npy --json r.json
    case $label in native:*) ;; *) ! refusal "$* on $label" || return 1 ;; esac
    [ "$status" -eq 0 ] || fail "$* on $label: exit status $status, not 0"
    [ ! -s "$scratch/stderr" ] || fail "$* on $label: there is text on stderr"
    [ -s a.npy ] || return 1
    grep -q "\"variant\": \"${label##*:}\"" r.json || fail "$label: the report names another variant"
    case $label in native:*) ;; *) opencl_runs=$((opencl_runs + 1)) ;; esac
}

# ---- Julia

list_variants julia --size 1x1

# counts_of FILE MAX-ITER: "sum pixels-at-max" of 16-bit counts.
counts_of() {
    od -An -v -tu2 -w2 --endian=little "$1" |
        awk -v max="$2" '{ sum += $1 } $1 == max { n++ } END { printf "%.0f %d", sum, n }'
}

# julia_runs SIZE MAX-ITER PRECISION SUM HASH-OR-EMPTY: every variant, with generated and listed
# inputs, gives the same bytes and this sum; the bytes stay in counts-PRECISION.
julia_runs() {
    local size=$1 max_iter=$2 precision=$3 sum=$4 digest=$5 inputs label what first=
    for inputs in generated list; do
        # Reading the points is the same with any number of iterations.
        [ "$inputs" = generated ] || [ "$max_iter" -eq 300 ] || continue
        for label in "${labels[@]}"; do
            what="julia $size, $max_iter, $precision, $inputs on $label"
            run_variant "$label" julia --size "$size" --max-iter "$max_iter" \
                --precision "$precision" --inputs "$inputs" || continue
            cut_header a.npy '<u2' "(${size#*x}, ${size%x*})"
            [ -z "$digest" ] || [ "$(hash)" = "$digest" ] || fail "$what: hash $(hash), not $digest"
            same "$(checksum_in r.json)" "$sum" 0 ||
                fail "$what: checksum $(checksum_in r.json), not $sum"
            if [ -z "$first" ]; then
                cp data "counts-$precision"
                first=$what
            fi
            cmp -s data "counts-$precision" || fail "$what: other bytes than $first"
        done
    done
}

# julia SIZE MAX-ITER SUM AT-MAX HASH SUM-F32 PIXELS-THAT-DIFFER
julia() {
    local size=$1 max_iter=$2 found
    julia_runs "$size" "$max_iter" f64 "$3" "$5"
    found=$(counts_of counts-f64 "$max_iter")
    [ "$found" = "$3 $4" ] || fail "julia $size, $max_iter: sum and pixels at max $found, not $3 $4"
    julia_runs "$size" "$max_iter" f32 "$6" ""
    found=$(counts_of counts-f32 "$max_iter")
    [ "${found% *}" = "$6" ] || fail "julia $size, $max_iter, f32: sum ${found% *}, not $6"
    found=$(paste <(od -An -v -tu2 -w2 counts-f64) <(od -An -v -tu2 -w2 counts-f32) |
        awk '$1 != $2 { n++ } END { print n + 0 }')
    [ "$found" = "$7" ] || fail "julia $size, $max_iter: $found pixels differ in f32, not $7"
}

julia 1000x1000 300 33219980 100321 6d8c55442eabc5ed 33222988 618
julia 1000x1000 1 897135 897135 8400ae15026113d3 897135 0
julia 17x17 300 10972 34 f337301a1f37f2b1 10972 0
julia 1x1 300 0 0 96a296d224f285c6 0 0
repeat_on_few
julia 1000x1000 1000 103443302 100319 e439d636c04c106c 103451888 618
julia 500x500 300 8306884 25085 059a16b6033726fd 8308586 156

# ---- Diffusion

list_variants diffusion --size 1x1 --steps 4

# diffusion SIDE STEPS BOUNDARY SUM MAX HASH
diffusion() {
    local label what found
    for label in "${labels[@]}"; do
        what="diffusion $1 x $1, $2 steps, $3 on $label"
        run_variant "$label" diffusion --size "$1x$1" --steps "$2" --boundary "$3" || continue
        cut_header a.npy '<f8' "($1, $1)"
        [ "$(hash)" = "$6" ] || fail "$what: hash $(hash), not $6"
        same "$(checksum_in r.json)" "$4" 1e-12 ||
            fail "$what: checksum $(checksum_in r.json), not $4"
    done
    # All have one hash, so the largest value is checked once. (Some versions of awk read numbers below
    # 1e-308 as words.)
    found=$(od -An -v -tf8 -w8 --endian=little data |
        awk '!/e-[0-9][0-9][0-9]/ && $1 + 0 > most { largest = $1; most = $1 + 0 } END { print largest }')
    same "$found" "$5" 0 ||
        fail "diffusion $1 x $1, $2 steps, $3: the largest value is $found, not $5"
}

diffusion 512 100 fixed 13.520000000000001 0.0049999998617830995 4be3be52b1213941
diffusion 256 1000 fixed 3.3799999999995576 0.0020599879748419642 03a192058ac14a9f
diffusion 256 1000 periodic 3.38 0.0020599879748419642 d1be81167052376c
repeat_on_few
diffusion 640 500 fixed 20.479999999999997 0.0049859556767277834 5fab2f955dda3bcc
diffusion 640 500 periodic 20.479999999999997 0.0049859556767277834 a888dfb6ec7c1357

if [ "$opencl_labels" -eq 0 ] || [ $((opencl_runs + refusals)) -eq 0 ]; then
    fail "no OpenCL kernel ran"
fi
echo "OpenCL kernels run: $opencl_runs"
finish
