// A channel: its name, its messages or posts, and where one writes.
import { useEffect } from 'preact/hooks';
import type { Channel } from '../../../client/wire.ts';
import { trouble } from '../store/deeds.ts';
import { channelName } from '../store/names.ts';
import { say } from '../words/say.ts';
import { drawer } from './drawer.ts';
import { FeedView } from './feed.tsx';
import { IconButton } from './icon.tsx';
import { later } from './later.tsx';
import { NavButton } from './nav-button.tsx';
import { close, overlay } from './talk/overlay.ts';
import { showPins, showSearch } from './talk/shows.tsx';
import { ChannelSign } from './channel-sign.tsx';
import { CallButton, VoiceStage } from './voice/mounts.tsx';

/** One reads first: the field comes a moment later. */
const Composer = later(async () => (await import('./composer.tsx')).Composer, 'quietly');
const Forum = later(async () => (await import('./talk/forum.tsx')).Forum);
const Thread = later(async () => (await import('./talk/thread.tsx')).Thread);

export function ChannelView({ channel }: { channel: Channel }) {
  const { id, type } = channel;
  // What lies over a channel goes with it.
  useEffect(() => close, []);
  return (
    <main class="channel">
      <Head channel={channel} />
      <VoiceStage channel={channel} />
      {type === 'forum' ? (
        <Forum channel={channel} />
      ) : (
        <>
          <FeedView channel={channel} thread_id={null} />
          <Composer key={id} channel={channel} thread_id={null} />
        </>
      )}
      {overlay.value}
      <div class="trouble" role="status">
        {trouble.value !== null && <span>{trouble.value}</span>}
      </div>
    </main>
  );
}

function Head({ channel }: { channel: Channel }) {
  const { topic, space_id, type } = channel;
  return (
    <header>
      <NavButton />
      <h1>
        {space_id !== null && <ChannelSign type={type} />}
        {channelName(channel)}
      </h1>
      <p class="topic">{topic}</p>
      <div class="buttons">
        <CallButton channel={channel} />
        <IconButton
          of="pin"
          label={say('pins_and_threads')}
          aria-haspopup="dialog"
          onClick={() => void showPins({ channel })}
        />
        <IconButton
          of="search"
          label={say('search')}
          aria-haspopup="dialog"
          onClick={() => void showSearch({ channel })}
        />
        <IconButton
          of="people"
          label={say('members')}
          class="drawn slim"
          aria-expanded={drawer.value === 'members'}
          onClick={() => (drawer.value = 'members')}
        />
      </div>
    </header>
  );
}

/** The thread that stands beside a channel. */
export function ThreadPane({ channel, thread_id }: { channel: Channel; thread_id: string }) {
  return (
    <aside class="thread" aria-label={say('thread')}>
      <Thread key={thread_id} channel={channel} thread_id={thread_id} />
    </aside>
  );
}
