import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** What a folder of `src` may import beside itself; tests may import more. */
const allowed = {
  wire: [],
  tensor: ["wire"],
  prompt: ["wire"],
  files: [],
  drawing: ["wire", "tensor"],
  run: ["wire", "tensor", "prompt", "drawing"],
  engine: ["wire", "tensor", "prompt", "drawing", "run"],
  words: ["wire"],
  api: ["wire", "tensor", "drawing", "run", "engine"],
  jobs: ["wire", "tensor", "prompt", "drawing", "run", "api"],
  ui: ["wire", "drawing", "run", "words"],
  state: ["wire", "tensor", "prompt", "drawing", "run", "words", "api", "jobs"],
  features: ["wire", "tensor", "prompt", "files", "drawing", "run", "words", "api", "jobs", "ui", "state"],
};

/** Folders of numbers and texts: nothing of the page is in them. */
const pure = ["wire", "tensor", "prompt", "files", "drawing", "run", "engine"];

const folders = [...Object.keys(allowed), "page"];

const tests = ["**/*.test.ts"];

function restricted(patterns) {
  return { rules: { "no-restricted-imports": ["error", { patterns }] } };
}

function notAllowed(folder) {
  const others = folders.filter((other) => other !== folder && !allowed[folder].includes(other));
  return {
    regex: `^(\\.\\./)+(${others.join("|")})/`,
    message: `${folder}/ may import ${["itself", ...allowed[folder]].join(", ")}.`,
  };
}

const pages = { regex: "^svelte|\\.svelte$", message: "A pure folder knows nothing of the page." };

/** A feature may not leave its folder for another; `up` leads from a file to the folder of its feature. */
function apart(files, up) {
  const others = `^${up}(?!\\.\\.)`;
  const message = "Features do not import each other: the page joins them.";
  const { rules } = restricted([notAllowed("features"), { regex: others, message }]);
  const selector = `ImportExpression[source.value=/${others.replaceAll("/", "\\u002F")}/]`;
  return {
    files,
    ignores: tests,
    rules: { ...rules, "no-restricted-syntax": ["error", { selector, message }] },
  };
}

const boundaries = [
  ...Object.keys(allowed).map((folder) => ({
    files: [`src/${folder}/**`],
    ignores: tests,
    ...restricted([notAllowed(folder), ...(pure.includes(folder) ? [pages] : [])]),
  })),
  apart(["src/features/*/*"], "\\.\\./"),
  apart(["src/features/*/*/*"], "\\.\\./\\.\\./"),
];

export default ts.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  { rules: { "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }] } },
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  { files: ["public/service-worker.js"], languageOptions: { globals: globals.serviceworker } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { extraFileExtensions: [".svelte"], parser: ts.parser, svelteConfig },
    },
  },
  ...boundaries,
  {
    files: ["src/{features,page,ui}/**/*.svelte"],
    rules: { "no-restricted-globals": ["error", "fetch", "EventSource"] },
  },
);
