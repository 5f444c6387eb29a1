// The pinned messages of a channel, and its threads.
import { useEffect, useState } from 'preact/hooks';
import type { KnownMessage } from '../../../../client/reactions.ts';
import type { Channel } from '../../../../client/wire.ts';
import { linkTo } from '../../store/address.ts';
import { rightsOn, togglePin } from '../../store/deeds.ts';
import { unreadThreads } from '../../store/reading.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { reasonOf } from '../form.ts';
import { WaitingMark } from '../status.tsx';
import { Dialog } from './dialog.tsx';
import { Found } from './found.tsx';
import { close } from './overlay.ts';

export interface PinsProps {
  channel: Channel;
}

/** So many threads are listed: the newest. */
const maxThreads = 50;

/** A list that is read when it is first shown. */
function useList(read: () => Promise<readonly KnownMessage[]>, none: string) {
  const [list, setList] = useState<readonly KnownMessage[] | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    read().then(setList, (error: unknown) => setProblem(reasonOf(error)));
  }, []);
  const status = problem || (list === null ? say('loading') : list.length === 0 ? none : '');
  return { list, setList, status };
}

export function Pins({ channel }: PinsProps) {
  const { id: channel_id, type } = channel;
  return (
    <Dialog label={say('pins_and_threads')} kind="pane" hasHead>
      <Pinned channel={channel} />
      {/* In a forum, every post is one. */}
      {type !== 'forum' && <Threads channel_id={channel_id} />}
    </Dialog>
  );
}

function Pinned({ channel }: PinsProps) {
  const { list, setList, status } = useList(
    () => rest.call('GET /channels/:channel_id/pins', { channel_id: channel.id }),
    say('no_pins'),
  );
  const unpin = async (message: KnownMessage) => {
    if (await togglePin(message)) setList((now) => now?.filter((one) => one !== message) ?? null);
  };
  return (
    <section>
      <h3>{say('pins')}</h3>
      <p role="status">{status}</p>
      <ul>
        {list?.map((message) => (
          <Found key={message.id} message={message}>
            {rightsOn(message, channel).pin && (
              <button type="button" class="link" onClick={() => void unpin(message)}>
                {say('unpin')}
              </button>
            )}
          </Found>
        ))}
      </ul>
    </section>
  );
}

/** The threads of a channel: first those in which something is new for the reader. */
function Threads({ channel_id }: { channel_id: string }) {
  const here = unreadThreads.value.filter((one) => one.channel_id === channel_id);
  const unread = new Map(here.map((one) => [one.thread_id, one.mention_count]));
  const query = { limit: maxThreads };
  const { list: threads, status } = useList(
    () => rest.call('GET /channels/:channel_id/threads', { channel_id, query }),
    say('no_threads'),
  );
  const list = threads?.toSorted((a, b) => Number(unread.has(b.id)) - Number(unread.has(a.id)));
  return (
    <section>
      <h3>{say('threads')}</h3>
      <p role="status">{status}</p>
      <ul>
        {list?.map((message) => (
          <Found key={message.id} message={message}>
            <WaitingMark mentions={unread.get(message.id) ?? 0} isUnread={unread.has(message.id)} />
            <a
              class="link"
              href={linkTo.thread(channel_id, message.id)}
              onClick={() => setTimeout(close)}
            >
              {say('open_thread')}
            </a>
          </Found>
        ))}
      </ul>
    </section>
  );
}
