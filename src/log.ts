// Log lines: JSON for machines, text for people; through pino, without transports (those break in a binary).
import pino, { type DestinationStream } from 'pino';
import type { Log } from './app.ts';
import type { Config } from './config.ts';

const levels: Record<number, string> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

/** One line of text from one of JSON: time, level, message, then the fields. */
function asText(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([key, value]) =>
    key === 'err' && typeof value === 'object' && value !== null && 'stack' in value
      ? `\n${String(value.stack)}`
      : ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const name = levels[Number(level)] ?? String(level);
  return `${String(time)} ${name.padEnd(5)} ${String(msg)}${rest.join('')}\n`;
}

/** The server's log, on standard error. */
export function createLog(config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>): Log {
  const text: DestinationStream = { write: (line) => void process.stderr.write(asText(line)) };
  const json: DestinationStream = { write: (line) => void process.stderr.write(line) };
  return pino(
    {
      level: config.LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: pino.stdSerializers.err },
    },
    config.LOG_FORMAT === 'json' ? json : text,
  );
}
