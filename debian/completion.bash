# Completion of webmacs-edge: written down, because starting it for every Tab takes seconds on a small box.
_webmacs_edge() {
    local current=${COMP_WORDS[COMP_CWORD]} word words command=
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in -* | *.toml) ;; *) command=$word; break ;; esac
    done
    case $command in
        "") words="address backup bundle certificate demo doctor export migrate plant restore run \
                   settings setup-code users version --help --config" ;;
        address) words="--help" ;;
        backup) words="--check --config-only --days --full --help --passphrase --passphrase-file --to" ;;
        bundle) words="keygen make sign verify --add-key --changelog --channel --floor --folder --help \
                   --key --keys --min-version --output --revoke --sequence --valid-days" ;;
        certificate) words="--help" ;;
        demo) words="--config --help --seed --speed" ;;
        doctor) words="--hardware --help --outputs --watchdog" ;;
        export) words="--bom --channels --clock --decimal-comma --delimiter --format --from --help --last \
                   --local-times --output --overwrite --quality --reduce --sqlite --step --to" ;;
        migrate) words="--help" ;;
        plant) words="--help --socket" ;;
        restore) words="--help --passphrase --passphrase-file" ;;
        run) words="--help" ;;
        settings) words="--help" ;;
        setup-code) words="--help" ;;
        users) words="add disable enable list reset-password --help --name --role" ;;
        version) words="--help" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _webmacs_edge webmacs-edge
