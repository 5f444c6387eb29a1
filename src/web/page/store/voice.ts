// Being in voice: where one is, what one sends, who speaks. LiveKit's client is loaded on joining.
import { effect } from '@preact/signals';
import { Refused } from '../../../client/rest.ts';
import type { VoiceState } from '../../../client/wire.ts';
import { say } from '../words/say.ts';
import { command, onHeard, state } from './live.ts';
import { channelName } from './names.ts';
import { rest, token } from './session.ts';
import { chosenDevices } from './voice-devices.ts';
import { volumeOf, volumes } from './voice-volumes.ts';
import type { End, VoiceRoom, Watcher } from './voice-room.ts';
import {
  allowed,
  isSilenced,
  note,
  own,
  pictures,
  speakers,
  stay,
  tell,
  type Own,
} from './voice-shown.ts';

/** After a connection that broke, one comes back so often, each time after a longer pause. */
const pauses_ms = [500, 2_000, 5_000, 10_000, 20_000, 30_000];

let room: VoiceRoom | null = null;
/** Counts joins and leaves: what takes its time finds out whether it is still wanted. */
let visit = 0;

const ownState = (): VoiceState | null => {
  const now = state.peek();
  return now?.voice.get(now.user?.id ?? '') ?? null;
};

/** Tells others what one sends and hears. Only while the server has one there: else it would be a join. */
function tellFlags(): void {
  const [here, known] = [stay.peek(), ownState()];
  if (here === null || known?.channel_id !== here.channel_id) return;
  const { isMuted, isDeaf, hasCamera, hasScreen } = own.peek();
  const flags = {
    self_mute: isMuted,
    self_deaf: isDeaf,
    self_video: hasCamera,
    self_stream: hasScreen,
  };
  const names = Object.keys(flags) as (keyof typeof flags)[];
  if (names.every((name) => flags[name] === known[name])) return;
  command(9, { space_id: known.space_id, channel_id: here.channel_id, ...flags });
}

function change(given: Partial<Own>): void {
  own.value = { ...own.peek(), ...given };
  tellFlags();
}

/** Forgets the room, without a word to the server; what still comes of it is not heard. */
function drop(): void {
  visit += 1;
  const left = room;
  room = null;
  stay.value = null;
  speakers.value = new Set();
  pictures.value = [];
  isSilenced.value = false;
  own.value = { ...own.peek(), hasCamera: false, hasScreen: false };
  left?.leave().catch(() => undefined);
}

/** What of a room is shown, as long as it is the one where one is. */
function watcherOf(mine: number, channel_id: string): Watcher {
  const unless = <A extends unknown[]>(run: (...given: A) => void) => {
    return (...given: A) => {
      if (mine === visit) run(...given);
    };
  };
  return {
    speaking: unless((ids) => (speakers.value = new Set(ids))),
    pictures: unless((shown) => (pictures.value = shown)),
    sending: unless(({ camera, screen }) => change({ hasCamera: camera, hasScreen: screen })),
    line: unless((isThere) => (stay.value = { channel_id, phase: isThere ? 'inside' : 'again' })),
    silenced: unless((is) => (isSilenced.value = is)),
    allowed: unless((now) => {
      allowed.value = now;
      if (room !== null) void speak(room);
    }),
    ended: unless((why) => ended(channel_id, why)),
  };
}

/** Goes in; throws where that fails. */
async function enter(channel_id: string, mine: number): Promise<void> {
  const body = { self_mute: own.peek().isMuted, self_deaf: own.peek().isDeaf };
  const [{ VoiceRoom: Room }, answer] = await Promise.all([
    import('./voice-room.ts'),
    rest.call('POST /channels/:channel_id/voice/join', { channel_id, body }),
  ]);
  if (mine !== visit) return abandon(channel_id);
  const { livekit_url: url, token: key } = answer;
  const entrance = { url, token: key, devices: chosenDevices(), volumeOf };
  const entered = await Room.enter(entrance, watcherOf(mine, channel_id));
  if (mine !== visit) {
    await entered.leave();
    return abandon(channel_id);
  }
  room = entered;
  stay.value = { channel_id, phase: 'inside' };
  entered.setDeaf(own.peek().isDeaf);
  await speak(entered);
}

/** Whoever has left while the answer was on its way is not kept there. */
async function abandon(channel_id: string): Promise<void> {
  if (stay.peek() !== null) return;
  await rest
    .call('DELETE /channels/:channel_id/voice/leave', { channel_id })
    .catch(() => undefined);
}

