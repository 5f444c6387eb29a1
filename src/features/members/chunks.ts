// Members in frames: as many in each `member.chunk` as fit, read page by page when they are sent.
import type { App } from '../../app.ts';
import { memberChunk } from './events.ts';
import { membersOf, namesOf, findMember, type FullMember } from './queries.ts';
import { memberWithUser } from './view.ts';

/** Small enough to stand beside others in the 64 KiB that web clients read at once. */
const chunk_bytes = 15 * 1024;
const mostInChunk = 100;
const pageSize = 100;
const searchPage = 500;

export interface Chunk {
  frame: string;
  user_ids: string[];
}

/** Where members come from; null lets others have their turn. */
export type Members = Iterable<FullMember | null>;

/**
 * Packs members into chunks, null where the source pauses. How many there will be is known only at
 * the last: until then `chunk_count` says that there is at least one more.
 */
export function* chunksOf(space_id: string, members: Members): Generator<Chunk | null, void> {
  let texts: string[] = [];
  let user_ids: string[] = [];
  let bytes = 0;
  let index = 0;
  const chunk = (isLast: boolean): Chunk => {
    const frame = chunkFrame(space_id, texts, index, isLast ? index + 1 : index + 2);
    return { frame, user_ids };
  };
  for (const full of members) {
    if (full === null) {
      yield null;
      continue;
    }
    const text = memberText(full);
    const more_bytes = Buffer.byteLength(text) + 1;
    if (texts.length > 0 && (texts.length === mostInChunk || bytes + more_bytes > chunk_bytes)) {
      yield chunk(false);
      index += 1;
      texts = [];
      user_ids = [];
      bytes = 0;
    }
    texts.push(text);
    user_ids.push(full.user.id);
    bytes += more_bytes;
  }
  if (texts.length > 0 || index === 0) yield chunk(true);
}

/** One member as a chunk of its own. */
export function memberFrame(full: FullMember): string {
  return chunkFrame(full.member.space_id, [memberText(full)], 0, 1);
}

function chunkFrame(
  space_id: string,
  texts: readonly string[],
  index: number,
  count: number,
): string {
  const rest = `"chunk_index":${index},"chunk_count":${count},"not_found":[]`;
  const data = `{"space_id":"${space_id}","members":[${texts.join(',')}],${rest}}`;
  return `{"op":0,"type":"${memberChunk.type}","data":${data}}`;
}

const rest = { chunk_index: 0, chunk_count: 1, not_found: [] };

/** What the event lets through of a member, as JSON. */
function memberText(full: FullMember): string {
  const { space_id } = full.member;
  const picked = memberChunk.pick({ space_id, members: [memberWithUser(full)], ...rest }) as {
    members: unknown[];
  };
  return JSON.stringify(picked.members[0]);
}

/** All members of a space by id. */
export function* everyMember(app: App, space_id: string): Generator<FullMember, void> {
  for (let after: string | null = ''; after !== null;) {
    const page: FullMember[] = membersOf(app.db, space_id, after, pageSize);
    yield* page;
    after = page.length < pageSize ? null : (page.at(-1)?.member.user_id ?? null);
  }
}

/** The members whose username or nickname begins like that. */
export function* membersNamed(
  app: App,
  space_id: string,
  beginning: string,
): Generator<FullMember | null, void> {
  const fits = (name: string | null) => name?.toLowerCase().startsWith(beginning) === true;
  for (let after: string | null = ''; after !== null;) {
    const page: { user_id: string; username: string; nickname: string | null }[] = namesOf(
      app.db,
      space_id,
      after,
      searchPage,
    );
    for (const { user_id, username, nickname } of page) {
      const full = fits(username) || fits(nickname) ? findMember(app.db, space_id, user_id) : null;
      if (full) yield full;
    }
    after = page.length < searchPage ? null : (page.at(-1)?.user_id ?? null);
    if (after !== null) yield null;
  }
}
