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
@LINES@