/** Sends what the microphone hears, if that is wanted. Whoever has none hears the others all the same. */
async function speak(where: VoiceRoom): Promise<void> {
  // Who may speak later is heard then.
  if (!allowed.peek().voice) return;
  try {
    await where.setMuted(own.peek().isMuted);
  } catch {
    if (where !== room || !allowed.peek().voice) return;
    change({ isMuted: true });
    tell(say('voice_no_microphone'));
  }
}

const reasonOf = (error: unknown) =>
  error instanceof Refused ? error.message : say('voice_not_reached');

/** Joins the voice of a channel, out of any other; true if one is there. */
export async function join(channel_id: string): Promise<boolean> {
  if (stay.peek()?.channel_id === channel_id) return true;
  drop();
  if (!isSecureContext) {
    tell(say('voice_insecure'));
    return false;
  }
  const mine = visit;
  stay.value = { channel_id, phase: 'entering' };
  note.value = null;
  try {
    await enter(channel_id, mine);
  } catch (error) {
    if (mine !== visit) return false;
    tell(reasonOf(error));
    await leave();
  }
  return mine === visit;
}

/** Leaves voice. */
export async function leave(): Promise<void> {
  const channel_id = stay.peek()?.channel_id;
  if (channel_id === undefined) return;
  const isThere = ownState()?.channel_id === channel_id;
  drop();
  // LiveKit reports who has left its room: a call that fails only makes others see it later.
  if (isThere) await abandon(channel_id);
}

/** The room is over: comes back where only the connection broke, else says what has happened. */
function ended(channel_id: string, why: End): void {
  const channel = state.peek()?.channel(channel_id);
  const isElsewhere = why === 'elsewhere' || isIn(ownState()?.channel_id, channel_id);
  drop();
  if (why === 'broken') return void comeBack(channel_id);
  const name = channel === undefined ? '' : channelName(channel);
  tell(say(isElsewhere ? 'voice_elsewhere' : 'voice_removed', { channel: name }));
}

/** Whether somebody is in another channel than this one. */
const isIn = (now: string | null | undefined, channel_id: string) =>
  now !== undefined && now !== null && now !== channel_id;

async function comeBack(channel_id: string): Promise<void> {
  const mine = visit;
  stay.value = { channel_id, phase: 'again' };
  for (const pause_ms of pauses_ms) {
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
    if (mine !== visit) return;
    const error: unknown = await enter(channel_id, mine).catch((problem: unknown) => problem);
    if (mine !== visit || error === undefined) return;
    // Who may not come in any more is not asked again.
    if (error instanceof Refused && error.status < 500) break;
  }
  tell(say('voice_lost'));
  await leave();
}

export async function setMuted(isMuted: boolean): Promise<void> {
  // Who speaks wants to hear the answer.
  if (!isMuted && own.peek().isDeaf) setDeaf(false);
  change({ isMuted });
  if (room !== null) await speak(room);
}

export function setDeaf(isDeaf: boolean): void {
  change({ isDeaf });
  room?.setDeaf(isDeaf);
}

async function send(what: 'camera' | 'screen', isOn: boolean): Promise<void> {
  try {
    await (what === 'camera' ? room?.setCamera(isOn) : room?.setScreen(isOn));
  } catch {
    // Whoever closes the browser's question about the screen knows why nothing is sent.
    if (what === 'camera') tell(say('voice_no_camera'));
  }
}

export const setCamera = (isOn: boolean) => send('camera', isOn);
export const setScreen = (isOn: boolean) => send('screen', isOn);

/** Uses another device at once, where one is in voice. */
export async function switchTo(kind: MediaDeviceKind, id: string): Promise<void> {
  await room?.use(kind, id).catch(() => tell(say('voice_no_device')));
}

export async function playSound(): Promise<void> {
  await room?.playSound();
}

// Flags that were changed while the line was down are told when it is back.
onHeard(({ type }) => {
  if (type === 'ready' || type === 'resumed' || type === 'voice.state_update') tellFlags();
});

// LiveKit notices late that a page has gone: the server is told by a call that outlives the page.
addEventListener('pagehide', () => {
  const channel_id = stay.peek()?.channel_id;
  if (channel_id === undefined) return;
  const address = rest.addressOf('DELETE /channels/:channel_id/voice/leave', { channel_id });
  void fetch(address, { method: 'DELETE', headers: rest.headers(), keepalive: true });
  drop();
});

effect(() => {
  if (token.value === null) drop();
});

volumes.subscribe(() => room?.setVolumes());
