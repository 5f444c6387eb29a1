// Runs a server for minutes under mixed load with hostile clients among it: memory and files stay flat.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Came, type Person, type Scene, startScene, times } from './hostile/attack';
import { attacks } from './hostile/attacks';
import { startProber } from './prober';
import { identifyFrame, openGateway, resumeFrame } from './load/gateway-client';
import { Listeners } from './loaders';
import { residentKb } from './machine';
import { formatHead, readHead, runCommand, SERVER, serverCommand } from './command';
import { stopAll } from './processes';
import { formatColumns, formatNumber, median } from './report';

const PEOPLE = 20;
const SOCKETS = 200;
const SAMPLE_MS = 15_000;
/** Between two rounds of what people do; each does one thing a round. */
const ROUND_MS = 1000;
/** How much more the last third of the samples may hold than the one before. */
const GROWTH = { share: 1.1, mb: 16, files: 20 };
const INTENTS = ['spaces', 'channels', 'members', 'messages', 'message_reactions', 'presences'];

const USAGE = `bun bench/soak.ts [options]
  --server PATH   a .ts file that bun runs, or a binary  (src/main.ts)
  --minutes N     how long                               (10)`;

interface Sample {
  minute: number;
  mb: number;
  files: number;
  longest_ms: number;
}

/** What a person does in one round: everybody something else, and another thing the next time. */
function act(scene: Scene, { token }: Person, n: number): Promise<string | number> {
  const messages = `/channels/${scene.channel}/messages`;
  const status = async (method: string, path: string, body?: object) =>
    (await scene.call(method, path, token, body)).status;
  const deeds = [
    () => status('POST', messages, { content: `Something that people say, number ${n}.` }),
    () => status('GET', `${messages}?limit=50`),
    () => status('POST', messages, { content: `An answer with words: ${(n * 7919).toString(36)}` }),
    () => status('GET', `/spaces/${scene.space}/messages/search?query=people`),
    () => status('GET', `/spaces/${scene.space}/members/search?query=som`),
    () => status('PATCH', `/spaces/${scene.space}/members/@me`, { nickname: `name ${n % 10}` }),
    () => upload(scene, token),
    () => comeBack(scene, token),
    () => status('GET', '/users/@me'),
    () => status('POST', `/channels/${scene.channel}/typing`),
  ];
  return deeds[n % deeds.length]?.() ?? Promise.resolve('nothing');
}

async function upload(scene: Scene, token: string): Promise<number> {
  const form = new FormData();
  form.append('payload_json', JSON.stringify({ content: 'a file' }));
  form.append('files[0]', new Blob(['peas '.repeat(2000)]), 'peas.txt');
  const answer = await fetch(
    `http://127.0.0.1:${scene.running.port}/api/v1/channels/${scene.channel}/messages/upload`,
    { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: form },
  );
  await answer.bytes();
  return answer.status;
}

/** Listens for a moment, loses the line, comes back, and leaves. */
async function comeBack(scene: Scene, token: string): Promise<string> {
  const { port } = scene.running;
  const quiet = () => ({ tally: { frames: 0 }, lost() {} });
  const first = await openGateway(port, identifyFrame(token, INTENTS), 'ready', quiet());
  await Bun.sleep(200);
  first.drop();
  const { data, seq = 0 } = first.greeting;
  const resume = resumeFrame(token, data?.session_id ?? '', seq);
  (await openGateway(port, resume, 'resumed', quiet())).drop();
  return 'resumed';
}

function add(to: Came, more: Came): void {
  for (const [key, n] of Object.entries(more)) to[key] = (to[key] ?? 0) + n;
}

