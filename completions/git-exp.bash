# bash completion for `git exp`, through git's own completion, and for `git-exp`.
# Made by: git exp completion bash

__git_exp_commands="ab add artifacts best bundle check checkout clone comment compare completion config correlate delete demo describe doctor experiments export fsck grep hash import import-from init list log models pin pins plot pull push queries reindex report reproduce restore review run runs search serve show suggest sweep sync tag tags tail trials ui unbundle unpin untag verify"
# The commands of a group; nothing where it is none.
__git_exp_group () {
	REPLY=
	case "$1" in
	'artifacts') REPLY="get list put" ;;
	'config') REPLY="default history set show validate" ;;
	'experiments') REPLY="compare create delete describe list restore show" ;;
	'models') REPLY="alias delete describe get list log register rename restore show stage tag unalias versions" ;;
	'queries') REPLY="delete list show" ;;
	'report') REPLY="compare experiment figure run study" ;;
	'runs') REPLY="compare delete export list note promote restore show tag" ;;
	'trials') REPLY="best export list" ;;
	esac
}

# The options of a command; without one, those of git exp itself.
__git_exp_options () {
	REPLY=
	case "$1" in
	'') REPLY="-C --no-color --version --help" ;;
	'ab') REPLY="--metric --experiment --higher-is-better --lower-is-better --confidence --pair-by --json --help" ;;
	'add') REPLY="--description --tag --parent --commit --no-worktree --json --help" ;;
	'artifacts') REPLY="--help" ;;
	'artifacts get') REPLY="--all --output --force --help" ;;
	'artifacts list') REPLY="--json --help" ;;
	'artifacts put') REPLY="--name --type --force --json --help" ;;
	'best') REPLY="--metric --where --columns --limit --higher-is-better --lower-is-better --json --help" ;;
	'bundle') REPLY="--experiment --tags --code --artifacts --json --help" ;;
	'check') REPLY="--base --staged --at --require-registered --format --output --help" ;;
	'checkout') REPLY="--force --help" ;;
	'clone') REPLY="--artifacts --json --help" ;;
	'comment') REPLY="--host --number --marker --author --update-only --dry-run --help" ;;
	'compare') REPLY="--all --exit-code --json --help" ;;
	'completion') REPLY="--help" ;;
	'config') REPLY="--help" ;;
	'config default') REPLY="--output --force --help" ;;
	'config history') REPLY="--limit --json --help" ;;
	'config set') REPLY="--no-validate --help" ;;
	'config show') REPLY="--env --set --origin --json --help" ;;
	'config validate') REPLY="--schema --env --set --together --json --help" ;;
	'correlate') REPLY="--metric --importance --where --json --help" ;;
	'delete') REPLY="--force --help" ;;
	'demo') REPLY="--help" ;;
	'describe') REPLY="--help" ;;
	'doctor') REPLY="--fix --host --verbose --json --help" ;;
	'experiments') REPLY="--help" ;;
	'experiments compare') REPLY="--metric --higher-is-better --lower-is-better --format --output --json --help" ;;
	'experiments create') REPLY="--message --tag --template --mode --json --help" ;;
	'experiments delete') REPLY="--force --json --help" ;;
	'experiments describe') REPLY="--json --help" ;;
	'experiments list') REPLY="--max-violation-rate --validation --min-runs --tag --json --help" ;;
	'experiments restore') REPLY="--json --help" ;;
	'experiments show') REPLY="--json --help" ;;
	'export') REPLY="--help" ;;
	'fsck') REPLY="--json --help" ;;
	'grep') REPLY="--ignore-case --fixed-strings --json --help" ;;
	'hash') REPLY="--json --help" ;;
	'import') REPLY="--no-worktree --json --help" ;;
	'import-from') REPLY="--experiment --only --artifacts --dry-run --json --help" ;;
	'init') REPLY="--drivers --for --remote --push --hook --help" ;;
	'list') REPLY="--tag --since --until --author --where --limit --format --full --json --help" ;;
	'log') REPLY="--limit --json --help" ;;
	'models') REPLY="--help" ;;
	'models alias') REPLY="--json --help" ;;
	'models delete') REPLY="--force --json --help" ;;
	'models describe') REPLY="--json --help" ;;
	'models get') REPLY="--output --force --help" ;;
	'models list') REPLY="--deleted --json --help" ;;
	'models log') REPLY="--limit --json --help" ;;
	'models register') REPLY="--run --artifact --message --description --alias --tag --metadata --metric --json --help" ;;
	'models rename') REPLY="--json --help" ;;
	'models restore') REPLY="--json --help" ;;
	'models show') REPLY="--json --help" ;;
	'models stage') REPLY="--archive-existing --json --help" ;;
	'models tag') REPLY="--remove --json --help" ;;
	'models unalias') REPLY="--json --help" ;;
	'models versions') REPLY="--stage --json --help" ;;
	'pin') REPLY="--update --json --help" ;;
	'pins') REPLY="--json --help" ;;
	'plot') REPLY="--study --x --log --smooth --width --height --ascii --higher-is-better --lower-is-better --json --help" ;;
	'pull') REPLY="--experiment --tags --code --artifacts --dry-run --porcelain --json --help" ;;
	'push') REPLY="--experiment --tags --code --artifacts --inbox --dry-run --porcelain --json --help" ;;
	'queries') REPLY="--help" ;;
	'queries delete') REPLY="--help" ;;
	'queries list') REPLY="--json --help" ;;
	'queries show') REPLY="--json --help" ;;
	'reindex') REPLY="--help" ;;
	'report') REPLY="--help" ;;
	'report compare') REPLY="--title --output --format --open --help" ;;
	'report experiment') REPLY="--output --format --open --help" ;;
	'report figure') REPLY="--output --help" ;;
	'report run') REPLY="--output --format --open --help" ;;
	'report study') REPLY="--metric --min --max --output --format --open --help" ;;
	'reproduce') REPLY="--tolerance --secret --link --folder --keep --timeout --quiet --json --help" ;;
	'restore') REPLY="--no-worktree --help" ;;
	'review') REPLY="--format --max-chars --output --fail-on --metrics --lower-is-better --help" ;;
	'run') REPLY="--experiment --name --tag --config --param --artifact --metrics --needed --quiet --help" ;;
	'runs') REPLY="--help" ;;
	'runs compare') REPLY="--where --metric --all --higher-is-better --lower-is-better --format --output --json --help" ;;
	'runs delete') REPLY="--force --json --help" ;;
	'runs export') REPLY="--where --sort --columns --limit --status --tag --long --metric --format --output --use --help" ;;
	'runs list') REPLY="-z --where --sort --columns --limit --group-by --metric --spark --status --tag --deleted --higher-is-better --lower-is-better --all-columns --format --use --save --json --help" ;;
	'runs note') REPLY="--json --help" ;;
	'runs promote') REPLY="--pin --description --tag --params --commit --json --help" ;;
	'runs restore') REPLY="--json --help" ;;
	'runs show') REPLY="--json --help" ;;
	'runs tag') REPLY="--remove --json --help" ;;
	'search') REPLY="--tag --since --until --author --where --limit --format --full --json --help" ;;
	'serve') REPLY="--host --port --token --name --help" ;;
	'show') REPLY="--yaml --json --help" ;;
	'suggest') REPLY="-n --metric --direction --sampler --space --seed --json --yaml --help" ;;
	'sweep') REPLY="--name --trials --timeout --jobs --seed --sampler --resume --dry-run --verbose --json --help" ;;
	'sync') REPLY="--experiment --tags --code --artifacts --dry-run --porcelain --json --help" ;;
	'tag') REPLY="--help" ;;
	'tags') REPLY="--json --help" ;;
	'tail') REPLY="--lines --json --help" ;;
	'trials') REPLY="--help" ;;
	'trials best') REPLY="--metric --where --higher-is-better --lower-is-better --json --help" ;;
	'trials export') REPLY="--where --sort --columns --limit --status --long --format --output --help" ;;
	'trials list') REPLY="-z --where --sort --columns --limit --status --all-columns --json --help" ;;
	'ui') REPLY="--port --open --host --token --help" ;;
	'unbundle') REPLY="--experiment --tags --code --dry-run --porcelain --json --help" ;;
	'unpin') REPLY="--help" ;;
	'untag') REPLY="--help" ;;
	'verify') REPLY="--json --help" ;;
	esac
}

