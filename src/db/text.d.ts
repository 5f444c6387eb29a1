// What `import … with { type: 'text' }` gives.
declare module '*.sql' {
  const text: string;
  // oxlint-disable-next-line import/no-default-export -- the loader defines a default export
  export default text;
}
