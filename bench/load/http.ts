// A process that loads one server over HTTP for a given time and reports rate and latency.
import { cpuSeconds } from '../machine';
import { percentile } from '../report';
import { HttpJob, type HttpResult } from '../jobs';
import { type Connection, openConnection } from './responses';

const MAX_SAMPLES = 2_000_000;
const GRACE_MS = 10_000; // how long after the window the last answers may come

async function load(job: HttpJob): Promise<HttpResult> {
  const requests = job.requests.map((text) => Buffer.from(text));
  const latencies = new Float64Array(MAX_SAMPLES);
  const sentAt = new Map<Connection, { at: number; request: Buffer }>();
  const begin = performance.now() + job.warmup_ms;
  const end = begin + job.window_ms;
  let answers = 0;
  let serverCpu = 0;
  let ownCpu = process.cpuUsage();
  let phase: 'warming' | 'measuring' | 'over' = 'warming';
  let open = job.connections;
  const { promise, resolve, reject } = Promise.withResolvers<void>();

  function answered(connection: Connection): void {
    const now = performance.now();
    const sent = sentAt.get(connection);
    if (sent === undefined) return reject(new Error('an answer to nothing'));
    if (phase === 'warming' && now >= begin) {
      phase = 'measuring';
      serverCpu = cpuSeconds(job.pid);
      ownCpu = process.cpuUsage();
    }
    if (phase === 'measuring' && (now >= end || answers === MAX_SAMPLES)) {
      phase = 'over';
      serverCpu = cpuSeconds(job.pid) - serverCpu;
      ownCpu = process.cpuUsage(ownCpu);
    }
    if (phase === 'measuring') latencies[answers++] = now - sent.at;
    if (phase !== 'over') {
      sent.at = now;
      return connection.send(sent.request);
    }
    connection.close();
    if (--open === 0) resolve();
  }

  for (let n = 0; n < job.connections; n++) {
    const connection = await openConnection(job.port, { answered, failed: reject });
    const request = requests[n % requests.length];
    if (request === undefined) throw new Error('no request to send');
    sentAt.set(connection, { at: performance.now(), request });
    connection.send(request);
  }
  const late = setTimeout(
    () => reject(new Error('answers are missing')),
    job.warmup_ms + job.window_ms + GRACE_MS,
  );
  await promise;
  clearTimeout(late);
  const samples = latencies.subarray(0, answers);
  return {
    per_second: (answers * 1000) / job.window_ms,
    p50_ms: percentile(samples, 0.5),
    p99_ms: percentile(samples, 0.99),
    server_cpu_us: (serverCpu * 1e6) / answers,
    server_busy: (serverCpu * 1000) / job.window_ms,
    loader_busy: (ownCpu.user + ownCpu.system) / 1000 / job.window_ms,
  };
}

process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  load(HttpJob.parse(message)).then(
    (result) => process.send?.(result),
    (error) => process.send?.({ failed: String(error) }),
  );
});
