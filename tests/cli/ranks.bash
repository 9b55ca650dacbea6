# For tests of jobs of several ranks.
# shellcheck shell=bash disable=SC2034,SC2154
unset OMP_NUM_THREADS HWLOC_COMPONENTS POCL_MAX_PTHREAD_COUNT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 TMPDIR=$scratch
command -v ssh >/dev/null || export OMPI_MCA_plm=isolated
# Both MPIs leave memory behind when they end.
[ -z "${ASAN_OPTIONS-}" ] || mpi_options=ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

# words_of_launch LAUNCHER N ARGUMENT...: sets `words` to the command that runs the tool on N ranks.
words_of_launch() {
    local launcher=$1 ranks=$2
    shift 2
    case $launcher in
        openmpi) words=(mpirun.openmpi --oversubscribe --bind-to none -n "$ranks" "$GPUFARE" "$@") ;;
        mpich) words=(mpiexec.mpich -n "$ranks" "$GPUFARE" "$@") ;;
    esac
}

# launch LAUNCHER N ARGUMENT...: as `run`, on N ranks.
launch() {
    local words
    words_of_launch "$@"
    timeout -k 5 120 env ${mpi_options:+"$mpi_options"} "${words[@]}" </dev/null \
        >"$scratch/stdout" 2>"$scratch/stderr"
    status=$?
    checks=$((checks + 1))
}

# has_launcher LAUNCHER: this build has a plugin for it, and it is installed.
has_launcher() {
    [ -e "$(dirname "$GPUFARE")/gpufare-mpi-$1.so" ] || return 1
    case $1 in
        openmpi) command -v mpirun.openmpi >/dev/null ;;
        mpich) command -v mpiexec.mpich >/dev/null ;;
    esac
}

# launch_two LAUNCHER "WORDS" "WORDS": two ranks, each with its own command line.
launch_two() {
    local launcher=$1
    cat >"$scratch/two.sh" <<END
case \${OMPI_COMM_WORLD_RANK:-\$PMI_RANK} in
    0) exec "$GPUFARE" $2 ;;
    *) exec "$GPUFARE" $3 ;;
esac
END
    case $launcher in
        openmpi) set -- mpirun.openmpi --oversubscribe --bind-to none -n 2 ;;
        mpich) set -- mpiexec.mpich -n 2 ;;
    esac
    timeout -k 5 120 env ${mpi_options:+"$mpi_options"} "$@" sh "$scratch/two.sh" </dev/null \
        >"$scratch/stdout" 2>"$scratch/stderr"
    status=$?
    checks=$((checks + 1))
}

end="the result is right and all files are written"
