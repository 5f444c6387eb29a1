// What the page of the web client may load and do: its own files, this server, and LiveKit where voice is on.
import type { Config } from '../config.ts';

/** The addresses at which LiveKit is reached, over http and as a socket. */
function livekitSources({ LIVEKIT_EXTERNAL_URL, LIVEKIT_INTERNAL_URL }: Config): string[] {
  const url = LIVEKIT_EXTERNAL_URL ?? LIVEKIT_INTERNAL_URL;
  if (url === null) return [];
  const { protocol, host } = new URL(url);
  const isSafe = protocol === 'wss:' || protocol === 'https:';
  return isSafe ? [`wss://${host}`, `https://${host}`] : [`ws://${host}`, `http://${host}`];
}

/** The headers of the page. */
export function pageHeaders(config: Config): Record<string, string> {
  const policy = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    // What one is about to send is shown from memory.
    'img-src': ["'self'", 'data:', 'blob:'],
    'media-src': ["'self'", 'blob:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'", ...livekitSources(config)],
    'manifest-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': ["'none'"],
  };
  return {
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': Object.entries(policy)
      .map(([name, sources]) => [name, ...sources].join(' '))
      .join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy':
      'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
    'Referrer-Policy': 'no-referrer',
  };
}
