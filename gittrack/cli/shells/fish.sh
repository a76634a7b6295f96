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

# Whether the words are those given and no more: a command comes next.
function __git_exp_needs_command
    set -l words (__git_exp_words)
    test "$words" = "$argv"
end

# Whether the words begin with that command.
function __git_exp_command
    set -l words (__git_exp_words)
    set -l length (count $argv)
    test (count $words) -ge $length; and test "$words[1..$length]" = "$argv"
end

# Whether an argument of that number (from 1) of that command is being written.
function __git_exp_argument
    set -l words (__git_exp_words)
    set -l command $argv[2..-1]
    test (count $words) = (math $argv[1] + (count $command) - 1); and __git_exp_command $command
end

# Whether an argument of that number or a later one of that command is being written.
function __git_exp_arguments_from
    set -l words (__git_exp_words)
    set -l command $argv[2..-1]
    test (count $words) -ge (math $argv[1] + (count $command) - 1); and __git_exp_command $command
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
@LINES@
