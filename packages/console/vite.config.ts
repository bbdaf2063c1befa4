import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig } from "vite";

const cedar = import.meta.resolve("@cedar-policy/cedar-wasm/web");

/** File names with a digest, so that the server may let browsers keep them. */
const hashedAssets = "assets/[name]-[hash][extname]";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // Also when a test builds: what is tested is what ships.
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  resolve: {
    conditions: ["@narrowgate/source", ...defaultClientConditions],
    // The package does not export its bytes, though they lie beside its code.
    alias: [
      { find: /^virtual:cedar-engine/, replacement: fileURLToPath(new URL("cedar_wasm_bg.wasm", cedar)) },
    ],
  },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    // Nothing is inlined: the content security policy knows no inline code and no data: but for pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { assetFileNames: hashedAssets } },
  },
  worker: {
    format: "es",
    // What lies in `worker/` is served with the one policy that lets WebAssembly compile.
    rolldownOptions: {
      output: {
        entryFileNames: "worker/[name]-[hash].js",
        chunkFileNames: "worker/[name]-[hash].js",
        assetFileNames: "worker/[name]-[hash][extname]",
      },
    },
  },
});
