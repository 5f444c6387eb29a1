// The tones of calls, made by the browser itself.

interface Tone {
  /** The notes of one ring, in hertz. */
  readonly notes_hz: readonly number[];
  readonly note_s: number;
  /** From one ring to the next. */
  readonly every_ms: number;
  /** From 0 to 1. */
  readonly volume: number;
}

const tones = {
  incoming: { notes_hz: [659, 880, 659, 880], note_s: 0.18, every_ms: 2_500, volume: 0.16 },
  outgoing: { notes_hz: [425], note_s: 0.9, every_ms: 4_000, volume: 0.06 },
} satisfies Record<string, Tone>;

/** Plays one ring; each note swells and fades, so that it does not click. */
function play(context: AudioContext, { notes_hz, note_s, volume }: Tone): void {
  for (const [index, hertz] of notes_hz.entries()) {
    const begin = context.currentTime + index * note_s;
    const end = begin + note_s;
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(volume, begin + 0.03);
    gain.gain.setValueAtTime(volume, end - 0.05);
    gain.gain.linearRampToValueAtTime(0, end);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(begin);
    oscillator.stop(end);
  }
}

/** Rings until the function that it returns is called. A page that nobody has used yet stays silent: browsers allow it no sound. */
export function ring(kind: keyof typeof tones): () => void {
  const tone = tones[kind];
  let context: AudioContext | null = null;
  const sound = () => {
    if (!navigator.userActivation.hasBeenActive) return;
    context ??= new AudioContext();
    play(context, tone);
  };
  sound();
  const again = setInterval(sound, tone.every_ms);
  return () => {
    clearInterval(again);
    void context?.close();
  };
}
