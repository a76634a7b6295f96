#!/usr/bin/env bash
# Checks the configs. In: BASE and HEAD, commit ids or empty; REQUIRE_REGISTERED, a glob a line;
# SARIF_FILE and JUNIT_FILE, or empty. Out: status, that of `git exp check`.
set -euo pipefail

arguments=(--format=github)
[ -z "$BASE" ] || arguments+=("--base=$BASE")
[ -z "$HEAD" ] || arguments+=("--at=$HEAD")
[ -z "$SARIF_FILE" ] || arguments+=("--output=sarif=$SARIF_FILE")
[ -z "$JUNIT_FILE" ] || arguments+=("--output=junit=$JUNIT_FILE")
while read -r glob; do
  [ -z "$glob" ] || arguments+=("--require-registered=$glob")
done <<<"$REQUIRE_REGISTERED"

status=0
"$GITTRACK/git-exp" check "${arguments[@]}" || status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"
