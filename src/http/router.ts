// Finds the one handler of a request: a whole path first, else segment by segment, literals before parameters.
import { METHOD_NAME_ALL, type ParamIndexMap, type Result, type Router } from 'hono/router';

/** The handlers of a path, as Hono takes them: one, and where its parameters stand among the values. */
type Found<T> = [T, ParamIndexMap][];

/** What follows after some segments of a path. */
class Node<T> {
  readonly literals = new Map<string, Node<T>>();
  parameter: Node<T> | null = null;
  /** By method, if a path ends here; `ALL` answers every method that has no handler of its own. */
  readonly ends = new Map<string, Found<T>>();
}

/**
 * Hono's own routers gather every handler that fits, so that `/users/@me` and `/users/:user_id` become a
 * chain of promises. Here the first path that fits is the only one, whether it has the method or not.
 */
export class PathRouter<T> implements Router<T> {
  readonly name = 'PathRouter';
  readonly #root = new Node<T>();
  /** The paths without parameters. */
  readonly #whole = new Map<string, Node<T>>();

  /** Throws if the path has a handler for this method, under whatever names of parameters. */
  add(method: string, path: string, handler: T): void {
    const places: ParamIndexMap = {};
    let count = 0;
    let node = this.#root;
    for (const segment of path.slice(1).split('/')) {
      let next = segment.startsWith(':') ? node.parameter : node.literals.get(segment);
      next ??= new Node<T>();
      if (segment.startsWith(':')) {
        node.parameter = next;
        places[segment.slice(1)] = count;
        count += 1;
      } else {
        node.literals.set(segment, next);
      }
      node = next;
    }
    if (node.ends.has(method)) throw new Error(`${method} ${path} has two handlers`);
    node.ends.set(method, [[handler, places]]);
    if (count === 0) this.#whole.set(path, node);
  }

  match(method: string, path: string): Result<T> {
    const values: string[] = [];
    const node = this.#whole.get(path) ?? find(this.#root, path, 1, values);
    return [node?.ends.get(method) ?? node?.ends.get(METHOD_NAME_ALL) ?? [], values];
  }
}

/** Returns where the rest of a path from `start` on ends, and puts its parameters into `values`. */
function find<T>(node: Node<T>, path: string, start: number, values: string[]): Node<T> | null {
  const slash = path.indexOf('/', start);
  const segment = path.slice(start, slash === -1 ? path.length : slash);
  const below = (next: Node<T> | null | undefined): Node<T> | null => {
    if (next == null) return null;
    if (slash !== -1) return find(next, path, slash + 1, values);
    return next.ends.size > 0 ? next : null;
  };
  const literal = below(node.literals.get(segment));
  if (literal !== null || segment === '') return literal;
  values.push(segment);
  const found = below(node.parameter);
  if (found === null) values.pop();
  return found;
}
