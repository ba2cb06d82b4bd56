#!/usr/bin/env bash
# The main job for real, on a copy of a repository: three agents, a race for a task, a worktree each,
# a takeover, refused commits, landings. Prints each command before it runs it, and fails loudly
# where anything ends otherwise than it should.
#   tests/demo.sh DIR     DIR: a git repository; it is cloned, never touched. MASC: the program to show.
set -eEuo pipefail

here=
work=
shown=
output=

# --- saying and checking ---

chapter() { printf '\n== %s\n' "$*"; }

failed() {
  {
    printf '\ndemo: FAILED: %s\n' "$*"
    [[ -z $work ]] || printf 'demo: the copy is kept for a look: %s\n' "$work"
  } >&2
  exit 1
}
trap 'failed "line $LINENO of tests/demo.sh ended with $?"' ERR

# must TEXT COMMAND…: COMMAND succeeds, silently.
must() {
  local text=$1
  shift
  "$@" >/dev/null 2>&1 || failed "$text"
}

# A command line as one would type it.
typed() {
  local word line=
  for word in "$@"; do
    if [[ ! $word =~ ^[A-Za-z0-9_./:=@%+,-]+$ ]]; then word="'${word//\'/\'\\\'\'}'"; fi
    line+=" $word"
  done
  printf '%s' "${line:1}"
}

show() {
  shown=$*
  printf '$ %s\n' "$shown"
}

at() {
  here=$1
  show cd "$here"
}

# ended STATUS WANTED: WANTED is a number, or "refused" for any but 0.
ended() {
  if [[ $2 == refused ]]; then
    (($1 != 0)) || failed "'$shown' succeeded, and should have been refused"
  else
    (($1 == $2)) || failed "'$shown' ended with $1, not with $2"
  fi
  if (($1 != 0)); then printf '(exit %d)\n' "$1"; fi
}

# expect WANTED COMMAND…: shows it, runs it in $here, checks how it ends.
expect() {
  local wanted=$1 status=0
  shift
  show "$(typed "$@")"
  (cd "$here" && exec "$@") || status=$?
  ended "$status" "$wanted"
}

# The same, with the reply kept in $output.
capture() {
  local wanted=$1 status=0
  shift
  show "$(typed "$@")"
  output=$(cd "$here" && "$@") || status=$?
  printf '%s\n' "$output"
  ended "$status" "$wanted"
}

# The same for a line of shell.
line() {
  local status=0
  show "$1"
  (cd "$here" && sh -c "$1") || status=$?
  ended "$status" 0
}

# Adds a task; its id is left in $output.
add() {
  capture 0 masc add "$@"
  output=$(grep -oE 'm-[0-9a-z]{4,26}' <<<"${output%%$'\n'*}" | head -n 1)
}

# Where the task's worktree is: left in $output.
worktree_of() { capture 0 masc worktree path "$1"; }

# --- the repository and its copy ---

# What must not change in the original.
fingerprint() {
  GIT_OPTIONAL_LOCKS=0 git -C "$1" for-each-ref
  git -C "$1" rev-parse HEAD
  git -C "$1" worktree list --porcelain
}

make_copy() {
  # A bare repository has no top level.
  source=$(git -C "$1" rev-parse --show-toplevel 2>/dev/null) ||
    source=$(git -C "$1" rev-parse --absolute-git-dir) || {
    echo "demo: '$1' is no git repository that can be read" >&2
    exit 1
  }
  if ! git -C "$source" rev-parse --quiet --verify 'HEAD^{commit}' >/dev/null; then
    echo "demo: '$source' has no commit yet; commit something there, then try again" >&2
    exit 1
  fi
  before=$(fingerprint "$source")
  work=$(mktemp -d "${TMPDIR:-/tmp}/masc-demo.XXXXXX")
  work=$(cd "$work" && pwd -P)
  here=$work
  local name
  name=$(basename "$source" .git)
  copy=$work/${name:-repository}
  expect 0 git clone --quiet --local "$source" "$copy"
  # From here on nothing leads back to the original.
  git -C "$copy" remote remove origin
  git -C "$copy" config gc.auto 0
  git -C "$copy" config commit.gpgSign false
  git -C "$copy" config user.name >/dev/null || git -C "$copy" config user.name 'masc demo'
  git -C "$copy" config user.email >/dev/null || git -C "$copy" config user.email demo@example.org
  git -C "$copy" symbolic-ref --quiet HEAD >/dev/null || git -C "$copy" switch --quiet -c masc-demo
  if [[ -e $copy/.masc.yaml ]]; then
    git -C "$copy" rm --quiet .masc.yaml
    git -C "$copy" commit --quiet --no-verify -m 'Show masc with its defaults'
  fi
  base=$(git -C "$copy" symbolic-ref --short HEAD)
}