# What an option's value is (nothing: it takes none).
__git_exp_value () {
	REPLY=
	case "$1 $2" in
	*' -C') REPLY=file ;;
	'ab --metric') REPLY=none ;;
	'ab -e'|'ab --experiment') REPLY=none ;;
	'ab --confidence') REPLY=none ;;
	'ab --pair-by') REPLY=none ;;
	'add -m'|'add --description') REPLY=none ;;
	'add -t'|'add --tag') REPLY=tag ;;
	'add --parent') REPLY=config ;;
	'artifacts get -o'|'artifacts get --output') REPLY=none ;;
	'artifacts put --name') REPLY=file ;;
	'artifacts put --type') REPLY=none ;;
	'best --metric') REPLY=none ;;
	'best --where') REPLY=none ;;
	'best --columns') REPLY=none ;;
	'best -n'|'best --limit') REPLY=none ;;
	'bundle --experiment') REPLY=none ;;
	'check --base') REPLY=none ;;
	'check --at') REPLY=none ;;
	'check --require-registered') REPLY=none ;;
	'check --format') REPLY=none ;;
	'check --output') REPLY=none ;;
	'clone --artifacts') REPLY=none ;;
	'comment --host') REPLY=none ;;
	'comment --number') REPLY=none ;;
	'comment --marker') REPLY=none ;;
	'comment --author') REPLY=none ;;
	'config default -o'|'config default --output') REPLY=file ;;
	'config history -n'|'config history --limit') REPLY=none ;;
	'config show -e'|'config show --env') REPLY=none ;;
	'config show --set') REPLY=none ;;
	'config validate --schema') REPLY=none ;;
	'config validate -e'|'config validate --env') REPLY=none ;;
	'config validate --set') REPLY=none ;;
	'correlate --metric') REPLY=none ;;
	'correlate --where') REPLY=none ;;
	'doctor --host') REPLY=none ;;
	'experiments compare --metric') REPLY=none ;;
	'experiments compare --format') REPLY=none ;;
	'experiments compare -o'|'experiments compare --output') REPLY=file ;;
	'experiments create -m'|'experiments create --message') REPLY=none ;;
	'experiments create -t'|'experiments create --tag') REPLY=none ;;
	'experiments create --template') REPLY=none ;;
	'experiments create --mode') REPLY=none ;;
	'experiments list --max-violation-rate') REPLY=none ;;
	'experiments list --validation') REPLY=none ;;
	'experiments list --min-runs') REPLY=none ;;
	'experiments list -t'|'experiments list --tag') REPLY=none ;;
	'import-from --experiment') REPLY=none ;;
	'import-from --only') REPLY=none ;;
	'import-from --artifacts') REPLY=file ;;
	'init --for') REPLY=none ;;
	'init --remote') REPLY=none ;;
	'list -t'|'list --tag') REPLY=tag ;;
	'list --since') REPLY=none ;;
	'list --until') REPLY=none ;;
	'list --author') REPLY=none ;;
	'list --where') REPLY=none ;;
	'list -n'|'list --limit') REPLY=none ;;
	'list --format') REPLY=none ;;
	'log -n'|'log --limit') REPLY=none ;;
	'models get -o'|'models get --output') REPLY=file ;;
	'models log -n'|'models log --limit') REPLY=none ;;
	'models register --run') REPLY=none ;;
	'models register --artifact') REPLY=file ;;
	'models register -m'|'models register --message'|'models register --description') REPLY=none ;;
	'models register --alias') REPLY=none ;;
	'models register -t'|'models register --tag') REPLY=none ;;
	'models register --metadata') REPLY=none ;;
	'models register --metric') REPLY=none ;;
	'models versions --stage') REPLY=none ;;
	'plot --study') REPLY=none ;;
	'plot --x') REPLY=none ;;
	'plot --smooth') REPLY=none ;;
	'plot --width') REPLY=none ;;
	'plot --height') REPLY=none ;;
	'pull --experiment') REPLY=none ;;
	'pull --artifacts') REPLY=none ;;
	'push --experiment') REPLY=none ;;
	'push --artifacts') REPLY=none ;;
	'report compare --title') REPLY=none ;;
	'report compare -o'|'report compare --output') REPLY=file ;;
	'report compare --format') REPLY=none ;;
	'report experiment -o'|'report experiment --output') REPLY=file ;;
	'report experiment --format') REPLY=none ;;
	'report figure -o'|'report figure --output') REPLY=file ;;
	'report run -o'|'report run --output') REPLY=file ;;
	'report run --format') REPLY=none ;;
	'report study --metric') REPLY=none ;;
	'report study -o'|'report study --output') REPLY=file ;;
	'report study --format') REPLY=none ;;
	'reproduce --tolerance') REPLY=none ;;
	'reproduce --secret') REPLY=none ;;
	'reproduce --link') REPLY=file ;;
	'reproduce --folder') REPLY=file ;;
	'reproduce --timeout') REPLY=none ;;
	'review --format') REPLY=none ;;
	'review --max-chars') REPLY=none ;;
	'review --output') REPLY=none ;;
	'review --fail-on') REPLY=none ;;
	'review --metrics') REPLY=file ;;
	'review --lower-is-better') REPLY=none ;;
	'run -e'|'run --experiment') REPLY=none ;;
	'run -n'|'run --name') REPLY=none ;;
	'run -t'|'run --tag') REPLY=none ;;
	'run -c'|'run --config') REPLY=config ;;
	'run --param') REPLY=none ;;
	'run --artifact') REPLY=none ;;
	'run --metrics') REPLY=file ;;
	'runs compare --where') REPLY=none ;;
	'runs compare --metric') REPLY=none ;;
	'runs compare --format') REPLY=none ;;
	'runs compare -o'|'runs compare --output') REPLY=file ;;
	'runs export --where') REPLY=none ;;
	'runs export --sort') REPLY=none ;;
	'runs export --columns') REPLY=none ;;
	'runs export -n'|'runs export --limit') REPLY=none ;;
	'runs export --status') REPLY=none ;;
	'runs export -t'|'runs export --tag') REPLY=none ;;
	'runs export --metric') REPLY=none ;;
	'runs export --format') REPLY=none ;;
	'runs export -o'|'runs export --output') REPLY=file ;;
	'runs export --use') REPLY=none ;;
	'runs list --where') REPLY=none ;;
	'runs list --sort') REPLY=none ;;
	'runs list --columns') REPLY=none ;;
	'runs list -n'|'runs list --limit') REPLY=none ;;
	'runs list --group-by') REPLY=none ;;
	'runs list --metric') REPLY=none ;;
	'runs list --spark') REPLY=none ;;
	'runs list --status') REPLY=none ;;
	'runs list -t'|'runs list --tag') REPLY=none ;;
	'runs list --format') REPLY=none ;;
	'runs list --use') REPLY=none ;;
	'runs list --save') REPLY=none ;;
	'runs promote --pin') REPLY=none ;;
	'runs promote -m'|'runs promote --description') REPLY=none ;;
	'runs promote -t'|'runs promote --tag') REPLY=tag ;;
	'search -t'|'search --tag') REPLY=tag ;;
	'search --since') REPLY=none ;;
	'search --until') REPLY=none ;;
	'search --author') REPLY=none ;;
	'search --where') REPLY=none ;;
	'search -n'|'search --limit') REPLY=none ;;
	'search --format') REPLY=none ;;
	'serve --host') REPLY=none ;;
	'serve --port') REPLY=none ;;
	'serve --token') REPLY=none ;;
	'serve --name') REPLY=none ;;
	'suggest --metric') REPLY=none ;;
	'suggest --direction') REPLY=none ;;
	'suggest -n') REPLY=none ;;
	'suggest --sampler') REPLY=none ;;
	'suggest --space') REPLY=none ;;
	'suggest --seed') REPLY=none ;;
	'sweep --name') REPLY=none ;;
	'sweep --trials') REPLY=none ;;
	'sweep --timeout') REPLY=none ;;
	'sweep -j'|'sweep --jobs') REPLY=none ;;
	'sweep --seed') REPLY=none ;;
	'sweep --sampler') REPLY=none ;;
	'sync --experiment') REPLY=none ;;
	'sync --artifacts') REPLY=none ;;
	'tail --lines') REPLY=none ;;
	'trials best --metric') REPLY=none ;;
	'trials best --where') REPLY=none ;;
	'trials export --where') REPLY=none ;;
	'trials export --sort') REPLY=none ;;
	'trials export --columns') REPLY=none ;;
	'trials export -n'|'trials export --limit') REPLY=none ;;
	'trials export --status') REPLY=none ;;
	'trials export --format') REPLY=none ;;
	'trials export -o'|'trials export --output') REPLY=file ;;
	'trials list --where') REPLY=none ;;
	'trials list --sort') REPLY=none ;;
	'trials list --columns') REPLY=none ;;
	'trials list -n'|'trials list --limit') REPLY=none ;;
	'trials list --status') REPLY=none ;;
	'ui --port') REPLY=none ;;
	'ui --host') REPLY=none ;;
	'ui --token') REPLY=none ;;
	'unbundle --experiment') REPLY=none ;;
	esac
}

