// Finds messages, in the channel or in all of the space.
import { useRef, useState } from 'preact/hooks';
import type { KnownMessage } from '../../../../client/reactions.ts';
import type { Channel } from '../../../../client/wire.ts';
import { channelName } from '../../store/names.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { reasonOf, textsOf } from '../form.ts';
import { Dialog } from './dialog.tsx';
import { Found } from './found.tsx';

export interface SearchProps {
  channel: Channel;
}

interface Wish {
  readonly text: string;
  readonly isWide: boolean;
  readonly hasFiles: boolean;
  readonly isPinned: boolean;
}

const pageSize = 25;

function ask({ id, space_id }: Channel, wish: Wish, cursor: string | null) {
  const query = {
    limit: pageSize,
    ...(wish.text !== '' && { query: wish.text }),
    ...(wish.hasFiles && { has_attachment: 'true' as const }),
    ...(wish.isPinned && { pinned: 'true' as const }),
    ...(cursor !== null && { cursor }),
  } as never;
  return space_id !== null && wish.isWide
    ? rest.page('GET /spaces/:space_id/messages/search', { space_id, query })
    : rest.page('GET /channels/:channel_id/messages/search', { channel_id: id, query });
}

/** What was found for a wish, one page after the other. */
function useFinds(channel: Channel) {
  const [list, setList] = useState<readonly KnownMessage[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [status, setStatus] = useState('');
  const wish = useRef<Wish | null>(null);
  const run = async (now: Wish, cursor: string | null) => {
    wish.current = now;
    setStatus(say('loading'));
    try {
      const { items, after } = await ask(channel, now, cursor);
      // Another search has begun meanwhile.
      if (wish.current !== now) return;
      setList((before) => [...(cursor === null ? [] : (before ?? [])), ...items]);
      setNext(after);
      setStatus(items.length === 0 && cursor === null ? say('found_nothing') : '');
    } catch (error) {
      setStatus(reasonOf(error));
    }
  };
  const more = () => {
    if (wish.current !== null) void run(wish.current, next);
  };
  return { list, next, status, run, more };
}

export function Search({ channel }: SearchProps) {
  const { list, next, status, run, more } = useFinds(channel);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const element = event.currentTarget as HTMLFormElement;
    const form = new FormData(element);
    const wish = {
      text: textsOf(element)('text').trim(),
      isWide: form.get('where') === 'space',
      hasFiles: form.has('files'),
      isPinned: form.has('pinned'),
    };
    if (wish.text !== '' || wish.hasFiles || wish.isPinned) void run(wish, null);
  };
  return (
    <Dialog label={say('search')} kind="pane" hasHead>
      <form class="search" role="search" onSubmit={submit}>
        <input
          name="text"
          type="search"
          aria-label={say('search_words')}
          placeholder={say('search_words')}
          autofocus
        />
        <button class="primary">{say('search')}</button>
        <div class="filters">
          {channel.space_id !== null && (
            <select name="where" aria-label={say('search_where')}>
              <option value="space">{say('search_space')}</option>
              <option value="channel">{channelName(channel)}</option>
            </select>
          )}
          <label class="check">
            <input type="checkbox" name="files" /> {say('with_files')}
          </label>
          <label class="check">
            <input type="checkbox" name="pinned" /> {say('pinned')}
          </label>
        </div>
      </form>
      <p role="status">{status}</p>
      <ul>
        {list?.map((message) => (
          <Found key={message.id} message={message} hasChannel={channel.space_id !== null} />
        ))}
      </ul>
      {next !== null && (
        <button type="button" class="second" onClick={more}>
          {say('more_found')}
        </button>
      )}
    </Dialog>
  );
}
