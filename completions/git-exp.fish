# fish completion for `git exp` and `git-exp`.
# Made by: git exp completion fish

# The words that are no options: command and arguments.
function __git_exp_words
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if test "$word" = -C
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __git_exp_needs_command
    test (count (__git_exp_words)) = 0
end

function __git_exp_command
    set -l words (__git_exp_words)
    contains -- "$words[1]" $argv
end

# Whether an argument of that number (from 1) is being written.
function __git_exp_argument
    set -l words (__git_exp_words)
    test (count $words) = $argv[2]; and test "$words[1]" = $argv[1]
end

# Whether an argument of that number or a later one is being written.
function __git_exp_arguments_from
    set -l words (__git_exp_words)
    test (count $words) -ge $argv[2]; and test "$words[1]" = $argv[1]
end

function __git_exp_names
    git-exp completion $argv 2>/dev/null
end

# What follows "exp" is completed as it is after "git-exp" (fish 3.6 forgets to).
function __git_exp_below_git
    set -l words (commandline -opc)
    set -l place (contains -i -- exp $words); or return
    set -e words[1..$place]
    complete -C "git-exp $(string escape -- $words | string join ' ') $(commandline -ct)"
end

complete -c git -f -n '__fish_git_using_command exp' -a '(__git_exp_below_git)'
complete -c git-exp -f
complete -c git-exp -s C -d 'As if started in this folder.' -r -F
complete -c git-exp -l no-color -d 'No colours.'
complete -c git-exp -l version -d 'Print the version.'
complete -c git-exp -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n __git_exp_needs_command -a add -d 'Register the configs in files.'
complete -c git-exp -n __git_exp_needs_command -a checkout -d 'Write a config back to a file to work with.'
complete -c git-exp -n __git_exp_needs_command -a compare -d 'Show what differs between configs.'
complete -c git-exp -n __git_exp_needs_command -a completion -d 'Print a script that completes commands in a shell.'
complete -c git-exp -n __git_exp_needs_command -a delete -d 'Delete configs; restore brings them back.'
complete -c git-exp -n __git_exp_needs_command -a demo -d 'Run a worked example in a new repository.'
complete -c git-exp -n __git_exp_needs_command -a describe -d 'Say what a config is.'
complete -c git-exp -n __git_exp_needs_command -a export -d 'Write a config to a .yaml or .json file.'
complete -c git-exp -n __git_exp_needs_command -a grep -d 'Print the lines of configs that match.'
complete -c git-exp -n __git_exp_needs_command -a hash -d 'Print the ids of the configs in files.'
complete -c git-exp -n __git_exp_needs_command -a import -d 'Register exported configs.'
complete -c git-exp -n __git_exp_needs_command -a init -d 'Make this repository ready for experiments.'
complete -c git-exp -n __git_exp_needs_command -a list -d 'List the registered configs, newest first.'
complete -c git-exp -n __git_exp_needs_command -a log -d 'Show what happened, and who did it.'
complete -c git-exp -n __git_exp_needs_command -a reindex -d 'Make the index anew from git.'
complete -c git-exp -n __git_exp_needs_command -a restore -d 'Bring deleted configs back.'
complete -c git-exp -n __git_exp_needs_command -a search -d 'Find configs by words.'
complete -c git-exp -n __git_exp_needs_command -a show -d 'Show a config and all that is known of it.'
complete -c git-exp -n __git_exp_needs_command -a tag -d 'Put tags on a config.'
complete -c git-exp -n __git_exp_needs_command -a tags -d 'List the tags.'
complete -c git-exp -n __git_exp_needs_command -a untag -d 'Take tags from a config.'
complete -c git-exp -n __git_exp_needs_command -a verify -d 'Check stored configs against their ids.'
complete -c git-exp -n '__git_exp_command add' -s m -l description -d 'What it is.' -r -f
complete -c git-exp -n '__git_exp_command add' -s t -l tag -d 'Put this tag on it; repeatable.' -r -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command add' -l parent -d 'What it was derived from; repeatable.' -r -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command add' -l commit -d 'Also commit their files, and only those.'
complete -c git-exp -n '__git_exp_command add' -l no-worktree -d 'Leave .exptrack/ in the work tree alone.'
complete -c git-exp -n '__git_exp_command add' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command add' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from add 1' -F
complete -c git-exp -n '__git_exp_command checkout' -s f -l force -d 'Even over a file that is not registered.'
complete -c git-exp -n '__git_exp_command checkout' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument checkout 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_argument checkout 2' -F
complete -c git-exp -n '__git_exp_command compare' -l all -d 'Also what is the same.'
complete -c git-exp -n '__git_exp_command compare' -l exit-code -d 'Exit with 1 if they differ, as git diff does.'
complete -c git-exp -n '__git_exp_command compare' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command compare' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from compare 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command completion' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument completion 1' -f -a 'bash zsh fish'
complete -c git-exp -n '__git_exp_command delete' -s f -l force -d 'Do not ask.'
complete -c git-exp -n '__git_exp_command delete' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from delete 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command demo' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument demo 1' -F
complete -c git-exp -n '__git_exp_command describe' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument describe 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command export' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument export 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_argument export 2' -F
complete -c git-exp -n '__git_exp_command grep' -s i -l ignore-case -d 'Case does not matter.'
complete -c git-exp -n '__git_exp_command grep' -s F -l fixed-strings -d 'The pattern is just a text.'
complete -c git-exp -n '__git_exp_command grep' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command grep' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command hash' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command hash' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from hash 1' -F
complete -c git-exp -n '__git_exp_command import' -l no-worktree -d 'Leave .exptrack/ in the work tree alone.'
complete -c git-exp -n '__git_exp_command import' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command import' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from import 1' -F
complete -c git-exp -n '__git_exp_command init' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command list' -s t -l tag -d 'Only configs with this tag; repeatable.' -r -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command list' -l since -d 'Only those registered then or later (UTC).' -r -f
complete -c git-exp -n '__git_exp_command list' -l until -d 'Only those registered then or before (UTC).' -r -f
complete -c git-exp -n '__git_exp_command list' -l author -d 'Only those whose author\'s name or e-mail has it.' -r -f
complete -c git-exp -n '__git_exp_command list' -l where -d 'Only those for which it is true: \'model.depth >= 4\'.' -r -f
complete -c git-exp -n '__git_exp_command list' -s n -l limit -d 'At most the N newest.' -r -f
complete -c git-exp -n '__git_exp_command list' -l format -d 'A line for each: \'%(short_id) %(description) %(config.lr)\'.' -r -f
complete -c git-exp -n '__git_exp_command list' -l full -d 'With --json: each config\'s data, too.'
complete -c git-exp -n '__git_exp_command list' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command list' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command log' -s n -l limit -d 'At most the N newest.' -r -f
complete -c git-exp -n '__git_exp_command log' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command log' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument log 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command reindex' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command restore' -l no-worktree -d 'Leave .exptrack/ in the work tree alone.'
complete -c git-exp -n '__git_exp_command restore' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command search' -s t -l tag -d 'Only configs with this tag; repeatable.' -r -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command search' -l since -d 'Only those registered then or later (UTC).' -r -f
complete -c git-exp -n '__git_exp_command search' -l until -d 'Only those registered then or before (UTC).' -r -f
complete -c git-exp -n '__git_exp_command search' -l author -d 'Only those whose author\'s name or e-mail has it.' -r -f
complete -c git-exp -n '__git_exp_command search' -l where -d 'Only those for which it is true: \'model.depth >= 4\'.' -r -f
complete -c git-exp -n '__git_exp_command search' -s n -l limit -d 'At most the N newest.' -r -f
complete -c git-exp -n '__git_exp_command search' -l format -d 'A line for each: \'%(short_id) %(description) %(config.lr)\'.' -r -f
complete -c git-exp -n '__git_exp_command search' -l full -d 'With --json: each config\'s data, too.'
complete -c git-exp -n '__git_exp_command search' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command search' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command show' -l yaml -d 'Print the object\'s bytes: sha256sum of them is the id.'
complete -c git-exp -n '__git_exp_command show' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command show' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument show 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command tag' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument tag 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_arguments_from tag 2' -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command tags' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command tags' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command untag' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument untag 1' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_arguments_from untag 2' -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command verify' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command verify' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from verify 1' -F -k -a '(__git_exp_names --configs)'
