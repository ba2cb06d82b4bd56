# Completion of `masc` and `git masc` for fish 3.4 and later. It knows no verb and no option: masc
# itself is asked what may stand at the cursor (`masc __complete -- WORD…`, one line a candidate:
# candidate, tab, description; or :files, :dirs, :commands). `git masc` finds it as git-masc, where
# fish's own completion of git knows added commands (that of 3.6.0 doesn't).

function __masc_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    for line in (command masc __complete -- $before[2..] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :dirs
                __fish_complete_directories "$current" ''
            case :commands
                complete -C "$current"
            case '*'
                echo $line
        end
    end
end

complete -c masc -f -k -a '(__masc_complete)'
complete -c git-masc -f -k -a '(__masc_complete)'
