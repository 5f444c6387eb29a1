// Finds the mentions in a text.
import { withoutEnd } from '../../../lib/text.ts';

export interface Mentions {
  everyone: boolean;
  user_ids: string[];
}

const pattern = /(?<![A-Za-z0-9])@([A-Za-z0-9_.]+)/g;

/**
 * Finds the members mentioned in a text. `named` returns ids by username; it is called at most
 * once. Dots at the end of a name are not part of it.
 */
export function findMentions(
  content: string,
  named: (usernames: readonly string[]) => ReadonlyMap<string, string>,
): Mentions {
  const written = new Set<string>();
  let everyone = false;
  if (content.includes('@')) {
    for (const [, name = ''] of content.matchAll(pattern)) {
      const whole = withoutEnd(name.toLowerCase(), (last) => last === '.');
      const head = headOf(whole);
      if (head === 'everyone' || head === 'here') everyone = true;
      else written.add(whole);
    }
  }
  if (written.size === 0) return { everyone, user_ids: [] };
  const members = named([...new Set([...written].flatMap((name) => [name, headOf(name)]))]);
  const ids = [...written].flatMap((name) => members.get(name) ?? members.get(headOf(name)) ?? []);
  return { everyone, user_ids: [...new Set(ids)] };
}

/** The part before the first dot. */
function headOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? name : name.slice(0, dot);
}
