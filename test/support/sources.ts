// The source files of the server and what each of them imports, for the tests of the house rules.
import { dirname, join, normalize } from 'node:path';

export const root = normalize(join(import.meta.dir, '../..'));

export interface Source {
  /** From the root of the project, such as `src/app.ts`. */
  path: string;
  text: string;
  /** Paths of our own files, types included. */
  imports: string[];
  /** Names of packages. */
  packages: string[];
}

const imported =
  /^(?:import|export)\s[^;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

/** All TypeScript files below a folder of the project. */
export async function sourcesOf(folder: string): Promise<Source[]> {
  const paths = [...new Bun.Glob(`${folder}/**/*.{ts,tsx}`).scanSync(root)].toSorted();
  return Promise.all(
    paths.map(async (path) => {
      const text = await Bun.file(join(root, path)).text();
      const named = [...text.matchAll(imported)].map(([, a, b, c]) => a ?? b ?? c ?? '');
      const own = named.filter((name) => name.startsWith('.'));
      return {
        path,
        text,
        imports: own.map((name) => join(dirname(path), name)),
        packages: named.filter((name) => !name.startsWith('.')),
      };
    }),
  );
}
