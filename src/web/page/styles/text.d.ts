// The type of style sheets that are imported `with { type: 'text' }`.
declare module '*.css' {
  const text: string;
  // oxlint-disable-next-line import/no-default-export -- the loader defines a default export
  export default text;
}
