#!/bin/bash
# Devices from data sheets: the list, their sources, broken files, and bounds in every report.
. "$(dirname "$0")/cli.bash"
: "${CHECK_JSON:?is the path of the checker}" "${MODELS:?is the folder of the models}"

export XDG_CACHE_HOME=$scratch/cache
prime=(prime -d 'native:scalar,native' --number 1000006000009)

# ---- The list; no device is started, and it is there at once
expect_ok models
[ "$elapsed_ms" -lt $((limit_ms * slower)) ] || fail "the list took $elapsed_ms ms"
says "nothing of this is measured"
says "h100-pcie"
says "shared memory"
says "24 to 128"
[ "$(grep -c ' gpu ' "$scratch/stdout")" -ge 20 ] || fail "there are fewer than 20 GPUs"
[ ! -e "$XDG_CACHE_HOME" ] || fail "the list left something in the cache"
expect_ok models -q --json models.json --csv models.csv --markdown models.md
expect_json gpufare.models/1 models.json 'models.0.model=*' 'models.0.sources.0.date=*' \
    'models.0.fields.0.field=*'
grep -q '^model,title,type,year,bus,' models.csv || fail "the CSV of the list has another head"
expect_ok models h100-pcie
says "units"
says "techpowerup"
expect_ok models h100-pcie rtx-4090
says "rtx-4090: "

# ---- Names and files that are wrong: one line, status 2
expect_error 2 "did you mean h100-pcie?" models h100-pcei
expect_error 2 "nosuch is no model and no file" models nosuch
expect_error 2 "nosuch is no model and no file" advise "${prime[@]}" --device-model h100-pcie,nosuch
expect_error 2 "before or behind a comma" advise "${prime[@]}" --device-model h100-pcie,
printf '[model]\ntitle = x\n' >broken.ini
expect_error 2 "broken.ini:1: [model] has no vendor" models broken.ini
expect_error 2 "broken.ini:1: [model] has no vendor" advise "${prime[@]}" --device-model broken.ini
expect_error 2 "--host-cores: only models" advise "${prime[@]}" --host-cores 4
expect_error 2 "--host-model: only models" advise "${prime[@]}" --host-model x.json
expect_error 2 "did you mean h100-pcie or h100-sxm?" models h100
expect_error 2 "did you mean h100-pcie?" models H100-PCIE
expect_error 2 "missing.ini is no model and no file; \`gpufare models\` lists them" models missing.ini
expect_error 2 "t4 is there twice" models t4 l4 t4
expect_error 2 "t4 is there twice" advise "${prime[@]}" --device-model t4,t4
expect_error 2 "give a model that \`gpufare models\` lists" advise "${prime[@]}" --device-model /dev/zero
expect_error 2 "--host-model: nope is no file; give the JSON report of a calibration" \
    advise "${prime[@]}" --device-model t4 --host-model nope
expect_error 2 "--host-model: h100-pcie is a model; give the JSON report of a calibration" \
    advise "${prime[@]}" --device-model t4 --host-model h100-pcie
for option in '--host-cores 4' '--host-model nosuch.json'; do
    # shellcheck disable=SC2086 # two words
    expect_error 2 "${option%% *}: only models" breakeven prime --sweep number=101:1009 --no-predict \
        $option
done
[ ! -e "$XDG_CACHE_HOME" ] || fail "something was measured before an error"

hurry

# ---- A user's own: a file, and a folder of them
"$GPUFARE" models h100-pcie >/dev/null || fail "h100-pcie is not known"
mkdir own
sed -n '1,/^bus/p' "$MODELS/h100-pcie.ini" >own/mine.ini
sed '1,/^bus/d' "$MODELS/h100-pcie.ini" >>own/mine.ini
expect_ok models own/mine.ini
says "mine: "
export GPUFARE_MODELS=$PWD/own
expect_ok models
says "mine "
printf '[model]\ntitle = x\n' >own/h100-pcie.ini
run models
[ "$status" -eq 2 ] || fail "a wrong file of a folder ends with $status"
grep -q 'own/h100-pcie.ini:1: .*; this model is left out' "$scratch/stderr" || fail "the wrong file is not named"
says "mine "
says "h100-sxm "
export GPUFARE_MODELS=$PWD/nosuch
expect_error 2 "nosuch is no folder" models
export GPUFARE_MODELS=$PWD/own

