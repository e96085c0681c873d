// Before the viewers: AsyncAPI's compiles validators (Ajv) from text while it loads, which our policy forbids. Nothing is
// validated here, so it gets one that always says yes; the viewers themselves are as their authors published them.
window.Function = new Proxy(Function, {
  construct: (_, told) => told.at(-1) === "return this" ? () => globalThis : () => () => true,
});
