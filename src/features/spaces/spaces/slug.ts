// Slugs: the names of spaces in addresses.
import type { Db } from '../../../db/open.ts';
import { slugsLike } from './queries.ts';

const longest = 100;
/** Words that paths of the API use. */
const reserved = new Set(['public']);

/** Makes a slug from a name; from the id if no character of the name fits. */
export function slugFrom(name: string, id: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '');
  if (plain === '') return `s-${id}`;
  return /^\d+$/.test(plain) ? `s-${plain}`.slice(0, longest) : plain;
}

/** Returns the slug, with -2, -3, … if it is taken or reserved; `own` counts as free. */
export function freeSlug(db: Db, wanted: string, own: string | null = null): string {
  const stem = wanted.slice(0, longest - 12);
  const taken = new Set(slugsLike(db, stem, stem !== wanted));
  if (own !== null) taken.delete(own);
  let slug = wanted;
  for (let n = 2; taken.has(slug) || reserved.has(slug); n += 1) {
    const suffix = `-${n}`;
    slug = `${wanted.slice(0, longest - suffix.length).replace(/-+$/, '')}${suffix}`;
  }
  return slug;
}
