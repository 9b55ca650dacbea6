#!/bin/sh
# A compiler for a copy of the tree: takes an object of the other build, where that made it from the same
# source with the same command, and compiles else. That all headers are the same is looked at by
# check_new_workload.sh in the end.
# Arguments: SOURCE_DIR BUILD_DIR TREE BUILD_OF_THE_TREE COMMANDS COMPILER ARGUMENT...; COMMANDS has those of
# the other build, without their compiler, one in a line
set -eu
source=$1 main=$2 tree=$3 build=$4 commands=$5
shift 5

object='' file='' list='' words='' last=''
for word in "$@"; do
    case $last in
        -o) object=$word ;;
        -c) file=$word ;;
        -MF) list=$word ;;
    esac
    case $word,$last in
        -MD,* | -MT,* | -MF,* | *,-MT | *,-MF | *,) ;;
        *) words="$words $word" ;;
    esac
    last=$word
done

if [ -n "$object" ] && [ -n "$file" ]; then
    there() { printf '%s\n' "$1" | sed "s|$build|$main|g; s|$tree|$source|g"; }
    known=$(there "$file")
    if [ -e "$main/$object" ] && cmp -s "$file" "$known" &&
        grep -Fxq -e "$(there "${words# }")" "$commands"; then
        cp "$main/$object" "$object"
        [ -z "$list" ] || echo "$object: " >"$list"
        exit
    fi
fi
exec "$@"