# What the argument of that number is.
__git_exp_argument () {
	REPLY=
	case "$1 $2" in
	'ab 1') REPLY='none' ;;
	'ab 2') REPLY='none' ;;
	'add '*) REPLY='file' ;;
	'artifacts get 1') REPLY='none' ;;
	'artifacts get '*) REPLY='file' ;;
	'artifacts list 1') REPLY='none' ;;
	'artifacts put 1') REPLY='none' ;;
	'artifacts put 2') REPLY='none' ;;
	'best '*) REPLY='none' ;;
	'bundle 1') REPLY='file' ;;
	'checkout 1') REPLY='config' ;;
	'checkout 2') REPLY='file' ;;
	'clone 1') REPLY='none' ;;
	'clone 2') REPLY='file' ;;
	'comment 1') REPLY='file' ;;
	'compare '*) REPLY='config' ;;
	'completion 1') REPLY='bash zsh fish' ;;
	'config default 1') REPLY='none' ;;
	'config history 1') REPLY='file' ;;
	'config set 1') REPLY='file' ;;
	'config set '*) REPLY='none' ;;
	'config show '*) REPLY='file' ;;
	'config validate '*) REPLY='file' ;;
	'correlate 1') REPLY='none' ;;
	'delete '*) REPLY='config' ;;
	'demo 1') REPLY='file' ;;
	'describe 1') REPLY='config' ;;
	'describe 2') REPLY='none' ;;
	'experiments compare '*) REPLY='none' ;;
	'experiments create 1') REPLY='none' ;;
	'experiments delete 1') REPLY='none' ;;
	'experiments describe 1') REPLY='none' ;;
	'experiments describe 2') REPLY='none' ;;
	'experiments restore 1') REPLY='none' ;;
	'experiments show 1') REPLY='none' ;;
	'export 1') REPLY='config' ;;
	'export 2') REPLY='file' ;;
	'grep 1') REPLY='none' ;;
	'hash '*) REPLY='file' ;;
	'import '*) REPLY='file' ;;
	'import-from 1') REPLY='none' ;;
	'import-from 2') REPLY='none' ;;
	'log 1') REPLY='config' ;;
	'models alias 1') REPLY='none' ;;
	'models alias 2') REPLY='none' ;;
	'models alias 3') REPLY='none' ;;
	'models delete 1') REPLY='none' ;;
	'models describe 1') REPLY='none' ;;
	'models describe 2') REPLY='none' ;;
	'models get 1') REPLY='none' ;;
	'models log 1') REPLY='none' ;;
	'models register 1') REPLY='none' ;;
	'models register 2') REPLY='file' ;;
	'models rename 1') REPLY='none' ;;
	'models rename 2') REPLY='none' ;;
	'models restore 1') REPLY='none' ;;
	'models show 1') REPLY='none' ;;
	'models stage 1') REPLY='none' ;;
	'models stage 2') REPLY='none' ;;
	'models stage 3') REPLY='none' ;;
	'models tag 1') REPLY='none' ;;
	'models tag '*) REPLY='none' ;;
	'models unalias 1') REPLY='none' ;;
	'models unalias 2') REPLY='none' ;;
	'models versions 1') REPLY='none' ;;
	'pin 1') REPLY='none' ;;
	'plot 1') REPLY='none' ;;
	'plot '*) REPLY='none' ;;
	'pull 1') REPLY='none' ;;
	'push 1') REPLY='none' ;;
	'queries delete '*) REPLY='none' ;;
	'queries show 1') REPLY='none' ;;
	'report compare '*) REPLY='none' ;;
	'report experiment '*) REPLY='none' ;;
	'report figure 1') REPLY='none' ;;
	'report figure 2') REPLY='none' ;;
	'report run 1') REPLY='none' ;;
	'report study 1') REPLY='none' ;;
	'reproduce 1') REPLY='none' ;;
	'reproduce '*) REPLY='none' ;;
	'restore '*) REPLY='none' ;;
	'review '*) REPLY='none' ;;
	'run '*) REPLY='none' ;;
	'runs compare '*) REPLY='none' ;;
	'runs delete '*) REPLY='none' ;;
	'runs export '*) REPLY='none' ;;
	'runs list '*) REPLY='none' ;;
	'runs note 1') REPLY='none' ;;
	'runs note 2') REPLY='none' ;;
	'runs promote 1') REPLY='none' ;;
	'runs restore 1') REPLY='none' ;;
	'runs show 1') REPLY='none' ;;
	'runs tag 1') REPLY='none' ;;
	'runs tag '*) REPLY='none' ;;
	'search '*) REPLY='none' ;;
	'show 1') REPLY='config' ;;
	'suggest 1') REPLY='none' ;;
	'sweep 1') REPLY='none' ;;
	'sweep '*) REPLY='none' ;;
	'sync 1') REPLY='none' ;;
	'tag 1') REPLY='config' ;;
	'tag '*) REPLY='tag' ;;
	'tail 1') REPLY='none' ;;
	'trials best 1') REPLY='none' ;;
	'trials export 1') REPLY='none' ;;
	'trials list 1') REPLY='none' ;;
	'unbundle 1') REPLY='file' ;;
	'unpin '*) REPLY='none' ;;
	'untag 1') REPLY='config' ;;
	'untag '*) REPLY='tag' ;;
	'verify '*) REPLY='config' ;;
	esac
}


