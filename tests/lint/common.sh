# shellcheck shell=bash
# What every check here shares: it stands in the root of the tree, names its findings one a line
# (file:line: what) and exits 1 if there were any.
set -euo pipefail
export LC_ALL=C

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

findings=0

# finding FILE[:LINE]: TEXT
finding() {
  printf '%s\n' "$*"
  findings=$((findings + 1))
}

# Reads findings from stdin.
findings_from() {
  local line
  while IFS= read -r line; do finding "$line"; done
}

# End of a check.
verdict() {
  if ((findings > 0)); then exit 1; fi
}

# Files below the given folders whose names match one of the patterns after `--`, sorted. Folders
# that don't exist (yet) hold nothing.
files_in() {
  local -a folders=() names=()
  while [[ $1 != -- ]]; do
    if [[ -e $1 ]]; then folders+=("$1"); fi
    shift
  done
  shift
  ((${#folders[@]} > 0)) || return 0
  for pattern in "$@"; do names+=(-o -name "$pattern"); done
  find "${folders[@]}" -type f \( "${names[@]:1}" \) | sort
}

# Prints the lines of FILE… that match the regular expression outside of comments, as
# file:line:text. Comments are what follows `//`, and lines that begin with `*`.
grep_code() {
  local pattern=$1
  shift
  (($# > 0)) || return 0
  # A "://" inside a string is no comment.
  awk -v pattern="$pattern" '
    { line = $0; sub(/^[[:space:]]*\/\/.*/, "", line); sub(/[[:space:];{}]\/\/.*/, "", line) }
    line ~ pattern { sub(/^[[:space:]]+/, "", line); print FILENAME ":" FNR ": " line }' "$@"
}
