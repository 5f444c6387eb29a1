// Packs members into `member.chunk` frames, and reads them page by page while they are sent.
import type { App } from '../../../app.ts';
import { FrameBuilder } from '../../../events/frame-builder.ts';
import { memberChunk } from './events.ts';
import { membersBeginning } from './names.ts';
import { memberPictures, withUser, type MemberPicture } from './pictures.ts';
import { memberIds } from './queries.ts';

/** Small enough that several frames fit into the 64 KiB that web clients read at once. */
const chunk_bytes = 15 * 1024;
const maxInChunk = 100;
const pageSize = 100;

export interface Chunk {
  frame: string;
  user_ids: string[];
}

/** A source of members; null is a pause for other work. */
export type Members = Iterable<MemberPicture | null>;

/**
 * Packs members into chunks; yields null where the source pauses. The number of chunks is known
 * only at the last one: until then `chunk_count` is one more than the chunks so far.
 */
export function* chunksOf(
  app: App,
  space_id: string,
  members: Members,
): Generator<Chunk | null, void> {
  let builder = new FrameBuilder(memberChunk, chunk_bytes);
  let user_ids: string[] = [];
  let index = 0;
  const chunk = (isLast: boolean): Chunk => {
    const fields = { space_id, chunk_index: index, chunk_count: isLast ? index + 1 : index + 2 };
    return { frame: builder.frame(app, null, fields), user_ids };
  };
  for (const member of members) {
    if (member === null) {
      yield null;
      continue;
    }
    const entry = { members: withUser(member) };
    if (user_ids.length === maxInChunk || !builder.add(entry, user_ids.length === 0)) {
      yield chunk(false);
      index += 1;
      builder = new FrameBuilder(memberChunk, chunk_bytes);
      user_ids = [];
      builder.add(entry, true);
    }
    user_ids.push(member.user_id);
  }
  if (user_ids.length > 0 || index === 0) yield chunk(true);
}

/** Makes a chunk of one member. */
export function memberFrame(app: App, member: MemberPicture): string {
  const builder = new FrameBuilder(memberChunk);
  builder.add({ members: withUser(member) }, true);
  return builder.frame(app, null, { space_id: member.space_id, chunk_index: 0, chunk_count: 1 });
}

/** Yields all members of a space by user id. */
export function* everyMember(app: App, space_id: string): Generator<MemberPicture, void> {
  for (const user_ids of everyId(app, space_id)) yield* memberPictures(app, space_id, user_ids);
}

/** Yields the ids of all members of a space, page by page. */
function* everyId(app: App, space_id: string): Generator<string[], void> {
  for (let after: string | null = ''; after !== null;) {
    const page: string[] = memberIds(app.db, space_id, after, pageSize);
    yield page;
    after = page.length < pageSize ? null : (page.at(-1) ?? null);
  }
}

/** Yields members whose username or nickname begins with `beginning`, whatever its case and accents. */
export function* membersNamed(
  app: App,
  space_id: string,
  beginning: string,
): Generator<MemberPicture | null, void> {
  const pages = membersBeginning(app.db, space_id, beginning);
  for (const user_ids of pages) {
    yield* memberPictures(app, space_id, user_ids);
    yield null;
  }
}
