// A process that loads one server over HTTP for a given time and reports rate and latency.
import { watchCpu } from '../machine';
import { percentile } from '../report';
import { HttpJob, type HttpResult } from '../jobs';
import { warmUp } from '../warm';
import { type Connection, openConnection } from './responses';

const MAX_SAMPLES = 2_000_000;
const GRACE_MS = 10_000; // how long after the window the last answers may come

async function load(job: ReturnType<typeof HttpJob.parse>): Promise<HttpResult> {
  const requests = job.requests.map((text) => Buffer.from(text));
  const latencies = new Float64Array(MAX_SAMPLES);
  const sent = new Map<Connection, { at: number; next: () => Buffer | null }>();
  let begin = job.until_warm ? Infinity : performance.now() + job.warmup_ms;
  let answers = 0;
  let cursor = 0;
  let window: Window | null = null;
  let measured: Measured | null = null;
  let open = job.connections;
  const { promise, resolve, reject } = Promise.withResolvers<void>();

  function nextOf(n: number): () => Buffer | null {
    const own = requests[n % requests.length];
    if (own === undefined) throw new Error('no request to send');
    if (job.takes === 'own') return () => own;
    return () => {
      if (job.takes === 'once' && cursor >= requests.length) return null;
      return requests[cursor++ % requests.length] ?? null;
    };
  }

  function answered(connection: Connection): void {
    const now = performance.now();
    const last = sent.get(connection);
    if (last === undefined) return reject(new Error('an answer to nothing'));
    // The window goes from one answer to another: it holds whole requests, also where they are slow.
    if (window === null) {
      if (now >= begin) window = openWindow(job.pid);
    } else if (measured === null) {
      latencies[answers++] = now - last.at;
      if (now >= begin + job.window_ms || answers === MAX_SAMPLES) measured = window();
    }
    last.at = now;
    const request = measured === null ? last.next() : null;
    if (request !== null) return connection.send(request);
    measured ??= window?.() ?? null;
    connection.close();
    if (--open === 0) resolve();
  }

  for (let n = 0; n < job.connections; n++) {
    const connection = await openConnection(job.port, { answered, failed: reject });
    const next = nextOf(n);
    const request = next();
    if (request === null) throw new Error('there are fewer requests than connections');
    sent.set(connection, { at: performance.now(), next });
    connection.send(request);
  }
  if (job.until_warm) {
    const isWarm = warmUp(job.pid).then(() => void (begin = performance.now()));
    await Promise.race([isWarm, promise]);
  }
  const late = setTimeout(
    () => reject(new Error('answers are missing')),
    job.warmup_ms + job.window_ms + GRACE_MS,
  );
  await promise;
  clearTimeout(late);
  return result(latencies.subarray(0, answers), measured);
}

interface Measured {
  seconds: number;
  server_cpu: number;
  own_cpu: number;
}
type Window = () => Measured;

function openWindow(pid: number): Window {
  const begin = performance.now();
  const server = watchCpu(pid);
  const own = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(own);
    const seconds = (performance.now() - begin) / 1000;
    return { seconds, server_cpu: server(), own_cpu: (user + system) / 1e6 };
  };
}

function result(samples: Float64Array, measured: Measured | null): HttpResult {
  if (measured === null || samples.length === 0) throw new Error('no answer came in the window');
  const { seconds, server_cpu, own_cpu } = measured;
  return {
    answers: samples.length,
    per_second: samples.length / seconds,
    mean_ms: samples.reduce((sum, sample) => sum + sample, 0) / samples.length,
    p50_ms: percentile(samples, 0.5),
    p99_ms: percentile(samples, 0.99),
    server_cpu_us: (server_cpu * 1e6) / samples.length,
    server_busy: server_cpu / seconds,
    loader_busy: own_cpu / seconds,
  };
}

process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  load(HttpJob.parse(message)).then(
    (result) => process.send?.(result),
    (error) => process.send?.({ failed: String(error) }),
  );
});
