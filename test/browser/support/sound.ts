// A sound that the filters of a browser take for a voice: words of a deep tone and its overtones.
const rate_hz = 48_000;
const [word_s, pause_s, words] = [0.9, 0.2, 6];

/** Returns it as a file of WAV, mono, 16 bits. */
export function voice(): Uint8Array {
  const samples = Math.round((word_s + pause_s) * words * rate_hz);
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate_hz, 24);
  bytes.writeUInt32LE(rate_hz * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples * 2, 40);
  let phase = 0;
  for (let index = 0; index < samples; index += 1) {
    const at_s = index / rate_hz;
    const inWord_s = at_s % (word_s + pause_s);
    // The pitch wanders, and syllables swell: a steady tone would be taken for noise.
    phase += (2 * Math.PI * (140 + 30 * Math.sin(2 * Math.PI * 1.7 * at_s))) / rate_hz;
    const swell = inWord_s < word_s ? 0.6 + 0.4 * Math.sin(2 * Math.PI * 5 * at_s) : 0;
    let value = 0;
    for (let overtone = 1; overtone <= 12; overtone += 1)
      value += Math.sin(phase * overtone) / overtone;
    bytes.writeInt16LE(Math.round(value * swell * 9_000), 44 + index * 2);
  }
  return bytes;
}
