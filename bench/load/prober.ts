// A process that asks GET /health all the time, and notes how long it waits and what memory the server has.
import { residentKb } from '../machine';
import { ProbeJob, type ProbeNews } from '../jobs';
import { buildRequest, openConnection } from './responses';

/** Between an answer and the next question: the prober must not be a load itself. */
const PAUSE_MS = 1;
const MEMORY_EVERY_MS = 10;

const request = Buffer.from(buildRequest('GET', '/health', ''));
let longest_ms = 0;
let peak_kb = 0;
/** When the question that is under way was asked; null between two. */
let asked_at: number | null = null;

async function probe({ port, pid }: ProbeJob): Promise<void> {
  const connection = await openConnection(port, {
    answered() {
      longest_ms = Math.max(longest_ms, waited());
      asked_at = null;
      setTimeout(ask, PAUSE_MS);
    },
    failed: (error) => tell({ failed: String(error) }),
  });
  const ask = () => {
    asked_at = performance.now();
    connection.send(request);
  };
  ask();
  const remember = () => {
    peak_kb = Math.max(peak_kb, residentKb(pid));
  };
  setInterval(remember, MEMORY_EVERY_MS);
}

function waited(): number {
  return asked_at === null ? 0 : performance.now() - asked_at;
}

function tell(news: ProbeNews): void {
  process.send?.(news);
}

process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  const job = ProbeJob.parse(message);
  if ('port' in job) {
    probe(job).then(
      () => tell({ ready: true }),
      (error) => tell({ failed: String(error) }),
    );
    return;
  }
  // What is under way counts too: a server that does not answer at all waits in here.
  tell({ longest_ms: Math.max(longest_ms, waited()), peak_kb });
  longest_ms = 0;
  peak_kb = 0;
});
