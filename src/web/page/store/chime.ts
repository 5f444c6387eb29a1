// The sound of a message: two short tones, made by the browser itself.
let audio: AudioContext | null = null;

const [first_hz, second_hz, gap_s, length_s, loudness] = [660, 880, 0.09, 0.22, 0.08];

/** Plays it, if somebody has used the page: before that, browsers keep it silent. */
export function chime(): void {
  if (!navigator.userActivation.hasBeenActive) return;
  audio ??= new AudioContext();
  const { destination, currentTime } = audio;
  void audio.resume().catch(() => undefined);
  for (const [index, pitch_hz] of [first_hz, second_hz].entries()) {
    const begin = currentTime + index * gap_s;
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.value = pitch_hz;
    volume.gain.setValueAtTime(loudness, begin);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + length_s);
    tone.connect(volume).connect(destination);
    tone.start(begin);
    tone.stop(begin + length_s);
  }
}