# ---- What is measured stays, whatever is wrong with models that nobody asked for
expect_ok compare julia -d native --size 64x64 --repeat 2 --min-time 0 --no-watch --json left.json
says "GPUs that are not here: left out: "
expect_json gpufare.compare/1 left.json 'bounds=null'
unset GPUFARE_MODELS
touch t4 rtx-4060
expect_ok models
expect_ok models t4
expect_ok compare julia -d native --size 64x64 --repeat 2 --min-time 0 --no-watch --json kept.json
expect_json gpufare.compare/1 kept.json 'bounds.models.0.model=*'
rm t4 rtx-4060

# ---- advise: a table of its own, in every report. With the profile that cli_advise left, if it ran
if [ -n "${PROFILES-}" ] && [ -d "$PROFILES" ]; then
    mkdir -p "$XDG_CACHE_HOME/gpufare"
    cp "$PROFILES"/profile-*.json "$XDG_CACHE_HOME/gpufare/"
fi
expect_ok advise --budget 0 "${prime[@]}" --device-model h100-pcie,gtx-1650,iris-xe -q --json advise.json \
    --csv advise.csv --markdown advise.md
expect_json gpufare.advise/1 advise.json 'bounds.basis="bounds from data sheets, not measured"' \
    'bounds.against.device=*' 'bounds.models.0.model="h100-pcie"' 'bounds.models.0.possible=true' \
    'bounds.models.0.total.best_ns=*' 'bounds.models.0.verdict=*' 'bounds.models.2.bus="shared"'
sed '/^$/,$d' advise.csv >ledger.csv
[ "$(wc -l <ledger.csv)" -eq 3 ] || fail "models are among the rows of the ledger"
! grep -q h100-pcie ledger.csv || fail "a model is among the predicted rows"
[ "$(sed '1,/^$/d' advise.csv | wc -l)" -eq 4 ] || fail "the CSV has not a line for each model"
grep -q 'NOT measured' advise.md || fail "the Markdown does not say that nothing was measured"
expect_ok advise --budget 0 "${prime[@]}" --device-model h100-pcie,gtx-1650
says "Bounds from data sheets, NOT measured"
says "Verdicts from data sheets"
says "decides"
expect_ok advise --budget 0 "${prime[@]}" --device-model h100-pcie --host-cores 64
says "on 64 cores (bounds from the time on the present cores"
expect_ok advise --budget 0 "${prime[@]}" -q --json plain.json
expect_json gpufare.advise/1 plain.json 'bounds=null'

# ---- The CPU of another machine, from the profile that it wrote; and profiles beside models
expect_ok calibrate prime -d native -q --json host.json
expect_ok advise --budget 0 "${prime[@]}" --device-model h100-pcie --host-model host.json
says "Bounds from data sheets"
expect_ok advise --budget 0 "${prime[@]}" --device-model h100-pcie,host.json -q --json both.json
expect_json gpufare.advise/1 both.json 'bounds.models.0.model="h100-pcie"'
expect_error 2 "holds no profiles" advise "${prime[@]}" --device-model h100-pcie --host-model models.json

# ---- f64 on a consumer's GPU: f32 is offered, with the number of pixels that then differ
expect_ok advise julia -d native --device-model rtx-4090,iris-xe,h100-pcie --json f32.json
says "f64 is slow, with 1/64 of the rate of f32: in f32 the round trip takes"
says "there is no f64: in f32 the round trip takes"
[ "$(grep -c 'there; then 618 of 1000000 elements differ from those of f64, by up to' "$scratch/stdout")" -eq 2 ] ||
    fail "an offer of f32 has not the number of elements that differ"
says "it has no f64 arithmetic; ask for precision f32"
expect_json gpufare.advise/1 f32.json 'bounds.f64_difference.compared=1000000' \
    'bounds.f64_difference.differing=618' 'bounds.f64_difference.at=null' 'bounds.models.0.slow_f64=true' \
    'bounds.models.2.slow_f64=false' 'bounds.models.2.f32_total=null'
