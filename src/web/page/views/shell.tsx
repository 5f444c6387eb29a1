// What stands around a channel: spaces and channels at the left, members at the right, how the line is.
import { useEffect, useRef } from 'preact/hooks';
import { channel_id, go, place } from '../store/address.ts';
import { line, seen } from '../store/live.ts';
import { channelName } from '../store/names.ts';
import { newLogin } from '../store/new-login.ts';
import { waiting } from '../store/reading.ts';
import { say } from '../words/say.ts';
import { ChannelView, ThreadPane } from './channel.tsx';
import { drawer } from './drawer.ts';
import { later } from './later.tsx';
import { Nav } from './nav.tsx';
import { viewAt } from './part.ts';
import { parts } from './parts.ts';
import { opened } from './people/opened.ts';
import { currentSpace, firstPlace } from './places.ts';
import { VoiceBar, VoiceRings } from './voice/mounts.tsx';

const Members = later(async () => (await import('./members.tsx')).Members);
const Lost = later(async () => (await import('./lost.tsx')).Lost);
const NewLogin = later(async () => (await import('./new-login.tsx')).NewLogin, 'quietly');
const Dialogs = later(async () => (await import('./people/dialogs.tsx')).Dialogs);

const close = () => (drawer.value = null);

/** Escape closes what lies over the messages, else it marks them as read; a dialog closes itself. */
function useEscape(): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || document.querySelector('dialog[open]') !== null) return;
      const at = channel_id.peek();
      if (drawer.peek() !== null) close();
      else if (at !== null && !event.defaultPrevented) {
        void import('./talk/escaping.ts').then(({ escaped }) => escaped(event, at));
      }
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
}

/** A side that opens may need a moment to become visible. */
const opening_ms = 50;

/** The focus goes into the side that opens, and back to the button that opened it. */
function useDrawerFocus(): void {
  const before = useRef<Element | null>(null);
  const side = drawer.value;
  useEffect(() => {
    if (side === null) {
      if (before.current instanceof HTMLElement) before.current.focus();
      before.current = null;
      return;
    }
    before.current = document.activeElement;
    const timer = setTimeout(() => {
      document.querySelector<HTMLElement>(`.shell > .${side} :is(a, button, input)`)?.focus();
    }, opening_ms);
    return () => clearTimeout(timer);
  }, [side]);
}

/** Whoever looks at the tabs of the browser sees how much waits, and where one is. */
function useTitle(here: readonly (string | undefined)[]): void {
  const { isUnread, mentions } = waiting();
  const mark = mentions > 0 ? `(${mentions}) ` : isUnread ? '• ' : '';
  const name = here.filter(Boolean).join(' · ') || 'Accord';
  useEffect(() => {
    document.title = mark + name;
  }, [mark, name]);
}

export function Shell() {
  const state = seen('channels', 'conversations', 'spaces');
  const here = state?.channel(channel_id.value ?? '');
  const { view, id } = place.value;
  const View = state === null ? null : viewAt(parts, place.value);
  const isLost = state !== null && here === undefined && (view === '' || view === 'channel');
  const first = isLost ? firstPlace() : '';
  useEffect(() => {
    if (isLost) go(first);
  }, [isLost, first]);
  useEffect(() => void close(), [place.value]);
  useEscape();
  useDrawerFocus();
  const atHome = view === 'home' ? [say('friends')] : [];
  useTitle(here === undefined ? atHome : [channelName(here), currentSpace()?.name]);
  if (state === null) {
    return (
      <p class="blank" role="status">
        {say('connecting')}
      </p>
    );
  }
  return (
    <div class={here === undefined ? 'shell wide' : 'shell'} data-drawer={drawer.value}>
      <VoiceRings />
      <Nav />
      <VoiceBar />
      {View !== null && <View id={id} />}
      {View === null && here === undefined && !isLost && <Lost />}
      {here !== undefined && <ChannelView key={here.id} channel={here} />}
      {here !== undefined &&
        (place.value.thread_id === null ? (
          <Members key={`members ${here.id}`} channel={here} />
        ) : (
          <ThreadPane channel={here} thread_id={place.value.thread_id} />
        ))}
      {drawer.value !== null && (
        <button type="button" class="veil" aria-label={say('close')} onClick={close} />
      )}
      {opened.value !== null && <Dialogs />}
      {newLogin.value !== null && <NewLogin />}
      <div class="line" role="status">
        {line.value === 'connecting' && <span>{say('reconnecting')}</span>}
      </div>
    </div>
  );
}
