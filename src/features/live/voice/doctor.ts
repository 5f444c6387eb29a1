// Checks everything that voice needs, and says in one line each what is wrong and how to fix it.
import type { Config } from '../../../config.ts';
import { httpUrl, LiveKit, LiveKitError, webSocketUrl } from '../../../lib/livekit.ts';
import { wrongAddresses } from './addresses.ts';
import type { VoiceDiagnosis, VoiceFinding } from './schema.ts';

const answerLimit_ms = 2_000;
const clientLimit_ms = 5_000;
const reportLimit_ms = 5_000;
/** LiveKit accepts a difference of one minute. */
const maxApart_s = 30;
/** LiveKit refuses to start with a shorter secret. */
const shortestSecret = 32;

const identity = 'accord-doctor';

/** Tells whether LiveKit reports a room to this server within that time; null if unknown. */
export type Hears = (room: string, within_ms: number) => Promise<boolean | null>;

class Findings {
  readonly list: VoiceFinding[] = [];

  good(check: string, says: string): true {
    this.list.push({ check, state: 'good', says, mend: null });
    return true;
  }

  bad(check: string, says: string, mend: string): false {
    this.list.push({ check, state: 'bad', says, mend });
    return false;
  }

  unknown(check: string, says: string, mend: string): void {
    this.list.push({ check, state: 'unknown', says, mend });
  }
}

/** Checks everything in order; checks that depend on a failed one are left out. */
export async function diagnose(config: Config, hears: Hears): Promise<VoiceDiagnosis> {
  const findings = new Findings();
  await examine(config, hears, findings);
  const { list } = findings;
  return { healthy: list.every(({ state }) => state === 'good'), findings: list };
}

interface Patient {
  livekit: LiveKit;
  internal_url: string;
  external_url: string;
}

async function examine(config: Config, hears: Hears, findings: Findings): Promise<void> {
  const patient = settingsOf(config, findings);
  if (patient === null) return;
  if (!(await answers(patient.internal_url, findings))) return;
  if (!(await takesKey(patient.livekit, findings))) return;
  const room = `${identity}-${crypto.randomUUID()}`;
  try {
    await patient.livekit.openRoom(room);
    await admits(patient, room, findings);
    await reports(config, room, hears, findings);
  } catch (error) {
    findings.bad('room', `LiveKit opened no room: ${reason(error)}.`, "Look into LiveKit's log.");
  } finally {
    // If this fails, the room closes by itself, since nobody is in it.
    await patient.livekit.closeRoom(room).catch(() => {});
  }
}

function settingsOf(config: Config, findings: Findings): Patient | null {
  const { LIVEKIT_INTERNAL_URL, LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = config;
  if (LIVEKIT_INTERNAL_URL === null || key === null || secret === null) {
    const mend = 'Set LIVEKIT_INTERNAL_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.';
    findings.bad('settings', 'Voice is off: LIVEKIT_INTERNAL_URL is not set.', mend);
    return null;
  }
  const internal_url = LIVEKIT_INTERNAL_URL;
  const external_url = webSocketUrl(config.LIVEKIT_EXTERNAL_URL ?? internal_url);
  const wrong = wrongAddresses(internal_url, external_url, config.PUBLIC_URL);
  for (const { says, mend } of wrong) findings.bad('addresses', says, mend);
  if (wrong.length === 0) findings.good('addresses', `Clients are sent to ${external_url}.`);
  if (secret.length < shortestSecret) {
    const says = `LIVEKIT_API_SECRET has ${secret.length} characters.`;
    findings.bad('secret', says, `Take one of at least ${shortestSecret}, here and in LiveKit.`);
  }
  if (config.ACCORD_TEST_MODE) {
    const says = 'ACCORD_TEST_MODE is on: no room is opened and nobody is thrown out.';
    findings.bad('settings', says, 'Switch it off on a server that people use.');
  }
  const livekit = new LiveKit({ internal_url, external_url, key, secret });
  return { livekit, internal_url, external_url };
}

/** Checks that the address is LiveKit's, and compares the clocks. */
async function answers(internal_url: string, findings: Findings): Promise<boolean> {
  const mend = 'Start LiveKit, or correct LIVEKIT_INTERNAL_URL.';
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(answerLimit_ms);
    response = await fetch(httpUrl(internal_url), { signal, redirect: 'manual' });
    text = await response.text();
  } catch (error) {
    return findings.bad('reach', `Nothing answers at ${internal_url}: ${reason(error)}.`, mend);
  }
  if (!response.ok || text.trim() !== 'OK') {
    const says = `What answers at ${internal_url} is no LiveKit (HTTP ${response.status}).`;
    return findings.bad('reach', says, mend);
  }
  findings.good('reach', `LiveKit answers at ${internal_url}.`);
  const theirs = Date.parse(response.headers.get('date') ?? '');
  const apart_s = Math.round(Math.abs(Date.now() - theirs) / 1000);
  if (apart_s > maxApart_s) {
    const says = `LiveKit's clock and ours are ${apart_s} s apart; tokens fail from 60 s on.`;
    findings.bad('clock', says, 'Let both machines set their clocks by NTP.');
  } else if (Number.isFinite(apart_s)) {
    findings.good('clock', "LiveKit's clock and ours agree.");
  }
  return true;
}

