// The process that watches how long others wait, as the main process sees it.
import { ProbeNews } from './jobs';
import { type Running, startWorker } from './processes';

export interface Seen {
  /** The longest that anybody waited for GET /health. */
  longest_ms: number;
  /** The most memory that the server held. */
  peak_kb: number;
}

export interface Prober {
  /** What was seen since the last time. */
  mark(): Promise<Seen>;
  stop(): Promise<void>;
}

export async function startProber({ port, pid }: Running): Promise<Prober> {
  let next = Promise.withResolvers<Seen | null>();
  const lost = (error: Error) => next.reject(error);
  const worker = startWorker(
    'prober.ts',
    (message) => {
      const news = ProbeNews.parse(message);
      if ('failed' in news) return lost(new Error(`the prober: ${news.failed}`));
      next.resolve('ready' in news ? null : news);
    },
    lost,
  );
  worker.send({ port, pid });
  await next.promise;
  const later = () => {
    next = Promise.withResolvers();
    next.promise.catch(() => {}); // whoever asks next is told
  };
  later();
  return {
    async mark() {
      worker.send({ mark: true });
      const seen = await next.promise;
      later();
      if (seen === null) throw new Error('the prober began twice');
      return seen;
    },
    stop: () => worker.stop(),
  };
}
