// What stands between the reader and others, as relationships say it on the wire.
import type { Shelves } from './shelves.ts';
import type { Relationship } from './wire.ts';

export const relation = { friend: 1, blocked: 2, incoming: 3, outgoing: 4 } as const;

type Name = keyof typeof relation;

/** Returns what stands between the reader and somebody; null for nothing. */
export function relationWith(shelves: Shelves, user_id: string): Name | null {
  const type = shelves.relations.get(user_id)?.type;
  const names = Object.keys(relation) as Name[];
  return names.find((name) => relation[name] === type) ?? null;
}

/** Returns the relationships of one kind, newest first. */
export function relationsOf(shelves: Shelves, name: Name): Relationship[] {
  return [...shelves.relations.values()]
    .filter(({ type }) => type === relation[name])
    .toSorted((a, b) => Date.parse(b.since) - Date.parse(a.since));
}
