// Finds mistakes in LiveKit's addresses without asking anything.

interface Complaint {
  says: string;
  mend: string;
}

const local = ['localhost', '127.0.0.1', '[::1]', '0.0.0.0'];

/** Returns the mistakes in both addresses; `external_url` is the one that clients get. */
export function wrongAddresses(
  internal_url: string,
  external_url: string,
  public_url: string | null,
): Complaint[] {
  const complaints: Complaint[] = [];
  for (const [name, url] of [
    ['LIVEKIT_INTERNAL_URL', internal_url],
    ['LIVEKIT_EXTERNAL_URL', external_url],
  ] as const) {
    const { search, hash, username } = new URL(url);
    if (search || hash || username) {
      const says = `${name} holds more than an address.`;
      complaints.push({ says, mend: 'Leave only scheme, host, port and path.' });
    }
  }
  const mend =
    'Set LIVEKIT_EXTERNAL_URL to how clients reach LiveKit, such as wss://livekit.example.org.';
  const { hostname, protocol } = new URL(external_url);
  const ours = public_url === null ? null : new URL(public_url);
  const isLocal = local.includes(hostname);
  if (isLocal && ours !== null && !local.includes(ours.hostname)) {
    complaints.push({ says: `${external_url} is each client's own machine.`, mend });
  }
  if (!isLocal && !hostname.includes('.') && !hostname.startsWith('[')) {
    complaints.push({ says: `${hostname} is a name that only the servers' network knows.`, mend });
  }
  if (ours?.protocol === 'https:' && protocol === 'ws:' && !isLocal) {
    const says = `Browsers open no ${external_url} from a page of https://.`;
    complaints.push({ says, mend: 'Put TLS before LiveKit and write wss://.' });
  }
  return complaints;
}
