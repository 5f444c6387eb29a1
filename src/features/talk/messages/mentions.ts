// Finds the mentions in a text: `@name`, `<@id>`, `<@&role>`, @everyone and @here.
import { withoutAddresses } from '../../../lib/addresses.ts';
import { isEscaped, withoutCode } from '../../../lib/code-spans.ts';
import { withoutEnd } from '../../../lib/text.ts';

export interface Mentions {
  everyone: boolean;
  user_ids: string[];
  role_ids: string[];
}

/** Who can be mentioned. Each function is called at most once, and only if something is written. */
export interface Directory {
  /** Returns ids by username. */
  named(usernames: readonly string[]): ReadonlyMap<string, string>;
  /** Returns those of the ids that are people here. */
  people(ids: readonly string[]): ReadonlySet<string>;
  /** Returns those of the ids that are roles which may be mentioned. */
  roles(ids: readonly string[]): ReadonlySet<string>;
}

/** Behind a letter or a digit it is an address of mail. Scripts without blanks write names so. */
const pattern =
  /<@(?<kind>[!&]?)(?<id>\d{1,20})>|(?<![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}])@(?<name>[A-Za-z0-9_.]+)/gu;

/** What makes the address of somebody elsewhere of a name: `@anna@host.example`. */
const elsewhere = /[@:](?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,63}/iy;

/** What a text mentions, as it is written. */
interface Written {
  everyone: boolean;
  /** Names and ids of people, in order. */
  people: ({ name: string; or_everyone?: true } | { id: string })[];
  role_ids: string[];
}

/** Finds who is mentioned, outside of code and addresses. Dots at the end of a name end a sentence. */
export function findMentions(content: string, directory: Directory): Mentions {
  const { everyone: isEveryoneNamed, people, role_ids } = written(content);
  const names = people.flatMap((one) => ('name' in one ? readings(one.name) : []));
  const ids = people.flatMap((one) => ('id' in one ? [one.id] : []));
  const named = names.length === 0 ? new Map<string, string>() : directory.named(unique(names));
  const known = ids.length === 0 ? new Set<string>() : directory.people(unique(ids));
  const roles = role_ids.length === 0 ? new Set<string>() : directory.roles(unique(role_ids));
  let everyone = isEveryoneNamed;
  const user_ids = people.flatMap((one) => {
    if ('id' in one) return known.has(one.id) ? [one.id] : [];
    const [id] = readings(one.name).flatMap((name) => named.get(name) ?? []);
    if (id === undefined && one.or_everyone) everyone = true;
    return id === undefined ? [] : [id];
  });
  return {
    everyone,
    user_ids: unique(user_ids),
    role_ids: unique(role_ids).filter((id) => roles.has(id)),
  };
}

function written(content: string): Written {
  const found: Written = { everyone: false, people: [], role_ids: [] };
  if (!content.includes('@')) return found;
  const text = withoutAddresses(withoutCode(content));
  for (const { 0: match, index, groups } of text.matchAll(pattern)) {
    if (isEscaped(text, index)) continue;
    const { kind, id, name } = groups ?? {};
    if (id !== undefined) {
      if (kind === '&') found.role_ids.push(id);
      else found.people.push({ id });
      continue;
    }
    elsewhere.lastIndex = index + match.length;
    if (name === undefined || elsewhere.test(text)) continue;
    const whole = withoutEnd(name.toLowerCase(), (last) => last === '.');
    const head = text[index - 1] === '_' ? bare(headOf(whole)) : headOf(whole);
    if (!isForAll(head)) {
      if (whole !== '') found.people.push({ name: whole });
    } else if (whole === head) found.everyone = true;
    // It may be the name of somebody: "here.i.am".
    else found.people.push({ name: whole, or_everyone: true });
  }
  return found;
}

const isForAll = (name: string) => name === 'everyone' || name === 'here';

/** The names that a text may mean, the likeliest first: a dot may end it, and `_` may end italics. */
function readings(name: string): string[] {
  const all = [name, bare(name), headOf(name), bare(headOf(name))];
  return unique(all).filter((one) => !isForAll(one));
}

function bare(name: string): string {
  return withoutEnd(name, (last) => last === '_' || last === '.');
}

/** The part before the first dot. */
function headOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? name : name.slice(0, dot);
}

const unique = (texts: readonly string[]) => [...new Set(texts)];
