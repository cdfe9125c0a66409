// The scripts that shells load. Each asks the program itself, so that they never grow old: `sluice __complete WORDS...` prints
// candidates, a line each, and last `:` with a directive, as programs made with cobra do and kubectl expects of its plugins.

/** The verb that shells call. */
export const COMPLETE = '__complete';

/** No file names; 2 more = no space behind the word. */
export const DIRECTIVE = { closed: 4, open: 6 };

const bash = `# bash completion for sluice; load it with: source <(sluice completion bash)
_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} words=("\${COMP_WORDS[@]:1:COMP_CWORD}") joined=() line out directive
  # bash takes --flag=value for three words.
  for line in "\${words[@]}"; do
    if [[ $line == = || ( \${#joined[@]} -gt 0 && \${joined[-1]} == --*= ) ]]; then joined[-1]+=$line; else joined+=("$line"); fi
  done
  [[ $cur == = ]] && cur=
  out=$(sluice ${COMPLETE} "\${joined[@]}" 2>/dev/null) || return 0
  directive=\${out##*:}
  COMPREPLY=()
  while IFS=$'\\t' read -r line _; do
    [[ -n $line && $line != :* && $line == "$cur"* ]] && COMPREPLY+=("$line")
  done <<<"$out"
  (( directive & 2 )) && compopt -o nospace
  return 0
}
complete -F _sluice sluice
`;

const zsh = `#compdef sluice
# zsh completion for sluice; load it with: source <(sluice completion zsh)
_sluice() {
  local -a answers candidates options
  local line directive
  answers=("\${(@f)$(sluice ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  directive=\${answers[-1]#:}
  for line in "\${(@)answers[1,-2]}"; do
    [[ $line == *$'\\t'* ]] && candidates+=("\${line%%$'\\t'*}:\${line#*$'\\t'}") || candidates+=("$line")
  done
  (( directive & 2 )) && options=(-S '')
  [[ $PREFIX == --*=* ]] && compset -P '*='
  _describe sluice candidates "\${(@)options}"
}
(( $+functions[compdef] )) && compdef _sluice sluice
`;

const fish = `# fish completion for sluice; load it with: sluice completion fish | source
function __sluice_complete
  set -l words (commandline -opc)
  set -l cur (commandline -ct)
  set -l prefix (string match -r -- '^--[^=]+=' $cur)
  for line in (sluice ${COMPLETE} $words[2..] "$cur" 2>/dev/null)
    string match -q -r '^:' -- $line; or echo "$prefix$line"
  end
end
complete -c sluice -f -a '(__sluice_complete)'
`;

export const SHELLS: Readonly<Record<string, string>> = { bash, zsh, fish };

/** For `kubectl sluice`: an executable of this name on the PATH answers for the plugin. */
export const PLUGIN_COMPLETION = 'kubectl_complete-sluice';
