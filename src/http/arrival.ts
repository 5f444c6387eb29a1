// Requests as the router takes them: with a host and a method that it knows, HEAD by way of GET.

const unusedMethod = 'QUERY';
/** What the router knows; HEAD arrives as GET, OPTIONS never, all others as the last one. */
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', unusedMethod];

/** Whether the router takes the request as it is: it has a host, and a method that the router knows. */
export function isRoutable({ url, method }: Request): boolean {
  return !url.startsWith('/') && methods.includes(method);
}

/** The same request as the router takes it: what speaks HTTP/1.0 names no host. */
export function again(request: Request, { method = request.method } = {}): Request {
  const url = request.url.startsWith('/') ? `http://localhost${request.url}` : request.url;
  if (method === request.method && methods.includes(method)) return new Request(url, request);
  // A method that nobody knows is as wrong as one that no path has.
  const known = methods.includes(method) ? method : unusedMethod;
  return new Request(url, { method: known, headers: request.headers });
}

/** The same answer without its body, but with the body's length. */
export async function headOf(answer: Response | Promise<Response>): Promise<Response> {
  const full = await answer;
  const headers = new Headers(full.headers);
  if (!headers.has('Content-Length')) {
    headers.set('Content-Length', String((await full.arrayBuffer()).byteLength));
  } else {
    await full.body?.cancel();
  }
  return new Response(null, { status: full.status, headers });
}
