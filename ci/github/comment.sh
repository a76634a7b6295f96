#!/usr/bin/env bash
# Makes the pull request's one comment say what the review says. In: FILE; EMPTY, true where
# nothing changed; MARKER and AUTHOR, or empty; GITHUB_TOKEN. Out: outcome: posted, read-only (leave an artifact) or failed.
set -euo pipefail

arguments=(--host=github)
[ -z "$MARKER" ] || arguments+=("--marker=$MARKER")
[ -z "$AUTHOR" ] || arguments+=("--author=$AUTHOR")
[ "$EMPTY" != true ] || arguments+=(--update-only) # no comment on what touches no config

status=0
"$GITTRACK/git-exp" comment "${arguments[@]}" -- "$FILE" || status=$?
case $status in
  0) outcome=posted ;;
  1)
    outcome=read-only
    echo '::notice title=gittrack::This token may not comment, as is usual for a fork: the review is in the summary and the artifact of this job.'
    ;;
  *) outcome=failed ;;
esac
echo "outcome=$outcome" >>"$GITHUB_OUTPUT"
