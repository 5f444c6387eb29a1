// What stands around a channel: spaces and channels at the left, members at the right, how the line is.
import { useEffect } from 'preact/hooks';
import { channel_id, go, linkTo, place } from '../store/address.ts';
import { line, seen } from '../store/live.ts';
import { channelName } from '../store/names.ts';
import { say } from '../words/say.ts';
import { ChannelView } from './channel.tsx';
import { drawer } from './drawer.ts';
import { Members } from './members.tsx';
import { channelsIn, currentSpace, Nav, readable } from './nav.tsx';

const close = () => (drawer.value = null);

/** The address of the first channel that can be read, for whom the address names none. */
function firstPlace(): string | null {
  const state = seen('spaces', 'channels');
  for (const { id } of state?.spaces.values() ?? []) {
    const first = channelsIn(id).find(readable);
    if (first !== undefined) return linkTo.channel(first.id);
  }
  return null;
}

export function Shell() {
  const state = seen('channels', 'conversations', 'spaces');
  const here = state?.channel(channel_id.value ?? '');
  const first = here === undefined ? firstPlace() : null;
  const isLost = state !== null && (place.value.view === '' || place.value.view === 'channel');
  useEffect(() => {
    if (isLost && here === undefined && first !== null) go(first);
  }, [isLost, here === undefined, first]);
  useEffect(() => void close(), [place.value]);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key === 'Escape') close();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  if (state === null) {
    return (
      <p class="blank" role="status">
        {say('connecting')}
      </p>
    );
  }
  const space = currentSpace();
  document.title =
    here === undefined ? 'Accord' : [channelName(here), space?.name].filter(Boolean).join(' · ');
  return (
    <div class="shell" data-drawer={drawer.value}>
      <Nav />
      {here === undefined ? (
        <main class="blank">{say('nothing_here')}</main>
      ) : (
        <ChannelView key={here.id} channel={here} />
      )}
      {here !== undefined && <Members channel={here} />}
      {drawer.value !== null && (
        <button type="button" class="veil" aria-label={say('close')} onClick={close} />
      )}
      <div class="line" role="status">
        {line.value === 'connecting' && <span>{say('reconnecting')}</span>}
      </div>
    </div>
  );
}
