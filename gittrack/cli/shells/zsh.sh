#compdef git-exp
#description experiments: configs registered, tagged, compared and verified
# Made by: git exp completion zsh

@FUNCTION@
_@NAME@ () {
  local curcontext=$curcontext state line ret=1
  local -a commands
  typeset -A opt_args
  _arguments -C \
@OPTIONS@
    '1:command:->command' '*::argument:->argument' && ret=0
  case $state in
    (command)
      commands=(
@COMMANDS@
      )
      _describe -t commands command commands && ret=0
      ;;
    (argument)
      curcontext=${curcontext%:*:*}:@NAME@-$words[1]:
      case $words[1] in
@CASES@
      esac
      ;;
  esac
  return ret
}
@END@

__git-exp_names () {
  # The last word says which names; those before it are for compadd.
  local -a names
  names=(${(f)"$(_call_program names git exp ${opt_args[-C]:+-C} $opt_args[-C] completion ${@[-1]})"})
  compadd "${@[1,-2]}" -a names
}

__git-exp_configs () {
  _alternative 'configs:config:__git-exp_names --configs' 'files:file:_files'
}

__git-exp_tags () {
  _wanted tags expl tag __git-exp_names --tags
}

if [[ $funcstack[1] == _git-exp ]]; then
  _git-exp "$@"
else
  compdef _git-exp git-exp
fi
