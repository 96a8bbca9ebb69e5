import type { Place } from './tree.ts';

/** What a shell reads to complete our commands. All three walk the words as the program does, and offer what may come next there. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, places: readonly Place[]): string {
  switch (shell) {
    case 'bash':
      return bash(places);
    case 'zsh':
      return zsh(places);
    case 'fish':
      return fish(places);
    default:
      return shell satisfies never;
  }
}

function bash(places: readonly Place[]): string {
  return `# countersign completion for bash: eval "$(countersign completion bash)"
_countersign() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${at:+$at }\${COMP_WORDS[i]}" in
      ${pathPattern(places, '"', '|')}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at $prev" in
${valueCases(places, '    ', (values) => `COMPREPLY=($(compgen -W "${values}" -- "$cur")); return ;;`)}
${fileCases(places, '    ', 'compopt -o default; return ;;')}
  esac
  case "$at" in
${places.map((place) => `    "${place.path}") COMPREPLY=($(compgen -W "${words(place)}" -- "$cur")) ;;`).join('\n')}
  esac
}
complete -F _countersign countersign
`;
}

function zsh(places: readonly Place[]): string {
  return `#compdef countersign
# countersign completion for zsh: countersign completion zsh > "\${fpath[1]}/_countersign"
_countersign() {
  local at="" prev="\${words[CURRENT-1]}" i
  for ((i = 2; i < CURRENT; i++)); do
    case "\${at:+$at }\${words[i]}" in
      (${pathPattern(places, '"', '|')}) at="\${at:+$at }\${words[i]}" ;;
    esac
  done
  case "$at $prev" in
${valueCases(places, '    ', (values) => `compadd -- ${values}; return ;;`, '(')}
${fileCases(places, '    ', '_files; return ;;', '(')}
  esac
  case "$at" in
${places.map((place) => `    ("${place.path}") compadd -- ${words(place)} ;;`).join('\n')}
  esac
}
if [ "\${funcstack[1]}" = "_countersign" ]; then _countersign "$@"; else compdef _countersign countersign; fi
`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const here = `complete -c countersign -n '__countersign_at "${path}"'`;
    return [
      ...commands.map(({ name, description }) => `${here} -a ${name} -d ${quoted(description)}`),
      ...options
        .filter(({ long }) => long.startsWith('--'))
        .map(({ long, description, values, takesFile }) => {
          const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesFile ? ' -r -F' : '';
          return `${here} -l ${long.slice(2)}${value} -d ${quoted(description)}`;
        }),
    ];
  });
  return `# countersign completion for fish: countersign completion fish > ~/.config/fish/completions/countersign.fish
function __countersign_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$at $word")
    contains -- "$next" ${pathPattern(places, "'", ' ')}; and set at "$next"
  end
  test "$at" = "$argv[1]"
end
complete -c countersign -f
${lines.join('\n')}
`;
}

function pathPattern(places: readonly Place[], quote: string, between: string): string {
  return places
    .filter(({ path }) => path !== '')
    .map(({ path }) => `${quote}${path}${quote}`)
    .join(between);
}

function words({ commands, options }: Place): string {
  return [...commands.map(({ name }) => name), ...options.map(({ long }) => long)].join(' ');
}

function valueCases(
  places: readonly Place[],
  indent: string,
  then: (values: string) => string,
  open = '',
): string {
  return places
    .flatMap(({ path, options }) =>
      options
        .filter(({ values }) => values.length > 0)
        .map(({ long, values }) => `${indent}${open}"${path} ${long}") ${then(values.join(' '))}`),
    )
    .join('\n');
}

function fileCases(places: readonly Place[], indent: string, then: string, open = ''): string {
  return places
    .flatMap(({ path, options }) =>
      options
        .filter(({ takesFile }) => takesFile)
        .map(({ long }) => `${indent}${open}"${path} ${long}") ${then}`),
    )
    .join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
