// Slugs: the names of spaces in addresses.
import type { Db } from '../../../db/open.ts';
import { slugsLike } from './queries.ts';

const longest = 100;
/** Words that paths use themselves. */
const reserved = new Set(['public']);

/** A slug made from a name; from the id where nothing of the name can stand in one. */
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

/** The slug, or with -2, -3, … where it is taken; `own` is free for the space itself. */
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
