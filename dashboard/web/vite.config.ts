import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// Where `npm run dev` finds the HTTP API.
const api = process.env.SHEQU_API ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [vue()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    // The content security policy allows no data: addresses, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The map's library is a chunk of its own, loaded after the numbers: 500 kB unpacked.
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { "/api": api } },
});
