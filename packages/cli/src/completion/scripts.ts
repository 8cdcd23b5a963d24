/**
 * A script per shell that asks the program itself for candidates (`kubeless __complete WORDS…`): one a line, a tab and
 * what it is, then `:` and a directive: 0 files too, 4 no files, 16 folders only.
 */
export const completionScripts = {
  bash: `# kubeless completion for bash. Load it now: source <(kubeless completion bash)
_kubeless() {
  local words=() current="" prefix="" out directive line i
  # bash cuts words at = and :, which are part of ours (--output=json).
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((i > 1)) && [[ "\${COMP_WORDS[i]}" == [=:]* || "\${COMP_WORDS[i - 1]}" == *[=:] ]]; then
      current+="\${COMP_WORDS[i]}"
    else
      ((i > 1)) && words+=("$current")
      current="\${COMP_WORDS[i]}"
    fi
  done
  [[ "$current" == *[=:]* ]] && prefix="\${current%"\${current##*[=:]}"}"
  out="$("\${COMP_WORDS[0]}" __complete "\${words[@]}" "$current" 2>/dev/null)" || return
  directive="\${out##*:}"
  COMPREPLY=()
  while IFS= read -r line; do
    [[ "$line" == :* || -z "$line" ]] && continue
    line="\${line%%$'\\t'*}"
    COMPREPLY+=("\${line#"$prefix"}")
  done <<< "$out"
  if [[ "$directive" == 0 ]]; then
    compopt -o default 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${current#"$prefix"}")
  elif [[ "$directive" == 16 ]]; then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "\${current#"$prefix"}")
  fi
}
complete -F _kubeless kubeless
`,
  zsh: `#compdef kubeless
# kubeless completion for zsh. Load it now: source <(kubeless completion zsh)
_kubeless() {
  local -a lines candidates
  local line directive
  lines=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  directive="\${lines[-1]#:}"
  for line in "\${(@)lines[1,-2]}"; do
    [[ -z "$line" ]] && continue
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( \${#candidates} )) && _describe 'kubeless' candidates
  if [[ "$directive" == 0 ]]; then _files; elif [[ "$directive" == 16 ]]; then _files -/; fi
}
if [ "$funcstack[1]" = "_kubeless" ]; then _kubeless; else compdef _kubeless kubeless; fi
`,
  fish: `# kubeless completion for fish. Load it now: kubeless completion fish | source
function __kubeless_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    set -l directive $lines[-1]
    for line in $lines
        string match -q ':*' -- $line; or echo $line
    end
    switch $directive
        case ':0'
            __fish_complete_path "$current"
        case ':16'
            __fish_complete_directories "$current"
    end
end
complete -c kubeless -f -a '(__kubeless_complete)'
`,
  powershell: `# kubeless completion for PowerShell. Load it now: kubeless completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName kubeless -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  # With Stop, Windows PowerShell would end here at the first line on stderr.
  $ErrorActionPreference = 'Continue'
  # $wordToComplete is the whole word, even where the cursor stands within it.
  $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition })
  $words = @($typed | Select-Object -Skip 1 | ForEach-Object {
    $left = $cursorPosition - $_.Extent.StartOffset
    if ($_.Extent.Text.Length -gt $left) { $_.Extent.Text.Substring(0, $left) }
    elseif ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
    else { $_.Extent.Text }
  })
  if ($typed[-1].Extent.EndOffset -lt $cursorPosition) { $words += '' }
  # Before 7.3 an empty word is lost on its way to a program.
  $words = @($words | ForEach-Object { if ($_ -eq '') { '""' } else { $_ } })
  $program = $commandAst.GetCommandName()
  $lines = @(& $program __complete @words 2>$null)
  $candidates = @($lines | Where-Object { $_ -ne '' -and -not $_.StartsWith(':') })
  # Nothing at all means file names to PowerShell, an empty string means nothing.
  if ($candidates.Count -eq 0 -and $lines -contains ':4') { return '' }
  foreach ($line in $candidates) {
    $value, $description = $line -split "\`t", 2
    if (-not $description) { $description = $value }
    $text = if ($value -match '^[-\\w][-\\w=./:@]*$') { $value } else { "'" + $value.Replace("'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
  }
}
`,
} as const satisfies Record<string, string>;

export type Shell = keyof typeof completionScripts;
