// A channel: its name, its messages, and where one writes.
import type { Channel } from '../../../client/wire.ts';
import { channelName } from '../store/names.ts';
import { say } from '../words/say.ts';
import { Composer } from './composer.tsx';
import { FeedView } from './feed.tsx';
import { IconButton } from './icon.tsx';
import { drawer } from './drawer.ts';

export function ChannelView({ channel }: { channel: Channel }) {
  const { id, topic, space_id } = channel;
  const name = channelName(channel);
  return (
    <main class="channel">
      <header>
        <IconButton
          of="menu"
          label={say('channels')}
          class="drawn narrow"
          aria-expanded={drawer.value === 'nav'}
          onClick={() => (drawer.value = 'nav')}
        />
        <h1>
          {space_id !== null && <span aria-hidden="true">#</span>}
          {name}
        </h1>
        {topic !== null && <p class="topic">{topic}</p>}
        <IconButton
          of="people"
          label={say('members')}
          class="drawn slim"
          aria-expanded={drawer.value === 'members'}
          onClick={() => (drawer.value = 'members')}
        />
      </header>
      <FeedView channel={channel} thread_id={null} />
      <Composer key={id} channel={channel} thread_id={null} />
    </main>
  );
}
