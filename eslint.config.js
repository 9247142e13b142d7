import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

/** Refuses imports by pattern in some files; the message is the rule's reason. */
const boundary = (files, ignores, groups) => ({
  files,
  ignores,
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: groups.map(([what, message]) => ({ [typeof what === "string" ? "regex" : "group"]: what, message })),
      },
    ],
  },
});

const PULUMI = [["@pulumi/*", "@pulumi/**"], "plans and files are read without Pulumi"];
const OWN = (folders, message) => [folders.flatMap((folder) => [`**/${folder}/**`]), message];

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", ".causeway/", "bin/", "eslint.config.js"] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      // An index that is known to be in range says so with "!"; the compiler asks for it at every other one.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/require-await": "off",
      // A program may return outputs or nothing.
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "no-console": "error",
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 60, skipComments: true, skipBlankLines: true }],
    },
  },
  boundary(
    ["plan/**"],
    [],
    [PULUMI, OWN(["components", "stacks", "engine", "sandbox", "fleet", "policy", "cli"], "plan/ is pure")],
  ),
  boundary(
    ["stacks/**"],
    [
      "stacks/build.ts",
      "stacks/providers.ts",
      "stacks/registries.ts",
      "stacks/outputs.ts",
      "stacks/program.ts",
      "stacks/graph.ts",
      "stacks/publishGraph.ts",
    ],
    [PULUMI, OWN(["components", "engine", "sandbox", "fleet", "policy", "cli"], "reading a file needs none of them")],
  ),
  boundary(
    ["components/**"],
    [],
    [
      [["zod", "yaml"], "components take plans, not files"],
      OWN(["stacks", "engine", "sandbox", "fleet", "policy", "cli"], "components take plans"),
      ["^@pulumi/(aws|gcp|random)$", "import the one file a class is in"],
    ],
  ),
  boundary(
    ["sandbox/**"],
    [],
    [
      OWN(
        ["plan", "components", "stacks", "fleet", "policy", "cli"],
        "the simulated clouds must not learn the answers from what they examine",
      ),
    ],
  ),
  boundary(
    ["engine/**"],
    [],
    [OWN(["plan", "components", "stacks", "sandbox", "fleet", "policy", "cli"], "the engine runs any program")],
  ),
  boundary(["fleet/**"], [], [OWN(["components", "cli"], "a fleet works on customers and their stacks")]),
  boundary(["policy/**"], [], [OWN(["cli", "fleet", "sandbox"], "policies know resources alone")]),
  boundary(
    ["doctor/**"],
    [],
    [
      PULUMI,
      OWN(
        ["components", "stacks", "engine", "sandbox", "fleet", "policy", "cli"],
        "doctor compares plans with findings",
      ),
    ],
  ),
  boundary(["cli/**"], [], [OWN(["components"], "the command line works through the libraries")]),
  boundary(
    ["examples/**"],
    [],
    [["^(\\.\\./)+(?!(fleet|lib|policy|sandbox)/index\\.ts$)[a-z]+/", "what is exported, and nothing else"]],
  ),
  {
    files: ["tests/**", "bench/**", "scripts/**"],
    rules: {
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/prefer-promise-reject-errors": "off",
      "@typescript-eslint/restrict-template-expressions": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "max-lines-per-function": "off",
      "no-console": "off",
    },
  },
);