# --- the chapters ---

begin() {
  chapter "A workspace and four tasks"
  at "$copy"
  expect 0 masc init
  add 'Write the greeting' -p 0
  greeting=$output
  add 'Translate the greeting' -p 1
  translation=$output
  add 'List the planets'
  planets=$output
  add 'List the rivers'
  rivers=$output
  expect 0 masc list
}

race() {
  chapter "Three agents claim the same task at once"
  local agent gate=$work/gate running=()
  mkfifo "$gate"
  exec 9<>"$gate"
  rm "$gate"
  shown="masc claim $greeting"
  for agent in "${agents[@]}"; do
    printf '$ masc --agent %s claim %s &\n' "$agent" "$greeting"
    (
      read -r _ <&9 # all of them start together
      cd "$copy"
      status=0
      masc --agent "$agent" claim "$greeting" >"$work/$agent.reply" 2>&1 9<&- || status=$?
      echo "$status" >"$work/$agent.status"
    ) &
    running+=("$!")
  done
  printf '$ wait\n'
  printf '\n\n\n' >&9
  wait "${running[@]}"
  exec 9<&-

  winner=
  losers=()
  for agent in "${agents[@]}"; do
    printf -- '-- %s: exit %s\n' "$agent" "$(<"$work/$agent.status")"
    cat "$work/$agent.reply"
    case $(<"$work/$agent.status") in
      0)
        [[ -z $winner ]] || failed "$winner and $agent both won the race"
        winner=$agent
        ;;
      3) losers+=("$agent") ;;
      *) failed "'masc --agent $agent claim' ended with neither 0 nor 3" ;;
    esac
  done
  [[ -n $winner ]] || failed "nobody won the race"
  for agent in "${losers[@]}"; do
    must "$agent was not told who won" grep -qw -- "$winner" "$work/$agent.reply"
  done
  rm "$work"/*.reply "$work"/*.status
}

first_landing() {
  chapter "$winner works in a worktree of its own, with plain git, and lands"
  worktree_of "$greeting"
  at "$output"
  line 'mkdir -p masc-demo && echo "Good morning" > masc-demo/greeting.txt'
  expect 0 git add -f masc-demo
  expect 0 git commit --quiet -m 'Write the greeting'
  expect 0 git log -1 '--format=%an: %B'
  expect 0 masc land
  must "the greeting did not arrive in $base" git -C "$copy" cat-file -e "$base:masc-demo/greeting.txt"
  must "the checked-out $base did not come forward" test -f "$copy/masc-demo/greeting.txt"
}

takeover() {
  former=${losers[0]}
  successor=${losers[1]}
  chapter "$former takes a task for a second only, and leaves work uncommitted"
  at "$copy"
  expect 0 masc --agent "$former" claim "$translation" --lease 1s
  worktree_of "$translation"
  old=$output
  at "$old"
  line 'mkdir -p masc-demo && echo "Guten Morgen" > masc-demo/translation.txt'
  expect 0 git add -f masc-demo
  expect 0 git commit --quiet -m 'Begin the translation'
  line 'echo "Bonjour" >> masc-demo/translation.txt; echo "ask about Danish" > masc-demo/notes.txt'
  line 'sleep 2   # the lease lapses'

  chapter "$successor takes it over, with everything that was there"
  at "$copy"
  expect 0 masc --agent "$successor" claim "$translation"
  worktree_of "$translation"
  new=$output
  [[ $new != "$old" ]] || failed "the successor got the former worktree"
  at "$new"
  expect 0 git log --oneline "$base..HEAD"
  line 'tail masc-demo/translation.txt masc-demo/notes.txt'
  local file
  for file in translation.txt notes.txt; do
    must "masc-demo/$file is not the same in both worktrees" cmp "$old/masc-demo/$file" "$new/masc-demo/$file"
  done

  chapter "$former, still at it, is refused; its files stay"
  local tip
  tip=$(git -C "$copy" rev-parse "refs/heads/masc/$translation")
  at "$old"
  expect refused git commit --quiet -a -m 'Too late'
  expect refused git commit --quiet --no-verify -a -m 'Too late, and hidden'
  expect 5 masc land
  line 'tail masc-demo/translation.txt masc-demo/notes.txt'
  [[ $(git -C "$copy" rev-parse "refs/heads/masc/$translation") == "$tip" ]] ||
    failed "the branch moved although its holder was superseded"
  must "the former worktree lost its changes" grep -q Bonjour "$old/masc-demo/translation.txt"
  must "the former worktree lost an untracked file" test -f "$old/masc-demo/notes.txt"

  chapter "$successor finishes and lands"
  at "$new"
  expect 0 git add -f masc-demo
  expect 0 git commit --quiet -m 'Finish the translation'
  expect 0 masc land
  must "the translation did not arrive in $base" \
    git -C "$copy" grep -q Bonjour "$base" -- masc-demo/translation.txt
}

drain() {
  chapter "What is left, one command a task, until nothing is ready"
  at "$copy"
  # Single quotes: it is for the agent's shell.
  # shellcheck disable=SC2016
  local agent='echo "$MASC_TASK by $MASC_AGENT" > masc-demo/$MASC_TASK.txt; git add -f masc-demo; git commit -q -m "Do $MASC_TASK"'
  expect 0 masc --agent "$winner" run --land -- sh -c "$agent"
  expect 0 masc --agent "$former" run --land -- sh -c "$agent"
  expect 4 masc --agent "$successor" run --land -- sh -c "$agent"
  local id
  for id in "$planets" "$rivers"; do
    must "$id did not arrive in $base" git -C "$copy" cat-file -e "$base:masc-demo/$id.txt"
  done
}

look_back() {
  chapter "What happened"
  at "$copy"
  expect 0 masc status
  expect 0 masc log
  expect 0 masc git for-each-ref '--format=%(refname) %(contents:subject)' refs/masc
  expect 0 git log --oneline -n 6
  expect 0 git status --short
  output=$(cd "$copy" && masc --json list)
  must "tasks are left open" grep -qE '"count": ?0[,}]' <<<"$output"
  [[ -z $(git -C "$copy" status --porcelain) ]] || failed "the work tree is not clean"
  [[ -z $(git -C "$copy" for-each-ref refs/masc refs/notes/masc) ]] ||
    failed "masc's refs stand in the user's own repository"
  [[ $(fingerprint "$source") == "$before" ]] || failed "the original has changed: $source"

  chapter "In short"
  cat <<END
one winner of three: $winner; the others were told so (exit 3)
four tasks landed on $base: one by hand, one after a takeover, two by 'masc run'
refused to $former after the takeover: two commits and a landing; nothing it had was lost
untouched: $source
to look around: cd $(typed "$copy"); masc status
END
}

if (($# != 1)); then
  echo "usage: tests/demo.sh DIR" >&2
  exit 2
fi
program=${MASC:-masc}
if ! program=$(command -v "$program"); then
  echo "demo: '${MASC:-masc}' can't be found; install it with ./setup.sh install" >&2
  exit 1
fi
directory=$1
program=$(cd "$(dirname "$program")" && pwd)
export PATH="$program:$PATH" GIT_LFS_SKIP_SMUDGE=1
# Whoever starts this may be an agent's client, or a git hook: none of that is part of the show.
unset MASC_AGENT MASC_SESSION MASC_TASK CLAUDE_CODE_SESSION_ID CODEX_SESSION_ID GEMINI_CLI
# shellcheck disable=SC2046
unset $(git rev-parse --local-env-vars)
agents=(claude codex gemini)

make_copy "$directory"
begin
race
first_landing
takeover
drain
look_back
