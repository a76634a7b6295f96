#!/usr/bin/env bash
# Fails where something is to be mended, after all was reported.
# In: CHECK, REVIEW and COMMENT: how those steps ended, empty where they did not run.
set -euo pipefail

failed=0
say() {
  echo "$1"
  failed=1
}
case $CHECK in
  0) ;;
  1) say 'The check of the configs has findings: see the annotations.' ;;
  *) say 'The check of the configs could not be made: see its step.' ;;
esac
case $REVIEW in
  '' | 0) ;;
  1) say 'A condition of "fail-on" is met: see the review in the summary of this job.' ;;
  *) say 'The review could not be made: see its step.' ;;
esac
[ "$COMMENT" != failed ] || say 'The review could not be posted: see the step of the comment.'
exit "$failed"
