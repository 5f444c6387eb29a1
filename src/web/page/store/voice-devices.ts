// The microphone, loudspeaker and camera that this browser uses, and which there are.
import { signal } from '@preact/signals';
import { keep, readKept } from './kept.ts';

export const kinds = ['audioinput', 'audiooutput', 'videoinput'] as const;

/** The devices that there are; a browser names them once it has given one of them. */
export const devices = signal<readonly MediaDeviceInfo[]>([]);

const keyOf = (kind: MediaDeviceKind) => `device:${kind}`;

/** The device that was chosen; "" leaves it to the system. */
export const chosen = (kind: MediaDeviceKind): string => readKept(keyOf(kind)) ?? '';

export function choose(kind: MediaDeviceKind, id: string): void {
  keep(keyOf(kind), id === '' ? null : id);
}

export function chosenDevices(): Partial<Record<MediaDeviceKind, string>> {
  const pairs = kinds.map((kind) => [kind, chosen(kind)] as const);
  return Object.fromEntries(pairs.filter(([, id]) => id !== ''));
}

/** Looks which devices there are. */
export async function lookAround(): Promise<void> {
  // Absent where the address is not secure.
  const media = navigator.mediaDevices as MediaDevices | undefined;
  devices.value = (await media?.enumerateDevices().catch(() => [])) ?? [];
}

/** Whether this browser can play on another loudspeaker than the system's. */
export const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;