expect_ok advise julia -d native --size 4000x4000 --max-iter 5000 --device-model rtx-4090
says "(counted with size 500x500, for the sake of time)"
expect_ok advise julia -d native --device-model h100-pcie -q --json f64.json
expect_json gpufare.advise/1 f64.json 'bounds.f64_difference=null'

# ---- breakeven and compare
# A model whose launches may take 10 ms is open at most sizes, whatever the CPU's speed.
awk '/^\[/ { section = $0 } section == "[launch-time]" && /^high/ { $0 = "high = 10000" } 1' \
    "$MODELS/h100-pcie.ini" >slow-launches.ini
expect_ok breakeven julia -d native --sweep size=32:1024 --no-predict --repeat 2 --min-time 0 --no-watch \
    --device-model h100-pcie,iris-xe,./slow-launches.ini --json sweep.json --csv sweep.csv
says "from which size on a model is worth it"
grep -qE 'measure there with `gpufare breakeven julia --sweep size=[0-9]+:[0-9]+`' "$scratch/stdout" ||
    fail "no command says how to measure where a model is open"
grep -qE '"command": "gpufare breakeven julia --sweep size=[0-9]+:[0-9]+"' sweep.json ||
    fail "JSON has no command that measures where a model is open"
expect_json gpufare.breakeven/1 sweep.json 'bounds.models.0.model="h100-pcie"' \
    'bounds.models.0.values.0.value="32x32"'
grep -q '^h100-pcie,size,32x32,' sweep.csv || fail "the CSV of the sweep has no bounds"
expect_ok breakeven julia -d native --sweep size=32:64 --sweep max-iter=10:20 --no-predict --repeat 2 \
    --min-time 0 --no-watch --device-model h100-pcie,iris-xe -q --csv lines.csv
[ "$(grep -c '^model,parameter,' lines.csv)" -eq 1 ] || fail "two sweeps have more than one table of bounds"
grep -q '^model,.*,basis,along_parameter,along_value$' lines.csv || fail "bounds do not name the line"
for iterations in 10 20; do
    [ "$(grep -cE "^(h100-pcie|iris-xe),size,.*,max-iter,$iterations\$" lines.csv)" -eq 4 ] ||
        fail "the CSV has not 4 bounds with $iterations iterations"
done
expect_error 2 "threads" breakeven julia --sweep threads=1:2 --device-model h100-pcie
expect_ok compare julia -d native --size 64x64 --repeat 2 --min-time 0 --no-watch --json compare.json
[ "$(grep -c 'GPUs that are not here: bounds from data sheets, not measured' "$scratch/stdout")" -eq 1 ] ||
    fail "compare does not end with a line on GPUs that are not here"
expect_json gpufare.compare/1 compare.json 'bounds.models.0.model=*' 'bounds.models.2.model=*' \
    'bounds.against.measured=true'

# ---- A kernel of one's own
expect_ok new saxpy -q
expect_ok advise --budget 0 ./saxpy -d native --device-model rtx-4060,iris-xe -q --json own.json
expect_json gpufare.advise/1 own.json 'bounds.models.0.possible=true' 'bounds.models.0.verdict=*'
# In f64 it has no other precision: how slow that is, is said, and nothing is offered.
cp -r saxpy double
sed -i 's/float/double/g' double/*
expect_ok advise ./double -d native --device-model rtx-4090,iris-xe --json double.json
says "f64 is slow, with 1/64 of the rate of f32"
says "it has no f64 arithmetic; the kernel would have to do without"
! grep -q 'in f32 the round trip' "$scratch/stdout" || fail "f32 is offered to a kernel that has none"
expect_json gpufare.advise/1 double.json 'bounds.f64_difference=null' 'bounds.models.0.slow_f64=true'
# The command that measures it elsewhere is one for a shell.
cp -r saxpy "it's"
expect_ok advise --budget 0 "./it's" -d native --device-model rtx-4060 -q --json shell.json
command=$(grep -o '"command": ".*"' shell.json | sed 's/^"command": "//; s/"$//; s/\\\\/\\/g')
eval "set -- $command"
[ "$1 $2 $3" = "gpufare compare ./it's" ] || fail "the command is not for a shell: $command"
finish
