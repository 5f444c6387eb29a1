// Writes what was measured into the page of the documents, between two marks.
import { join } from 'node:path';
import { ROOT } from './command';

export const PAGE = join(ROOT, 'docs/benchmarks.md');

/** Puts head and table in the place of what stands between `<!-- name -->` and `<!-- /name -->`. */
export async function writeDocs(
  name: 'table' | 'growth',
  head: readonly (readonly [string, string])[],
  table: string,
): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const page = await Bun.file(PAGE).text();
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no ${begin} before ${end}`);
  const lines = head.map(([key, value]) => `* **${key}**: ${value}`).join('\n');
  const middle = `${begin}\n${lines}\n\n${table}\n`;
  await Bun.write(PAGE, page.slice(0, from) + middle + page.slice(to));
}
