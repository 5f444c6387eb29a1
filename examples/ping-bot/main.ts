// A bot that answers `!ping` with `pong`, once each, whatever restarts in between.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Refused, Rest } from './rest.ts';
import { Session, type Event, type Place } from './session.ts';

const server = process.env['ACCORD_URL'] ?? 'http://localhost:39099';
const token = process.env['ACCORD_TOKEN'] ?? '';
/** Where the bot notes how far it is, so that it misses nothing while it is down itself. */
const place_file = process.env['PLACE_FILE'] ?? 'ping-bot.place.json';

if (token === '') {
  console.error('ping-bot: set ACCORD_TOKEN to the token that POST /applications gave you.');
  process.exit(1);
}

interface Message {
  id: string;
  channel_id: string;
  author_id: string;
  content: string;
  reply_to: string | null;
}

const rest = new Rest(server, token);

function readPlace(): Place | null {
  return existsSync(place_file) ? (JSON.parse(readFileSync(place_file, 'utf8')) as Place) : null;
}

/** As one whole: a crash in the middle must not leave half a file. */
function writePlace(place: Place | null): void {
  writeFileSync(`${place_file}.new`, JSON.stringify(place));
  renameSync(`${place_file}.new`, place_file);
}

async function whoAmI(): Promise<string> {
  const user = (await rest.call('GET', '/users/@me')) as { id: string };
  return user.id;
}

/** Whether the bot has answered that message: in the hundred that followed it. */
async function isAnswered(message: Message, me: string): Promise<boolean> {
  const path = `/channels/${message.channel_id}/messages?limit=100&after=${message.id}`;
  const later = (await rest.call('GET', path)) as Message[];
  return later.some(({ author_id, reply_to }) => author_id === me && reply_to === message.id);
}

async function pong(message: Message, me: string): Promise<void> {
  const body = { content: 'pong', reply_to: message.id };
  const path = `/channels/${message.channel_id}/messages`;
  try {
    await rest.call('POST', path, body, () => isAnswered(message, me));
  } catch (error) {
    // It may not write there, or the command is gone: that is no reason to stop.
    if (!(error instanceof Refused)) throw error;
    console.error(`ping-bot: no answer in ${message.channel_id}: ${error.message}`);
  }
}

async function main(): Promise<void> {
  const me = await whoAmI();
  const place = readPlace();
  /** The last run may have stopped between an answer and its note. */
  let isFirst = place !== null;
  const session = new Session({
    server,
    token,
    intents: ['messages'],
    place,
    async handle({ type, data }: Event) {
      if (type === 'ready' || type === 'resumed') console.log(`ping-bot: ${type}`);
      if (type !== 'message.create') return;
      const message = data as unknown as Message;
      if (message.content.trim() !== '!ping' || message.author_id === me) return;
      const mayBeAnswered = isFirst;
      isFirst = false;
      if (mayBeAnswered && (await isAnswered(message, me))) return;
      await pong(message, me);
    },
    reached: writePlace,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void session.stop().then(() => process.exit(0)));
  }
  await session.run();
}

main().catch((error: unknown) => {
  console.error(`ping-bot: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
