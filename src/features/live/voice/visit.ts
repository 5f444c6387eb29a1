// `accord doctor`: the same checks from the command line, beside a server that may be running.
import type { Config } from '../../../config.ts';
import { LiveKit } from '../../../lib/livekit.ts';
import { diagnose } from './doctor.ts';
import { doctorsQuestion, type VoiceFinding } from './schema.ts';

const marks: Record<VoiceFinding['state'], string> = { good: 'good', bad: 'BAD ', unknown: '??? ' };
const pause_ms = 250;

/** Prints one line for each finding; resolves to whether everything is good. */
export async function visitVoice(config: Config, print: (line: string) => void): Promise<boolean> {
  const { healthy, findings } = await diagnose(config, (room, within_ms) =>
    askServer(config, room, within_ms),
  );
  for (const { check, state, says, mend } of findings) {
    print(`${marks[state]}  ${check}: ${says}${mend === null ? '' : ` ${mend}`}`);
  }
  return healthy;
}

/** Asks the running server, signed as LiveKit signs, whether the room was reported to it. */
async function askServer(config: Config, room: string, within_ms: number): Promise<boolean | null> {
  const { LIVEKIT_INTERNAL_URL: url, LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = config;
  if (url === null || key === null || secret === null) return null;
  const livekit = new LiveKit({ internal_url: url, external_url: url, key, secret });
  const body = JSON.stringify({ event: doctorsQuestion, room: { name: room } });
  const until = performance.now() + within_ms;
  for (;;) {
    const heard = await askOnce(config, body, await livekit.sign(body));
    if (heard !== false || performance.now() > until) return heard;
    await Bun.sleep(pause_ms);
  }
}

async function askOnce(
  { ACCORD_BIND, PORT }: Config,
  body: string,
  authorization: string,
): Promise<boolean | null> {
  const isAny = ACCORD_BIND === '0.0.0.0' || ACCORD_BIND === '::';
  const host = isAny ? '127.0.0.1' : ACCORD_BIND.includes(':') ? `[${ACCORD_BIND}]` : ACCORD_BIND;
  try {
    const response = await fetch(`http://${host}:${PORT}/api/v1/voice/webhook`, {
      method: 'POST',
      body,
      headers: { authorization, 'content-type': 'application/webhook+json' },
      signal: AbortSignal.timeout(2_000),
    });
    if (!response.ok) return null; // not an Accord Server, or one with another key
    const { data } = (await response.json()) as { data?: { heard?: boolean } };
    return data?.heard ?? false;
  } catch {
    return null; // nothing listens at that address
  }
}
