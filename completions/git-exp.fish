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
complete -c git-exp -s C -d 'As if started in this folder.' -r -F
complete -c git-exp -l no-color -d 'No colours.'
complete -c git-exp -l version -d 'Print the version.'
complete -c git-exp -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n __git_exp_needs_command -a ab -d 'Say whether two groups of runs differ in a metric, and which is better.'
complete -c git-exp -n __git_exp_needs_command -a add -d 'Register the configs in files.'
complete -c git-exp -n __git_exp_needs_command -a artifacts -d 'Artifacts: the files that are kept with runs.'
complete -c git-exp -n __git_exp_needs_command -a best -d 'Show the best finished runs by a metric, the best one first.'
complete -c git-exp -n __git_exp_needs_command -a bundle -d 'Write records with their history into one file, for machines with no network.'
complete -c git-exp -n __git_exp_needs_command -a check -d 'Check configs, pins and schemas on this branch.'
complete -c git-exp -n __git_exp_needs_command -a checkout -d 'Write a config back to a file to work with.'
complete -c git-exp -n __git_exp_needs_command -a clone -d 'Clone a repository with its records, ready for experiments.'
complete -c git-exp -n __git_exp_needs_command -a comment -d 'Post a review to the pull or merge request of this CI job, as one comment.'
complete -c git-exp -n __git_exp_needs_command -a compare -d 'Show what differs between configs.'
complete -c git-exp -n __git_exp_needs_command -a completion -d 'Print a script that completes commands in a shell.'
complete -c git-exp -n __git_exp_needs_command -a config -d 'Configuration files: layers, overrides, schemas, history.'
complete -c git-exp -n __git_exp_needs_command -a correlate -d 'Show which parameters go with a metric, over an experiment\'s finished runs.'
complete -c git-exp -n __git_exp_needs_command -a delete -d 'Delete configs; restore brings them back.'
complete -c git-exp -n __git_exp_needs_command -a demo -d 'Run a worked example in a new repository.'
complete -c git-exp -n __git_exp_needs_command -a describe -d 'Say what a config is.'
complete -c git-exp -n __git_exp_needs_command -a doctor -d 'Find what is in the way of recording.'
complete -c git-exp -n __git_exp_needs_command -a experiments -d 'Experiments: named groups of runs.'
complete -c git-exp -n __git_exp_needs_command -a export -d 'Write a config to a .yaml or .json file.'
complete -c git-exp -n __git_exp_needs_command -a fsck -d 'Check everything that is stored.'
complete -c git-exp -n __git_exp_needs_command -a grep -d 'Print the lines of configs that match.'
complete -c git-exp -n __git_exp_needs_command -a hash -d 'Print the ids of the configs in files.'
complete -c git-exp -n __git_exp_needs_command -a import -d 'Register exported configs.'
complete -c git-exp -n __git_exp_needs_command -a import-from -d 'Import runs of another tracker.'
complete -c git-exp -n __git_exp_needs_command -a init -d 'Make this repository ready for experiments.'
complete -c git-exp -n __git_exp_needs_command -a list -d 'List the registered configs, newest first.'
complete -c git-exp -n __git_exp_needs_command -a log -d 'Show what happened, and who did it.'
complete -c git-exp -n __git_exp_needs_command -a models -d 'Models: named sequences of versions, each of which knows what made it.'
complete -c git-exp -n __git_exp_needs_command -a pin -d 'Pin a config: a reviewed name for it.'
complete -c git-exp -n __git_exp_needs_command -a pins -d 'List pins and how they stand.'
complete -c git-exp -n __git_exp_needs_command -a plot -d 'Draw a metric\'s curves in the terminal, several runs in one plot.'
complete -c git-exp -n __git_exp_needs_command -a pull -d 'Take what a remote has, merged with what is here; nothing is sent.'
complete -c git-exp -n __git_exp_needs_command -a push -d 'Give a remote what it lacks; nothing else is taken.'
complete -c git-exp -n __git_exp_needs_command -a queries -d 'Saved queries: searches of runs with a name.'
complete -c git-exp -n __git_exp_needs_command -a reindex -d 'Make the indexes of configs and runs anew, from git and journals.'
complete -c git-exp -n __git_exp_needs_command -a report -d 'Reports: a run, a study, a comparison as one HTML file that needs no network.'
complete -c git-exp -n __git_exp_needs_command -a reproduce -d 'Do a recorded run again, and compare its metrics.'
complete -c git-exp -n __git_exp_needs_command -a restore -d 'Bring deleted configs back.'
complete -c git-exp -n __git_exp_needs_command -a review -d 'Show what a branch changes in configs and pins.'
complete -c git-exp -n __git_exp_needs_command -a run -d 'Run any command as a run.'
complete -c git-exp -n __git_exp_needs_command -a runs -d 'Runs: what was executed, and what came out.'
complete -c git-exp -n __git_exp_needs_command -a search -d 'Find configs by words.'
complete -c git-exp -n __git_exp_needs_command -a serve -d 'Serve the page and the REST API to a team on one network.'
complete -c git-exp -n __git_exp_needs_command -a show -d 'Show a config and all that is known of it.'
complete -c git-exp -n __git_exp_needs_command -a suggest -d 'Propose the next configs to try, from what was already run.'
complete -c git-exp -n __git_exp_needs_command -a sweep -d 'Run a command again and again, in search of its best config.'
complete -c git-exp -n __git_exp_needs_command -a sync -d 'Take what a remote has, merge it with what is here, and give it what it lacks.'
complete -c git-exp -n __git_exp_needs_command -a tag -d 'Put tags on a config.'
complete -c git-exp -n __git_exp_needs_command -a tags -d 'List the tags.'
complete -c git-exp -n __git_exp_needs_command -a tail -d 'Follow a live run: what it logs, as it logs it, until it ends.'
complete -c git-exp -n __git_exp_needs_command -a trials -d 'Trials: what an optimiser tried in a study.'
complete -c git-exp -n __git_exp_needs_command -a ui -d 'Show experiments and runs in a browser, on this machine alone.'
complete -c git-exp -n __git_exp_needs_command -a unbundle -d 'Take in the records of a file, merged with what is here.'
complete -c git-exp -n __git_exp_needs_command -a unpin -d 'Take pins away.'
complete -c git-exp -n __git_exp_needs_command -a untag -d 'Take tags from a config.'
complete -c git-exp -n __git_exp_needs_command -a verify -d 'Check stored configs against their ids.'
complete -c git-exp -n '__git_exp_needs_command artifacts' -a get -d 'Write artifacts of a run to files.'
complete -c git-exp -n '__git_exp_needs_command artifacts' -a list -d 'List the artifacts of a run.'
complete -c git-exp -n '__git_exp_needs_command artifacts' -a put -d 'Store a file, or all files of a folder, with a run that has ended.'
complete -c git-exp -n '__git_exp_needs_command config' -a default -d 'Print the config that a schema\'s defaults make.'
complete -c git-exp -n '__git_exp_needs_command config' -a history -d 'Show the distinct configs that a file held.'
complete -c git-exp -n '__git_exp_needs_command config' -a set -d 'Set values in a config file.'
complete -c git-exp -n '__git_exp_needs_command config' -a show -d 'Show the config that files add up to.'
complete -c git-exp -n '__git_exp_needs_command config' -a validate -d 'Check config files against their schemas.'
complete -c git-exp -n '__git_exp_needs_command experiments' -a compare -d 'Compare what experiments measured: a line for each experiment and metric.'
complete -c git-exp -n '__git_exp_needs_command experiments' -a create -d 'Create an experiment, or say more about one that exists.'
complete -c git-exp -n '__git_exp_needs_command experiments' -a delete -d 'Delete an experiment with all its runs; restore brings them back.'
complete -c git-exp -n '__git_exp_needs_command experiments' -a describe -d 'Say what an experiment is.'
complete -c git-exp -n '__git_exp_needs_command experiments' -a list -d 'List the experiments by name.'
complete -c git-exp -n '__git_exp_needs_command experiments' -a restore -d 'Bring a deleted experiment back, with all its runs.'
complete -c git-exp -n '__git_exp_needs_command experiments' -a show -d 'Show an experiment: its facts, tags, summary, and how its runs ended.'
complete -c git-exp -n '__git_exp_needs_command models' -a alias -d 'Have an alias lead to a version, wherever it led before.'
complete -c git-exp -n '__git_exp_needs_command models' -a delete -d 'Delete a model or a version; restore brings it back.'
complete -c git-exp -n '__git_exp_needs_command models' -a describe -d 'Say what a model or a version is.'
complete -c git-exp -n '__git_exp_needs_command models' -a get -d 'Write the file or folder of a version to the disk.'
complete -c git-exp -n '__git_exp_needs_command models' -a list -d 'List the models by name.'
complete -c git-exp -n '__git_exp_needs_command models' -a log -d 'Show what happened to a model, and who did it.'
complete -c git-exp -n '__git_exp_needs_command models' -a register -d 'Register the next version of a model.'
complete -c git-exp -n '__git_exp_needs_command models' -a rename -d 'Give a model another name.'
complete -c git-exp -n '__git_exp_needs_command models' -a restore -d 'Bring a deleted model or version back.'
complete -c git-exp -n '__git_exp_needs_command models' -a show -d 'Show a model with its versions, or one version.'
complete -c git-exp -n '__git_exp_needs_command models' -a stage -d 'Put a version at a stage.'
complete -c git-exp -n '__git_exp_needs_command models' -a tag -d 'Put tags on a model or a version, or take them away.'
complete -c git-exp -n '__git_exp_needs_command models' -a unalias -d 'Take an alias away from a model; the version stays.'
complete -c git-exp -n '__git_exp_needs_command models' -a versions -d 'List the versions of a model, newest first.'
complete -c git-exp -n '__git_exp_needs_command queries' -a delete -d 'Take saved queries away.'
complete -c git-exp -n '__git_exp_needs_command queries' -a list -d 'List the saved queries by name, and what they say.'
complete -c git-exp -n '__git_exp_needs_command queries' -a show -d 'Show a saved query as its file has it.'
complete -c git-exp -n '__git_exp_needs_command report' -a compare -d 'Report on two to fifty runs: metrics with the best marked, what differs, curves overlaid.'
complete -c git-exp -n '__git_exp_needs_command report' -a experiment -d 'Report on experiments: their metrics side by side, how these went over time, newest runs.'
complete -c git-exp -n '__git_exp_needs_command report' -a figure -d 'Draw one picture of a run: what RunLogger kept, or a metric. Without FIGURE, list them.'
complete -c git-exp -n '__git_exp_needs_command report' -a run -d 'Report on a run: curves, what RunLogger kept, config, validations, code, environment.'
complete -c git-exp -n '__git_exp_needs_command report' -a study -d 'Report on a study: history, importance, parallel coordinates, slices, Pareto front, failures.'
complete -c git-exp -n '__git_exp_needs_command runs' -a compare -d 'Show in which parameters runs differ, and their metrics.'
complete -c git-exp -n '__git_exp_needs_command runs' -a delete -d 'Delete runs that have ended; restore brings them back.'
complete -c git-exp -n '__git_exp_needs_command runs' -a export -d 'Write runs as a table, a row for each, to a file or to standard output.'
complete -c git-exp -n '__git_exp_needs_command runs' -a list -d 'List runs, newest first, or find them by a query (docs/query.md).'
complete -c git-exp -n '__git_exp_needs_command runs' -a note -d 'Add a remark to a run that has ended.'
complete -c git-exp -n '__git_exp_needs_command runs' -a promote -d 'Register a run\'s config for review.'
complete -c git-exp -n '__git_exp_needs_command runs' -a restore -d 'Bring a deleted run back, with all its files.'
complete -c git-exp -n '__git_exp_needs_command runs' -a show -d 'Show a run: parameters, metrics, tags, validations, artifacts, models, code, notes.'
complete -c git-exp -n '__git_exp_needs_command runs' -a tag -d 'Put tags on a run that has ended, or take them away.'
complete -c git-exp -n '__git_exp_needs_command trials' -a best -d 'Show the best finished trial of a study.'
complete -c git-exp -n '__git_exp_needs_command trials' -a export -d 'Write the trials of a study as a table, a row for each, to a file or to standard output.'
complete -c git-exp -n '__git_exp_needs_command trials' -a list -d 'List the trials of a study by number, or in another order (docs/query.md).'
complete -c git-exp -n '__git_exp_command ab' -l metric -d 'Compare this; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command ab' -s e -l experiment -d 'Only its runs.' -r -f
complete -c git-exp -n '__git_exp_command ab' -l higher-is-better -d 'For all these metrics.'
complete -c git-exp -n '__git_exp_command ab' -l lower-is-better -d 'For all these metrics.'
complete -c git-exp -n '__git_exp_command ab' -l confidence -d 'Of the intervals, 0 to 1.' -r -f
complete -c git-exp -n '__git_exp_command ab' -l pair-by -d 'Pair runs that share this parameter or run tag: seed.' -r -f
complete -c git-exp -n '__git_exp_command ab' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command ab' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command add' -s m -l description -d 'What it is.' -r -f
complete -c git-exp -n '__git_exp_command add' -s t -l tag -d 'Put this tag on it; repeatable.' -r -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command add' -l parent -d 'What it was derived from; repeatable.' -r -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command add' -l commit -d 'Also commit their files, and only those.'
complete -c git-exp -n '__git_exp_command add' -l no-worktree -d 'Leave .exptrack/ in the work tree alone.'
complete -c git-exp -n '__git_exp_command add' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command add' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 1 add' -F
complete -c git-exp -n '__git_exp_command artifacts' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command artifacts get' -l all -d 'All that the run has.'
complete -c git-exp -n '__git_exp_command artifacts get' -s o -l output -d 'A file for one artifact, or a folder (the current one); - is standard output.' -r -f
complete -c git-exp -n '__git_exp_command artifacts get' -s f -l force -d 'Overwrite files.'
complete -c git-exp -n '__git_exp_command artifacts get' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 2 artifacts get' -F
complete -c git-exp -n '__git_exp_command artifacts list' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command artifacts list' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command artifacts put' -l name -d 'Its path in the run, if not its own name.' -r -F
complete -c git-exp -n '__git_exp_command artifacts put' -l type -d 'What it is: image/png, model.' -r -f
complete -c git-exp -n '__git_exp_command artifacts put' -s f -l force -d 'Replace artifacts of these names.'
complete -c git-exp -n '__git_exp_command artifacts put' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command artifacts put' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command best' -l metric -d 'By its latest value.' -r -f
complete -c git-exp -n '__git_exp_command best' -l where -d 'Only those: "metrics.loss < 0.3".' -r -f
complete -c git-exp -n '__git_exp_command best' -l columns -d 'These columns: run_id,params.lr,metrics.loss~.' -r -f
complete -c git-exp -n '__git_exp_command best' -s n -l limit -d 'At most N.' -r -f
complete -c git-exp -n '__git_exp_command best' -l higher-is-better -d 'The highest value is the best.'
complete -c git-exp -n '__git_exp_command best' -l lower-is-better -d 'The lowest value is the best.'
complete -c git-exp -n '__git_exp_command best' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command best' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command bundle' -l experiment -d 'Only this one, by name or id; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command bundle' -l tags -d 'Only tags, with the catalogue of configs.'
complete -c git-exp -n '__git_exp_command bundle' -l code -d 'The code of runs, too.'
complete -c git-exp -n '__git_exp_command bundle' -l artifacts -d 'Large files in Git LFS, too: a tar of both.'
complete -c git-exp -n '__git_exp_command bundle' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command bundle' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 bundle' -F
complete -c git-exp -n '__git_exp_command check' -l base -d 'Hold against it: no config of it may have changed or vanished.' -r -f
complete -c git-exp -n '__git_exp_command check' -l staged -d 'Check what the next commit would hold.'
complete -c git-exp -n '__git_exp_command check' -l at -d 'Check a commit, not the work tree.' -r -f
complete -c git-exp -n '__git_exp_command check' -l require-registered -d 'Every file that matches is registered; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command check' -l format -d 'What to print; see below.' -r -f
complete -c git-exp -n '__git_exp_command check' -l output -d 'Write that format to a file; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command check' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command checkout' -s f -l force -d 'Even over a file that is not registered.'
complete -c git-exp -n '__git_exp_command checkout' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 checkout' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_argument 2 checkout' -F
complete -c git-exp -n '__git_exp_command clone' -l artifacts -d 'Large files in Git LFS: new (of what goes), all (both ways) or none [new].' -r -f
complete -c git-exp -n '__git_exp_command clone' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command clone' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 2 clone' -F
complete -c git-exp -n '__git_exp_command comment' -l host -d 'github or gitlab; else that of this CI job.' -r -f
complete -c git-exp -n '__git_exp_command comment' -l number -d 'Which request; else that of this CI job.' -r -f
complete -c git-exp -n '__git_exp_command comment' -l marker -d 'An HTML comment that tells this comment from others.' -r -f
complete -c git-exp -n '__git_exp_command comment' -l author -d 'At GitHub: whose token it is, if not the workflow\'s.' -r -f
complete -c git-exp -n '__git_exp_command comment' -l update-only -d 'Post nothing where there is no comment yet.'
complete -c git-exp -n '__git_exp_command comment' -l dry-run -d 'Look, and say what would be done.'
complete -c git-exp -n '__git_exp_command comment' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 comment' -F
complete -c git-exp -n '__git_exp_command compare' -l all -d 'Also what is the same.'
complete -c git-exp -n '__git_exp_command compare' -l exit-code -d 'Exit with 1 if they differ, as git diff does.'
complete -c git-exp -n '__git_exp_command compare' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command compare' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 1 compare' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command completion' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 completion' -f -a 'bash zsh fish'
complete -c git-exp -n '__git_exp_command config' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command config default' -s o -l output -d 'Write it there.' -r -F
complete -c git-exp -n '__git_exp_command config default' -l force -d 'Replace the file if there is one.'
complete -c git-exp -n '__git_exp_command config default' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command config history' -s n -l limit -d 'At most the N newest.' -r -f
complete -c git-exp -n '__git_exp_command config history' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command config history' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 config history' -F
complete -c git-exp -n '__git_exp_command config set' -l no-validate -d 'Whatever the schemas say.'
complete -c git-exp -n '__git_exp_command config set' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 config set' -F
complete -c git-exp -n '__git_exp_command config show' -s e -l env -d 'On top: x.ENV.yaml beside the last x.yaml.' -r -f
complete -c git-exp -n '__git_exp_command config show' -l set -d 'Set a value; +KEY=VALUE adds, ~KEY removes; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command config show' -l origin -d 'For each value, where it came from.'
complete -c git-exp -n '__git_exp_command config show' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command config show' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 1 config show' -F
complete -c git-exp -n '__git_exp_command config validate' -l schema -d 'This one, whatever it speaks of.' -r -f
complete -c git-exp -n '__git_exp_command config validate' -s e -l env -d 'On top: x.ENV.yaml beside the last x.yaml.' -r -f
complete -c git-exp -n '__git_exp_command config validate' -l set -d 'Set a value; +KEY=VALUE adds, ~KEY removes; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command config validate' -l together -d 'The files are layers of one config.'
complete -c git-exp -n '__git_exp_command config validate' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command config validate' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 1 config validate' -F
complete -c git-exp -n '__git_exp_command correlate' -l metric -d 'The metric, or METRIC.min and so on.' -r -f
complete -c git-exp -n '__git_exp_command correlate' -l importance -d 'Also by a random forest (needs gittrack[statistics]).'
complete -c git-exp -n '__git_exp_command correlate' -l where -d 'Only the runs for which it is true.' -r -f
complete -c git-exp -n '__git_exp_command correlate' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command correlate' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command delete' -s f -l force -d 'Do not ask.'
complete -c git-exp -n '__git_exp_command delete' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 1 delete' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command demo' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 demo' -F
complete -c git-exp -n '__git_exp_command describe' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 describe' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command doctor' -l fix -d 'Do it, where that is safe and ours to do.'
complete -c git-exp -n '__git_exp_command doctor' -l host -d 'With --fix: this machine is gone; seal its journals.' -r -f
complete -c git-exp -n '__git_exp_command doctor' -s v -l verbose -d 'Also tell what is in order.'
complete -c git-exp -n '__git_exp_command doctor' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command doctor' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command experiments' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command experiments compare' -l metric -d 'Of metrics, this; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command experiments compare' -l higher-is-better -d 'The highest value is the best.'
complete -c git-exp -n '__git_exp_command experiments compare' -l lower-is-better -d 'The lowest value is the best.'
complete -c git-exp -n '__git_exp_command experiments compare' -l format -d 'csv, json, jsonl, parquet, arrow, xlsx or sqlite; else the file\'s name tells.' -r -f
complete -c git-exp -n '__git_exp_command experiments compare' -s o -l output -d 'Write there, not to standard output.' -r -F
complete -c git-exp -n '__git_exp_command experiments compare' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command experiments compare' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command experiments create' -s m -l message -d 'What it is.' -r -f
complete -c git-exp -n '__git_exp_command experiments create' -s t -l tag -d 'A tag for it; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command experiments create' -l template -d 'What its runs are made from.' -r -f
complete -c git-exp -n '__git_exp_command experiments create' -l mode -d 'How its runs are made.' -r -f
complete -c git-exp -n '__git_exp_command experiments create' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command experiments create' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command experiments delete' -s f -l force -d 'Do not ask.'
complete -c git-exp -n '__git_exp_command experiments delete' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command experiments delete' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command experiments describe' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command experiments describe' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command experiments list' -l max-violation-rate -d 'Only those of whose validated runs at most this share failed, 0 to 1.' -r -f
complete -c git-exp -n '__git_exp_command experiments list' -l validation -d 'With it: only this validation counts.' -r -f
complete -c git-exp -n '__git_exp_command experiments list' -l min-runs -d 'Only those with so many runs.' -r -f
complete -c git-exp -n '__git_exp_command experiments list' -s t -l tag -d 'Only with it; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command experiments list' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command experiments list' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command experiments restore' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command experiments restore' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command experiments show' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command experiments show' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command export' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 export' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_argument 2 export' -F
complete -c git-exp -n '__git_exp_command fsck' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command fsck' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command grep' -s i -l ignore-case -d 'Case does not matter.'
complete -c git-exp -n '__git_exp_command grep' -s F -l fixed-strings -d 'The pattern is just a text.'
complete -c git-exp -n '__git_exp_command grep' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command grep' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command hash' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command hash' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 1 hash' -F
complete -c git-exp -n '__git_exp_command import' -l no-worktree -d 'Leave .exptrack/ in the work tree alone.'
complete -c git-exp -n '__git_exp_command import' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command import' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 1 import' -F
complete -c git-exp -n '__git_exp_command import-from' -l experiment -d 'Record all runs in this experiment.' -r -f
complete -c git-exp -n '__git_exp_command import-from' -l only -d 'Take this experiment of theirs only; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command import-from' -l artifacts -d 'Take artifacts from this folder, too.' -r -F
complete -c git-exp -n '__git_exp_command import-from' -l dry-run -d 'Read and count; record nothing.'
complete -c git-exp -n '__git_exp_command import-from' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command import-from' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command init' -l drivers -d 'Have git compare and merge config files by key.'
complete -c git-exp -n '__git_exp_command init' -l for -d 'With --drivers: these files; repeatable [*.yaml *.yml].' -r -f
complete -c git-exp -n '__git_exp_command init' -l remote -d 'Have git fetch bring the records of this remote.' -r -f
complete -c git-exp -n '__git_exp_command init' -l push -d 'With --remote: also a remote NAME-exptrack to push records.'
complete -c git-exp -n '__git_exp_command init' -l hook -d 'With --remote: a pre-push hook that sends what pushed branches need, or none.'
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
complete -c git-exp -n '__git_exp_argument 1 log' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command models' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models alias' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models alias' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models delete' -s f -l force -d 'Do not ask.'
complete -c git-exp -n '__git_exp_command models delete' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models delete' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models describe' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models describe' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models get' -s o -l output -d 'Where the file or the folder is written.' -r -F
complete -c git-exp -n '__git_exp_command models get' -s f -l force -d 'Overwrite a file.'
complete -c git-exp -n '__git_exp_command models get' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models list' -l deleted -d 'Those that were deleted.'
complete -c git-exp -n '__git_exp_command models list' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models list' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models log' -s n -l limit -d 'At most the N newest.' -r -f
complete -c git-exp -n '__git_exp_command models log' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models log' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models register' -l run -d 'The run that made it: id, name, EXPERIMENT#NUMBER, @.' -r -f
complete -c git-exp -n '__git_exp_command models register' -l artifact -d 'In place of a path: this artifact of the run.' -r -F
complete -c git-exp -n '__git_exp_command models register' -s m -l message -l description -d 'What it is.' -r -f
complete -c git-exp -n '__git_exp_command models register' -l alias -d 'An alias that leads to it; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command models register' -s t -l tag -d 'A tag for it; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command models register' -l metadata -d 'What else is known; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command models register' -l metric -d 'In place of the run\'s; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command models register' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models register' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 2 models register' -F
complete -c git-exp -n '__git_exp_command models rename' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models rename' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models restore' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models restore' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models show' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models show' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models stage' -l archive-existing -d 'Archive the others that are there.'
complete -c git-exp -n '__git_exp_command models stage' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models stage' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models tag' -l remove -d 'Take these tags away.'
complete -c git-exp -n '__git_exp_command models tag' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models tag' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models unalias' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models unalias' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command models versions' -l stage -d 'Only those at it: production, staging and so on.' -r -f
complete -c git-exp -n '__git_exp_command models versions' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command models versions' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command pin' -l update -d 'Move pins to what their files have now.'
complete -c git-exp -n '__git_exp_command pin' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command pin' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command pins' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command pins' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command plot' -l study -d 'Each trial\'s value with the best so far.' -r -f
complete -c git-exp -n '__git_exp_command plot' -l x -d 'Across; time in seconds.' -r -f
complete -c git-exp -n '__git_exp_command plot' -l log -d 'A logarithmic height.'
complete -c git-exp -n '__git_exp_command plot' -l smooth -d 'Average; 0.9 is a good one.' -r -f
complete -c git-exp -n '__git_exp_command plot' -l width -d 'Characters; else the terminal\'s.' -r -f
complete -c git-exp -n '__git_exp_command plot' -l height -d 'Lines; 20 if none is given.' -r -f
complete -c git-exp -n '__git_exp_command plot' -l ascii -d 'Plain characters only.'
complete -c git-exp -n '__git_exp_command plot' -l higher-is-better -d 'The highest value is the best.'
complete -c git-exp -n '__git_exp_command plot' -l lower-is-better -d 'The lowest value is the best.'
complete -c git-exp -n '__git_exp_command plot' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command plot' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command pull' -l experiment -d 'Only this one, by name or id; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command pull' -l tags -d 'Only tags, with the catalogue of configs.'
complete -c git-exp -n '__git_exp_command pull' -l code -d 'The code of runs, too.'
complete -c git-exp -n '__git_exp_command pull' -l artifacts -d 'Large files in Git LFS: new (of what goes), all (both ways) or none [new].' -r -f
complete -c git-exp -n '__git_exp_command pull' -l dry-run -d 'Fetch and count; move nothing, here or there.'
complete -c git-exp -n '__git_exp_command pull' -l porcelain -d 'For scripts: a line for each ref, with tabs.'
complete -c git-exp -n '__git_exp_command pull' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command pull' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command push' -l experiment -d 'Only this one, by name or id; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command push' -l tags -d 'Only tags, with the catalogue of configs.'
complete -c git-exp -n '__git_exp_command push' -l code -d 'The code of runs, too.'
complete -c git-exp -n '__git_exp_command push' -l artifacts -d 'Large files in Git LFS: new (of what goes), all (both ways) or none [new].' -r -f
complete -c git-exp -n '__git_exp_command push' -l inbox -d 'To a place of this clone\'s own, for others to take in.'
complete -c git-exp -n '__git_exp_command push' -l dry-run -d 'Fetch and count; move nothing, here or there.'
complete -c git-exp -n '__git_exp_command push' -l porcelain -d 'For scripts: a line for each ref, with tabs.'
complete -c git-exp -n '__git_exp_command push' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command push' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command queries' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command queries delete' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command queries list' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command queries list' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command queries show' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command queries show' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command reindex' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command report' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command report compare' -l title -d 'What it is called.' -r -f
complete -c git-exp -n '__git_exp_command report compare' -s o -l output -d 'Where it goes; - is standard output.' -r -F
complete -c git-exp -n '__git_exp_command report compare' -l format -d 'html, markdown or json; else FILE\'s ending decides, then html.' -r -f
complete -c git-exp -n '__git_exp_command report compare' -l open -d 'Show it in a browser.'
complete -c git-exp -n '__git_exp_command report compare' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command report experiment' -s o -l output -d 'Where it goes; - is standard output.' -r -F
complete -c git-exp -n '__git_exp_command report experiment' -l format -d 'html, markdown or json; else FILE\'s ending decides, then html.' -r -f
complete -c git-exp -n '__git_exp_command report experiment' -l open -d 'Show it in a browser.'
complete -c git-exp -n '__git_exp_command report experiment' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command report figure' -s o -l output -d 'FILE.svg or FILE.png.' -r -F
complete -c git-exp -n '__git_exp_command report figure' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command report run' -s o -l output -d 'Where it goes; - is standard output.' -r -F
complete -c git-exp -n '__git_exp_command report run' -l format -d 'html, markdown or json; else FILE\'s ending decides, then html.' -r -f
complete -c git-exp -n '__git_exp_command report run' -l open -d 'Show it in a browser.'
complete -c git-exp -n '__git_exp_command report run' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command report study' -l metric -d 'The objective; else that of its trials.' -r -f
complete -c git-exp -n '__git_exp_command report study' -l min -d 'Smaller is better.'
complete -c git-exp -n '__git_exp_command report study' -l max -d 'Larger is better.'
complete -c git-exp -n '__git_exp_command report study' -s o -l output -d 'Where it goes; - is standard output.' -r -F
complete -c git-exp -n '__git_exp_command report study' -l format -d 'html, markdown or json; else FILE\'s ending decides, then html.' -r -f
complete -c git-exp -n '__git_exp_command report study' -l open -d 'Show it in a browser.'
complete -c git-exp -n '__git_exp_command report study' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command reproduce' -l tolerance -d 'Relative difference that is none, of all metrics or one; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command reproduce' -l secret -d 'What the record redacted; repeatable, in its order.' -r -f
complete -c git-exp -n '__git_exp_command reproduce' -l link -d 'Link in what the record lacks (data); repeatable.' -r -F
complete -c git-exp -n '__git_exp_command reproduce' -l folder -d 'Make the work tree there.' -r -F
complete -c git-exp -n '__git_exp_command reproduce' -l keep -d 'Leave the work tree there.'
complete -c git-exp -n '__git_exp_command reproduce' -l timeout -d 'Stop it then: 90, 15m, 2h.' -r -f
complete -c git-exp -n '__git_exp_command reproduce' -s q -l quiet -d 'Do not show the program\'s output.'
complete -c git-exp -n '__git_exp_command reproduce' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command reproduce' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command restore' -l no-worktree -d 'Leave .exptrack/ in the work tree alone.'
complete -c git-exp -n '__git_exp_command restore' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command review' -l format -d 'What to print; see below.' -r -f
complete -c git-exp -n '__git_exp_command review' -l max-chars -d 'Leave sections out to fit N characters; a comment takes 65536.' -r -f
complete -c git-exp -n '__git_exp_command review' -l output -d 'Write that format to a file; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command review' -l fail-on -d 'Fail if it is met; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command review' -l metrics -d 'JSON with runs of configs and their metrics.' -r -F
complete -c git-exp -n '__git_exp_command review' -l lower-is-better -d 'Its smaller value is the better one; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command review' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command run' -s e -l experiment -d 'Its experiment; else the folder\'s name.' -r -f
complete -c git-exp -n '__git_exp_command run' -s n -l name -d 'The run\'s name.' -r -f
complete -c git-exp -n '__git_exp_command run' -s t -l tag -d 'Tag the run; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command run' -s c -l config -d 'Id, tag, pin:NAME or file.' -r -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command run' -l param -d 'Log a parameter; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command run' -l artifact -d 'Keep these files at its end; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command run' -l metrics -d 'Read metrics from it at its end: JSON, JSON lines, CSV or YAML; repeatable.' -r -F
complete -c git-exp -n '__git_exp_command run' -l needed -d 'Only where command, config and code did not run yet.'
complete -c git-exp -n '__git_exp_command run' -s q -l quiet -d 'Say nothing of the run itself.'
complete -c git-exp -n '__git_exp_command run' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs compare' -l where -d 'Only those: "metrics.loss < 0.3".' -r -f
complete -c git-exp -n '__git_exp_command runs compare' -l metric -d 'Of metrics, this; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command runs compare' -l all -d 'Also the parameters that are the same in all.'
complete -c git-exp -n '__git_exp_command runs compare' -l higher-is-better -d 'The highest value is the best.'
complete -c git-exp -n '__git_exp_command runs compare' -l lower-is-better -d 'The lowest value is the best.'
complete -c git-exp -n '__git_exp_command runs compare' -l format -d 'csv, json, jsonl, parquet, arrow, xlsx or sqlite; else the file\'s name tells.' -r -f
complete -c git-exp -n '__git_exp_command runs compare' -s o -l output -d 'Write there, not to standard output.' -r -F
complete -c git-exp -n '__git_exp_command runs compare' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command runs compare' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs delete' -s f -l force -d 'Do not ask.'
complete -c git-exp -n '__git_exp_command runs delete' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command runs delete' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs export' -l where -d 'Only those: "metrics.loss < 0.3".' -r -f
complete -c git-exp -n '__git_exp_command runs export' -l sort -d 'In this order: \'metrics.loss DESC, params.lr\'.' -r -f
complete -c git-exp -n '__git_exp_command runs export' -l columns -d 'These columns: run_id,params.lr,metrics.loss~.' -r -f
complete -c git-exp -n '__git_exp_command runs export' -s n -l limit -d 'At most N.' -r -f
complete -c git-exp -n '__git_exp_command runs export' -l status -d 'Only those: running, finished, failed or killed.' -r -f
complete -c git-exp -n '__git_exp_command runs export' -s t -l tag -d 'Only with it; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command runs export' -l long -d 'A row for each value: run_id, metric, step, time, value.'
complete -c git-exp -n '__git_exp_command runs export' -l metric -d 'With --long: only this; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command runs export' -l format -d 'csv, json, jsonl, parquet, arrow, xlsx or sqlite; else the file\'s name tells.' -r -f
complete -c git-exp -n '__git_exp_command runs export' -s o -l output -d 'Write there, not to standard output.' -r -F
complete -c git-exp -n '__git_exp_command runs export' -l use -d 'Take a saved query.' -r -f
complete -c git-exp -n '__git_exp_command runs export' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs list' -l where -d 'Only those: "metrics.loss < 0.3".' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l sort -d 'In this order: \'metrics.loss DESC, params.lr\'.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l columns -d 'These columns: run_id,params.lr,metrics.loss~.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -s n -l limit -d 'At most N.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l group-by -d 'A line for each group: config, params.lr, tags.team.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l metric -d 'Of metrics, show this; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l spark -d 'Draw its history; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l status -d 'Only those: running, finished, failed or killed.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -s t -l tag -d 'Only with it; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l deleted -d 'Those that were deleted: restore brings them back.'
complete -c git-exp -n '__git_exp_command runs list' -l higher-is-better -d 'The highest value is the best.'
complete -c git-exp -n '__git_exp_command runs list' -l lower-is-better -d 'The lowest value is the best.'
complete -c git-exp -n '__git_exp_command runs list' -l all-columns -d 'Every column, however long the lines get.'
complete -c git-exp -n '__git_exp_command runs list' -l format -d 'A line for each: \'%(run_id:12) %(metrics.loss)\'.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -s z -d 'No heading; a NUL ends each row, tabs part its cells.'
complete -c git-exp -n '__git_exp_command runs list' -l use -d 'Take a saved query.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l save -d 'Save the query, to be committed.' -r -f
complete -c git-exp -n '__git_exp_command runs list' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command runs list' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs note' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command runs note' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs promote' -l pin -d 'Move this pin to it.' -r -f
complete -c git-exp -n '__git_exp_command runs promote' -s m -l description -d 'What it is.' -r -f
complete -c git-exp -n '__git_exp_command runs promote' -s t -l tag -d 'Put this tag on it; repeatable.' -r -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command runs promote' -l params -d 'With the parameters logged beside the config.'
complete -c git-exp -n '__git_exp_command runs promote' -l commit -d 'Also commit its files, and only those.'
complete -c git-exp -n '__git_exp_command runs promote' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command runs promote' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs restore' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command runs restore' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs show' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command runs show' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command runs tag' -l remove -d 'Take these tags away.'
complete -c git-exp -n '__git_exp_command runs tag' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command runs tag' -s h -l help -d 'Show this message and exit.'
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
complete -c git-exp -n '__git_exp_command serve' -l host -d 'The address to listen at; 0.0.0.0 for all.' -r -f
complete -c git-exp -n '__git_exp_command serve' -l port -d 'Where to listen; 0 for any.' -r -f
complete -c git-exp -n '__git_exp_command serve' -l token -d 'What clients must know; else GITTRACK_TOKEN, else a new one.' -r -f
complete -c git-exp -n '__git_exp_command serve' -l name -d 'A name by which browsers call it; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command serve' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command show' -l yaml -d 'Print the object\'s bytes: sha256sum of them is the id.'
complete -c git-exp -n '__git_exp_command show' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command show' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 show' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_command suggest' -l metric -d 'What is to improve; a study knows.' -r -f
complete -c git-exp -n '__git_exp_command suggest' -l direction -d 'minimize or maximize; else as usual.' -r -f
complete -c git-exp -n '__git_exp_command suggest' -s n -d 'How many configs.' -r -f
complete -c git-exp -n '__git_exp_command suggest' -l sampler -d 'tpe, gp, cmaes, random, qmc.' -r -f
complete -c git-exp -n '__git_exp_command suggest' -l space -d 'The search space, or a sweep\'s file.' -r -f
complete -c git-exp -n '__git_exp_command suggest' -l seed -d 'Another one gives other configs.' -r -f
complete -c git-exp -n '__git_exp_command suggest' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command suggest' -l yaml -d 'Print a YAML document for each.'
complete -c git-exp -n '__git_exp_command suggest' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command sweep' -l name -d 'The study\'s; else the file\'s.' -r -f
complete -c git-exp -n '__git_exp_command sweep' -l trials -d 'Trials of the study in all.' -r -f
complete -c git-exp -n '__git_exp_command sweep' -l timeout -d 'Begin no trial after that.' -r -f
complete -c git-exp -n '__git_exp_command sweep' -s j -l jobs -d 'Trials at once.' -r -f
complete -c git-exp -n '__git_exp_command sweep' -l seed -d 'Propose the same again.' -r -f
complete -c git-exp -n '__git_exp_command sweep' -l sampler -d 'tpe, random, grid, gp, cmaes, qmc, nsga2.' -r -f
complete -c git-exp -n '__git_exp_command sweep' -l resume -d 'Go on with the study, if there is one.'
complete -c git-exp -n '__git_exp_command sweep' -l dry-run -d 'Only show what would be tried first.'
complete -c git-exp -n '__git_exp_command sweep' -s v -l verbose -d 'Show what the trials write.'
complete -c git-exp -n '__git_exp_command sweep' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command sweep' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command sync' -l experiment -d 'Only this one, by name or id; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command sync' -l tags -d 'Only tags, with the catalogue of configs.'
complete -c git-exp -n '__git_exp_command sync' -l code -d 'The code of runs, too.'
complete -c git-exp -n '__git_exp_command sync' -l artifacts -d 'Large files in Git LFS: new (of what goes), all (both ways) or none [new].' -r -f
complete -c git-exp -n '__git_exp_command sync' -l dry-run -d 'Fetch and count; move nothing, here or there.'
complete -c git-exp -n '__git_exp_command sync' -l porcelain -d 'For scripts: a line for each ref, with tabs.'
complete -c git-exp -n '__git_exp_command sync' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command sync' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command tag' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 tag' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_arguments_from 2 tag' -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command tags' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command tags' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command tail' -l lines -d 'First the last N records.' -r -f
complete -c git-exp -n '__git_exp_command tail' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command tail' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command trials' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command trials best' -l metric -d 'By which objective, if there are several.' -r -f
complete -c git-exp -n '__git_exp_command trials best' -l where -d 'Only those: "metrics.loss < 0.3".' -r -f
complete -c git-exp -n '__git_exp_command trials best' -l higher-is-better -d 'The highest value is the best.'
complete -c git-exp -n '__git_exp_command trials best' -l lower-is-better -d 'The lowest value is the best.'
complete -c git-exp -n '__git_exp_command trials best' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command trials best' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command trials export' -l where -d 'Only those: "metrics.loss < 0.3".' -r -f
complete -c git-exp -n '__git_exp_command trials export' -l sort -d 'In this order: \'metrics.loss DESC, params.lr\'.' -r -f
complete -c git-exp -n '__git_exp_command trials export' -l columns -d 'These columns: run_id,params.lr,metrics.loss~.' -r -f
complete -c git-exp -n '__git_exp_command trials export' -s n -l limit -d 'At most N.' -r -f
complete -c git-exp -n '__git_exp_command trials export' -l status -d 'Only those: running, finished, failed or killed.' -r -f
complete -c git-exp -n '__git_exp_command trials export' -l long -d 'A row for each value: run_id, metric, step, time, value.'
complete -c git-exp -n '__git_exp_command trials export' -l format -d 'csv, json, jsonl, parquet, arrow, xlsx or sqlite; else the file\'s name tells.' -r -f
complete -c git-exp -n '__git_exp_command trials export' -s o -l output -d 'Write there, not to standard output.' -r -F
complete -c git-exp -n '__git_exp_command trials export' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command trials list' -l where -d 'Only those: "metrics.loss < 0.3".' -r -f
complete -c git-exp -n '__git_exp_command trials list' -l sort -d 'In this order: \'metrics.loss DESC, params.lr\'.' -r -f
complete -c git-exp -n '__git_exp_command trials list' -l columns -d 'These columns: run_id,params.lr,metrics.loss~.' -r -f
complete -c git-exp -n '__git_exp_command trials list' -s n -l limit -d 'At most N.' -r -f
complete -c git-exp -n '__git_exp_command trials list' -l status -d 'Only those: running, finished, failed or killed.' -r -f
complete -c git-exp -n '__git_exp_command trials list' -l all-columns -d 'Every column, however long the lines get.'
complete -c git-exp -n '__git_exp_command trials list' -s z -d 'No heading; a NUL ends each row, tabs part its cells.'
complete -c git-exp -n '__git_exp_command trials list' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command trials list' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command ui' -l port -d 'Where to listen; else any.' -r -f
complete -c git-exp -n '__git_exp_command ui' -l open -d 'Open it in the browser.'
complete -c git-exp -n '__git_exp_command ui' -l host -d '127.0.0.1, localhost or ::1.' -r -f
complete -c git-exp -n '__git_exp_command ui' -l token -d 'What writing needs; else GITTRACK_TOKEN, else a new one.' -r -f
complete -c git-exp -n '__git_exp_command ui' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command unbundle' -l experiment -d 'Only this one, by name or id; repeatable.' -r -f
complete -c git-exp -n '__git_exp_command unbundle' -l tags -d 'Only tags, with the catalogue of configs.'
complete -c git-exp -n '__git_exp_command unbundle' -l code -d 'The code of runs, too.'
complete -c git-exp -n '__git_exp_command unbundle' -l dry-run -d 'Fetch and count; move nothing, here or there.'
complete -c git-exp -n '__git_exp_command unbundle' -l porcelain -d 'For scripts: a line for each ref, with tabs.'
complete -c git-exp -n '__git_exp_command unbundle' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command unbundle' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 unbundle' -F
complete -c git-exp -n '__git_exp_command unpin' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_command untag' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_argument 1 untag' -F -k -a '(__git_exp_names --configs)'
complete -c git-exp -n '__git_exp_arguments_from 2 untag' -f -k -a '(__git_exp_names --tags)'
complete -c git-exp -n '__git_exp_command verify' -l json -d 'Print one JSON document.'
complete -c git-exp -n '__git_exp_command verify' -s h -l help -d 'Show this message and exit.'
complete -c git-exp -n '__git_exp_arguments_from 1 verify' -F -k -a '(__git_exp_names --configs)'
