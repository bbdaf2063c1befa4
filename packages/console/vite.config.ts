import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const cedar = import.meta.resolve("@cedar-policy/cedar-wasm/web");

/** File names with a digest, so that the server may let browsers keep them. */
const hashedAssets = "assets/[name]-[hash][extname]";

/** Lays a compressed copy beside each file: the policy engine shrinks to a third. */
const compressFiles: Plugin = {
  name: "compress-files",
  apply: "build",
  writeBundle({ dir = "dist" }) {
    for (const folder of ["assets", "worker"]) {
      for (const name of readdirSync(join(dir, folder))) {
        const path = join(dir, folder, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    }
  },
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [compressFiles],
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