async function soak(server: string[], minutes: number): Promise<number> {
  const scene = await startScene(server, {
    RATE_LIMIT_PER_MINUTE: '600',
    MAX_SESSIONS_PER_ACCOUNT: '50',
    MAX_SOCKETS_PER_ADDRESS: '10000',
  });
  const people: Person[] = [];
  await times(PEOPLE, 4, async (n) => {
    const person = await scene.person(`person_${n}`);
    await scene.call('POST', `/spaces/${scene.space}/join`, person.token, {});
    people.push(person);
    return 200;
  });
  const listeners = new Listeners(2);
  const tokens = people.map(({ token }) => token);
  await listeners.open(scene.running.port, tokens, INTENTS, SOCKETS);
  const prober = await startProber(scene.running);
  const begin = performance.now();
  const end = begin + minutes * 60_000;
  const isOver = () => performance.now() >= end;
  const done: Came = {};
  const hostile: Came = {};

  async function live(): Promise<void> {
    for (let n = 0; !isOver(); n += 1) {
      const next = performance.now() + ROUND_MS;
      add(done, await times(PEOPLE, PEOPLE, (k) => act(scene, people[k] ?? scene.member, n + k)));
      await Bun.sleep(Math.max(0, next - performance.now()));
    }
  }

  async function attackAll(): Promise<void> {
    const some = attacks.filter(({ isOnce }) => isOnce !== true);
    for (let n = 0; !isOver(); n += 1) {
      const attack = some[n % some.length];
      if (attack === undefined) return;
      process.stderr.write(`${attack.name}\n`);
      // An attacker that the server has had enough of is refused before it begins.
      const run = await Promise.resolve(attack.prepare(scene)).catch(() => null);
      add(hostile, run === null ? { refused: 1 } : await run());
    }
  }

  const samples: Sample[] = [];
  async function watch(): Promise<void> {
    while (!isOver()) {
      await Bun.sleep(SAMPLE_MS);
      const { longest_ms } = await prober.mark();
      samples.push(sample(scene, (performance.now() - begin) / 60_000, longest_ms));
    }
  }

  await Promise.race([Promise.all([live(), attackAll(), watch()]), listeners.failure]);
  const heard = listeners.messages;
  await listeners.stop();
  await Bun.sleep(10_000);
  const rest = sample(
    scene,
    (performance.now() - begin) / 60_000,
    (await prober.mark()).longest_ms,
  );
  await stopAll();
  const lines = [...samples, rest].map(({ minute, mb, files, longest_ms }) =>
    [minute, mb, files, longest_ms].map(formatNumber),
  );
  console.log(
    formatColumns(['minute', 'MB', 'open files', 'longest wait ms'], lines, [0, 1, 2, 3]),
  );
  console.log(`\npeople   ${tell(done)}; each of ${SOCKETS} sockets heard ${heard} frames`);
  console.log(`hostile  ${tell(hostile)}`);
  return judge(samples);
}

function sample({ running: { pid } }: Scene, minute: number, longest_ms: number): Sample {
  const files = readdirSync(`/proc/${pid}/fd`).length;
  return { minute, mb: residentKb(pid) / 1024, files, longest_ms };
}

const tell = (came: Came) =>
  Object.entries(came)
    .map(([what, n]) => `${n} × ${what}`)
    .join(', ');

/** Compares the last third with the one before; in the first the server warms up. */
function judge(samples: Sample[]): number {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const of = (part: Sample[], key: 'mb' | 'files') => median(part.map((one) => one[key]));
  const mb = { before: of(middle, 'mb'), after: of(last, 'mb') };
  const files = { before: of(middle, 'files'), after: of(last, 'files') };
  console.log(
    `flat     ${formatNumber(mb.before)} → ${formatNumber(mb.after)} MB, ${files.before} → ${files.after} open files`,
  );
  const isFlat =
    mb.after <= mb.before * GROWTH.share + GROWTH.mb && files.after <= files.before + GROWTH.files;
  if (!isFlat) console.log('FAILED memory or open files grow');
  return isFlat ? 0 : 1;
}

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      server: { type: 'string', default: SERVER },
      minutes: { type: 'string', default: '10' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const minutes = Number(values.minutes);
  if (!(minutes >= 1)) throw new Error('--minutes is a number from 1 on');
  console.log(`${formatHead(readHead())}\n`);
  return soak(serverCommand(values.server), minutes);
}

await runCommand(main);
