// The unread threads of a channel, below its name: each a link, with what waits there.
import type { Channel } from '../../../../client/wire.ts';
import { linkTo, place } from '../../store/address.ts';
import { channelName } from '../../store/names.ts';
import { threadsIn } from '../../store/reading.ts';
import { threadTitle } from '../../store/thread-news.ts';
import { say } from '../../words/say.ts';
import { Icon } from '../icon.tsx';
import { WaitingMark } from '../status.tsx';

/** So many stand below a channel; as they are read, others come up. */
const maxShown = 5;

export function ThreadNews({ channel }: { channel: Channel }) {
  const all = threadsIn(channel.id);
  const more = all.length - maxShown;
  return (
    <ul class="news" aria-label={say('unread_threads', { channel: channelName(channel) })}>
      {all.slice(0, maxShown).map((one) => (
        <li key={one.thread_id}>
          <a
            class="unread"
            href={linkTo.thread(channel.id, one.thread_id)}
            aria-current={place.value.thread_id === one.thread_id ? 'page' : undefined}
          >
            <Icon of="thread" />
            <span class="name">{threadTitle(one) || say('thread')}</span>
            <WaitingMark mentions={one.mention_count} isUnread />
          </a>
        </li>
      ))}
      {more > 0 && <li class="quiet">{say('more_threads', { count: more })}</li>}
    </ul>
  );
}
