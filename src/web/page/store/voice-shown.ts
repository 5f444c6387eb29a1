// What of voice and calls is shown all over the page; what one does there comes with `voice.ts` and `calls.ts`.
import { signal } from '@preact/signals';
import type { Ringing } from '../../../client/shelves.ts';
import type { VoiceState } from '../../../client/wire.ts';
import { seen } from './live.ts';
import { rest } from './session.ts';
import type { Allowed, Picture } from './voice-room.ts';

/** Where one is in voice, in this window. */
export interface Stay {
  readonly channel_id: string;
  /** `again`: the connection is lost, and being made anew. */
  readonly phase: 'entering' | 'inside' | 'again';
}

/** What one sends and hears. */
export interface Own {
  readonly isMuted: boolean;
  readonly isDeaf: boolean;
  readonly hasCamera: boolean;
  readonly hasScreen: boolean;
}

export const stay = signal<Stay | null>(null);
export const own = signal<Own>({
  isMuted: false,
  isDeaf: false,
  hasCamera: false,
  hasScreen: false,
});
/** The accounts that speak in the room where one is. */
export const speakers = signal<ReadonlySet<string>>(new Set());
export const pictures = signal<readonly Picture[]>([]);
/** What one may send where one is. */
export const allowed = signal<Allowed>({ voice: true, pictures: true });
/** Whether the browser waits for a button before it plays sound. */
export const isSilenced = signal(false);
/** What to tell somebody about voice. */
export const note = signal<string | null>(null);

/** So long a note is shown. */
const note_ms = 8_000;
let forgetNote: ReturnType<typeof setTimeout> | undefined;

export function tell(text: string): void {
  note.value = text;
  clearTimeout(forgetNote);
  forgetNote = setTimeout(() => (note.value = null), note_ms);
}

/** Who is in the voice of a channel, in the order in which they are known. */
export function insidersOf(channel_id: string): readonly VoiceState[] {
  const voice = seen('voice')?.voice.values() ?? [];
  return [...voice].filter((one) => one.channel_id === channel_id);
}

/** The calls that ring here. */
export function incoming(): readonly Ringing[] {
  const now = seen('rings', 'user');
  return [...(now?.rings.values() ?? [])].filter(({ waiting }) =>
    waiting.includes(now?.user?.id ?? ''),
  );
}

/** Whether the server has voice; null until it is known. */
export const hasVoice = signal<boolean | null>(null);
let isAsked = false;

/** Asks once whether the server has voice. */
export function askForVoice(): void {
  if (isAsked) return;
  isAsked = true;
  rest
    .call('GET /voice/info')
    .then(({ backend }) => (hasVoice.value = backend !== 'none'))
    .catch(() => (isAsked = false));
}
