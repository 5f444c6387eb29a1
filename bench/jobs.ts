// What the main process and the load generators say to each other.
import { z } from 'zod';

/** A closed loop: each connection sends its next request when the last one is answered. */
export const HttpJob = z.object({
  port: z.number(),
  /** The process whose CPU time is read at both ends of the window. */
  pid: z.number(),
  connections: z.number(),
  /** Whole requests, headers included. */
  requests: z.array(z.string()).min(1),
  /** Connection n sends its `own` request n again and again, or the `next` one of all, each `once` if so. */
  takes: z.enum(['own', 'next', 'once']).default('own'),
  warmup_ms: z.number(),
  /** Whether the program is warmed up first, however long that takes. */
  until_warm: z.boolean().default(false),
  window_ms: z.number(),
});
export type HttpJob = z.input<typeof HttpJob>;

export const HttpResult = z.union([
  z.object({
    answers: z.number(),
    per_second: z.number(),
    mean_ms: z.number(),
    p50_ms: z.number(),
    p99_ms: z.number(),
    server_cpu_us: z.number(),
    /** Shares of one core. Where neither is near 1, something else held the load back. */
    server_busy: z.number(),
    loader_busy: z.number(),
  }),
  z.object({ failed: z.string() }),
]);
export type HttpResult = z.infer<typeof HttpResult>;

/** Opens more sockets and identifies them; what is open stays open. */
export const ListenJob = z.object({
  port: z.number(),
  tokens: z.array(z.string()).min(1),
  intents: z.array(z.string()),
  sockets: z.number(),
});
export type ListenJob = z.infer<typeof ListenJob>;

export const ListenNews = z.union([
  z.object({ opened: z.number() }),
  /** Frames since the start, over all sockets, and when the last of them came (wall clock). */
  z.object({ frames: z.number(), at_ms: z.number() }),
  z.object({ failed: z.string() }),
]);

/** Begins to ask for /health; later, each `mark` is answered with what was seen since the one before. */
export const ProbeJob = z.union([
  z.object({ port: z.number(), pid: z.number() }),
  z.object({ mark: z.literal(true) }),
]);
export type ProbeJob = Extract<z.infer<typeof ProbeJob>, { port: number }>;

export const ProbeNews = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ longest_ms: z.number(), peak_kb: z.number() }),
  z.object({ failed: z.string() }),
]);
export type ProbeNews = z.infer<typeof ProbeNews>;

/** Wall clock in milliseconds with fractions, the same in every process of one machine. */
export function wallClock_ms(): number {
  return performance.timeOrigin + performance.now();
}
