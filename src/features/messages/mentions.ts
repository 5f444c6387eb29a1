// Finds who is mentioned in a text.

/** More mentions than this are plain text. */
const mostMentions = 100;

export interface Mentions {
  everyone: boolean;
  user_ids: string[];
}

const pattern = /(?<![A-Za-z0-9])@([A-Za-z0-9_.]+)/g;

/** `named` gives the member of a username. A dot that ends a sentence is no part of the name. */
export function findMentions(
  content: string,
  named: (username: string) => string | null,
): Mentions {
  const found = new Set<string>();
  const asked = new Set<string>();
  let everyone = false;
  if (!content.includes('@')) return { everyone, user_ids: [] };
  for (const [, written = ''] of content.matchAll(pattern)) {
    const name = written.toLowerCase().replace(/\.+$/, '');
    if (asked.has(name)) continue;
    asked.add(name);
    const [head = ''] = name.split('.');
    if (head === 'everyone' || head === 'here') everyone = true;
    else {
      const user_id = named(name) ?? (head === name ? null : named(head));
      if (user_id !== null) found.add(user_id);
    }
    if (found.size >= mostMentions || asked.size >= mostMentions * 2) break;
  }
  return { everyone, user_ids: [...found] };
}
