#!/usr/bin/env bash
# Gets masc built, installed, shown and tested.
#   ./setup.sh            packages, release build, installation, then the main job shown on a copy of
#                         the repository this stands in
#   ./setup.sh demo DIR   the same on a copy of the git repository DIR, which is never touched
#   ./setup.sh install    stops after the installation
#   ./setup.sh test       packages, debug build, all tests
# PREFIX says where to install to (default: ~/.local). Safe to repeat.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jobs=$(nproc 2>/dev/null || echo 2)

packages=(g++ cmake ninja-build pkg-config git libgit2-dev libhttp-parser-dev libpcre2-dev zlib1g-dev
  libcli11-dev libyaml-cpp-dev libfmt-dev libexpected-dev libzstd-dev libxxhash-dev rapidjson-dev nlohmann-json3-dev)
test_packages=(clang libclang-rt-14-dev libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev shellcheck clang-format
  clang-tidy zsh fish python3)

usage() { sed -nE '2,/^set /s/^# ?//p' "${BASH_SOURCE[0]}"; }

heading() { printf '== %s\n' "$*"; }

# die WHAT HINT…: what is wrong, then what to do about it, one line each.
die() {
  printf 'setup: %s\n' "$1" >&2
  shift
  (($# == 0)) || printf '  -> %s\n' "$@" >&2
  exit 1
}

# step WHAT HINT COMMAND…
step() {
  local what=$1 hint=$2 status=0
  shift 2
  heading "$what"
  "$@" || status=$?
  ((status == 0)) || die "$what failed (exit $status); the lines above say why" "$hint"
}

# --- packages ---

missing() {
  local package
  for package in "$@"; do
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      printf '%s\n' "$package"
    fi
  done
}

need_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    heading "packages: this is no Debian, so see to these yourself (Debian's names): $*"
    return
  fi
  local -a wanted as_root=() apt=(apt-get -o DPkg::Lock::Timeout=120)
  mapfile -t wanted < <(missing "$@")
  if ((${#wanted[@]} == 0)); then return; fi
  # `man masc` is worth a package where something is installed anyway.
  if ! command -v man >/dev/null; then wanted+=(man-db); fi
  local by_hand="sudo apt-get update && sudo apt-get install --no-install-recommends ${wanted[*]}"

  heading "packages: ${wanted[*]}"
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
      die "packages are missing, and this may not install them: ${wanted[*]}" \
        "as root: ${by_hand//sudo /}" "then run this again"
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" "${apt[@]}" update -qq </dev/null ||
    printf 'setup: the lists of packages could not be renewed; trying with those that are there\n' >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y -qq \
    --no-install-recommends "${wanted[@]}" </dev/null ||
    die "these packages could not be installed: ${wanted[*]}" \
      "see what apt-get says: $by_hand" "masc needs Debian 12 or newer (g++ 12, CMake 3.25)"
}

# --- build and installation ---

configure() {
  local preset=$1
  shift
  step "configure ($preset)" \
    "masc needs g++ 12 and CMake 3.25; if this folder was moved or copied, remove build/$preset and try again" \
    cmake --preset "$preset" "$@"
}

build() {
  step "build ($1, $jobs at once)" "if a header is missing, a package is: $0 installs them; else it is a bug in masc" \
    cmake --build "build/$1" -j "$jobs"
}

need_prefix() {
  prefix=${PREFIX:-${HOME:?set HOME or PREFIX}/.local}
  [[ $prefix == /* ]] || prefix=$PWD/$prefix
  if ! mkdir -p "$prefix/bin" 2>/dev/null || [[ ! -w $prefix/bin ]]; then
    die "$prefix can't be written" "choose another place: PREFIX=DIR ./setup.sh"
  fi
}

# How to reach what was installed.
say_path() {
  local found
  if [[ ":$PATH:" != *":$prefix/bin:"* ]]; then
    case ${SHELL:-} in
      */fish) echo "$prefix/bin is not on your PATH yet: fish_add_path '$prefix/bin'" ;;
      */zsh) echo "$prefix/bin is not on your PATH yet: echo 'export PATH=\"$prefix/bin:\$PATH\"' >> ~/.zshrc; then open a new shell" ;;
      *) echo "$prefix/bin is not on your PATH yet: echo 'export PATH=\"$prefix/bin:\$PATH\"' >> ~/.bashrc; then open a new shell" ;;
    esac
  else
    found=$(command -v masc || true)
    if [[ ! $found -ef $prefix/bin/masc ]]; then echo "another masc comes first on your PATH: $found"; fi
  fi
  if [[ ${SHELL:-} == */zsh ]]; then
    echo "completion for zsh, before compinit in ~/.zshrc: fpath+=('$prefix/share/zsh/site-functions')"
  fi
}

install_masc() {
  need_packages "${packages[@]}"
  cd "$root"
  configure release -DMASC_TESTS=OFF
  build release
  step "install to $prefix" "the folder must be writable: PREFIX=DIR ./setup.sh" \
    cmake --install build/release --prefix "$prefix"
  "$prefix/bin/masc" version || die "$prefix/bin/masc does not run" "tell us what it says: $prefix/bin/masc version"
  say_path
}

# --- demo and tests ---

# Before anything is built: a copy of DIR must be possible.
need_repository() {
  [[ -d $1 ]] || die "there is no folder '$1'"
  command -v git >/dev/null || return 0
  git -C "$1" rev-parse --git-dir >/dev/null ||
    die "'$1' is no git repository that can be read" "name one: ./setup.sh demo DIR"
  git -C "$1" rev-parse --quiet --verify 'HEAD^{commit}' >/dev/null ||
    die "'$1' has no commit yet" "commit something there, or name another repository: ./setup.sh demo DIR"
}

demo() {
  step "demo on a copy of $1" "masc is installed all the same: $prefix/bin/masc help" \
    env MASC="$prefix/bin/masc" bash "$root/tests/demo.sh" "$1"
}

run_tests() {
  need_packages "${packages[@]}" "${test_packages[@]}"
  cd "$root"
  # Lines are enough for a backtrace, and take a sixth less time than all a debugger could ask for.
  local -a flags=(-DMASC_TESTS=ON -DMASC_PCH=ON -DCMAKE_CXX_FLAGS_DEBUG=-g1)
  if [[ -n ${CI:-} ]]; then flags+=(-DMASC_WERROR=ON); fi
  configure dev "${flags[@]}"
  build dev
  step "tests" "one alone: ctest --test-dir build/dev --output-on-failure -R NAME" \
    ctest --test-dir build/dev --output-on-failure --no-tests=error -j "$jobs"
}

case ${1:-} in
  '')
    need_prefix
    install_masc
    need_repository "$root"
    demo "$root"
    ;;
  install)
    (($# == 1)) || die "install takes no arguments" "see ./setup.sh --help"
    need_prefix
    install_masc
    ;;
  demo)
    (($# == 2)) || die "demo needs a git repository" "./setup.sh demo DIR"
    need_repository "$2"
    directory=$(cd "$2" && pwd)
    need_prefix
    install_masc
    need_repository "$directory"
    demo "$directory"
    ;;
  test)
    (($# == 1)) || die "test takes no arguments" "see ./setup.sh --help"
    run_tests
    ;;
  -h | --help | help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