async function takesKey(livekit: LiveKit, findings: Findings): Promise<boolean> {
  try {
    await livekit.rooms();
  } catch (error) {
    const says =
      error instanceof LiveKitError && error.refused
        ? 'LiveKit does not accept our key and secret.'
        : `LiveKit answers no question: ${reason(error)}.`;
    const mend =
      'Give LIVEKIT_API_KEY and LIVEKIT_API_SECRET the values that stand under `keys` in livekit.yaml.';
    return findings.bad('key', says, mend);
  }
  return findings.good('key', 'LiveKit accepts our key and secret.');
}

/** Joins as a client does, at the external address, and looks for itself at the internal one. */
async function admits(patient: Patient, room: string, findings: Findings): Promise<void> {
  const { livekit, external_url } = patient;
  const nothing = { microphone: false, video: false, subscribe: false, data: false };
  const token = await livekit.token({ identity, name: 'Doctor' }, room, nothing);
  const client = await enterAsClient(external_url, token);
  if (client === null) {
    const says = `No client comes in at ${external_url}: ${await refusalAt(external_url, token)}.`;
    const mend =
      'Let LIVEKIT_EXTERNAL_URL lead to the same LiveKit, through a proxy that passes WebSockets on.';
    findings.bad('token', says, mend);
    return;
  }
  findings.good('token', `A token of ours lets a client in at ${external_url}.`);
  const inside = await livekit.participants(room);
  client.close();
  if (inside.some((one) => one.identity === identity)) {
    findings.good('same_server', 'The internal and the external address lead to one server.');
  } else {
    const says = 'LIVEKIT_INTERNAL_URL and LIVEKIT_EXTERNAL_URL lead to different servers.';
    findings.bad('same_server', says, 'Let both name the same LiveKit.');
  }
}

/** Returns a socket after LiveKit's first message; null if none comes within the limit. */
async function enterAsClient(external_url: string, token: string): Promise<WebSocket | null> {
  const socket = new WebSocket(`${external_url}/rtc?access_token=${token}&protocol=15&sdk=js`);
  const answer = Promise.withResolvers<boolean>();
  socket.addEventListener('message', () => answer.resolve(true));
  socket.addEventListener('close', () => answer.resolve(false));
  socket.addEventListener('error', () => answer.resolve(false));
  const admitted = await Promise.race([
    answer.promise,
    Bun.sleep(clientLimit_ms).then(() => false),
  ]);
  if (admitted) return socket;
  socket.close();
  return null;
}

/** The reason for a refusal, as far as a plain request shows it. */
async function refusalAt(external_url: string, token: string): Promise<string> {
  try {
    const url = `${httpUrl(external_url)}/rtc/validate?access_token=${token}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(answerLimit_ms) });
    if (response.ok) return 'the token is good, but no WebSocket opens';
    return response.status === 401
      ? 'the token is refused (401), so that is another server or has another key'
      : `it answers HTTP ${response.status}`;
  } catch (error) {
    return `it does not answer (${reason(error)})`;
  }
}

/** Checks that LiveKit reports the opened room to this server. */
async function reports(
  config: Config,
  room: string,
  hears: Hears,
  findings: Findings,
): Promise<void> {
  const heard = await hears(room, reportLimit_ms);
  if (heard === true) {
    findings.good('webhook', 'LiveKit reports to this server.');
  } else if (heard === null) {
    const mend = 'Start it with the same settings, then ask again.';
    findings.unknown('webhook', 'Not looked at: no Accord Server answers here.', mend);
  } else {
    const says = `LiveKit reported nothing to this server within ${reportLimit_ms / 1000} s.`;
    const url = `http://<this server>:${config.PORT}/api/v1/voice/webhook`;
    const mend = `Put into livekit.yaml: webhook: {api_key: ${config.LIVEKIT_API_KEY}, urls: ["${url}"]}.`;
    findings.bad('webhook', says, mend);
  }
}

function reason(error: unknown): string {
  if (error instanceof LiveKitError) return error.message;
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
