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
  const segment = slash === -1 ? path.slice(start) : path.slice(start, slash);
  const literal = node.literals.get(segment);
  const found = literal === undefined ? null : below(literal, path, slash, values);
  if (found !== null || node.parameter === null || segment === '') return found;
  const count = values.push(segment);
  const other = below(node.parameter, path, slash, values);
  if (other === null) values.length = count - 1;
  return other;
}

/** As `find`, behind a slash; -1 if there is none, so that the path ends at the node. */
function below<T>(node: Node<T>, path: string, slash: number, values: string[]): Node<T> | null {
  if (slash !== -1) return find(node, path, slash + 1, values);
  return node.ends.size > 0 ? node : null;
}
