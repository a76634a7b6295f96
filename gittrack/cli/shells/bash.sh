# bash completion for `git exp`, through git's own completion, and for `git-exp`.
# Made by: git exp completion bash

@TABLES@

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
