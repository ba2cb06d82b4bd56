# shellcheck shell=bash
# Completion of `masc` and `git masc` for bash 4.4 and later. It knows no verb and no option: masc
# itself is asked what may stand at the cursor (`masc __complete -- WORD…`, one line a candidate:
# candidate, tab, description; or :files, :dirs, :commands).

# Fills COMPREPLY. The arguments are the words after `masc`, the last one as far as the cursor.
__masc_reply() {
  local current=${!#} line candidate description strip
  local -a candidates=() descriptions=()
  # Readline replaces only what follows the last of its own word breaks.
  strip=${current%"${current##*[=:@]}"}
  [[ $COMP_WORDBREAKS == *[=:@]* ]] || strip=

  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames; mapfile -t -O "${#candidates[@]}" candidates \
        < <(compgen -f -- "${current#"$strip"}") ;;
      :dirs) compopt -o filenames; mapfile -t -O "${#candidates[@]}" candidates \
        < <(compgen -d -- "${current#"$strip"}") ;;
      :commands) mapfile -t -O "${#candidates[@]}" candidates \
        < <(compgen -c -- "$current" | sort -u) ;;
      *)
        candidate=${line%%$'\t'*}
        [[ $candidate == "$current"* ]] || continue
        description=${line#"$candidate"}
        descriptions[${#candidates[@]}]=${description#$'\t'}
        candidates+=("${candidate#"$strip"}")
        ;;
    esac
  done < <(command masc __complete -- "$@" 2>/dev/null)

  # Descriptions are only shown, never inserted: the first difference of two candidates ends what
  # is inserted. With one candidate left, or with menu completion, there are none.
  local i
  if ((${#candidates[@]} > 1)) && [[ ${COMP_TYPE:-9} != 37 && ${COMP_TYPE:-9} != 42 ]]; then
    for i in "${!descriptions[@]}"; do
      [[ -z ${descriptions[i]} ]] || candidates[i]+="  (${descriptions[i]})"
    done
  fi
  compopt -o nosort
  COMPREPLY=("${candidates[@]}")
  if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace
  else
    compopt +o nospace  # which git's own completion sets
  fi
}

_masc() {
  # bash splits words at '=' and ':'; here they are put together again where no space stood between.
  local rest=${COMP_LINE:0:COMP_POINT} trimmed word
  local -a all=()
  local i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=${rest#"${rest%%[![:space:]]*}"}
    word=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then word=$trimmed; fi
    if ((i > 1)) && [[ $trimmed == "$rest" ]]; then
      all[${#all[@]} - 1]+=$word
    else
      all+=("$word")
    fi
    rest=${trimmed#"$word"}
  done
  # What quotes and backslashes stand for.
  for i in "${!all[@]}"; do
    word=${all[i]}
    if [[ $word == [\"\']* ]]; then word=${word:1}; word=${word%[\"\']}; fi
    all[i]=${word//\\/}
  done
  __masc_reply "${all[@]:1}"
}

# Called by git's own completion for `git masc`; `words` and `cword` are its variables.
_git_masc() {
  # shellcheck disable=SC2154
  local at=${__git_cmd_idx:-1}
  # shellcheck disable=SC2154
  __masc_reply "${words[@]:at + 1:cword - at}"
}

complete -F _masc masc git-masc
