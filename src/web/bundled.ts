// The page as the bundler hands it over. Only ever loaded by `import()`: in the binary, a part of the server that
// names a page gets its addresses from the browser's root, those of its own files as well.
export { default as page } from './page/index.html';
