// The pages of the project name what is there: files, folders, tests, and each other.
import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../support/sources.ts';

const pages = ['*.md', 'docs/*.md', 'test/*.md', 'bench/*.md', 'examples/*/*.md'].flatMap(
  (glob) => [...new Bun.Glob(glob).scanSync(root)],
);
const texts = new Map(
  await Promise.all(
    pages.map(async (page) => [page, await Bun.file(join(root, page)).text()] as const),
  ),
);

test('there are pages to look at', () => {
  expect(pages).toContain('docs/architecture.md');
  expect(pages.length).toBeGreaterThan(8);
});

test('every link within the project leads somewhere', () => {
  const broken = [...texts].flatMap(([page, text]) =>
    Array.from(text.matchAll(/\]\((?![a-z]+:)([^)#]+)(?:#[^)]*)?\)/g), ([, link = '']) =>
      join(dirname(page), link),
    )
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${page} → ${path}`),
  );
  expect(broken).toEqual([]);
});

test('every path that a page names is there', () => {
  const named = /`((?:src|test|docs|bench|examples|drizzle)\/[\w./*-]+)`/g;
  const missing = [...texts].flatMap(([page, text]) =>
    Array.from(text.matchAll(named), ([, path = '']) => path)
      .filter((path) => {
        const isThere = existsSync(join(root, path));
        return !isThere && [...new Bun.Glob(path).scanSync(root)].length === 0;
      })
      .map((path) => `${page} names ${path}`),
  );
  expect(missing).toEqual([]);
});

test('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const [, link = ''] of (texts.get(page) ?? '').matchAll(/\]\((?![a-z]+:)([^)#]+)/g)) {
      const path = relative(root, join(root, dirname(page), link));
      const target = texts.has(path) ? path : join(path, 'README.md');
      if (texts.has(target)) reached.add(target);
    }
  }
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

test('no page says anything twice: not a heading, and no longer line outside of code', () => {
  const twice = [...texts].flatMap(([page, text]) => {
    // What a command writes into a page is not told by anybody.
    const lines = text
      .replace(/```[\s\S]*?```|<!-- (\w+) -->[\s\S]*?<!-- \/\1 -->/g, '')
      .split('\n');
    const telling = lines.filter(
      (line) => line.startsWith('#') || (line.length > 60 && !line.startsWith('|')),
    );
    return telling
      .filter((line, n) => telling.indexOf(line) !== n)
      .map((line) => `${page}: ${line.slice(0, 60)}`);
  });
  expect(twice).toEqual([]);
});
