# Completion of webmacs-edge; the words come from its own help.
_webmacs_edge() {
    local current=${COMP_WORDS[COMP_CWORD]} words
    words=$(webmacs-edge "${COMP_WORDS[@]:1:COMP_CWORD-1}" --help 2>/dev/null |
        grep -oE '^ {4,6}[a-z][a-z-]+|--[a-z][a-z-]+' | sort -u)
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _webmacs_edge webmacs-edge
