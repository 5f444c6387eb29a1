// The type of SQL files that are imported `with { type: 'text' }`.
declare module '*.sql' {
  const text: string;
  // oxlint-disable-next-line import/no-default-export -- the loader defines a default export
  export default text;
}
