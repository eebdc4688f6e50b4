import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** Layers, lowest first: a layer may import itself and those before it. */
const layers = ["wire", "tensor", "prompt", "files", "run", "words", "geometry", "colour", "api", "state", "ui", "views"];

const oneWay = layers.map((layer, rank) => ({
  files: [`src/${layer}/**`],
  ignores: ["**/*.test.ts"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: layers.slice(rank + 1).map((later) => ({
          group: [`**/${later}/*`],
          message: `${layer} comes before ${later}: imports run one way.`,
        })),
      },
    ],
  },
}));

export default ts.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  { files: ["public/service-worker.js"], languageOptions: { globals: globals.serviceworker } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { extraFileExtensions: [".svelte"], parser: ts.parser, svelteConfig },
    },
  },
  ...oneWay,
  {
    files: ["src/views/**/*.svelte"],
    rules: {
      "no-restricted-globals": ["error", "fetch", "EventSource"],
    },
  },
);
