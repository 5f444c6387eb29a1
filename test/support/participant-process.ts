// A participant in a process of its own, so that a test can kill it: address and token are its arguments.
import { Participant } from './participant.ts';

const [url = '', token = ''] = process.argv.slice(2);
await Participant.enters({ url, token });
console.log('entered');
// Stays until it is killed.
setInterval(() => {}, 60_000);
