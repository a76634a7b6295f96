#!/usr/bin/env bash
# Finds the two commits to compare, and fetches what a shallow checkout lacks of them.
# In: BASE and HEAD, empty for the event's own; EVENT_BASE; TOKEN.
# Out: base (empty: there is none) and head (empty: what is checked out), as full commit ids.
set -euo pipefail

errors=$RUNNER_TEMP/gittrack-fetch.txt
: >"$errors"

# What git said last; no line of it can be a command to the runner.
explain() { sed 's/^/git: /; s/##\[/## [/g' "$errors"; }

fail() {
  explain
  echo "::error title=gittrack::$1"
  exit 1
}

# git fetch; with the token where the checkout kept no credentials (persist-credentials: false).
# Never first: a checkout that kept them would then send two, and GitHub refuses that.
fetch() {
  local fetching=(git fetch --quiet --no-tags --no-recurse-submodules --no-write-fetch-head)
  GIT_TERMINAL_PROMPT=0 "${fetching[@]}" "$@" 2>"$errors" && return
  [ -n "${TOKEN:-}" ] || return 1
  GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=1 \
    GIT_CONFIG_KEY_0="http.${GITHUB_SERVER_URL:-https://github.com}/.extraheader" \
    GIT_CONFIG_VALUE_0="Authorization: Basic $(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')" \
    "${fetching[@]}" "$@" 2>>"$errors"
}

warn() {
  explain
  echo "::warning title=gittrack::$1"
}

is_id() { [[ $1 =~ ^([0-9a-f]{40}|[0-9a-f]{64})$ ]]; }
is_shallow() { [ "$(git rev-parse --is-shallow-repository)" = true ]; }
commit_of() { git rev-parse --verify --quiet --end-of-options "$1^{commit}"; }

# The commit id that an id or the name of a branch or tag stands for; fetched where it is missing.
resolve() {
  commit_of "refs/remotes/origin/$1" && return
  commit_of "$1" && return
  local depth=()
  ! is_shallow || depth=(--depth=1) # in a full clone, that would cut the history off
  if is_id "$1"; then
    fetch ${depth[@]+"${depth[@]}"} origin "$1" && commit_of "$1"
  else
    # Only a proper name may become part of a refspec.
    [[ $1 != -* ]] && git check-ref-format "refs/heads/$1" || return 1
    local found=refs/gittrack/base
    fetch ${depth[@]+"${depth[@]}"} origin "+refs/heads/$1:$found" ||
      fetch ${depth[@]+"${depth[@]}"} origin "+refs/tags/$1:$found" || return 1
    commit_of "$found"
  fi
}

# GitHub's checkout of a pull request is the merge of both, its first parent the branch that it goes
# to. That parent is the one exact base: the event's is from when the pull request was pushed to.
# `git cat-file` shows parents that a shallow checkout does not have.
base_of_merge() {
  local commit
  commit=$(commit_of HEAD)
  [[ ${GITHUB_REF:-} == refs/pull/*/merge && $commit == "${GITHUB_SHA:-}" ]] || return 1
  [ "$(git cat-file commit "$commit" | sed '/^$/q' | grep -c '^parent ')" -eq 2 ] || return 1
  commit_of "HEAD^1" || { fetch --depth=2 origin "$commit" && commit_of "HEAD^1"; }
}

# The last commit that both have, with as much history as it takes to find it.
common() {
  local depth
  for depth in 50 500 5000; do
    git merge-base "$1" "$2" && return
    is_shallow || return 1
    fetch "--depth=$depth" origin "$1" "$2" || return 1
  done
  git merge-base "$1" "$2" && return
  ! is_shallow || fetch --unshallow origin "$1" "$2" || return 1
  git merge-base "$1" "$2"
}

head=
if [ -n "$HEAD" ]; then
  is_id "$HEAD" || fail 'The input "head" is not the full id of a commit.'
  head=$(resolve "$HEAD") || fail 'The commit that the input "head" names cannot be fetched.'
fi

base=
if [ -n "$BASE" ]; then
  base=$(resolve "$BASE") || fail 'The commit that the input "base" names cannot be fetched.'
elif [ -z "$head" ] && base=$(base_of_merge); then
  : # exact
elif [ -n "$EVENT_BASE" ] && [[ ! $EVENT_BASE =~ ^0+$ ]]; then
  base=$(resolve "$EVENT_BASE") || warn 'The base cannot be fetched.'
fi
if [ -n "$base" ]; then
  base=$(common "$base" "${head:-HEAD}") || warn 'The base has no history in common with this.'
fi

[ -n "$base" ] || echo 'There is no base: configs are checked, but not compared.'
printf 'base=%s\nhead=%s\n' "$base" "$head" >>"$GITHUB_OUTPUT"
