// The README's table of settings, made of what config.ts says. `bun test/support/settings-table.ts` prints it.
import { settings } from '../../src/config.ts';

const code = (text: string) => (text === '' ? '' : `\`${text}\``);

export const tableRows: readonly (readonly string[])[] = [
  ['Setting', 'Default', 'What it does'],
  ['---', '---', '---'],
  ...Object.entries(settings).map(([key, { otherwise, says }]) => [
    code(key),
    code(otherwise),
    says.replaceAll('|', '\\|'),
  ]),
];

if (import.meta.main) console.log(tableRows.map((row) => `| ${row.join(' | ')} |`).join('\n'));
