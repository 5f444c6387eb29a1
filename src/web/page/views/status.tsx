// How somebody's presence is shown and said, and what waits for the reader.
import { statusOf, type Status } from '../store/presence.ts';
import { say } from '../words/say.ts';

export const statusWord = (status: Status) => say(`status_${status}`);

/** How often one is called by what is unread. */
export const mentionWord = (count: number) =>
  count === 1 ? say('mention_one') : say('mentions', { count });

/** What waits to be read somewhere. */
export function WaitingMark({ mentions, isUnread }: { mentions: number; isUnread: boolean }) {
  if (mentions > 0) {
    return (
      <span class="badge" role="img" aria-label={mentionWord(mentions)}>
        {mentions}
      </span>
    );
  }
  return isUnread ? <span class="dot" role="img" aria-label={say('unread')} /> : null;
}

/** The mark of somebody's presence. */
export function StatusMark({ id }: { id: string }) {
  const status = statusOf(id);
  return <span class={`status ${status}`} role="img" aria-label={statusWord(status)} />;
}
