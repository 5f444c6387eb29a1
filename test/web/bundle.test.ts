import { expect, test } from 'bun:test';
import { loadClient } from '../../src/web/bundle.ts';

const { page, files } = await loadClient();
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The files that the page names, and those that they import at once. */
function firstLoad(): Set<string> {
  const html = text(page.plain);
  const left = [...html.matchAll(/(?:src|href)="app\/([^"]+)"/g)].map(([, name = '']) => name);
  const first = new Set<string>();
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (first.has(name)) continue;
    first.add(name);
    const code = text(files.get(name)?.plain ?? new Uint8Array());
    // `import("./…")` comes later, when it is wanted.
    const imports = code.matchAll(/\b(?:import|from)\s*"\.\/([^"]+)"/g);
    left.push(...[...imports].map(([, imported = '']) => imported));
  }
  return first;
}

test('the first load has at most 60 KB, compressed, and all else comes when it is wanted', async () => {
  const first = firstLoad();
  expect(first.size).toBeGreaterThanOrEqual(2);
  let bytes = (await page.encoded('gzip')).length;
  for (const name of first) bytes += (await files.get(name)?.encoded('gzip'))?.length ?? 0;
  expect(bytes).toBeLessThan(60 * 1024);
  expect(files.size).toBeGreaterThan(first.size);
});

test('the page has no code and no style of its own, and its files name each other by relative paths', () => {
  const html = text(page.plain);
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  for (const [name, { plain }] of files) {
    for (const other of files.keys()) {
      expect({ name, isRooted: text(plain).includes(`"/${other}`) }).toEqual({
        name,
        isRooted: false,
      });
    }
  }
});