_git_exp () {
	local index=0 command= group= position=0 only_arguments= kind= word REPLY
	local -a where=()
	# After "git", the words up to "exp" are git's own.
	[[ ${words[0]##*/} == git-exp ]] || index=${__git_cmd_idx:-1}
	for ((index++; index < cword; index++)); do
		word=${words[index]}
		if [[ -n $only_arguments ]]; then
			((++position))
		elif [[ $word == -- ]]; then
			only_arguments=yes
		elif [[ $word == -?* ]]; then
			__git_exp_value "$command" "$word"
			if [[ -n $REPLY ]] && ((++index == cword)); then
				kind=$REPLY
			fi
			[[ $word == -C ]] && where+=(-C "${words[index]/#\~/$HOME}")
		elif [[ -z $command ]]; then
			command=$word
			__git_exp_group "$command"
			group=$REPLY
		elif [[ -n $group ]]; then
			command+=" $word" group=
		else
			((++position))
		fi
	done
	if [[ -n $kind ]]; then
		__git_exp_offer_kind "$kind" "$cur"
	elif [[ -z $only_arguments && $cur == --*=* ]]; then
		__git_exp_value "$command" "${cur%%=*}"
		__git_exp_offer_kind "$REPLY" "${cur#*=}"
	elif [[ -z $only_arguments && $cur == -* ]]; then
		__git_exp_options "$command"
		__git_exp_offer "${REPLY// /$'\n'}" "$cur"
	elif [[ -z $command ]]; then
		__git_exp_offer "${__git_exp_commands// /$'\n'}" "$cur"
	elif [[ -n $group ]]; then
		__git_exp_offer "${group// /$'\n'}" "$cur"
	else
		__git_exp_argument "$command" $((position + 1))
		__git_exp_offer_kind "$REPLY" "$cur"
	fi
}

# Offer what is of a kind. For files, and where no name fits, bash itself offers files.
__git_exp_offer_kind () {
	case "$1" in
	config) __git_exp_offer "$(__git_exp_names --configs)" "$2" ;;
	tag) __git_exp_offer "$(__git_exp_names --tags)" "$2" ;;
	file) COMPREPLY=() ;;
	none|'') compopt +o default +o bashdefault 2>/dev/null; COMPREPLY=() ;;
	*) __git_exp_offer "${1// /$'\n'}" "$2" ;;
	esac
}

