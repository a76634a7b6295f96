#!/usr/bin/env bash
# Reviews what changed, and shows it in the job's summary. In: BASE, a commit id; HEAD, one or empty;
# FAIL_ON, a condition a line; METRICS, a file, or empty; LOWER_IS_BETTER, a metric a line.
# Out: status, that of `git exp review`; file, for the comment; empty: true where nothing changed.
set -euo pipefail

# A step's summary has 1 MiB at most; no character that counts as one has more than 3 bytes.
in_summary=340000
# A comment has 65,536 characters at most, among them the marker of this job.
in_comment=65000

folder=$RUNNER_TEMP/gittrack-review
mkdir -p "$folder"
arguments=()
while read -r condition; do
  [ -z "$condition" ] || arguments+=("--fail-on=$condition")
done <<<"$FAIL_ON"
while read -r metric; do
  [ -z "$metric" ] || arguments+=("--lower-is-better=$metric")
done <<<"$LOWER_IS_BETTER"
[ -z "$METRICS" ] || arguments+=("--metrics=$METRICS")

review() { # MOST_CHARACTERS FILE; what it prints would only repeat it in the log
  "$GITTRACK/git-exp" review "--max-chars=$1" "--output=markdown=$2" "--output=json=$data" \
    ${arguments[@]+"${arguments[@]}"} -- "$BASE...${HEAD:-HEAD}" >/dev/null
}

status=0
file=$folder/config-review.md
data=$folder/config-review.json
rm -f "$file"
review "$in_summary" "$file" || status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"
[ -f "$file" ] || exit 0

cat "$file" >>"$GITHUB_STEP_SUMMARY"
# Whole lines: a text in JSON has no line ends, so that no config can say this.
empty=false
! grep -qx '  "items": \[\],' "$data" || ! grep -qx '  "removed": \[\],' "$data" || empty=true
echo "empty=$empty" >>"$GITHUB_OUTPUT"
echo 'The review is in the summary of this job.'
if [ "$(wc -c <"$file")" -gt "$in_comment" ]; then
  file=$folder/config-review-in-short.md
  review "$in_comment" "$file" || true # the same status
fi
echo "file=$file" >>"$GITHUB_OUTPUT"
