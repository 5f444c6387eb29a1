// The manifest of a backup: what is in it, with sums, so that damage is found.
import { readFile, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../lib/file-tree.ts';
import { reserved } from '../lib/file-store.ts';
import { Failure } from './watch.ts';

/** The names in the folder of a backup. */
export const names = { manifest: 'manifest.json', database: 'accord.db', files: 'cdn' } as const;

const Sum = z.string().regex(/^[0-9a-f]{64}$/);
const Size = z.int().min(0);

/** Paths come from outside: none may lead out of the folder, or to what a store keeps for itself. */
const Path = z.string().refine((path) => {
  const parts = path.split('/');
  const areNames = parts.every((part) => /^[\w.-]+$/.test(part) && !/^\.+$/.test(part));
  return areNames && !reserved.includes(parts[0]?.toLowerCase() ?? '');
});

const Manifest = z.strictObject({
  /** The version of the format. */
  backup: z.literal(1),
  /** The version of the program. */
  accord: z.string(),
  made_at: z.iso.datetime(),
  database: z.strictObject({
    schema: z.int(),
    /** Null in schemas that have none. */
    uuid: z.string().nullable(),
    /** The number of the newest event. */
    newest_event: Size,
    bytes: Size,
    sha256: Sum,
  }),
  files: z.array(z.strictObject({ path: Path, bytes: Size, sha256: Sum })),
  /** Paths that rows name and that were missing in the folder when the backup was made. */
  missing: z.array(Path),
});
export type Manifest = z.infer<typeof Manifest>;

/** The manifest as text; its last line is the sum of all before. */
export function written(manifest: Manifest): string {
  const { files, missing, ...head } = manifest;
  // A line for each file, so that people can search it.
  const lines = [
    ...JSON.stringify(head, null, 2).split('\n').slice(0, -1),
    `  ,"missing": ${JSON.stringify(missing)}`,
    '  ,"files": [',
    files.map((file) => `    ${JSON.stringify(file)}`).join(',\n'),
    '  ]',
  ];
  const text = `${lines.join('\n')}\n`;
  return `${text}  ,"sha256": "${sumOfText(text)}"\n}\n`;
}

/** Reads the manifest of a backup. Throws a Failure if it is missing, damaged, or too new. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, names.manifest);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new Failure(`"${folder}" is not a backup: it has no ${names.manifest}`);
  }
  const damaged = new Failure(`"${file}" is damaged; use another backup`);
  const [, body = '', sum] = /^(.*\n) {2},"sha256": "([0-9a-f]{64})"\n\}\n$/s.exec(text) ?? [];
  if (sum === undefined || sumOfText(body) !== sum) throw damaged;
  const { sha256: _, ...given } = JSON.parse(text) as Record<string, unknown>;
  const { success, data } = Manifest.safeParse(given);
  if (success) return data;
  throw given['backup'] === 1
    ? damaged
    : new Failure(`"${file}" was written by a newer version; use that version`);
}

function sumOfText(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex');
}

/** Size in bytes and SHA-256 of a file. Throws the error of the file system. */
export async function sumOf(file: string): Promise<{ bytes: number; sha256: string }> {
  const hasher = new Bun.CryptoHasher('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hasher.update(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
  }
  return { bytes, sha256: hasher.digest('hex') };
}

/** Says what is wrong with a file of a backup; null if it is as it should be. */
export async function damageOf(
  file: string,
  wanted: { bytes: number; sha256: string },
): Promise<string | null> {
  const stats = await stat(file).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return null;
  });
  if (stats === null) return 'is missing';
  if (stats.size !== wanted.bytes) return `has ${stats.size} bytes instead of ${wanted.bytes}`;
  const { sha256 } = await sumOf(file);
  return sha256 === wanted.sha256 ? null : 'has another SHA-256 than when it was made';
}