# Ask for names, in the repository that the line is about; quoted as bash needs them.
__git_exp_names () {
	local name
	if declare -F __git >/dev/null; then
		__git exp "${where[@]}" completion "$1"
	else
		git-exp "${where[@]}" completion "$1" 2>/dev/null
	fi | while IFS= read -r name; do
		printf '%q\n' "$name"
	done
}

# Offer those of the candidates (one a line) that begin with what is written already.
__git_exp_offer () {
	local candidate before=
	if declare -F __gitcomp_nl >/dev/null; then
		__gitcomp_nl "$1" "" "$2"
	else
		COMPREPLY=()
		while IFS= read -r candidate; do
			[[ -n $candidate && $candidate == "$2"* ]] && COMPREPLY+=("$candidate ")
		done <<<"$1"
	fi
	# bash replaces only what follows the last colon.
	if [[ $2 == *:* && $COMP_WORDBREAKS == *:* ]]; then
		before=${2%"${2##*:}"}
		COMPREPLY=("${COMPREPLY[@]#"$before"}")
	fi
}

if declare -F __git_complete >/dev/null; then
	__git_complete git-exp _git_exp
else
	__git_exp_alone () {
		local cur words cword prev
		if declare -F _get_comp_words_by_ref >/dev/null; then
			_get_comp_words_by_ref -n =: cur words cword prev
		else
			words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]}
		fi
		_git_exp
	}
	complete -o bashdefault -o default -o nospace -F __git_exp_alone git-exp
fi
